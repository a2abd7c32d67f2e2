package cluster

import (
	"sync"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
)

// state of the service. Subscribers are told from whatever goroutine sees the
// quorum change, in order, hence the lock.
type state struct {
	host *host.Host
	// pulses are stopped when the service ends.
	pulses []func()

	mu          sync.Mutex
	quorum      bool
	subscribers map[etf.Pid]etf.Ref // with the monitor
}

// event tells subscribers of a change of the quorum.
func (st *state) event(e host.Event) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if e.Quorum == st.quorum {
		return
	}
	st.quorum = e.Quorum
	for pid := range st.subscribers {
		st.tell(pid)
	}
}

func (st *state) tell(pid etf.Pid) {
	what := etf.Atom("quorum_lost")
	if st.quorum {
		what = "quorum_reached"
	}
	st.host.Send(string(pid.Node), pid, what)
}

func (st *state) subscribe(p *gen.ServerProcess, pid etf.Pid) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if _, known := st.subscribers[pid]; !known {
		st.subscribers[pid] = p.MonitorProcess(pid)
	}
	st.quorum = st.host.Quorum()
	st.tell(pid)
}

func (st *state) unsubscribe(p *gen.ServerProcess, pid etf.Pid) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if ref, known := st.subscribers[pid]; known {
		p.DemonitorProcess(ref)
		delete(st.subscribers, pid)
	}
}

// forget drops a subscriber that ended.
func (st *state) forget(pid etf.Pid) {
	st.mu.Lock()
	defer st.mu.Unlock()
	delete(st.subscribers, pid)
}
