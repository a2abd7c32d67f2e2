package explore

import (
	"errors"
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// errDriver means that the core did not react as the search expects of it, so
// that nothing was shown.
var errDriver = errors.New("explore: the core did not open a round")

// driver runs a real proposer with one operation, by hand.
type driver struct {
	p    *paxos.Proposer
	self paxos.NodeID
	cfg  *paxos.Config
	out  paxos.Output
}

// newDriver starts an operation; the next counter drawn is counter + 1.
func newDriver(cfg *paxos.Config, self paxos.NodeID, counter uint64, r paxos.Request) *driver {
	d := &driver{p: paxos.NewProposer(self, counter), self: self, cfg: cfg}
	d.p.Adopt(0, cfg, &d.out)
	d.p.Start(0, 1, r, &d.out)
	return d
}

// inRound starts an operation in the first round of ballot b. One that begins
// with a query is told what leads to a round: a live entry whose guard is gone
// or, for a collect, a tombstone held at two ballots. The search of rounds is
// about all rounds that may ever begin, that of reads about queries.
func inRound(cfg *paxos.Config, b int, r paxos.Request) (*driver, error) {
	counter := ballot(b).Counter - 1
	if r.Kind != paxos.Put {
		counter--
	}
	d := newDriver(cfg, proposerID(b), counter, r)
	if round, ok := d.queried(); ok {
		for i, from := range cfg.Members() {
			v := paxos.Vote{Ballot: ballot(1), Own: true, Guard: paxos.Gone,
				Entry: &paxos.Entry{Rev: ballot(1), Guards: []paxos.Guard{guard(1)}}}
			if r.Kind == paxos.CollectTombstone {
				v = paxos.Vote{Ballot: ballot(1 + i), Own: true, Entry: &paxos.Entry{Rev: ballot(1), Tombstone: true}}
			}
			d.hear(from, paxos.Answer{Key: key, Round: round, Vote: v, Record: true})
		}
	}
	for _, e := range d.out.Messages {
		if m, ok := e.Body.(paxos.Prepare); ok && m.Ballot == ballot(b) {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: ballot %d of %v", errDriver, b, r)
}

// deliver gives the proposer a message of acceptor from.
func (d *driver) deliver(from int, m paxos.Body) { d.hear(acceptorID(from), m) }

func (d *driver) hear(from paxos.NodeID, m paxos.Body) {
	d.p.Step(0, paxos.Envelope{From: from, To: d.self, Cluster: d.cfg.Cluster, Epoch: d.cfg.Epoch,
		Body: m}, &d.out)
}

// disturb gives the proposer of ballot b messages that no proposer may count:
// answers of other epochs and clusters, to other proposers and of strangers.
func (d *driver) disturb(b int) {
	// What they tell would show: an entry that nobody put, a guard that is gone.
	foreign := &paxos.Entry{Rev: ballot(maxBallots + 1)}
	vote := paxos.Vote{Ballot: ballot(maxBallots + 1), Entry: foreign, Own: true, Guard: paxos.Gone}
	answers := func(at paxos.Ballot, round uint64) []paxos.Body {
		return []paxos.Body{paxos.Promise{Key: key, Ballot: at, Vote: vote}, paxos.Accepted{Key: key, Ballot: at},
			paxos.Inspected{Key: key, Round: round, Guard: paxos.Gone},
			paxos.Answer{Key: key, Round: round, Vote: vote, Record: true}}
	}
	round := uint64(0)
	if m, _, ok := d.inspects(); ok {
		round = m.Round
	}
	env := paxos.Envelope{To: d.self, Cluster: d.cfg.Cluster, Epoch: d.cfg.Epoch}
	say := func(from paxos.NodeID, e paxos.Envelope, bodies []paxos.Body) {
		for _, m := range bodies {
			e.From, e.Body = from, m
			d.p.Step(0, e, &d.out)
		}
	}
	mine, theirs := answers(ballot(b), round), answers(paxos.Ballot{Counter: ballot(b).Counter, Proposer: proposerID(0)}, round+1)
	earlier, later, elsewhere := env, env, env
	earlier.Epoch--
	later.Epoch++
	elsewhere.Cluster++
	for _, n := range d.cfg.Members() {
		say(n, earlier, mine)
		say(n, later, mine)
		say(n, elsewhere, mine)
		say(n, env, theirs)
		life := n
		life.Incarnation += 100
		say(life, env, mine)
	}
}

// expire gives back the timer of the question that was put last.
func (d *driver) expire() {
	if n := len(d.out.Timers); n > 0 {
		d.p.Fire(0, d.out.Timers[n-1], &d.out)
	}
}

// queried is the round of the query that the operation put.
func (d *driver) queried() (uint64, bool) {
	for _, e := range d.out.Messages {
		if m, ok := e.Body.(paxos.Query); ok {
			return m.Round, true
		}
	}
	return 0, false
}

// accept is the entry that the proposer asked to accept, if it did.
func (d *driver) accept() (paxos.Accept, bool) { return last[paxos.Accept](d) }

// inspects is the question about guards that the proposer put, if it did, and
// whom it asked.
func (d *driver) inspects() (m paxos.Inspect, asked []int, ok bool) {
	for _, e := range d.out.Messages {
		if x, is := e.Body.(paxos.Inspect); is {
			m, ok = x, true
			for i := range maxNodes {
				if acceptorID(i) == e.To {
					asked = append(asked, i)
				}
			}
		}
	}
	return m, asked, ok
}

// result is how the operation ended, if it did.
func (d *driver) result() (paxos.Result, bool) {
	if len(d.out.Results) == 0 {
		return paxos.Result{}, false
	}
	return d.out.Results[0], true
}

// collects is the ballot at which the proposer has a tombstone collected.
func (d *driver) collects() (paxos.Ballot, bool) {
	m, ok := last[paxos.Collect](d)
	return m.Ballot, ok
}

// last is the last message of a type that was sent.
func last[M paxos.Body](d *driver) (M, bool) {
	for i := len(d.out.Messages) - 1; i >= 0; i-- {
		if m, ok := d.out.Messages[i].Body.(M); ok {
			return m, true
		}
	}
	var none M
	return none, false
}
