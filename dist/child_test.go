package dist_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// childConfig is what a child is started with.
type childConfig struct {
	Name    string
	Cookie  string
	Silence time.Duration
	Listen  string
	EPMD    uint16 // port of the port mapper; 0 is none
	NoServe bool
	Queue   int
	Frame   int           // longest message
	Shake   time.Duration // deadline of a handshake
	Allow   []string
	TLSDir  string
	Netns   string // network namespace to run in
	Verbose bool   // log what goes on; the test reads it
	Stock   uint16 // port for ergo's own wire, to compare with
}

// childNode is the state of a child.
type childNode struct {
	longest   atomic.Int64         // the longest Send of keepbusy, in nanoseconds
	heldUp    func() time.Duration // see heldUp; since keepbusy
	stockPort uint16
	wire      *dist.Wire
	node      node.Node
	agent     gen.Process
	mu        sync.Mutex
	events    []string
	procs     map[string]gen.Process
}

func runChild(text string) {
	var config childConfig
	must(json.Unmarshal([]byte(text), &config))
	c := &childNode{procs: map[string]gen.Process{}}
	if err := c.start(config); err != nil {
		reply(nil, err)
		os.Exit(1)
	}
	reply(int(c.port()), nil)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			c.node.Stop()
			if c.wire != nil {
				c.wire.Stop()
			}
			return
		}
		must(err)
		var parts []json.RawMessage
		must(json.Unmarshal([]byte(line), &parts))
		var command string
		must(json.Unmarshal(parts[0], &command))
		reply(c.run(command, parts[1:]))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func reply(result any, err error) {
	var a answer
	if err != nil {
		a.Error = err.Error()
	} else {
		a.Result, err = json.Marshal(result)
		must(err)
	}
	text, err := json.Marshal(a)
	must(err)
	fmt.Printf("%s%s\n", answerMark, text)
}

func (c *childNode) start(config childConfig) error {
	if config.Stock != 0 {
		return c.startStock(config)
	}
	level := slog.LevelError + 1
	if config.Verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})).With("node", config.Name)
	o := dist.Options{
		Cookie:     config.Cookie,
		Silence:    config.Silence,
		Listen:     config.Listen,
		EPMD:       dist.EPMD{Off: config.EPMD == 0, Port: config.EPMD, NoServe: config.NoServe},
		QueueBytes: config.Queue,
		MaxFrame:   config.Frame,
		AllowNodes: config.Allow,
		Log:        log,

		HandshakeTimeout: config.Shake,
	}
	if o.Cookie == "" {
		o.Cookie = "secret"
	}
	if config.TLSDir != "" {
		o.TLS = childTLS(config.TLSDir)
	}
	var err error
	c.wire, c.node, err = dist.Start(context.Background(), config.Name, node.Options{}, o)
	if err != nil {
		return err
	}
	events := c.wire.Subscribe()
	go func() {
		for e := range events.C {
			c.mu.Lock()
			c.events = append(c.events, fmt.Sprintf("%s %v", e.Peer.Name, e.Up))
			c.mu.Unlock()
		}
	}()
	if _, err := c.node.Spawn("swift", gen.ProcessOptions{MailboxSize: 60000}, &swift{}); err != nil {
		return err
	}
	c.agent, err = c.node.Spawn("agent", gen.ProcessOptions{MailboxSize: 60000}, &agent{})
	return err
}

func (c *childNode) port() uint16 {
	if c.wire == nil {
		return c.stockPort
	}
	return c.wire.Port()
}

// agent echoes calls, keeps what it is sent, and runs functions given to Direct.
type agent struct{ gen.Server }

// agentState is what an agent has received, in order, as text.
type agentState struct {
	log []string
}

func (*agent) Init(process *gen.ServerProcess, args ...etf.Term) error {
	process.State = &agentState{}
	return nil
}

// HandleCall echoes, unless the message is a wish of serve.
func (*agent) HandleCall(process *gen.ServerProcess, _ gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	if raw, ok := message.(dist.Raw); ok && len(raw) < 1<<20 {
		if v, err := term.Decode(raw); err == nil {
			if t, ok := v.(etf.Tuple); ok && len(t) == 3 && t[0] == etf.Atom("wish") {
				return serve(process, t[1].(etf.Atom), t[2]), gen.ServerStatusOK
			}
		}
	}
	return message, gen.ServerStatusOK
}

// serve does for a caller what processes do with each other.
func serve(process *gen.ServerProcess, wish etf.Atom, with any) etf.Term {
	pids, _ := with.(etf.List)
	if pid, ok := with.(etf.Pid); ok {
		pids = etf.List{pid}
	}
	for _, p := range pids {
		pid := p.(etf.Pid)
		switch wish {
		case "watch":
			process.MonitorProcess(pid)
		case "link":
			process.Link(pid)
		case "unlink":
			process.Unlink(pid)
		case "send":
			process.Send(pid, etf.Tuple{etf.Atom("from"), process.Self()})
		case "call":
			v, err := process.Call(pid, etf.Tuple{etf.Atom("question"), 1})
			must(err)
			return v
		}
	}
	if wish == "alias" {
		alias, err := process.CreateAlias()
		must(err)
		return alias
	}
	if wish == "watchname" {
		to := with.(etf.Tuple)
		process.MonitorProcess(gen.ProcessID{Name: string(to[0].(etf.Atom)), Node: string(to[1].(etf.Atom))})
	}
	return process.Self()
}

func (*agent) HandleCast(process *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	return keep(process, "cast "+show(message))
}

// end has a process end with a reason.
type end struct{ reason string }

func (*agent) HandleInfo(process *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if e, ok := message.(end); ok {
		return gen.ServerStatusStopWithReason(e.reason)
	}
	return keep(process, show(message))
}

func (*agent) HandleDirect(process *gen.ServerProcess, _ etf.Ref, message any) (any, gen.DirectStatus) {
	f := message.(func(*gen.ServerProcess) (any, error))
	result, err := f(process)
	return result, gen.DirectStatus(err)
}

func keep(process *gen.ServerProcess, text string) gen.ServerStatus {
	s := process.State.(*agentState)
	s.log = append(s.log, text)
	if text == "stop" {
		return gen.ServerStatusStopWithReason("asked")
	}
	return gen.ServerStatusOK
}

// show renders a message for comparison.
func show(message etf.Term) string {
	switch m := message.(type) {
	case []byte:
		return string(m)
	case gen.MessageDown:
		name := m.ProcessID.Name
		if name == "" {
			name = "pid"
		}
		return "DOWN " + name + " " + m.Reason
	case gen.MessageNodeDown:
		return "NODEDOWN " + m.Name
	case gen.MessageExit:
		return "EXIT " + m.Reason
	case dist.Raw:
		v, err := term.Decode(m)
		if err != nil {
			return "bad term"
		}
		return fmt.Sprintf("%v", v)
	}
	return fmt.Sprintf("%T", message)
}
