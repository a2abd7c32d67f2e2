package watcher

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
)

// core is what monitors are made with. Process.MonitorProcess would do the same
// with a reference of ergo's, which repeats after 262,144: with two monitors under
// one reference, the end of the one process takes away the monitor on the other.
type core interface {
	RouteMonitor(by, process etf.Pid, ref etf.Ref) error
	RouteMonitorReg(by etf.Pid, process gen.ProcessID, ref etf.Ref) error
	RouteDemonitor(by etf.Pid, ref etf.Ref) error
}

// monitors are those that stand, by reference, each with what is to be done at
// its end.
type monitors struct {
	core core
	self etf.Pid
	last uint32
	ends map[etf.Ref]func(reason string)
}

// refMark tells these references from ergo's.
const refMark = 0x77617463

// ref makes a reference. Those of an earlier watcher of this node are others: it
// was another process.
func (m *monitors) ref() etf.Ref {
	m.last++
	return etf.Ref{Node: m.self.Node, Creation: m.self.Creation, ID: [5]uint32{m.last, uint32(m.self.ID), refMark}}
}

// process watches a process: end is called once, with the reason of its end or
// that there is no word of it. It is not called, and the answer is false, where
// the monitor cannot be made.
func (m *monitors) process(pid etf.Pid, end func(string)) (etf.Ref, bool) {
	ref := m.ref()
	return m.keep(ref, end, m.core.RouteMonitor(m.self, pid, ref))
}

// name does the same for a registered name.
func (m *monitors) name(to gen.ProcessID, end func(string)) (etf.Ref, bool) {
	ref := m.ref()
	return m.keep(ref, end, m.core.RouteMonitorReg(m.self, to, ref))
}

// keep takes note of a monitor. Its DOWN, if it is there already, waits in the
// mailbox.
func (m *monitors) keep(ref etf.Ref, end func(string), err error) (etf.Ref, bool) {
	if err == nil {
		m.ends[ref] = end
	}
	return ref, err == nil
}

// drop ends a monitor, unless it has ended.
func (m *monitors) drop(ref etf.Ref) {
	if _, stands := m.ends[ref]; stands {
		delete(m.ends, ref)
		_ = m.core.RouteDemonitor(m.self, ref) // unknown: its DOWN is on its way
	}
}

func (m *monitors) down(d gen.MessageDown) {
	end := m.ends[d.Ref]
	delete(m.ends, d.Ref)
	if end != nil {
		end(d.Reason)
	}
}

// noWord says whether a reason tells nothing of the process: the link is down, or
// leads to another life of its node. A process may well have ended with such a
// reason; a new monitor tells.
func noWord(reason string) bool {
	switch reason {
	case "noconnection", "unsupported", "incarnation":
		return true
	}
	return false
}
