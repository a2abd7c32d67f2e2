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

// event tells subscribers of a change of the quorum. What the event says may be
// over by now: events come from several goroutines.
func (st *state) event(host.Event) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.news()
}

// news tells all when the quorum is not what they were told last.
func (st *state) news() {
	q := st.host.Quorum()
	if q == st.quorum {
		return
	}
	st.quorum = q
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
	st.news()
	if _, known := st.subscribers[pid]; !known {
		st.subscribers[pid] = p.MonitorProcess(pid)
	}
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
