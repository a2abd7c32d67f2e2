package doctor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/report"
)

func name(i int) string { return fmt.Sprintf("node%d@h", i) }

// healthy are nodes 1 to n of one cluster of a size: the first have its seats, the
// others are spares, and all are connected.
func healthy(n, size int) *doctor.Facts {
	f := &doctor.Facts{Mappers: []doctor.Mapper{{Host: "h", Ports: map[string]int{}}}}
	for i := 1; i <= n; i++ {
		r := &report.Report{Node: name(i), Incarnation: uint64(i), Version: "v1", Wire: 1, Port: 4000 + i, Mapper: 4369,
			Cluster: "abc", Epoch: 3, Size: size, Wished: size, Quorum: true, Voting: i <= size,
			Buckets:  []string{"PaxosKV"},
			Settings: []report.Number{{Name: "limit key", Value: 9}, {Name: "timing round", Value: 200}},
			Fills:    []report.Fill{{Name: "mailbox of PaxosKV.Cluster", Used: 3, Most: 8192}}}
		for s := 1; s <= min(n, size); s++ {
			r.Seats = append(r.Seats, report.Seat{Node: name(s), Incarnation: uint64(s)})
		}
		for p := 1; p <= n; p++ {
			if p != i {
				r.Peers = append(r.Peers, report.Peer{Node: name(p), Connected: true, Store: true})
			}
		}
		f.Nodes = append(f.Nodes, doctor.Node{Name: name(i), Asked: true, Reach: doctor.Answers, Report: r,
			Doubt: time.Millisecond})
		f.Mappers[0].Ports[name(i)] = 4000 + i
	}
	return f
}

// The rest are what happens to the facts.

func node(f *doctor.Facts, i int) *doctor.Node { return f.Node(name(i)) }

// gone: a node does not answer, and the others have lost it.
func gone(f *doctor.Facts, i int, reach doctor.Reach) {
	n := node(f, i)
	n.Reach, n.Report, n.Address = reach, nil, "h:4000"
	delete(f.Mappers[0].Ports, name(i))
	for k := range f.Nodes {
		if r := f.Nodes[k].Report; r != nil {
			peer(r, i).Connected = false
		}
	}
}

func peer(r *report.Report, i int) *report.Peer {
	at := slices.IndexFunc(r.Peers, func(p report.Peer) bool { return p.Node == name(i) })
	return &r.Peers[at]
}

// cut: a has no link to b, and the other way round if both is set.
func cut(f *doctor.Facts, a, b int, both bool) {
	peer(node(f, a).Report, b).Connected = false
	if both {
		peer(node(f, b).Report, a).Connected = false
	}
}

func noQuorum(f *doctor.Facts) {
	for i := range f.Nodes {
		if r := f.Nodes[i].Report; r != nil {
			r.Quorum = false
		}
	}
}

// another is a node that no report tells more of.
func another(f *doctor.Facts, n doctor.Node) {
	f.Nodes = append(f.Nodes, n)
	slices.SortFunc(f.Nodes, func(a, b doctor.Node) int { return doctor.Compare(a.Name, b.Name) })
}

// TestJudge has facts and what must be said of them: for each finding, the worst
// first, its level and words of it, separated by " | ".
func TestJudge(t *testing.T) {
	for what, c := range map[string]struct {
		nodes, size int
		do          func(f *doctor.Facts)
		want        []string
	}{
		"all well":              {3, 3, func(f *doctor.Facts) {}, nil},
		"one node":              {1, 1, func(f *doctor.Facts) {}, nil},
		"a spare":               {4, 3, func(f *doctor.Facts) {}, nil},
		"names that nobody has": {3, 3, func(f *doctor.Facts) { another(f, doctor.Node{Name: name(0), Reach: doctor.Unregistered}) }, nil},
		"a node of Erlang": {3, 3, func(f *doctor.Facts) {
			another(f, doctor.Node{Name: "e@h", Asked: true, Reach: doctor.NoStore, OTP: "27"})
		}, nil},

		"one down": {3, 3, func(f *doctor.Facts) { gone(f, 3, doctor.Unregistered) },
			[]string{"warning: node3@h does not run | holds a seat | Start it again under the same name, or start another node, which takes its seat | bears the loss of no member more"}},
		"one down of five": {5, 5, func(f *doctor.Facts) { gone(f, 5, doctor.Refused) },
			[]string{"warning: node5@h does not run: nobody listens at h:4000 | bears the loss of 1 member more"}},
		"one hangs":       {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Silent) }, []string{"warning: node2@h hangs | kill -CONT"}},
		"one is mute":     {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Mute) }, []string{"warning: node2@h is linked with | overloaded"}},
		"its host is off": {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Unreachable) }, []string{"warning: node2@h cannot be reached | firewall"}},
		"odd":             {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Odd) }, []string{"warning: node2@h does not answer"}},
		"misnamed":        {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Misnamed) }, []string{"warning: at h:4000, where EPMD has node2@h, is another node | registers anew"}},
		"barred":          {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Barred) }, []string{"warning: node2@h lets only certain nodes in"}},
		"old":             {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Old) }, []string{"warning: node2@h is of an Erlang/OTP that is too old | OTP 25"}},
		"its name taken": {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.NoStore); node(f, 2).OTP = "26" },
			[]string{"warning: node2@h runs, and is no node of the store (Erlang/OTP 26) | has taken its name"}},
		"reached by the others only": {3, 3, func(f *doctor.Facts) {
			node(f, 3).Reach, node(f, 3).Report, node(f, 3).Address = doctor.Unreachable, nil, "h:4003"
		}, []string{"warning: node3@h cannot be reached | yet node1@h and node2@h are connected to it"}},
		"another cookie": {3, 3, func(f *doctor.Facts) { gone(f, 3, doctor.Cookie) },
			[]string{"warning: node3@h has another cookie than node1@h and node2@h | --cookie"}},
		"the doctor's cookie": {2, 2, func(f *doctor.Facts) { gone(f, 1, doctor.Cookie); gone(f, 2, doctor.Cookie) },
			[]string{"critical: no node of the store answers", "warning: node1@h has another cookie than this doctor", "warning: node2@h has another"}},
		"nobody runs": {2, 2, func(f *doctor.Facts) { gone(f, 1, doctor.Unmapped); gone(f, 2, doctor.Refused) },
			[]string{"critical: no node of the store answers", "warning: node1@h cannot be found: EPMD on h does not answer", "warning: node2@h does not run"}},

		"no quorum": {3, 3, func(f *doctor.Facts) { gone(f, 2, doctor.Unregistered); gone(f, 3, doctor.Unregistered); noQuorum(f) },
			[]string{"critical: cluster abc has no quorum | of 3 seats 2 have to vote | node1@h votes, node2@h does not run, node3@h does not run | Start node2@h and node3@h again",
				"warning: node2@h", "warning: node3@h"}},
		"no quorum by cuts": {3, 3, func(f *doctor.Facts) { cut(f, 1, 2, true); cut(f, 1, 3, true); cut(f, 2, 3, true); noQuorum(f) },
			[]string{"critical: cluster abc has no quorum | not connected to one another",
				"warning: node1@h and node2@h are not connected", "warning: node1@h and node3@h are not", "warning: node2@h and node3@h are not"}},
		"a majority lost its memory": {3, 3, func(f *doctor.Facts) {
			for _, i := range []int{2, 3} {
				r := node(f, i).Report
				r.Incarnation, r.Cluster, r.Epoch, r.Seats, r.Voting = 77, "", 0, nil, false
			}
			noQuorum(f)
		}, []string{"critical: cluster abc has no quorum | node2@h was restarted without its memory | recovers by itself",
			"warning: node2@h has joined no cluster", "warning: node3@h has joined no cluster"}},
		"the minority's side": {3, 3, func(f *doctor.Facts) {
			cut(f, 1, 3, true)
			cut(f, 2, 3, true)
			node(f, 3).Report.Quorum = false
		}, []string{"warning: node3@h sees no quorum, and others do: it is connected to no other member",
			"warning: node1@h and node3@h are not connected", "warning: node2@h and node3@h are not connected"}},

		"one-sided": {3, 3, func(f *doctor.Facts) {
			cut(f, 2, 1, false)
			peer(node(f, 2).Report, 1).Trouble = "dist: no answer"
		}, []string{"warning: node1@h is connected to node2@h, but not the other way round; node2@h says of node1@h: dist: no answer"}},
		"one-sided, the other way": {3, 3, func(f *doctor.Facts) { cut(f, 1, 2, false) },
			[]string{"warning: node2@h is connected to node1@h, but not the other way round"}},
		"apart": {3, 3, func(f *doctor.Facts) { cut(f, 1, 2, true); peer(node(f, 2).Report, 1).Trouble = "refused" },
			[]string{"warning: node1@h and node2@h are not connected; node2@h says of node1@h: refused | what stands between"}},
		"apart, and nobody tries": {3, 3, func(f *doctor.Facts) { cut(f, 1, 2, true) },
			[]string{"warning: node1@h and node2@h are not connected | Neither tries to"}},

		"two clusters": {4, 2, func(f *doctor.Facts) {
			for _, i := range []int{3, 4} {
				r := node(f, i).Report
				r.Cluster, r.Seats, r.Voting = "xyz", []report.Seat{{Node: name(3), Incarnation: 3}, {Node: name(4), Incarnation: 4}}, true
				r.Counts = []report.Number{{Name: "records", Value: 12}, {Name: "tombstones", Value: 2}}
			}
			cut(f, 1, 3, true)
		}, []string{"critical: there are 2 clusters | abc with node1@h and node2@h (epoch 3, 0 records); xyz with node3@h and node4@h (epoch 3, 10 records) | stop the nodes of the other"}},
		"no cluster yet": {1, 3, func(f *doctor.Facts) { fresh(node(f, 1).Report) },
			[]string{"critical: there is no cluster yet: 1 node of the 2 that a cluster of 3 begins with | Start 1 more node"}},
		"a cluster soon": {3, 3, func(f *doctor.Facts) {
			for i := 1; i <= 3; i++ {
				fresh(node(f, i).Report)
			}
		}, []string{"critical: there is no cluster yet: 3 nodes | within some seconds"}},
		"one has not joined": {4, 3, func(f *doctor.Facts) { fresh(node(f, 4).Report) }, []string{"warning: node4@h has joined no cluster"}},

		"a free seat": {2, 3, func(f *doctor.Facts) {}, []string{"warning: of 3 seats 1 is free | Start 1 more node"}},
		"a seat of a former life": {3, 3, func(f *doctor.Facts) { node(f, 3).Report.Incarnation = 9; node(f, 3).Report.Voting = false },
			[]string{"warning: node3@h was restarted and has not got its seat back"}},
		"a seat of one that went elsewhere": {3, 3, func(f *doctor.Facts) { node(f, 3).Report.Cluster = "xyz"; node(f, 3).Report.Seats = nil },
			[]string{"critical: there are 2 clusters", "warning: a seat of cluster abc is held by node3@h, which belongs to cluster xyz now",
				"warning: of 3 seats 3 are free"}},
		"a resize": {3, 3, func(f *doctor.Facts) { node(f, 1).Report.Target = 5 }, []string{"notice: a resize to 5 is under way on node1@h"}},
		"behind": {3, 3, func(f *doctor.Facts) { node(f, 2).Report.Epoch = 2 },
			[]string{"warning: node2@h is behind: it knows epoch 2, and node1@h epoch 3"}},
		"merging": {3, 3, func(f *doctor.Facts) { r := node(f, 3).Report; r.Voting, r.Merged, r.ToMerge = false, 100, 2048 },
			[]string{"notice: node3@h is taking over the state of the others (100 of 2048 parts)"}},

		"clocks": {3, 3, func(f *doctor.Facts) { node(f, 2).Ahead = -90 * time.Second; node(f, 3).Ahead = 3 * time.Second },
			[]string{"warning: the clocks differ by 1m33s: node3@h is ahead of node2@h | NTP"}},
		"clocks within doubt": {2, 2, func(f *doctor.Facts) { node(f, 2).Ahead, node(f, 2).Doubt = 3*time.Second, 2100*time.Millisecond }, nil},
		"the doctor's clock":  {2, 2, func(f *doctor.Facts) { node(f, 1).Ahead, node(f, 2).Ahead = time.Hour, time.Hour }, nil},

		"another size": {3, 3, func(f *doctor.Facts) { node(f, 2).Report.Wished = 5 },
			[]string{"notice: node2@h was started for a cluster of 5, and the cluster has 3 seats | --size 3"}},
		"another size on two": {3, 3, func(f *doctor.Facts) { node(f, 1).Report.Wished, node(f, 2).Report.Wished = 4, 5 },
			[]string{"notice: node1@h and node2@h were started for a cluster of 4 and 5, and the cluster has 3 seats"}},
		"another release": {3, 3, func(f *doctor.Facts) { node(f, 2).Report.Version = "" },
			[]string{"notice: the release differs: v1 on node1@h and node3@h, unknown on node2@h"}},
		"another wire": {3, 3, func(f *doctor.Facts) { node(f, 2).Report.Wire = 2 },
			[]string{"warning: the version of messages differs: 1 on node1@h and node3@h, 2 on node2@h"}},
		"another limit": {3, 3, func(f *doctor.Facts) { node(f, 2).Report.Settings[0].Value = 8 },
			[]string{"notice: the limit key differs: 9 on node1@h and node3@h, 8 on node2@h"}},
		"a setting that one does not know": {3, 3, func(f *doctor.Facts) { r := node(f, 2).Report; r.Settings = r.Settings[1:] }, nil},
		"another bucket": {2, 2, func(f *doctor.Facts) { r := node(f, 2).Report; r.Buckets = append(r.Buckets, "b") },
			[]string{"warning: the list of buckets differs: PaxosKV on node1@h, PaxosKV b on node2@h"}},
		"its disk failed": {3, 3, func(f *doctor.Facts) {
			r := node(f, 3).Report
			fresh(r)
			r.Failed, r.Disk, r.Peers = "no space left", true, nil
		}, []string{"warning: the store on node3@h has ended: no space left | make room"}},
		"a full mailbox": {2, 2, func(f *doctor.Facts) { node(f, 2).Report.Fills[0].Used = 6144 },
			[]string{"warning: node2@h: the mailbox of PaxosKV.Cluster is full to 75 % (6144 of 8192)"}},
		"a mailbox not full": {2, 2, func(f *doctor.Facts) { node(f, 2).Report.Fills[0].Used = 6143 }, nil},

		"no port mapper": {2, 2, func(f *doctor.Facts) { f.Mappers[0] = doctor.Mapper{Host: "h", Err: "epmd: names: refused"} },
			[]string{"warning: node1@h runs, but EPMD on h does not answer (names: refused)", "warning: node2@h runs, but EPMD"}},
		"not in the port mapper": {2, 2, func(f *doctor.Facts) { delete(f.Mappers[0].Ports, name(2)) },
			[]string{"warning: node2@h runs, but EPMD on h does not have its name"}},
		"at another port": {2, 2, func(f *doctor.Facts) { f.Mappers[0].Ports[name(2)] = 9 },
			[]string{"warning: node2@h listens on port 4002, and EPMD on h has port 9 for it"}},
		"no port mapper, and none needed": {1, 1, func(f *doctor.Facts) {
			f.Mappers[0] = doctor.Mapper{Host: "h", Err: "epmd: names: refused"}
			node(f, 1).Report.Mapper = 0
		}, nil},
		"an old Erlang": {1, 1, func(f *doctor.Facts) {
			another(f, doctor.Node{Name: "e@h", Reach: doctor.NoStore, OTP: "24"})
		}, []string{"notice: e@h is of Erlang/OTP 24"}},
	} {
		t.Run(what, func(t *testing.T) {
			f := healthy(c.nodes, c.size)
			c.do(f)
			found := doctor.Judge(*f)
			var said []string
			for _, x := range found {
				said = append(said, x.String())
			}
			require.Len(t, said, len(c.want), strings.Join(said, "\n"))
			for i, words := range c.want {
				for _, w := range strings.Split(words, " | ") {
					require.Contains(t, said[i], w)
				}
				require.NotContains(t, said[i], "\n")
			}
		})
	}
}

func fresh(r *report.Report) {
	r.Cluster, r.Epoch, r.Seats, r.Quorum, r.Voting = "", 0, nil, false, false
}

func TestPrint(t *testing.T) {
	f := healthy(4, 3)
	another(f, doctor.Node{Name: "e@h", Reach: doctor.NoStore, OTP: "27"})
	another(f, doctor.Node{Name: name(9), Reach: doctor.Unregistered})
	node(f, 2).Ahead, node(f, 2).Report.Disk = -2*time.Second, true
	peer := &node(f, 1).Report.Peers
	*peer = append(*peer, report.Peer{Node: "e@h", Connected: true})
	var out bytes.Buffer
	require.NoError(t, doctor.Print(&out, *f, nil))
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	require.Equal(t, []string{
		"all is well: 4 nodes, a quorum of 3 seats, 1 spare",
		"",
		"NODE STATE CLUSTER EPOCH QUORUM LINKS RECORDS DISK UP CLOCK",
		"e@h runs no store (Erlang/OTP 27) - - - - - - - -",
		"node1@h member abc 3 yes 3 0 no 0s 0",
		"node2@h member abc 3 yes 3 0 yes 0s -2.00s",
		"node3@h member abc 3 yes 3 0 no 0s 0",
		"node4@h spare abc 3 yes 3 0 no 0s 0",
	}, lines)
}

func TestPrintJSON(t *testing.T) {
	f := healthy(2, 3)
	var out bytes.Buffer
	require.NoError(t, doctor.PrintJSON(&out, *f, doctor.Judge(*f)))
	var got struct {
		Findings []struct{ Level, Text, Advice string }
		Nodes    []struct {
			Name   string
			Report *report.Report
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Len(t, got.Findings, 1)
	require.Equal(t, "warning", got.Findings[0].Level)
	require.Len(t, got.Nodes, 2)
	require.Equal(t, uint64(2), got.Nodes[1].Report.Incarnation)
	out.Reset()
	require.NoError(t, doctor.PrintJSON(&out, *healthy(1, 1), nil))
	require.Contains(t, out.String(), `"findings": []`)
}

func TestCompare(t *testing.T) {
	names := []string{"node10@a", "node2@b", "x@a", "node2@a", "node1@a"}
	slices.SortFunc(names, doctor.Compare)
	require.Equal(t, []string{"node1@a", "node2@a", "node10@a", "x@a", "node2@b"}, names)
	require.Equal(t, "h", doctor.Host("a@h"))
}
