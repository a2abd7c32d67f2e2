package host

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/report"
)

// describing is a distribution that tells of its connections.
type describing struct{ trouble map[string]error }

func (d describing) Link(string) (uint32, uint64)       { return 5, 6 }
func (d describing) Dial(context.Context, string) error { return errors.New("no") }
func (d describing) Port() uint16                       { return 4000 }
func (d describing) Mapper() uint16                     { return 4369 }
func (d describing) Trouble() map[string]error          { return d.trouble }
func (d describing) Address(name string) string         { return "address of " + name }

func TestReport(t *testing.T) {
	h, _ := alone(t)
	r := h.Report()
	require.Equal(t, h.Name(), r.Node)
	require.Equal(t, h.Self().Incarnation, r.Incarnation)
	require.Equal(t, uint32(7), r.Creation)
	require.True(t, r.Quorum)
	require.True(t, r.Voting)
	require.NotEmpty(t, r.Cluster)
	require.Equal(t, []report.Seat{{Node: h.Name(), Incarnation: h.Self().Incarnation}}, r.Seats)
	require.Equal(t, []int{1, 1, 0}, []int{r.Size, r.Wished, r.Target})
	require.Equal(t, []string{"B"}, r.Buckets)
	require.Empty(t, r.Peers)
	require.Less(t, r.Up, int64(patience/1e6))
	v, found := r.Setting("limit ties")
	require.True(t, found)
	require.Equal(t, int64(DefaultLimits.Ties), v)
	require.Contains(t, r.Fills, report.Fill{Name: "requests under way", Most: int64(DefaultLimits.UnderWay)})
}

// It tells of the nodes that are connected, of those that were, and of those that
// cannot be reached.
func TestReportOfConnections(t *testing.T) {
	h, n, p := fakeHost(t, 3)
	go func() {
		for range p.out {
		}
	}()
	h.SetLinks(describing{map[string]error{"c@h": errors.New("refused"), "b@h": errors.New("old news")}})
	n.connect(h, "b@h")
	r := h.Report()
	require.Equal(t, []int{4000, 4369}, []int{r.Port, r.Mapper})
	require.Equal(t, []report.Peer{
		{Node: "b@h", Connected: true, Address: "address of b@h"},
		{Node: "c@h", Address: "address of c@h", Trouble: "refused"},
	}, r.Peers)
	require.Empty(t, r.Cluster)
	require.False(t, r.Quorum)
	require.Contains(t, r.Fills, report.Fill{Name: "outbox to b@h", Most: int64(DefaultLimits.Outbox),
		Used: fill(&r, "outbox to b@h")})
	n.connect(h)
	r = h.Report()
	require.False(t, r.Connected("b@h"))
	require.Len(t, r.Peers, 2)
}

func fill(r *report.Report, name string) int64 {
	for _, f := range r.Fills {
		if f.Name == name {
			return f.Used
		}
	}
	return -1
}
