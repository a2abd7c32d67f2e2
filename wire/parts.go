package wire

import "github.com/paxoskv/paxoskv/paxos"

// The least lengths of what stands in lists, in bytes, for count.
const (
	leastBallot = 2
	leastGuard  = 1 + 1 + 1 + 1 + leastBallot + 1
)

func (e *encoder) ballot(b paxos.Ballot) {
	e.uvarint(b.Counter)
	e.id(b.Proposer)
}

func (d *Decoder) ballot() paxos.Ballot {
	return paxos.Ballot{Counter: d.uvarint(), Proposer: d.id()}
}

// maybeEntry writes an entry that may be absent.
func (e *encoder) maybeEntry(n *paxos.Entry) {
	e.bool(n != nil)
	if n != nil {
		e.entry(n)
	}
}

func (d *Decoder) maybeEntry() *paxos.Entry {
	if !d.bool() {
		return nil
	}
	return d.entry()
}

func (e *encoder) entry(n *paxos.Entry) {
	e.ballot(n.Rev)
	e.ballot(n.Prev)
	e.bool(n.Tombstone)
	e.text(string(n.Value))
	e.guards(n.Guards)
}

func (d *Decoder) entry() *paxos.Entry {
	return &paxos.Entry{
		Rev:       d.ballot(),
		Prev:      d.ballot(),
		Tombstone: d.bool(),
		Value:     paxos.Value(d.bytes()),
		Guards:    d.guards(),
	}
}

func (e *encoder) guards(gs []paxos.Guard) {
	e.uvarint(uint64(len(gs)))
	for i := range gs {
		e.guard(&gs[i])
	}
}

func (d *Decoder) guards() []paxos.Guard {
	n := d.count(leastGuard)
	if n == 0 {
		return nil
	}
	gs := make([]paxos.Guard, n)
	for i := range gs {
		gs[i] = d.guard()
	}
	return gs
}

// guard writes the name of a node as an identity without an incarnation, so
// that it too is written once in a frame and interned.
func (e *encoder) guard(g *paxos.Guard) {
	if !knownKind(g.Kind) {
		e.fail(ErrMalformed, "the kind of guard %d", g.Kind)
	}
	e.byte(byte(g.Kind))
	e.text(g.Subject)
	e.id(paxos.NodeID{Name: g.Node})
	e.uvarint(uint64(g.Creation))
	e.ballot(g.Rev)
	e.varint(g.Deadline)
}

func (d *Decoder) guard() paxos.Guard {
	return paxos.Guard{
		Kind:     d.guardKind(),
		Subject:  d.text(),
		Node:     d.name(),
		Creation: d.uint32(),
		Rev:      d.ballot(),
		Deadline: d.varint(),
	}
}

func (d *Decoder) guardKind() paxos.GuardKind {
	k := paxos.GuardKind(d.byte())
	if !knownKind(k) {
		d.fail(ErrMalformed, "the kind of guard %d", k)
	}
	return k
}

func knownKind(k paxos.GuardKind) bool { return k >= paxos.GuardPID && k <= paxos.GuardTime }

func (d *Decoder) name() string {
	id := d.id()
	if id.Incarnation != 0 {
		d.fail(ErrMalformed, "the incarnation of a bare name")
	}
	return id.Name
}

func (e *encoder) guardState(s paxos.GuardState) {
	if s > paxos.Gone {
		e.fail(ErrMalformed, "the state of guards %d", s)
	}
	e.byte(byte(s))
}

func (d *Decoder) guardState() paxos.GuardState {
	s := paxos.GuardState(d.byte())
	if s > paxos.Gone {
		d.fail(ErrMalformed, "the state of guards %d", s)
	}
	return s
}

func (e *encoder) vote(v *paxos.Vote) {
	e.ballot(v.Ballot)
	e.maybeEntry(v.Entry)
	e.bool(v.Own)
	e.guardState(v.Guard)
}

func (d *Decoder) vote() paxos.Vote {
	return paxos.Vote{
		Ballot: d.ballot(),
		Entry:  d.maybeEntry(),
		Own:    d.bool(),
		Guard:  d.guardState(),
	}
}
