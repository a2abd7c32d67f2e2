package dist

import (
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/linkset"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// Core enters monitors and links in its tables only after it has told the peer,
// and looks whether a local process lives before it enters it. What ends within
// such a gap would stay in core's tables, or never be told. So this package
// delivers DOWN and EXIT from its own tables, clears core's, and looks again a
// little later where core may have been late.

// settleDelays are when to look again.
var settleDelays = []time.Duration{
	time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second,
}

// again calls try until it says that there is nothing left to do, at most once
// for each of settleDelays.
func again(try func() (done bool), delays []time.Duration) {
	if len(delays) == 0 {
		return
	}
	time.AfterFunc(delays[0], func() {
		if !try() {
			again(try, delays[1:])
		}
	})
}

// later runs f when a process that is ending has had time to tell core.
func (l *link) later(f func()) {
	time.AfterFunc(100*time.Millisecond, func() {
		if !l.isClosed() {
			f()
		}
	})
}

// watchedDead answers a monitor on a process that ended before core entered the
// monitor. If core knew of it in time, there is nothing left to answer.
func (l *link) watchedDead(ref etf.Ref) {
	l.sig.mu.Lock()
	m, found := l.sig.in[ref]
	l.sig.mu.Unlock()
	if found && l.watcherExit(ref, "noproc") == nil {
		l.router.RouteDemonitor(m.by, ref)
	}
}

// linkedToDead does the same for a link.
func (l *link) linkedToDead(pair linkset.Pair) {
	l.LinkExit(pair.Remote, pair.Local, "noproc")
	l.unlinkCore(pair)
}

// down tells a process here that what it watched has ended, and makes core forget
// the monitor, also if core enters it only later.
func (l *link) down(m watch, reason string) {
	router, forgotten := l.router, func() bool {
		return l.router.RouteDemonitor(m.by, m.ref) != lib.ErrMonitorUnknown
	}
	if !forgotten() {
		again(func() bool { return l.wire.watched(m) || forgotten() }, settleDelays)
	}
	message := gen.MessageDown{Ref: m.ref, Reason: reason}
	if m.target.Name != "" {
		message.ProcessID = gen.ProcessID{Name: string(m.target.Name), Node: l.peer.Name}
	} else {
		message.Pid = m.target.Pid
	}
	l.wire.park.must(router, m.by, m.by, message)
}

// unlinkTimes is how often core is asked to forget a link: where a process links
// while another of its links ends, core adds to a copy of its list that is out of
// date, and the list then names some links several times. Asked once it forgets one
// of these, and would tell the process of the others when the node goes.
const unlinkTimes = 16

// unlinkCore makes core forget a link that has ended, also if core enters it only
// later. It must not be tried after the link to the peer: core would then answer
// with an EXIT of its own.
func (l *link) unlinkCore(pair linkset.Pair) {
	l.router.RouteUnlink(pair.Local, pair.Remote)
	again(func() bool {
		for range unlinkTimes {
			l.sig.mu.Lock()
			done := l.sig.closed || l.sig.links.Active(pair)
			l.sig.mu.Unlock()
			if done {
				return true
			}
			l.router.RouteUnlink(pair.Local, pair.Remote)
		}
		return false
	}, settleDelays[:3])
}

// tearDown tells all that hung on the link, while core still knows it, so that
// core finds nothing left to tell: its own way loses what a full mailbox does
// not take, and stops the program over a process linked to two of the peer's.
//
// The mutex taken last is released in Terminate. In between core tells of the
// node down; two of those at once would write to one map.
func (l *link) tearDown() {
	l.sig.mu.Lock()
	l.sig.closed = true
	links := l.sig.links.Drain()
	in, out := l.sig.in, l.sig.out
	l.sig.in, l.sig.out, l.sig.number = nil, nil, nil
	l.sig.mu.Unlock()
	for ref, m := range in {
		l.router.RouteDemonitor(m.by, ref)
	}
	for _, pair := range links {
		l.router.RouteUnlink(pair.Local, pair.Remote)
		l.wire.signalExit(l.router, pair.Local, pair.Remote, "noconnection", false)
	}
	for _, m := range out {
		l.down(m, "noconnection")
	}
	l.wire.downs.Lock()
}

// signalExit gives an exit signal to a process here. asked is whether it was sent
// with exit/2 and not by a link: only then does "kill" kill what traps exits.
func (w *Wire) signalExit(router node.CoreRouter, to, from etf.Pid, reason string, asked bool) {
	p := w.process(to)
	if p == nil {
		return
	}
	// Core clears a process's functions while it ends, without a lock: a call
	// in that instant panics, and means that nothing is left to be ended.
	defer func() { _ = recover() }()
	switch {
	case asked && reason == "kill":
		p.Kill()
	case p.TrapExit():
		w.park.must(router, from, to, gen.MessageExit{Pid: from, Reason: reason})
	case reason == "normal":
	case p.Exit(reason) == lib.ErrProcessBusy:
		p.Kill()
	}
}
