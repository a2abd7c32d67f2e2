package host

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/storage"
	"github.com/paxoskv/paxoskv/wire"
)

// plate is a disk that tells what is safe on it, and that a test breaks.
type plate struct {
	name   string
	memory storage.Memory

	mu sync.Mutex
	// before, unless nil, is called before a batch is written, and may fail it.
	before func() error
	// lies: it says that a batch is safe before it is.
	lies  bool
	holds *paxos.Replica // what is safe
	has   paxos.MemberState
	ever  map[paxos.Key]paxos.Ballot // the highest that was ever safe
}

// plateStore is the plate as one life of the node has it.
type plateStore struct {
	storage.Store
	p *plate
}

var lives uint64 = 1 << 20

// open begins a life of the node.
func (p *plate) open() storage.Store {
	lives++
	s := p.memory.Open(p.name, lives)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds == nil {
		p.holds, p.ever = paxos.NewReplica(s.Self(), 1, 1, 1, paxos.DefaultTiming), make(map[paxos.Key]paxos.Ballot)
	}
	return &plateStore{s, p}
}

func (s *plateStore) Append(ws []paxos.Write) error {
	s.p.mu.Lock()
	lies := s.p.lies
	s.p.mu.Unlock()
	if lies {
		time.AfterFunc(5*time.Millisecond, func() { _ = s.append(ws) })
		return nil
	}
	return s.append(ws)
}

func (s *plateStore) append(ws []paxos.Write) error {
	s.p.mu.Lock()
	before := s.p.before
	s.p.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if err := s.Store.Append(ws); err != nil {
		return err
	}
	for _, w := range ws {
		s.p.holds.Load(w)
		switch k := w.Record.Key; {
		case w.Kind == paxos.WriteMember:
			s.p.has = *w.Member
		case w.Kind == paxos.WriteRecord && w.Record.Held.Own && s.p.ever[k].Less(w.Record.Held.Ballot):
			s.p.ever[k] = w.Record.Held.Ballot
		}
	}
	return nil
}

// set changes how the plate behaves.
func (p *plate) set(before func() error, lies bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before, p.lies = before, lies
}

// sleepy takes its time, as a disk does.
func sleepy() error {
	time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
	return nil
}

// record is what is safe of a key: what was accepted, and what was promised.
func (p *plate) record(key paxos.Key) (held paxos.Held, promised paxos.Ballot) {
	slot := p.holds.Acceptor.State(paxos.SlotOf(key))
	i := slices.IndexFunc(slot.Records, func(r paxos.KeyRecord) bool { return r.Key == key })
	if i < 0 {
		return held, slot.Floor
	}
	return slot.Records[i].Held, slot.Records[i].Promised
}

// accepted says whether it is safe that a ballot was accepted for a key: it, or
// a later one, or that it was collected.
func (p *plate) accepted(key paxos.Key, b paxos.Ballot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	held, promised := p.record(key)
	if held.Entry == nil {
		return !promised.Less(b)
	}
	return !held.Ballot.Less(b)
}

func (p *plate) promised(key paxos.Key, b paxos.Ballot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, promised := p.record(key)
	return !promised.Less(b)
}

// reached says whether it is safe that the node has adopted an epoch, and, while
// it has not adopted a later one, the rest.
func (p *plate) reached(env paxos.Envelope, rest func(paxos.MemberState) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	cfg := p.holds.Member.Config()
	switch {
	case cfg.Cluster != env.Cluster:
		return cfg.Cluster != 0 && env.Cluster == 0 || env.Epoch == 0 && rest(p.has) // an instance that is over, or the founding
	case cfg.Epoch != env.Epoch:
		return cfg.Epoch > env.Epoch
	}
	return rest(p.has)
}

// drive is a net of nodes with plates, and the witness of what leaves them.
type drive struct {
	*lossyNet
	plates map[string]*plate
	made   []*plate // those that are no more in use too
	mu     sync.Mutex
	kinds  map[string]int
	unsafe []string
}

func newDrive(t *testing.T) *drive {
	d := &drive{lossyNet: emptyNet(t), plates: make(map[string]*plate), kinds: make(map[string]int)}
	d.leaves = d.witness
	return d
}

// brisk is a choice of members that loses little time where messages are lost.
var brisk = paxos.Timing{Found: 200, Settle: 50, Replace: 10000, Recover: 2000, Round: 200, Greet: 100}

// add starts a new node with a plate of its own.
func (d *drive) add(size int) *lossyProcess {
	name := nodeName(d.t)
	d.renew(name)
	return d.again(name, size)
}

// renew gives a node another plate.
func (d *drive) renew(name string) {
	p := &plate{name: name, before: sleepy}
	d.mu.Lock()
	d.plates[name], d.made = p, append(d.made, p)
	d.mu.Unlock()
}

// again begins the next life of a node.
func (d *drive) again(name string, size int) *lossyProcess {
	return d.start(name, Options{Size: size, Storage: d.plates[name].open(), Timing: brisk})
}

// crash ends a life between any two moments: a batch on its way is written or
// not.
func (d *drive) crash(l *lossyProcess) {
	require.NoError(d.t, l.host.disk.store.Close())
	d.kill(l)
	l.host.Close()
}

// plate is what a life writes on: a later one of its node may have another.
func (p *lossyProcess) plate() *plate {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.host.disk.store.(*plateStore).p
}

// witness checks that nothing leaves a node that speaks of what is not safe.
func (d *drive) witness(from *lossyProcess, frame []byte) {
	var dec wire.Decoder
	_, _, envs, err := dec.Decode(frame)
	require.NoError(d.t, err)
	p := from.plate()
	d.mu.Lock()
	made := slices.Clone(d.made)
	d.mu.Unlock()
	for _, env := range envs {
		safe := p.safe(env)
		if b, ok := env.Body.(paxos.Chosen); ok {
			safe = chosen(made, b.Key, b.Ballot) >= 2
		}
		kind := fmt.Sprintf("%T", env.Body)
		d.mu.Lock()
		d.kinds[kind]++
		if !safe {
			d.unsafe = append(d.unsafe, fmt.Sprintf("%s: %s %+v", p.name, kind, env))
		}
		d.mu.Unlock()
	}
}

func (p *plate) safe(env paxos.Envelope) bool {
	switch b := env.Body.(type) {
	case paxos.Promise:
		return p.promised(b.Key, b.Ballot) && p.accepted(b.Key, b.Vote.Ballot)
	case paxos.Nack:
		return p.promised(b.Key, b.Promised)
	case paxos.Accepted:
		return p.accepted(b.Key, b.Ballot)
	case paxos.Answer:
		return p.accepted(b.Key, b.Vote.Ballot) && p.promised(b.Key, b.Floor)
	case paxos.MergeState:
		for _, s := range b.States {
			for _, r := range s.Records {
				if !p.promised(r.Key, r.Promised) || !p.accepted(r.Key, r.Held.Ballot) {
					return false
				}
			}
		}
		return p.reached(env, func(paxos.MemberState) bool { return true })
	case paxos.Hello:
		env.Cluster, env.Epoch = b.Config.Cluster, b.Config.Epoch
		return p.reached(env, func(m paxos.MemberState) bool { return b.Done <= m.Done })
	case paxos.ConfigPromise:
		return p.reached(env, func(m paxos.MemberState) bool { return !box(env, m).Promised.Less(b.Ballot) })
	case paxos.ConfigAccepted:
		return p.reached(env, func(m paxos.MemberState) bool { return !box(env, m).Vote.Ballot.Less(b.Ballot) })
	}
	return true
}

func box(env paxos.Envelope, m paxos.MemberState) paxos.BallotBox {
	if env.Epoch == 0 {
		return m.Founding
	}
	return m.Next
}

// chosen is on how many plates it was safe that a ballot, or a later one, was
// accepted.
func chosen(made []*plate, key paxos.Key, b paxos.Ballot) (n int) {
	for _, p := range made {
		p.mu.Lock()
		if !p.ever[key].Less(b) {
			n++
		}
		p.mu.Unlock()
	}
	return n
}

func (d *drive) verdict() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.unsafe)
}
