package paxos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// active counts one by one what Active knows.
func active(p *Proposer) int {
	n := 0
	for _, o := range p.ops {
		l := p.lines[o.req.Key]
		if o.id < ownOp && (l == nil || !slices.Contains(l.ops, o) || l.ops[0] == o) {
			n++
		}
	}
	return n
}

// However operations begin, end and are given up, it is known how many of them do
// not wait behind another one.
func TestActive(t *testing.T) {
	members := []NodeID{{"a", 1}, {"b", 1}, {"c", 1}}
	cfg := &Config{Cluster: 1, Epoch: 1, Size: 3}
	for _, n := range members {
		cfg.Seats = append(cfg.Seats, Seat{Node: n, Since: 1})
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 0))
		p, acceptors := NewProposer(members[0], 0), map[NodeID]*Acceptor{}
		for _, n := range members {
			acceptors[n] = NewAcceptor(n)
		}
		var queue []Envelope
		do := func(f func(out *Output)) {
			var out Output
			f(&out)
			queue = append(queue, out.Messages...)
			require.Equal(t, active(p), p.Active(), "seed %d", seed)
		}
		p.SetUp(members[:1]) // so that erasures begin at once
		do(func(out *Output) { p.Adopt(0, cfg, out) })
		for id := OpID(1); id < 200; id++ {
			key := Key(fmt.Sprint(r.IntN(3)))
			g := []Guard{{Kind: GuardTime, Deadline: 1 << 60}}[:r.IntN(2)]
			do(func(out *Output) {
				p.Start(0, id, Request{Kind: Kind(1 + r.IntN(2)), Key: key, Value: "v", Guards: g}, out)
			})
			if r.IntN(3) == 0 {
				do(func(out *Output) { p.Erase(0, Erasure{Key: key, Rev: Rev{Counter: uint64(id)}}, out) })
			}
			for len(queue) > 0 && r.IntN(20) > 0 {
				env := queue[0]
				queue = queue[1:]
				if a := acceptors[env.To]; a != nil {
					if _, forProposer := ForProposer(env.Body); !forProposer {
						do(func(out *Output) { a.Step(0, cfg, env.From, env.Body, out) })
						continue
					}
				}
				do(func(out *Output) { p.Step(0, env, out) })
			}
			if r.IntN(4) == 0 {
				do(func(out *Output) { p.Cancel(0, OpID(1+r.IntN(int(id))), out) })
			}
		}
	}
}
