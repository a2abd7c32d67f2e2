package watcher

import (
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
)

// Watchers ask one another whether they are connected to a node, as the life that
// has this creation:
//
//	{sees, Asker, Serial, Node, Creation} -> {seen, Serial, true | false}
//
// One that is not dials the node before it says so.
const (
	askSees    = etf.Atom("sees")
	answerSeen = etf.Atom("seen")
	// forgetAfter is when an answer is no longer waited for.
	forgetAfter = 10 * time.Second
)

// polls are the questions to other watchers that are open.
type polls struct {
	serial uint64
	open   map[uint64]question
}

type question struct {
	asked  time.Time
	answer func(yes bool)
}

// Sees asks other watchers; see host.Watcher.
func (s *state) Sees(nodes []string, name string, creation uint32, answer func(bool)) {
	s.later(func() {
		for _, n := range nodes {
			s.polls.serial++
			s.polls.open[s.polls.serial] = question{time.Now(), answer}
			s.host.Send(n, gen.ProcessID{Name: host.WatcherName, Node: n},
				etf.Tuple{askSees, s.p.Self(), s.polls.serial, etf.Atom(name), creation})
		}
	})
}

// peer takes what another watcher says.
func (s *state) peer(m etf.Tuple) {
	switch {
	case len(m) == 5 && m[0] == askSees:
		asker, ok := m[1].(etf.Pid)
		name, named := m[3].(etf.Atom)
		if !ok || !named {
			return
		}
		creation := uint32(number(m[4]))
		s.host.Reach(string(name), creation, func(known uint32) {
			s.host.Send(string(asker.Node), asker, etf.Tuple{answerSeen, m[2], known == creation})
		})
	case len(m) == 3 && m[0] == answerSeen:
		serial := number(m[1])
		if q, open := s.polls.open[serial]; open {
			delete(s.polls.open, serial)
			yes, _ := m[2].(bool)
			q.answer(yes)
		}
	}
}

// forget drops the questions to which no answer has come.
func (p *polls) forget() {
	for serial, q := range p.open {
		if time.Since(q.asked) > forgetAfter {
			delete(p.open, serial)
		}
	}
}

// number reads an integer back, which comes in several Go types.
func number(t etf.Term) uint64 {
	switch n := t.(type) {
	case int:
		return uint64(n)
	case int64:
		return uint64(n)
	case uint64:
		return n
	}
	return 0
}
