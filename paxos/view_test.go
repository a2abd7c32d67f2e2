package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a member tells of itself while it merges: how far it is, and whom it knows.
func TestViewOfAMember(t *testing.T) {
	l := filled(t, 1)
	stopped := false
	l.restart(func(e Envelope) bool {
		_, piece := e.Body.(MergeState)
		read, _ := l.nodes["e"].r.Member.Merging()
		stopped = stopped || piece && read > Slots
		return piece && stopped
	})
	m := l.nodes["e"].r.Member
	read, slots := m.Merging()
	require.Equal(t, 3*Slots, slots, "it owes the state of three of the four others")
	require.Greater(t, read, Slots)
	require.Less(t, read, slots)
	require.False(t, m.Voting())
	l.run(5000)
	read, slots = m.Merging()
	require.Zero(t, read+slots)
	require.True(t, m.Voting())

	l.stop("a")
	l.do(l.nodes["e"], func(out *Output) { m.PeerUp("stranger", out) })
	m.Resize(6, &Output{})
	require.Equal(t, 6, m.Target())
	views := m.Peers()
	require.Len(t, views, 5)
	require.Equal(t, PeerView{Name: "a", ID: NodeID{"a", 1}}, views[0])
	require.Equal(t, PeerView{Name: "b", ID: NodeID{"b", 1}, Connected: true}, views[1])
	require.Equal(t, PeerView{Name: "stranger", Connected: true}, views[4])
}
