package dist

import (
	"fmt"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/linkset"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
)

// signalsMax bounds the monitors, and the links, that a peer may have here at a
// time. Nobody needs so many; a peer that asks for more is after our memory.
const signalsMax = 1 << 20

var errTooMany = fmt.Errorf("%w: too many monitors or links", ErrGarbled)

// watch is a monitor that a process here has on one of the peer.
type watch struct {
	by     etf.Pid
	target control.Who
	ref    etf.Ref // as core knows it
}

// watcher is a monitor that a process of the peer has on one here. Core always
// watches by pid; name is what the peer asked for, if it asked by name.
type watcher struct {
	by   etf.Pid
	pid  etf.Pid
	name etf.Atom
}

// The methods below are called by core with its own locks held. They change the
// tables and enqueue under one lock, so that the peer hears of changes in the
// order in which they were made.

// Link implements node.ConnectionInterface.
func (l *link) Link(local, remote etf.Pid) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	if l.sig.closed {
		return errNoConnection
	}
	if l.sig.links.Link(linkset.Pair{Local: local, Remote: remote}) {
		f := newFrame()
		f.Link(local, remote)
		l.post(f)
	}
	return nil
}

// Unlink implements node.ConnectionInterface. It never fails: core would turn an
// error into an EXIT for a process that has just said that it wants none.
func (l *link) Unlink(local, remote etf.Pid) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	if id, send := l.sig.links.Unlink(linkset.Pair{Local: local, Remote: remote}); send {
		f := newFrame()
		f.UnlinkID(id, local, remote)
		l.post(f)
	}
	return nil
}

// LinkExit implements node.ConnectionInterface: the process terminated, here, had
// a link to the peer's process to.
func (l *link) LinkExit(to, terminated etf.Pid, reason string) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	if !l.sig.links.End(linkset.Pair{Local: terminated, Remote: to}) {
		return nil
	}
	f := newFrame()
	f.Exit(terminated, to, reason, l.has(shake.ExitPayload))
	return l.post(f)
}

// Monitor implements node.ConnectionInterface. A process of another life of the
// peer is not asked about: this one would say that it is not there, and nobody
// knows which of the two lives is the later.
func (l *link) Monitor(local, remote etf.Pid, ref etf.Ref) error {
	switch {
	case !l.has(shake.DistMonitor):
		return lib.ErrPeerUnsupported
	case remote.Creation != l.peer.Creation:
		return lib.ErrProcessIncarnation
	}
	return l.watch(watch{by: local, target: control.Who{Pid: remote}, ref: ref})
}

// MonitorReg implements node.ConnectionInterface.
func (l *link) MonitorReg(local etf.Pid, remote gen.ProcessID, ref etf.Ref) error {
	if !l.has(shake.DistMonitorName) {
		return lib.ErrPeerUnsupported
	}
	return l.watch(watch{by: local, target: control.Who{Name: etf.Atom(remote.Name)}, ref: ref})
}

// watch asks for a monitor under a reference of the wire's own. Core's references
// repeat after 262,144 of them; two monitors under one would lose a DOWN.
func (l *link) watch(m watch) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	if l.sig.closed {
		return lib.ErrNoRoute
	}
	n := l.wire.watches.Add(1)
	f := newFrame()
	f.Builder.Monitor(m.by, m.target, l.wire.wireRef(n))
	if err := l.post(f); err != nil {
		return err
	}
	l.sig.out[n] = m
	l.sig.number[m] = n
	return nil
}

// Demonitor implements node.ConnectionInterface.
func (l *link) Demonitor(local, remote etf.Pid, ref etf.Ref) error {
	return l.unwatch(watch{by: local, target: control.Who{Pid: remote}, ref: ref})
}

// DemonitorReg implements node.ConnectionInterface.
func (l *link) DemonitorReg(local etf.Pid, remote gen.ProcessID, ref etf.Ref) error {
	return l.unwatch(watch{by: local, target: control.Who{Name: etf.Atom(remote.Name)}, ref: ref})
}

func (l *link) unwatch(m watch) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	n, found := l.sig.number[m]
	if !found {
		return nil
	}
	delete(l.sig.number, m)
	delete(l.sig.out, n)
	f := newFrame()
	f.Builder.Demonitor(m.by, m.target, l.wire.wireRef(n))
	return l.post(f)
}

// MonitorExit implements node.ConnectionInterface: a process here, on which the
// peer's process to had a monitor, has ended.
func (l *link) MonitorExit(to, terminated etf.Pid, reason string, ref etf.Ref) error {
	return l.watcherExit(ref, reason)
}

// MonitorExitReg implements node.ConnectionInterface.
func (l *link) MonitorExitReg(to etf.Pid, terminated gen.ProcessID, reason string, ref etf.Ref) error {
	return l.watcherExit(ref, reason)
}

// watcherExit answers a monitor of the peer, once.
func (l *link) watcherExit(ref etf.Ref, reason string) error {
	l.sig.mu.Lock()
	defer l.sig.mu.Unlock()
	m, found := l.sig.in[ref]
	if !found {
		return nil
	}
	delete(l.sig.in, ref)
	return l.postDown(m, ref, m.by, reason)
}

func (l *link) postDown(m watcher, ref etf.Ref, to etf.Pid, reason string) error {
	f := newFrame()
	f.Builder.MonitorExit(control.Who{Pid: m.pid, Name: m.name}, to, ref, reason, l.has(shake.ExitPayload))
	return l.post(f)
}
