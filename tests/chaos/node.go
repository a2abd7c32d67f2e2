//go:build linux

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"strconv"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// errGone is returned when a node gives no answer: it was killed, or hangs.
var errGone = errors.New("no answer")

// node is one life of a node: a process with an agent.
type node struct {
	name    string
	process *spawn.Process
	client  *rpc.Client
}

type duplex struct {
	io.Reader
	io.WriteCloser
}

const (
	epmdPort = 4369
	distPort = 9100
)

// nodeSetup is what a node is started with.
type nodeSetup struct {
	name, host, cookie string
	connect            []string
	size               int
	timing             paxos.Timing
}

// startNode starts a node on a machine; it may not answer yet.
func startNode(on spawn.Starter, logs *spawn.Logs, program string, s nodeSetup) (*node, error) {
	c := agent.Config{Name: s.name, Cookie: s.cookie, Listen: net.JoinHostPort(s.host, strconv.Itoa(distPort)),
		EPMD: epmdPort, Connect: s.connect, Size: s.size, Timing: s.timing}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	p, err := spawn.Start(on, logs, program, nil, []string{agent.ConfigEnv + "=" + string(text), "GORACE=atexit_sleep_ms=0"})
	if err != nil {
		return nil, err
	}
	return &node{name: s.name, process: p, client: rpc.NewClient(duplex{p.Out, p.In})}, nil
}

// ask calls a method of the agent and waits for its answer, or for so long.
func (n *node) ask(method string, args, reply any, patience time.Duration) error {
	call := n.client.Go(agent.Service+"."+method, args, reply, make(chan *rpc.Call, 1))
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-call.Done:
		var told rpc.ServerError
		if call.Error != nil && !errors.As(call.Error, &told) {
			<-n.process.Gone // its pipe ended
			return fmt.Errorf("%w: %s: %w", errGone, n.name, call.Error)
		}
		return call.Error
	case <-timer.C:
		return fmt.Errorf("%w: %s: %s: nothing for %v", errGone, n.name, method, patience)
	}
}
