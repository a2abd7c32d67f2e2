package report_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/report"
	"github.com/paxoskv/paxoskv/term"
)

func full() report.Report {
	return report.Report{
		Node: "node1@127.0.0.1", Incarnation: math.MaxUint64, Creation: math.MaxUint32, Version: "v1.2.3", Wire: 1,
		Now: 1_700_000_000_000_000, Up: -1, Port: 4000, Mapper: 4369, Disk: true, Failed: "full", Cluster: "a1", Former: "b2", Epoch: 7, Size: 3, Wished: 5,
		Target: 4, Seats: []report.Seat{{Node: "node1@127.0.0.1", Incarnation: 1 << 60}, {Node: "node2@127.0.0.1"}},
		Quorum: true, Voting: true, Merged: 3, ToMerge: 1024, Missing: []string{"node3@127.0.0.1"},
		Foreign: []string{"zz"},
		Peers:   []report.Peer{{Node: "node2@127.0.0.1", Connected: true, Store: true, Address: "127.0.0.1:1"}},
		Buckets: []string{"PaxosKV"}, Settings: []report.Number{{Name: "round", Value: 200}},
		Counts: []report.Number{{Name: "records", Value: 1 << 40}},
		Fills:  []report.Fill{{Name: "mailbox", Used: 1, Most: 8192}},
	}
}

func TestAReportArrivesAsItWas(t *testing.T) {
	for _, want := range []report.Report{full(), {Node: "a@b"}} {
		raw, err := term.Encode(want)
		require.NoError(t, err)
		got, err := report.Parse(term.Raw(raw))
		require.NoError(t, err)
		require.Equal(t, normal(want), got)
	}
}

// normal has empty slices where a report has none: on the wire they are the same.
func normal(r report.Report) report.Report {
	if r.Seats == nil {
		r.Seats, r.Peers, r.Fills = []report.Seat{}, []report.Peer{}, []report.Fill{}
		r.Missing, r.Foreign, r.Buckets = []string{}, []string{}, []string{}
		r.Settings, r.Counts = []report.Number{}, []report.Number{}
	}
	return r
}

// A node of another release may tell more, or less.
func TestOtherReleases(t *testing.T) {
	got, err := report.Parse(term.Map{
		{Key: etf.Atom("node"), Value: etf.Atom("a@b")}, {Key: etf.Atom("mood"), Value: etf.Tuple{1}},
		{Key: 7, Value: 8}, {Key: etf.Atom("version"), Value: []byte("next")},
	})
	require.NoError(t, err)
	require.Equal(t, report.Report{Node: "a@b", Version: "next"}, got)
}

func TestWhatIsNoReport(t *testing.T) {
	with := func(name etf.Atom, v any) term.Map {
		return term.Map{{Key: etf.Atom("node"), Value: etf.Atom("a@b")}, {Key: name, Value: v}}
	}
	for what, bad := range map[string]any{
		"an error": etf.Tuple{etf.Atom("error"), etf.Atom("bad_request")}, "no term": term.Raw("\x83x"),
		"nil": nil, "no node": term.Map{}, "size": with("size", "3"), "quorum": with("quorum", 1),
		"node": with("node", 7), "seats": with("seats", etf.Atom("none")), "a seat": with("seats", etf.List{1}),
		"creation": with("creation", int64(1)<<40), "epoch": with("epoch", int64(-1)), "peer": with("peers",
			etf.List{term.Map{{Key: etf.Atom("connected"), Value: 1}}}),
	} {
		_, err := report.Parse(bad)
		require.ErrorIs(t, err, report.ErrNotReport, what)
	}
}

func TestLookUps(t *testing.T) {
	r := full()
	require.True(t, r.Connected("node2@127.0.0.1"))
	require.False(t, r.Connected("node3@127.0.0.1"))
	s, found := r.Seat("node1@127.0.0.1")
	require.True(t, found)
	require.Equal(t, uint64(1<<60), s.Incarnation)
	_, found = r.Seat("node9@127.0.0.1")
	require.False(t, found)
	v, found := r.Setting("round")
	require.True(t, found)
	require.Equal(t, int64(200), v)
	require.Equal(t, int64(1<<40), r.Count("records"))
	require.Zero(t, r.Count("none"))
}
