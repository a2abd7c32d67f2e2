package script

import (
	"fmt"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// lab holds the nodes of a text and the messages under way between them.
type lab struct {
	size    int
	now     int64
	nodes   []*node // by name
	pending []paxos.Envelope
	cuts    map[[2]string]bool
	calls   int
	// said collects the outcome of the present command; quiet leaves out single
	// messages.
	said  []string
	quiet bool
}

type node struct {
	id     paxos.NodeID
	r      *paxos.Replica
	p      *paxos.Proposer
	timers []paxos.Timer
	calls  map[paxos.OpID]string
}

func newLab() *lab { return &lab{cuts: make(map[[2]string]bool)} }

func (l *lab) say(format string, args ...any) { l.said = append(l.said, fmt.Sprintf(format, args...)) }

// message tells of a single message.
func (l *lab) message(format string, args ...any) {
	if !l.quiet {
		l.say(format, args...)
	}
}

func (l *lab) node(name string) (*node, error) {
	i := slices.IndexFunc(l.nodes, func(n *node) bool { return n.id.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no node %q", name)
	}
	return l.nodes[i], nil
}

// start begins a life and connects it to all others.
func (l *lab) start(name string, incarnation uint64) {
	id := paxos.NodeID{Name: name, Incarnation: incarnation}
	n := &node{id: id, p: paxos.NewProposer(id, 0), calls: make(map[paxos.OpID]string),
		r: paxos.NewReplica(id, uint32(incarnation), l.size, 1+uint64(name[0])*incarnation, paxos.DefaultTiming)}
	l.nodes = append(l.nodes, n)
	slices.SortFunc(l.nodes, func(a, b *node) int { return a.id.Compare(b.id) })
	for _, o := range l.nodes {
		if o != n && !l.isCut(name, o.id.Name) {
			l.link(n, o, true)
		}
	}
}

func (l *lab) stop(n *node) {
	l.nodes = slices.DeleteFunc(l.nodes, func(o *node) bool { return o == n })
	for _, o := range l.nodes {
		l.do(o, func(out *paxos.Output) { o.r.PeerDown(l.now, n.id.Name, out) })
	}
}

// link lets both ends see that they are connected, or are no more.
func (l *lab) link(a, b *node, up bool) {
	for _, e := range [][2]*node{{a, b}, {b, a}} {
		l.do(e[0], func(out *paxos.Output) {
			if up {
				e[0].r.PeerUp(e[1].id.Name, out)
			} else {
				e[0].r.PeerDown(l.now, e[1].id.Name, out)
			}
		})
	}
}

func (l *lab) setCut(a, b string, cut bool) { l.cuts[[2]string{min(a, b), max(a, b)}] = cut }

func (l *lab) isCut(a, b string) bool { return l.cuts[[2]string{min(a, b), max(a, b)}] }

// do runs a step of the core and carries out what it asks for.
func (l *lab) do(n *node, step func(*paxos.Output)) {
	var out paxos.Output
	step(&out)
	l.pending = append(l.pending, out.Messages...)
	n.timers = append(n.timers, out.Timers...)
	if !l.quiet {
		l.sends(out.Messages)
	}
	for _, r := range out.Results {
		l.say("%s: %s -> %s", life(n.id), n.calls[r.Op], showResult(r))
	}
	if r := out.Resized; r != nil && r.Refused != "" {
		l.say("%s: resize refused: %s", life(n.id), r.Refused)
	}
	for _, note := range out.Notes {
		if note.Warn { // the others say in words what an adoption shows
			l.say("%s notes: %s", life(n.id), note.Text)
		}
	}
	if cfg := out.Adopted; cfg != nil {
		l.say("%s adopts %s", life(n.id), showConfig(cfg))
		l.do(n, func(out *paxos.Output) { n.p.Adopt(l.now, cfg, out) })
	}
	for _, e := range out.Learned {
		l.do(n, func(out *paxos.Output) {
			n.r.Acceptor.Learn(e.Key, e.Entry, out)
			if e.Entry.Tombstone && !e.Collected {
				n.p.Collect(e.Key, out)
			}
		})
	}
	n.p.SetUp(n.r.Member.Up())
	for _, e := range out.Erasures {
		l.message("%s finds %s of %s down", life(n.id), ballot(e.Rev), e.Key)
		l.do(n, func(out *paxos.Output) { n.p.Erase(l.now, e, out) })
	}
}

// deliver hands a message to its node, unless a cut or a restart is in its way.
func (l *lab) deliver(e paxos.Envelope) {
	n, err := l.node(e.To.Name)
	if err != nil || l.isCut(e.From.Name, e.To.Name) || e.To.Incarnation != 0 && e.To != n.id {
		l.message("%s is lost", showMessage(e))
		return
	}
	l.message("%s", showMessage(e))
	l.do(n, func(out *paxos.Output) {
		if _, ok := paxos.ForProposer(e.Body); ok {
			n.p.Step(l.now, e, out)
		} else {
			n.r.Step(l.now, e, out)
		}
	})
}

// settle delivers until nothing is under way.
func (l *lab) settle() {
	for len(l.pending) > 0 {
		e := l.pending[0]
		l.pending = l.pending[1:]
		l.deliver(e)
	}
}

// run lets time pass, a tenth of a second at a time.
func (l *lab) run(ms int64) {
	for end := l.now + ms; l.now < end; l.now += 100 {
		l.settle()
		for _, n := range slices.Clone(l.nodes) {
			timers := n.timers
			n.timers = nil
			l.do(n, func(out *paxos.Output) { n.r.Member.Tick(l.now, out) })
			for _, t := range timers {
				l.do(n, func(out *paxos.Output) { n.p.Fire(l.now, t, out) })
			}
		}
	}
	l.settle()
}
