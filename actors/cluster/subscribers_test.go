package cluster

import (
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
)

// The quorum flips, and before its event comes somebody subscribes.
func TestSubscribingSwallowsNoNews(t *testing.T) {
	told := 0
	st := &state{host: &host.Host{}, quorum: true, subscribers: map[etf.Pid]etf.Ref{{Node: "x", ID: 1}: {}}}
	atStart := st.host.Stats.Dropped.Load()
	// host.quorum is false by now (the zero Host); event() has not been called yet.
	pid := etf.Pid{Node: "x", ID: 2}
	st.subscribers[pid] = etf.Ref{} // known already, so no monitor is needed
	st.subscribe(nil, pid)
	before := atStart + 1 // the answer to pid
	st.event(host.Event{Quorum: false, Changed: true})
	told = int(st.host.Stats.Dropped.Load() - before)
	require.Positive(t, told, "subscriber 1 still believes in a quorum, and is never told")
}
