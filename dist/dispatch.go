package dist

import (
	"strings"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/linkset"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
)

// dispatch hands one message of the peer to core.
func (l *link) dispatch(m control.Message, p payload) {
	if m.IsMessage() {
		l.onMessage(m, p)
		return
	}
	if !l.fromPeer(m) {
		l.wire.stats.badPayloads.Add(1)
		return
	}
	pair := linkset.Pair{Local: m.To.Pid, Remote: m.From.Pid}
	switch m.Op {
	case control.Link:
		l.onLink(pair)
	case control.UnlinkID:
		l.onUnlink(pair, m.ID)
	case control.UnlinkIDAck:
		l.sig.mu.Lock()
		l.sig.links.Acked(pair, m.ID)
		l.sig.mu.Unlock()
	case control.Exit:
		l.onExit(pair, ext.Reason(m.Reason))
	case control.Exit2:
		l.wire.signalExit(l.router, pair.Local, pair.Remote, ext.Reason(m.Reason), true)
	case control.Monitor:
		l.onMonitor(m)
	case control.Demonitor:
		l.onDemonitor(m)
	case control.MonitorExit:
		l.onDown(m.Ref, ext.Reason(m.Reason))
	case control.SpawnRequest:
		f := newFrame()
		f.SpawnRefused(m.Ref, m.From.Pid)
		l.post(f)
	}
}

// fromPeer says whether a signal comes from a process of the peer itself. Nobody
// else's processes can be spoken for over this link.
func (l *link) fromPeer(m control.Message) bool {
	switch m.Op {
	case control.SpawnReply, control.GroupLeader, control.NodeLink, control.Unlink:
		return false
	case control.MonitorExit:
		return m.From.Name != "" || string(m.From.Pid.Node) == l.peer.Name
	}
	return string(m.From.Pid.Node) == l.peer.Name
}

func (l *link) onMessage(m control.Message, p payload) {
	message, err := l.decode(p)
	if err != nil {
		l.badPayload(err)
		return
	}
	w, from := l.wire, m.From.Pid
	switch {
	case m.Op == control.Send:
		err = l.sendPid(from, m.To.Pid, message, len(p.b))
	case m.Op == control.AliasSend:
		err = l.router.RouteSendAlias(from, etf.Alias(m.Ref), message)
	case w.park.busy():
		err = l.sendParked(from, string(m.To.Name), message, len(p.b))
	default:
		err = l.sendName(from, string(m.To.Name), message, len(p.b))
	}
	if err != nil {
		w.stats.undelivered.Add(1)
	}
}

func (l *link) sendPid(from, to etf.Pid, message etf.Term, size int) error {
	if !l.wire.isLocal(to) {
		return lib.ErrProcessIncarnation
	}
	return l.wire.park.send(l.router, from, to, message, size)
}

// sendName delivers to a registered name without looking up its pid.
func (l *link) sendName(from etf.Pid, name string, message etf.Term, size int) error {
	err := l.router.RouteSendReg(from, gen.ProcessID{Name: name, Node: l.wire.name}, message)
	switch err {
	case lib.ErrProcessMailboxFull:
		return l.sendParked(from, name, message, size)
	case lib.ErrProcessUnknown:
		if plain, found := strings.CutPrefix(name, elixirPrefix); found {
			return l.sendName(from, plain, message, size)
		}
	}
	return err
}

// sendParked delivers to a registered name while messages are parked, behind
// those that are parked for the same process.
func (l *link) sendParked(from etf.Pid, name string, message etf.Term, size int) error {
	p := l.wire.processByName(name)
	if p == nil {
		return lib.ErrProcessUnknown
	}
	return l.wire.park.send(l.router, from, p.Self(), message, size)
}

func (l *link) onLink(pair linkset.Pair) {
	l.sig.mu.Lock()
	added := l.sig.links.Linked(pair)
	crowded := l.sig.links.Len() > l.wire.signalsMax
	l.sig.mu.Unlock()
	if crowded {
		l.close(errTooMany)
	}
	if !added || crowded {
		return
	}
	if l.wire.process(pair.Local) == nil {
		l.LinkExit(pair.Remote, pair.Local, "noproc")
		return
	}
	l.wire.linking.Lock()
	l.router.RouteLink(pair.Remote, pair.Local)
	l.wire.linking.Unlock()
	if l.wire.process(pair.Local) == nil {
		l.later(func() { l.linkedToDead(pair) })
	}
}

// onUnlink ends a link by the peer's wish. The acknowledgement goes before all
// else that the process here may send to the other: the lock orders it so.
func (l *link) onUnlink(pair linkset.Pair, id uint64) {
	l.sig.mu.Lock()
	stood := l.sig.links.Unlinked(pair)
	f := newFrame()
	f.UnlinkIDAck(id, pair.Local, pair.Remote)
	l.post(f)
	l.sig.mu.Unlock()
	if stood {
		// Core clears both its entries by this; the Unlink that it calls in
		// turn finds no link here and sends nothing.
		l.router.RouteUnlink(pair.Local, pair.Remote)
	}
}

func (l *link) onExit(pair linkset.Pair, reason string) {
	l.sig.mu.Lock()
	stood := l.sig.links.End(pair)
	l.sig.mu.Unlock()
	if !stood {
		return
	}
	l.unlinkCore(pair)
	l.wire.signalExit(l.router, pair.Local, pair.Remote, reason, false)
}

func (l *link) onMonitor(m control.Message) {
	target, found := l.target(m.To)
	l.sig.mu.Lock()
	_, repeated := l.sig.in[m.Ref]
	switch {
	case repeated || l.sig.closed:
	case len(l.sig.in) >= l.wire.signalsMax:
		l.close(errTooMany)
		found = false
	case !found:
		l.postDown(target, m.Ref, m.From.Pid, "noproc")
	default:
		target.by = m.From.Pid
		l.sig.in[m.Ref] = target
	}
	l.sig.mu.Unlock()
	if repeated || !found {
		return
	}
	l.router.RouteMonitor(m.From.Pid, target.pid, m.Ref)
	if l.wire.process(target.pid) == nil {
		l.later(func() { l.watchedDead(m.Ref) })
	}
}

// target finds the process that a monitor is meant for. Core forgets monitors on
// names given with RegisterName, so it is always told the pid.
func (l *link) target(to control.Who) (watcher, bool) {
	if to.Name == "" {
		return watcher{pid: to.Pid}, l.wire.process(to.Pid) != nil
	}
	p := l.wire.processByName(string(to.Name))
	if p == nil {
		return watcher{name: to.Name}, false
	}
	return watcher{pid: p.Self(), name: to.Name}, true
}

func (l *link) onDemonitor(m control.Message) {
	l.sig.mu.Lock()
	w, found := l.sig.in[m.Ref]
	delete(l.sig.in, m.Ref)
	l.sig.mu.Unlock()
	if found {
		l.router.RouteDemonitor(w.by, m.Ref)
	}
}

// onDown ends a monitor of a process here.
func (l *link) onDown(ref etf.Ref, reason string) {
	n, ours := l.wire.watchNumber(ref)
	if !ours || n == 0 { // 0 is the answer to a probe: a sign of life, no more
		return
	}
	l.sig.mu.Lock()
	m, found := l.sig.out[n]
	delete(l.sig.out, n)
	delete(l.sig.number, m)
	l.sig.mu.Unlock()
	if found {
		l.down(m, reason)
	}
}
