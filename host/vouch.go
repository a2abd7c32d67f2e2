package host

import (
	"fmt"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
)

// An entry that is tied to a node, or to a process of it, is erased by others when
// Q members have lost the connection to that node: not before fewer than N-Q+1 of
// the seats are held by members that are connected to it. A member vouches for
// this node when it says that it is connected, and goes on to do so for a while
// after the question was sent: it has heard from this node since then, and takes no
// silence for a lost connection before that while is over. So a node that counts
// those who vouch for it knows of the loss of the others before they may act upon
// it, but for connections that are broken off rather than silent; those it is told
// of by its own end of them. Of the connections to another node, which the members
// are asked about in the same way, it knows only as soon as they say so.

// vouchDefault is how long a member vouches on a wire that does not tell how long
// it bears silence.
const vouchDefault = 2500 * time.Millisecond

// vouching is who vouches for what the entries of a bucket are tied to, as this
// node knows. It asks while there are owners.
type vouching struct {
	mu     sync.Mutex
	groups map[string]*vouchers
	wake   chan struct{}
	round  uint64
	asked  map[uint64]question
}

// question is one round of questions to the members.
type question struct {
	about *vouchers
	at    time.Time
}

// vouchTimes are how long a member vouches after a question; how long one does
// that has not yet been asked; and how often to ask, and to look at the answers.
// The first is less than the two thirds of its silence that package dist bears at
// the least before it cuts a link. The second leaves a third of it for what comes
// between the put and the call of its owner.
func (h *Host) vouchTimes() (vouch, grace, ask, look time.Duration) {
	vouch = vouchDefault
	if d, ok := h.distribution().(interface{ Silence() time.Duration }); ok {
		vouch = d.Silence() / 2
	}
	return vouch, vouch * 2 / 3, vouch / 5, vouch / 25
}

// join adds an owner of an entry with some guards; where a lost connection does
// not touch these there is nothing to ask.
func (b *Bucket) join(o *owner, guards []paxos.Guard) {
	nodes, whole := b.host.nodesOf(guards)
	if len(nodes) == 0 && !whole {
		return
	}
	v := &b.vouching
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.groups == nil {
		v.groups, v.asked = make(map[string]*vouchers), make(map[uint64]question)
		v.wake = make(chan struct{}, 1)
		go b.askOn(v.wake)
	}
	o.group = fmt.Sprint(whole, nodes)
	g := v.groups[o.group]
	if g == nil {
		g = newVouchers(nodes, whole)
		v.groups[o.group] = g
		wakeUp(v.wake)
	}
	g.owners[o] = struct{}{}
}

func (v *vouching) leave(o *owner) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remove(o)
}

func (v *vouching) remove(o *owner) {
	if g := v.groups[o.group]; g != nil {
		if delete(g.owners, o); len(g.owners) == 0 {
			delete(v.groups, o.group)
		}
	}
}

// kick has those who vouch looked at now.
func (v *vouching) kick() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.wake != nil {
		wakeUp(v.wake)
	}
}

// askOn puts the questions, and looks at what was answered, while there are owners.
func (b *Bucket) askOn(wake chan struct{}) {
	_, _, pace, look := b.host.vouchTimes()
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last time.Time
	for {
		all := time.Since(last) >= pace
		if all {
			last = time.Now()
		}
		b.askMembers(all)
		if b.lookAtVouchers() {
			return
		}
		select {
		case <-tick.C:
		case <-wake:
		}
	}
}

// vouchKey is what the questions are about: no key of the bucket, since no term
// has an empty form.
func (b *Bucket) vouchKey() paxos.Key { return makeKey(b.name, nil) }

// askMembers asks about all groups, or about those that have not been asked about.
func (b *Bucket) askMembers(all bool) {
	h := b.host
	var cfg *paxos.Config
	h.read(func(r *paxos.Replica) { cfg = r.Member.Config() })
	if cfg == nil || cfg.Epoch == 0 {
		return
	}
	questions := b.vouching.questions(b.vouchKey(), all, h)
	h.do(func(t *task) {
		for _, q := range questions {
			for _, n := range cfg.Members() {
				if n != h.Self() {
					t.send([]paxos.Envelope{{From: h.life(), To: n, Cluster: cfg.Cluster, Epoch: cfg.Epoch, Body: q}})
				}
			}
		}
	})
}

func (v *vouching) questions(key paxos.Key, all bool, h *Host) (qs []paxos.Inspect) {
	vouch, _, _, _ := h.vouchTimes()
	v.mu.Lock()
	defer v.mu.Unlock()
	now, asked := time.Now(), make(map[*vouchers]bool)
	for round, q := range v.asked {
		if now.Sub(q.at) > vouch {
			delete(v.asked, round) // an answer would come too late
		}
		asked[q.about] = true
	}
	for _, g := range v.groups {
		if all || !asked[g] {
			v.round++
			v.asked[v.round] = question{about: g, at: now}
			qs = append(qs, paxos.Inspect{Key: key, Round: v.round, Guards: g.guards})
		}
	}
	return qs
}

// answer takes what a member says.
func (v *vouching) answer(from paxos.NodeID, m paxos.Inspected, vouch time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	q, known := v.asked[m.Round]
	if !known {
		return
	}
	g := q.about
	if g.suspects[from] = m.Guard != paxos.Holds; g.suspects[from] {
		wakeUp(v.wake)
	} else if until := q.at.Add(vouch); g.until[from].Before(until) {
		g.until[from] = until
	}
}

// lookAtVouchers tells the owners for whom too few vouch, and says whether there
// are none left.
func (b *Bucket) lookAtVouchers() (none bool) {
	h, v := b.host, &b.vouching
	cfg := &paxos.Config{}
	var up []paxos.NodeID
	voting := false
	h.read(func(r *paxos.Replica) { cfg, up, voting = r.Member.Config(), r.Member.Up(), r.Member.Voting() })
	_, grace, _, _ := h.vouchTimes()
	var cut []*owner
	v.mu.Lock()
	for _, g := range v.groups {
		need := max(1, cfg.Size-cfg.Quorum()+1)
		if g.whole {
			need = cfg.Quorum()
		}
		self := voting && h.connectedTo(g.guards)
		if g.count(h.Self(), up, self, time.Now(), grace) >= need {
			continue
		}
		for o := range g.owners {
			cut = append(cut, o)
			v.remove(o)
		}
	}
	if none = len(v.groups) == 0; none {
		v.groups, v.asked, v.wake = nil, nil, nil
	}
	v.mu.Unlock()
	for _, o := range cut {
		o.cut()
	}
	return none
}

// vouched takes the answer to a question of the owners of a bucket, and says
// whether it is one.
func (t *task) vouched(env paxos.Envelope, m paxos.Inspected) bool {
	b := t.h.bucketOf(m.Key)
	if b == nil || m.Key != b.vouchKey() {
		return false
	}
	var cfg *paxos.Config
	t.h.read(func(r *paxos.Replica) { cfg = r.Member.Config() })
	if cfg != nil && env.To == t.h.life() && env.Cluster == cfg.Cluster && env.Epoch == cfg.Epoch {
		vouch, _, _, _ := t.h.vouchTimes()
		b.vouching.answer(env.From, m, vouch)
	}
	return true
}
