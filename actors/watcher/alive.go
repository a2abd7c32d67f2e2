package watcher

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
)

// ask is a question about one process of another node.
type ask struct {
	pid    etf.Pid
	answer func(alive bool)
}

// fenceName is registered nowhere.
const fenceName = "PaxosKV.Nobody"

// Alive asks the node of a process about it; see host.Watcher.
func (s *state) Alive(pid etf.Pid, answer func(bool)) {
	s.later(func() { s.asks = append(s.asks, ask{pid, answer}) })
}

// askAll asks what has gathered. A process that is not there is told of at once,
// of one that runs nothing is heard: so behind the questions to a node goes one
// about a name that nobody has. The answer to that says that those before it have
// been answered, were there something to answer: a link keeps order.
func (s *state) askAll() {
	fences := make(map[etf.Atom][]func())
	for _, a := range s.asks {
		open := true
		answer := func(alive bool) {
			if open {
				open = false
				a.answer(alive)
			}
		}
		ref, asked := etf.Ref{}, s.connected(a.pid)
		if asked {
			ref, asked = s.monitors.process(a.pid, func(reason string) { answer(noWord(reason)) })
		}
		if !asked {
			answer(true) // no word of it
			continue
		}
		fences[a.pid.Node] = append(fences[a.pid.Node], func() {
			s.monitors.drop(ref)
			answer(true)
		})
	}
	s.asks = nil
	for node, ends := range fences {
		all := func(string) {
			for _, end := range ends {
				end()
			}
		}
		if _, asked := s.monitors.name(gen.ProcessID{Name: fenceName, Node: string(node)}, all); !asked {
			all("")
		}
	}
}
