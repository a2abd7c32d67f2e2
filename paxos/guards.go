package paxos

import "slices"

// guards is what an acceptor knows of the guards of the live entries it holds.
// Nodes are known by their creation: one that is not connected as the creation
// that a guard names is suspected. A connection with another creation is no proof
// that the guard is gone: creations have no order, and while this node has not
// noticed that the other restarted, it is the guard that is of the later life.
// Only of its own name this node knows that no other life runs.
type guards struct {
	// self is the name of this node.
	self    string
	watched watchedGuards
	// swept is how many parts of them the sweep that is under way has looked at.
	swept int
	// byKey finds the watched guards that are revs of a key.
	byKey map[Key][]Guard
	// nodes holds the creation of each connected node, and of this one.
	nodes map[string]uint32
	// met are the nodes that were connected since this life began, nil once it is
	// so old that it should have met them all: a connection that was never there
	// was not lost. Or members that restart together would erase all that is tied
	// to the nodes whose connections come up last.
	met map[string]struct{}
}

func newGuards(self string) guards {
	return guards{self: self, byKey: make(map[Key][]Guard), nodes: make(map[string]uint32)}
}

// state of a guard at now (milliseconds since 1970 UTC).
func (g *guards) state(now int64, d Guard) GuardState {
	if w := g.watched.get(d); w != nil && w.gone {
		return Gone
	}
	return g.judge(now, d)
}

// judge is the state of a guard that nobody told the end of.
func (g *guards) judge(now int64, d Guard) GuardState {
	switch d.Kind {
	case GuardTime:
		if now >= d.Deadline {
			return Gone
		}
	case GuardPID, GuardNode:
		creation, connected := g.nodes[d.Node]
		switch {
		case connected && creation == d.Creation:
			return Holds
		case d.Node == g.self:
			return Gone
		case !g.meets(d.Node):
			return Suspect
		}
	}
	return Holds
}

// meets says whether a node is yet to be met.
func (g *guards) meets(name string) bool {
	_, met := g.met[name]
	return g.met != nil && !met
}

// worst is the state of the worst of several guards.
func (g *guards) worst(now int64, ds []Guard) GuardState {
	s := Holds
	for _, d := range ds {
		s = max(s, g.state(now, d))
	}
	return s
}

// hold starts watching the guards of an entry of key.
func (g *guards) hold(key Key, e *Entry, out *Output) {
	if !e.Live() {
		return
	}
	for _, d := range e.Guards {
		w := g.watched.get(d)
		if w == nil {
			w = g.watched.add(d)
			if d.Kind == GuardKey {
				g.byKey[Key(d.Subject)] = append(g.byKey[Key(d.Subject)], d)
			}
			out.Watches = append(out.Watches, Watch{Guard: d})
		}
		w.keys.add(key)
	}
}

// release ends what hold began.
func (g *guards) release(key Key, e *Entry, out *Output) {
	if !e.Live() {
		return
	}
	for _, d := range e.Guards {
		w := g.watched.get(d)
		if w == nil {
			continue
		}
		w.keys.remove(key)
		if w.keys.empty() {
			g.forget(d)
			out.Watches = append(out.Watches, Watch{Guard: d, Off: true})
		}
	}
}

// releaseExcept releases the guards of old that next does not hold as well.
func (g *guards) releaseExcept(key Key, old, next *Entry, out *Output) {
	if !old.Live() {
		return
	}
	rest := Entry{Guards: slices.DeleteFunc(slices.Clone(old.Guards), func(d Guard) bool {
		return next.Live() && slices.Contains(next.Guards, d)
	})}
	g.release(key, &rest, out)
}

func (g *guards) forget(d Guard) {
	g.watched.remove(d)
	if d.Kind != GuardKey {
		return
	}
	key := Key(d.Subject)
	g.byKey[key] = slices.DeleteFunc(g.byKey[key], func(x Guard) bool { return x == d })
	if len(g.byKey[key]) == 0 {
		delete(g.byKey, key)
	}
}
