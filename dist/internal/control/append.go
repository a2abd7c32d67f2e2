package control

import (
	"github.com/paxoskv/paxoskv/dist/internal/ext"

	"github.com/ergo-services/ergo/etf"
)

// Builder appends control tuples, each with its leading 131. The first error
// sticks; B is then of no use.
type Builder struct {
	B   []byte
	Err error
}

func (w *Builder) open(number byte, arity int) {
	w.B = append(w.B, ext.Version)
	w.B = ext.AppendTuple(w.B, arity)
	w.B = ext.AppendUint(w.B, uint64(number))
}

func (w *Builder) keep(b []byte, err error) {
	w.B = b
	if w.Err == nil {
		w.Err = err
	}
}

func (w *Builder) pid(pid etf.Pid)    { w.keep(ext.AppendPid(w.B, pid)) }
func (w *Builder) ref(ref etf.Ref)    { w.keep(ext.AppendRef(w.B, ref)) }
func (w *Builder) atom(name etf.Atom) { w.keep(ext.AppendAtom(w.B, name)) }

func (w *Builder) who(x Who) {
	if x.Name != "" {
		w.atom(x.Name)
		return
	}
	w.pid(x.Pid)
}

// Send opens a message to a pid; the payload follows. A peer without SEND_SENDER
// gets the old form, which does not name the sender.
func (w *Builder) Send(from, to etf.Pid, sender bool) {
	if sender {
		w.open(sendSender, 3)
		w.pid(from)
	} else {
		w.open(byte(Send), 3)
		w.atom("")
	}
	w.pid(to)
}

// RegSend opens a message to a registered name.
func (w *Builder) RegSend(from etf.Pid, name etf.Atom) {
	w.open(byte(RegSend), 4)
	w.pid(from)
	w.atom("")
	w.atom(name)
}

// AliasSend opens a message to an alias.
func (w *Builder) AliasSend(from etf.Pid, alias etf.Ref) {
	w.open(byte(AliasSend), 3)
	w.pid(from)
	w.ref(alias)
}

// Link asks for a link.
func (w *Builder) Link(from, to etf.Pid) {
	w.open(byte(Link), 3)
	w.pid(from)
	w.pid(to)
}

// UnlinkID ends a link; UnlinkIDAck says that the other side has heard it.
func (w *Builder) UnlinkID(id uint64, from, to etf.Pid) { w.unlink(UnlinkID, id, from, to) }

// UnlinkIDAck answers UnlinkID.
func (w *Builder) UnlinkIDAck(id uint64, from, to etf.Pid) { w.unlink(UnlinkIDAck, id, from, to) }

func (w *Builder) unlink(op Op, id uint64, from, to etf.Pid) {
	w.open(byte(op), 4)
	w.B = ext.AppendUint(w.B, id)
	w.pid(from)
	w.pid(to)
}

// Exit says that from has ended, to the linked process to. payload is whether
// the peer takes the form with the reason behind the tuple.
func (w *Builder) Exit(from, to etf.Pid, reason string, payload bool) {
	if payload {
		w.open(payloadExit, 3)
	} else {
		w.open(byte(Exit), 4)
	}
	w.pid(from)
	w.pid(to)
	w.reason(reason, payload)
}

// Monitor asks to be told when a process ends.
func (w *Builder) Monitor(from etf.Pid, to Who, ref etf.Ref) { w.monitor(Monitor, from, to, ref) }

// Demonitor takes a Monitor back.
func (w *Builder) Demonitor(from etf.Pid, to Who, ref etf.Ref) { w.monitor(Demonitor, from, to, ref) }

func (w *Builder) monitor(op Op, from etf.Pid, to Who, ref etf.Ref) {
	w.open(byte(op), 4)
	w.pid(from)
	w.who(to)
	w.ref(ref)
}

// MonitorExit says that a monitored process has ended.
func (w *Builder) MonitorExit(from Who, to etf.Pid, ref etf.Ref, reason string, payload bool) {
	if payload {
		w.open(payloadMonitorExit, 4)
	} else {
		w.open(byte(MonitorExit), 5)
	}
	w.who(from)
	w.pid(to)
	w.ref(ref)
	w.reason(reason, payload)
}

// SpawnRefused answers a spawn request that this node does not serve.
func (w *Builder) SpawnRefused(ref etf.Ref, to etf.Pid) {
	w.open(byte(SpawnReply), 5)
	w.ref(ref)
	w.pid(to)
	w.B = ext.AppendUint(w.B, 0)
	w.atom("notsup")
}

func (w *Builder) reason(reason string, payload bool) {
	if payload {
		w.B = append(w.B, ext.Version)
	}
	w.B = ext.AppendReason(w.B, reason)
}
