package tests

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/report"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
	processes "github.com/paxoskv/paxoskv/tests/spawn"
)

// doctor runs "node doctor" and returns its findings, its table and its status. It
// knows no port mapper but that of the cluster.
func doctor(t *testing.T, on processes.Starter, c *cluster.Cluster, cookie string, args ...string) (findings []string, table string, status int) {
	t.Helper()
	program, err := cluster.Program()
	require.NoError(t, err)
	cmd := exec.Command(program, append([]string{"doctor"}, args...)...)
	cmd.Env = append(os.Environ(), config.CookieEnv+"="+cookie, "HOME="+t.TempDir(),
		fmt.Sprintf("ERL_EPMD_PORT=%d", max(c.Mapper(), 1)), "GORACE=atexit_sleep_ms=0 exitcode=0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	started := make(chan error, 1)
	on <- func() { started <- cmd.Start() }
	require.NoError(t, <-started)
	timer := time.AfterFunc(cluster.Patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err != nil {
		require.True(t, errors.As(err, new(*exec.ExitError)), err)
	}
	require.Empty(t, processes.WithoutRacesOfErgo(errs.String()))
	said, table, _ := strings.Cut(out.String(), "\n\n")
	t.Log(out.String())
	return strings.Split(said, "\n"), table, cmd.ProcessState.ExitCode()
}

// finds requires just these findings, the worst first, by words of each.
func finds(t *testing.T, c *cluster.Cluster, patients []string, want ...string) (found []string) {
	t.Helper()
	found, _, status := doctor(t, processes.Main(), c, c.Cookie(), patients...)
	require.Equal(t, 1, status)
	require.Len(t, found, len(want), strings.Join(found, "\n"))
	for i, words := range want {
		for _, w := range strings.Split(words, " | ") {
			require.Contains(t, found[i], w)
		}
	}
	return found
}

// at lists nodes with their ports.
func at(c *cluster.Cluster, numbers ...int) (patients []string) {
	for _, n := range numbers {
		patients = append(patients, c.At(n))
	}
	return patients
}

// Of a healthy cluster the doctor says so, wherever it begins, and leaves no trace.
func TestDoctorOfAHealthyCluster(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 4, cluster.Setup{})
	put(t, nodes[0], "k", "v")
	before := clusterOf(t, nodes...)
	for i := range nodes {
		said, table, status := doctor(t, processes.Main(), c, c.Cookie(), c.At(i+1))
		require.Equal(t, []string{"all is well: 4 nodes, a quorum of 3 seats, 1 spare"}, said)
		require.Zero(t, status)
		require.Equal(t, 3, strings.Count(table, " member "), table)
		require.Equal(t, 1, strings.Count(table, " spare "), table)
	}
	require.Equal(t, before, clusterOf(t, nodes...), "nobody has come, and no seat has changed hands")
}

// storesSee waits until the store on each of some nodes of a cluster of three sees so
// many nodes, itself among them, and a quorum where they are one. That is what the
// doctor is told; the wire knows of a link before.
func storesSee(t *testing.T, nodes []*cluster.Node, count int) {
	t.Helper()
	for _, n := range nodes {
		cluster.Eventually(t, fmt.Sprintf("the store on %s sees %d nodes", n.Name, count), func() (bool, any) {
			i, err := n.Cluster()
			return err == nil && len(i.Nodes) == count && i.Quorum == (count > 1), i
		})
	}
}

func clusterOf(t *testing.T, nodes ...*cluster.Node) (infos []paxoskv.ClusterInfo) {
	t.Helper()
	for _, n := range nodes {
		i, err := n.Cluster()
		require.NoError(t, err)
		infos = append(infos, i)
	}
	return infos
}

// A member that is killed, one that is paused, and no quorum.
func TestDoctorOfMissingNodes(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Silence: time.Second})
	require.NoError(t, nodes[2].Pause())
	finds(t, c, at(c, 1), "warning: node3@127.0.0.1 hangs | holds a seat | no member more")
	nodes[2].Kill()
	finds(t, c, at(c, 1), "warning: node3@127.0.0.1 does not run: nobody listens at | holds a seat")
	nodes[1].Kill()
	cluster.Eventually(t, "the quorum is lost", func() (bool, any) {
		i, err := nodes[0].Cluster()
		return err == nil && !i.Quorum, i
	})
	finds(t, c, at(c, 1), "critical: | has no quorum | node2@127.0.0.1 does not run, node3@127.0.0.1 does not run | Start node2@127.0.0.1 and node3@127.0.0.1",
		"warning: node2@127.0.0.1 does not run", "warning: node3@127.0.0.1 does not run")
	nodes[0].Kill()
	finds(t, c, at(c, 1, 2), "critical: no node of the store answers", "warning: node1@127.0.0.1 does not run", "warning: node2@127.0.0.1 does not run")
}

// A node with another cookie, as the doctor of the others sees it, and the doctor
// with another cookie.
func TestDoctorOfCookies(t *testing.T) {
	t.Parallel()
	c, _ := cluster.Start(t, 2, cluster.Setup{Size: 3})
	c.StartNode(3, func(a *agent.Config) { a.Cookie = "another" })
	finds(t, c, at(c, 1, 3), "warning: node3@127.0.0.1 has another cookie than node1@127.0.0.1 and node2@127.0.0.1 | --cookie",
		"warning: of 3 seats 1 is free")
	found, _, status := doctor(t, processes.Main(), c, "wrong", c.At(1))
	require.Equal(t, 1, status)
	require.Len(t, found, 2)
	require.Contains(t, found[1], "node1@127.0.0.1 has another cookie than this doctor")
}

// Nodes that were started with another size, and other limits.
func TestDoctorOfSettings(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 2, cluster.Setup{Size: 3})
	odd := c.StartNode(3, func(a *agent.Config) { a.Size, a.Limits.Ties = 5, 7 })
	c.WaitReady(append(nodes, odd)...)
	finds(t, c, at(c, 1), "notice: node3@127.0.0.1 was started for a cluster of 5, and the cluster has 3 seats",
		"notice: the limit ties differs: 64 on node1@127.0.0.1 and node2@127.0.0.1, 7 on node3@127.0.0.1")
}

// Two clusters that formed apart and then met.
func TestDoctorOfTwoClusters(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Size: 2})
	var nodes []*cluster.Node
	for _, pair := range [][]int{{1, 2}, {3, 4}} {
		for i, n := range pair {
			nodes = append(nodes, c.StartNode(n, func(a *agent.Config) { a.Connect = []string{c.Name(pair[1-i])} }))
		}
	}
	for _, pair := range [][]*cluster.Node{nodes[:2], nodes[2:]} {
		c.WaitReady(pair...)
	}
	require.NoError(t, nodes[0].Connect(nodes[2].Name))
	cluster.Eventually(t, "they meet", func() (bool, any) {
		i, err := nodes[0].Cluster()
		return err == nil && len(i.Foreign) == 1, i
	})
	finds(t, c, at(c, 1), "critical: there are 2 clusters, and each decides for itself")
}

// A clock that is off, of a node that poses as one of the store.
func TestDoctorOfClocks(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Bare: true})
	for i, ahead := range []time.Duration{0, -20 * time.Second, 0} {
		r := report.Report{Node: cluster.Name(i + 1), Incarnation: 1, Cluster: "c", Epoch: 1, Size: 3, Wished: 3,
			Quorum: true, Voting: true}
		for n := 1; n <= 3; n++ {
			r.Seats = append(r.Seats, report.Seat{Node: cluster.Name(n), Incarnation: 1})
			if n != i+1 {
				r.Peers = append(r.Peers, report.Peer{Node: cluster.Name(n), Connected: true, Store: true})
			}
		}
		c.StartNode(i+1, func(a *agent.Config) { a.Pose, a.Ahead = &r, ahead })
	}
	found := finds(t, c, at(c, 1, 2, 3), "warning: the clocks differ by | is ahead of node2@127.0.0.1")
	// It is measured, with half of a round trip as the most it may be wrong by.
	said := regexp.MustCompile(`differ by ([0-9.]+s):`).FindStringSubmatch(found[0])
	require.Len(t, said, 2, found[0])
	apart, err := time.ParseDuration(said[1])
	require.NoError(t, err)
	require.InDelta(t, 20, apart.Seconds(), 5)
}

// What the port mapper has, and what it has not.
func TestDoctorOfThePortMapper(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
	said, _, status := doctor(t, processes.Main(), c, c.Cookie())
	require.Zero(t, status)
	require.Equal(t, []string{"all is well: 3 nodes, a quorum of 3 seats"}, said)
	// Its host has two names.
	other := c.StartNode(4, func(a *agent.Config) { a.Name = "node4@localhost" })
	c.WaitSeatsOnAll(4, 3, append(nodes, other)...)
	said, table, status := doctor(t, processes.Main(), c, c.Cookie())
	require.Zero(t, status)
	require.Equal(t, []string{"all is well: 4 nodes, a quorum of 3 seats, 1 spare"}, said)
	require.Contains(t, table, "node4@localhost")
	require.NotContains(t, table, "node4@127.0.0.1")
	other.Kill() // it would take the seat that falls free
	nodes[1].Kill()
	storesSee(t, []*cluster.Node{nodes[0], nodes[2]}, 2)
	finds(t, c, nil, "warning: node2@127.0.0.1 does not run")
}

// A node of Erlang that is connected to the store is in the table, with its
// release, and no finding.
func TestDoctorOfErlang(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	c, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := startTies(t, o, "patient"+o.Release+"@127.0.0.1", nodes, network)
		said, table, status := doctor(t, processes.Main(), c, c.Cookie(), at(c, 1, 2, 3)...)
		require.Zero(t, status, said)
		require.Contains(t, table, e.Name)
		require.Contains(t, table, "(Erlang/OTP "+o.Release+")")
	})
}

// Two nodes that are cut off from each other, and both there for the doctor.
func TestDoctorOfACut(t *testing.T) {
	needNetwork(t)
	t.Parallel()
	n := startNetwork(t, 4, time.Second)
	on := n.Machine(3).In
	said, _, status := doctor(t, on, n.cluster, n.cluster.Cookie(), n.nodes[0].Name)
	require.Zero(t, status, said)
	n.pass(0, 1, false, true)
	joined(t, cluster.Patience, "the cut is noticed", n.nodes[:2], false, n.nodes[0].Name, n.nodes[1].Name)
	storesSee(t, n.nodes[:2], 2)
	said, _, status = doctor(t, on, n.cluster, n.cluster.Cookie(), n.nodes[0].Name)
	require.Equal(t, 1, status)
	require.Len(t, said, 1)
	require.Contains(t, said[0], n.nodes[0].Name+" and "+n.nodes[1].Name+" are not connected; ")
	require.Contains(t, said[0], "see what stands between their hosts")
	n.alone(2, true, 0, 1, 3)
	joined(t, cluster.Patience, "all are apart", n.nodes[:2], false, n.nodes[2].Name)
	storesSee(t, n.nodes[:2], 1)
	said, _, _ = doctor(t, on, n.cluster, n.cluster.Cookie(), n.nodes[0].Name)
	require.Contains(t, said[0], "has no quorum")
	require.Contains(t, strings.Join(said, "\n"), n.nodes[2].Name+" cannot be")
}
