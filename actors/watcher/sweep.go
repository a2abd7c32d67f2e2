package watcher

import (
	"context"
	"errors"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
)

// Watchers ask one another which of some processes do not run:
//
//	{alive, Asker, Serial, [Pid]} -> {dead, Serial, [Pid]}
const (
	askAlive   = etf.Atom("alive")
	answerDead = etf.Atom("dead")
	// askMost is how many pids travel in one question.
	askMost = 1000
)

// ask is a question about one process of another node.
type ask struct {
	pid    etf.Pid
	answer func(bool)
}

// asking holds the questions under way.
type asking struct {
	serial uint64
	open   map[uint64]func(dead bool)
}

// Alive asks the node of pid about it; see host.Watcher.
func (s *state) Alive(pid etf.Pid, answer func(bool)) {
	s.inbox.mu.Lock()
	s.inbox.asks = append(s.inbox.asks, ask{pid, answer})
	s.inbox.mu.Unlock()
	s.p.Send(s.p.Self(), wake{})
}

func (s *state) ask(a ask) {
	s.asking.serial++
	serial := s.asking.serial
	s.asking.open[serial] = func(dead bool) { a.answer(!dead) }
	time.AfterFunc(time.Minute, func() { s.host.Send(s.host.Name(), s.p.Self(), etf.Tuple{answerDead, serial, etf.List{}}) })
	s.send(a.pid, serial, etf.List{a.pid})
}

func (s *state) send(to etf.Pid, serial uint64, pids etf.List) {
	node := string(to.Node)
	s.host.Send(node, gen.ProcessID{Name: host.WatcherName, Node: node},
		etf.Tuple{askAlive, s.p.Self(), serial, pids})
}

// peer takes what another watcher says.
func (s *state) peer(m etf.Tuple) {
	switch {
	case len(m) == 4 && m[0] == askAlive:
		asker, ok := m[1].(etf.Pid)
		pids, _ := m[3].(etf.List)
		if ok {
			s.host.Send(string(asker.Node), asker, etf.Tuple{answerDead, m[2], s.dead(pids)})
		}
	case len(m) == 3 && m[0] == answerDead:
		pids, _ := m[2].(etf.List)
		for _, t := range pids {
			if pid, ok := t.(etf.Pid); ok && s.pids[pid] != nil {
				s.host.Gone(s.pids[pid].guard)
			}
		}
		serial := serialOf(m[1])
		if end := s.asking.open[serial]; end != nil {
			delete(s.asking.open, serial)
			end(len(pids) > 0)
		}
	}
}

// serialOf reads a serial back: integers come in several Go types.
func serialOf(t etf.Term) uint64 {
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

// dead picks the processes of this life of the node that do not run. Of another
// life it says nothing: that may be the later one.
func (s *state) dead(pids etf.List) etf.List {
	dead := etf.List{}
	for _, t := range pids {
		if pid, ok := t.(etf.Pid); ok && string(pid.Node) == s.host.Name() && pid.Creation == s.p.Self().Creation && !s.runs(pid) {
			dead = append(dead, pid)
		}
	}
	return dead
}

func (s *state) runs(pid etf.Pid) bool {
	return pid.Creation == s.p.Self().Creation && s.p.ProcessByPid(pid) != nil
}

// sweep makes good what notices have missed.
func (s *state) sweep() {
	elsewhere := make(map[etf.Atom]etf.List)
	for pid, w := range s.pids {
		s.monitor(pid, w)
		switch {
		case string(pid.Node) != s.host.Name():
			elsewhere[pid.Node] = append(elsewhere[pid.Node], pid)
		case !s.runs(pid):
			s.host.Gone(w.guard)
		}
	}
	for _, pids := range elsewhere {
		for len(pids) > 0 {
			n := min(askMost, len(pids))
			s.asking.serial++
			s.send(pids[0].(etf.Pid), s.asking.serial, pids[:n])
			pids = pids[n:]
		}
	}
	for g := range s.keys {
		s.checkKey(g)
	}
}

// checkKey reads a guarding key. The read begins after the watch did, so where
// it finds nothing, or a later rev, the guarding rev is gone for good.
func (s *state) checkKey(g paxos.Guard) {
	ctx, cancel := context.WithTimeout(s.p.Context(), sweepEvery)
	s.host.Resolve(ctx, paxos.Key(g.Subject), func(rev paxos.Rev, err error) {
		cancel()
		if errors.Is(err, host.ErrNotFound) || err == nil && g.Rev.Less(rev) {
			s.host.Gone(g)
		}
	})
}
