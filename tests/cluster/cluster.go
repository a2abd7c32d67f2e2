package cluster

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/names"
	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/ports"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

const (
	hostAddress = "127.0.0.1"
	// most is how many nodes a cluster may have.
	most = 6
)

// quick is the Timing of the nodes with an agent: that of a local network, made
// shorter, so that tests wait less. The nodes of the program have the default.
var quick = paxos.Timing{Found: 1000, Replace: 3000, Recover: 500, Round: 500, Greet: 300}

// Setup of a cluster.
type Setup struct {
	// Size is the cluster size; 3 when 0.
	Size int
	// Bare starts the nodes of Node without the store's application.
	Bare bool
	// Mapper serves a port mapper for the test, with which the nodes of Node
	// register: so nodes of Erlang find them, and are found. See Cluster.Mapper.
	Mapper bool
	// Machine says where a node runs: the address of its host, "" if there is none
	// for it, and who starts its process; on loopback when nil.
	Machine func(number int) (host string, on spawn.Starter)
	// MapperPort is that of port mappers which the test serves itself, one on each
	// machine.
	MapperPort uint16
	// Disk is a folder in which each node has one for what it keeps over restarts;
	// none when empty. See Cluster.Disk.
	Disk string
	// Silence is how long the nodes of Node let a peer be silent; the default when 0.
	Silence time.Duration
}

// Cluster is the nodes of one test, numbered from 1.
type Cluster struct {
	t       testing.TB
	setup   Setup
	cookie  string
	mapper  uint16
	ports   []int
	mu      sync.Mutex
	running map[int]*process
	logs    map[int]*logs
}

// New prepares a cluster without nodes. Its nodes are ended with the test.
func New(t testing.TB, o Setup) *Cluster {
	t.Helper()
	if o.Size == 0 {
		o.Size = 3
	}
	free := ports.Free(t, most)
	c := &Cluster{t: t, setup: o, cookie: fmt.Sprintf("c%x", rand.Uint64()), ports: free,
		running: make(map[int]*process), logs: make(map[int]*logs)}
	t.Cleanup(c.end)
	if o.Mapper {
		l, err := net.Listen("tcp", net.JoinHostPort(hostAddress, "0"))
		require.NoError(t, err)
		s := epmd.Serve(l)
		t.Cleanup(s.Close)
		o.MapperPort = uint16(l.Addr().(*net.TCPAddr).Port)
	}
	c.mapper = o.MapperPort
	return c
}

// Cookie is the secret of the nodes.
func (c *Cluster) Cookie() string { return c.cookie }

// Mapper is the port of the port mapper that Setup asked for.
func (c *Cluster) Mapper() uint16 { return c.mapper }

// Start is New, with nodes 1 to n started and a quorum on each.
func Start(t testing.TB, n int, o Setup) (*Cluster, []*Node) {
	t.Helper()
	c := New(t, o)
	var nodes []*Node
	for i := range n {
		nodes = append(nodes, c.StartNode(i+1))
	}
	c.WaitReady(nodes...)
	return c, nodes
}

// Name is the name of a node.
func Name(number int) string { return names.Name(number, hostAddress) }

// machine is where a node runs.
func (c *Cluster) machine(number int) (host string, on spawn.Starter) {
	if c.setup.Machine != nil {
		return c.setup.Machine(number)
	}
	return hostAddress, spawn.Main()
}

// Name is the name of one of the cluster's nodes.
func (c *Cluster) Name(number int) string {
	host, _ := c.machine(number)
	return names.Name(number, host)
}

func (c *Cluster) address(number int) string {
	host, _ := c.machine(number)
	return net.JoinHostPort(host, strconv.Itoa(c.ports[number-1]))
}

// At is a node and the port at which it listens, as "node doctor" takes them.
func (c *Cluster) At(number int) string {
	return fmt.Sprintf("%s:%d", c.Name(number), c.ports[number-1])
}

// end ends all processes, and shows their logs if the test failed or one of
// them broke.
func (c *Cluster) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.running {
		p.Kill()
	}
	for number, l := range c.logs {
		if sign := l.Fault(); sign != "" {
			c.t.Errorf("the log of %s says %q", Name(number), sign)
		}
	}
	if !c.t.Failed() {
		return
	}
	for number := 1; number <= most; number++ {
		if l := c.logs[number]; l != nil {
			c.t.Logf("log of %s:\n%s", Name(number), l.Show())
		}
	}
}

// StartNode starts a node with an agent, or starts it again. Each of change may
// alter what it is started with.
func (c *Cluster) StartNode(number int, change ...func(*agent.Config)) *Node {
	c.t.Helper()
	a := agent.Config{Name: c.Name(number), Silence: c.setup.Silence, Cookie: c.cookie, Listen: c.address(number),
		EPMD: c.mapper, Addresses: make(map[string]string), Size: c.setup.Size, Timing: quick, Bare: c.setup.Bare}
	for other := 1; other <= most; other++ {
		if host, _ := c.machine(other); other != number && host != "" {
			a.Addresses[c.Name(other)] = c.address(other)
			a.Connect = append(a.Connect, c.Name(other))
		}
	}
	if c.setup.Disk != "" {
		a.Disk = c.Disk(number)
	}
	for _, f := range change {
		f(&a)
	}
	text, err := json.Marshal(a)
	require.NoError(c.t, err)
	self, err := os.Executable()
	require.NoError(c.t, err)
	p := c.start(number, self, nil, []string{agent.ConfigEnv + "=" + string(text)})
	n := newNode(c, number, p)
	require.NoError(c.t, n.Started(), "%s starts", n.Name)
	return n
}

// Disk is the folder of a node.
func (c *Cluster) Disk(number int) string { return filepath.Join(c.setup.Disk, c.Name(number)) }

// StartShell starts a node of the program cmd/node, or starts it again. It
// returns when the shell answers.
func (c *Cluster) StartShell(number int) *Shell {
	c.t.Helper()
	program, err := Program()
	require.NoError(c.t, err)
	var routes []string
	for other := 1; other <= most; other++ {
		routes = append(routes, fmt.Sprintf("%s:%d", Name(other), c.ports[other-1]))
	}
	args := []string{
		strconv.Itoa(number), "--size", strconv.Itoa(c.setup.Size),
		"--port", strconv.Itoa(c.ports[number-1]), "--routes", strings.Join(routes, ","),
	}
	if c.setup.Disk != "" {
		args = append(args, "--data-dir", c.Disk(number))
	}
	p := c.start(number, program, args, []string{config.CookieEnv + "=" + c.cookie, "HOME=" + os.TempDir()})
	s := newShell(c, number, p)
	_, err = s.Do("cluster")
	require.NoError(c.t, err, "%s starts", Name(number))
	return s
}

func (c *Cluster) start(number int, program string, args, env []string) *process {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.running[number]; old != nil {
		require.False(c.t, old.Running(), "%s runs already", Name(number))
	}
	if c.logs[number] == nil {
		c.logs[number] = &logs{}
	}
	env = append(env, "GORACE=atexit_sleep_ms=0")
	_, on := c.machine(number)
	p, err := spawn.Start(on, c.logs[number], program, args, env)
	require.NoError(c.t, err)
	c.running[number] = p
	return p
}

// WaitReady waits until each of the nodes is connected to all the others, all
// seats that these can take are taken and vote, and there is a quorum.
func (c *Cluster) WaitReady(nodes ...*Node) {
	c.t.Helper()
	c.WaitSeatsOnAll(len(nodes), min(len(nodes), c.setup.Size), nodes...)
}

// WaitSeatsOnAll is WaitSeats on each of the nodes.
func (c *Cluster) WaitSeatsOnAll(connected, seats int, nodes ...*Node) {
	c.t.Helper()
	for _, n := range nodes {
		n.WaitSeats(connected, seats)
	}
}

// WaitSeats waits until the node sees so many nodes, so many of them in seats, and
// a quorum; if it has a seat itself, until its vote counts; and until it knows that
// those of the others do.
func (n *Node) WaitSeats(nodes, seats int) {
	t := n.cluster.t
	t.Helper()
	Eventually(t, fmt.Sprintf("%s sees %d nodes and %d seats", n.Name, nodes, seats), func() (bool, any) {
		i, err := n.Cluster()
		if err != nil {
			return false, err
		}
		seated := len(i.Members) == seats && len(i.Nodes) == nodes
		merged := !slices.ContainsFunc(i.Unmerged, func(name string) bool { return slices.Contains(i.Members, name) })
		return seated && merged && i.Quorum && (i.Voting || !slices.Contains(i.Members, n.Name)), i
	})
}

// Cut parts two nodes: their link goes, and neither dials the other. Links to
// others stay.
func (c *Cluster) Cut(a, b *Node) {
	c.t.Helper()
	Eventually(c.t, fmt.Sprintf("%s and %s are parted", a.Name, b.Name), func() (bool, any) {
		errA, errB := a.Disconnect(b.Name), b.Disconnect(a.Name)
		require.NoError(c.t, errA)
		require.NoError(c.t, errB)
		toA, errA := b.Peers()
		toB, errB := a.Peers()
		require.NoError(c.t, errA)
		require.NoError(c.t, errB)
		return !slices.Contains(toA, a.Name) && !slices.Contains(toB, b.Name), "still linked"
	})
}

// Heal undoes Cut, and returns when the link is there.
func (c *Cluster) Heal(a, b *Node) {
	c.t.Helper()
	require.NoError(c.t, a.Connect(b.Name))
	require.NoError(c.t, b.Connect(a.Name))
	Eventually(c.t, fmt.Sprintf("%s and %s are linked", a.Name, b.Name), func() (bool, any) {
		peers, err := a.Peers()
		require.NoError(c.t, err)
		return slices.Contains(peers, b.Name), peers
	})
}
