package dist_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
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
	Allow   []string
	TLSDir  string
	Netns   string // network namespace to run in
	Verbose bool
	Stock   uint16 // port for ergo's own wire, to compare with
}

// childNode is the state of a child.
type childNode struct {
	longest   atomic.Int64 // the longest Send of keepbusy, in nanoseconds
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
		AllowNodes: config.Allow,
		Log:        log,
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
	if wish == "watchname" {
		to := with.(etf.Tuple)
		process.MonitorProcess(gen.ProcessID{Name: string(to[0].(etf.Atom)), Node: string(to[1].(etf.Atom))})
	}
	return process.Self()
}

func (*agent) HandleCast(process *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	return keep(process, "cast "+show(message))
}

func (*agent) HandleInfo(process *gen.ServerProcess, message etf.Term) gen.ServerStatus {
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

// arg reads one argument of a command.
func arg[T any](args []json.RawMessage, i int) T {
	var v T
	if i < len(args) {
		must(json.Unmarshal(args[i], &v))
	}
	return v
}

// run runs one command.
func (c *childNode) run(command string, args []json.RawMessage) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f, known := commands[command]
	if !known {
		return nil, fmt.Errorf("unknown command %q", command)
	}
	return f(c, args)
}

type commandFunc = func(*childNode, []json.RawMessage) (any, error)

var commands map[string]commandFunc

func init() {
	commands = map[string]commandFunc{
		"address":     cmdAddress,
		"connect":     cmdConnect,
		"allow":       cmdAllow,
		"disconnect":  cmdDisconnect,
		"wait":        cmdWait,
		"peers":       cmdPeers,
		"events":      cmdEvents,
		"stats":       cmdStats,
		"call":        cmdCall,
		"burst":       cmdBurst,
		"log":         cmdLog,
		"spawn":       cmdSpawn,
		"end":         cmdEnd,
		"watch":       cmdWatch,
		"watchname":   cmdWatchName,
		"link":        cmdLink,
		"unlink":      cmdUnlink,
		"trap":        cmdTrap,
		"core":        cmdCore,
		"heap":        cmdHeap,
		"keepbusy":    cmdKeepBusy,
		"longestsend": cmdLongestSend,
		"register":    cmdRegister,
		"bench":       cmdBench,
		"benchcast":   cmdBenchCast,
		"stockroute":  cmdStockRoute,
		"tcpecho":     cmdTCPEcho,
		"tcpbench":    cmdTCPBench,
	}
}

func cmdAddress(c *childNode, args []json.RawMessage) (any, error) {
	c.wire.SetAddress(arg[string](args, 0), arg[string](args, 1))
	return nil, nil
}

func cmdConnect(c *childNode, args []json.RawMessage) (any, error) {
	return nil, c.wire.Connect(arg[string](args, 0))
}

func cmdAllow(c *childNode, args []json.RawMessage) (any, error) {
	return nil, c.wire.Allow(arg[string](args, 0))
}

func cmdDisconnect(c *childNode, args []json.RawMessage) (any, error) {
	c.wire.Disconnect(arg[string](args, 0))
	return nil, nil
}

func cmdWait(c *childNode, args []json.RawMessage) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return nil, c.wire.Wait(ctx, arg[string](args, 0))
}

func cmdPeers(c *childNode, _ []json.RawMessage) (any, error) { return c.wire.Peers(), nil }

func cmdEvents(c *childNode, _ []json.RawMessage) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.events, nil
}

func cmdStats(c *childNode, _ []json.RawMessage) (any, error) { return c.wire.Stats(), nil }

// direct runs f inside the agent, or another process by its key.
func (c *childNode) direct(key string, f func(*gen.ServerProcess) (any, error)) (any, error) {
	return c.process(key).DirectWithTimeout(f, 20)
}

func (c *childNode) process(key string) gen.Process {
	if key == "" || key == "agent" {
		return c.agent
	}
	p := c.procs[key]
	if p == nil {
		panic("no process " + key)
	}
	return p
}

// call NODE TEXT: a gen_server call to the agent there.
func cmdCall(c *childNode, args []json.RawMessage) (any, error) {
	to := gen.ProcessID{Node: arg[string](args, 0), Name: "agent"}
	return c.direct("", func(p *gen.ServerProcess) (any, error) {
		v, err := p.CallWithTimeout(to, arg[string](args, 1), 5)
		if err != nil {
			return nil, err
		}
		return show(v), nil
	})
}

// burst NODE NAME N SIZE: n binaries of a size, each starting with its number.
func cmdBurst(c *childNode, args []json.RawMessage) (any, error) {
	to := gen.ProcessID{Node: arg[string](args, 0), Name: arg[string](args, 1)}
	n, size := arg[int](args, 2), arg[int](args, 3)
	failed := 0
	for i := range n {
		b := make([]byte, size)
		copy(b, strconv.Itoa(i)+"|")
		if c.agent.Send(to, b) != nil {
			failed++
		}
	}
	return failed, nil
}

// log KEY: what a process has received.
func cmdLog(c *childNode, args []json.RawMessage) (any, error) {
	return c.direct(arg[string](args, 0), func(p *gen.ServerProcess) (any, error) {
		return p.State.(*agentState).log, nil
	})
}

// spawn KEY NAME MAILBOX: another agent; the result is its pid.
func cmdSpawn(c *childNode, args []json.RawMessage) (any, error) {
	o := gen.ProcessOptions{MailboxSize: arg[uint16](args, 2)}
	p, err := c.node.Spawn(arg[string](args, 1), o, &agent{})
	if err != nil {
		return nil, err
	}
	c.procs[arg[string](args, 0)] = p
	return p.Self(), nil
}

// end KEY REASON
func cmdEnd(c *childNode, args []json.RawMessage) (any, error) {
	p := c.process(arg[string](args, 0))
	func() {
		// Core's Exit may call what the ending process has already cleared.
		defer func() { _ = recover() }()
		if reason := arg[string](args, 1); reason == "kill" {
			p.Kill()
		} else {
			must(p.Exit(reason))
		}
	}()
	p.Wait()
	return nil, nil
}

// watch KEY PID: a monitor.
func cmdWatch(c *childNode, args []json.RawMessage) (any, error) {
	c.process(arg[string](args, 0)).MonitorProcess(arg[etf.Pid](args, 1))
	return nil, nil
}

// watchname KEY NODE NAME
func cmdWatchName(c *childNode, args []json.RawMessage) (any, error) {
	c.process(arg[string](args, 0)).MonitorProcess(gen.ProcessID{Node: arg[string](args, 1), Name: arg[string](args, 2)})
	return nil, nil
}

func cmdLink(c *childNode, args []json.RawMessage) (any, error) {
	return nil, c.process(arg[string](args, 0)).Link(arg[etf.Pid](args, 1))
}

func cmdUnlink(c *childNode, args []json.RawMessage) (any, error) {
	return nil, c.process(arg[string](args, 0)).Unlink(arg[etf.Pid](args, 1))
}

func cmdTrap(c *childNode, args []json.RawMessage) (any, error) {
	c.process(arg[string](args, 0)).SetTrapExit(true)
	return nil, nil
}

// core: the number of monitors and links that core remembers.
func cmdCore(c *childNode, _ []json.RawMessage) (any, error) {
	s := c.node.Stats()
	return s.MonitorsByPid + s.MonitorsByName + s.Links, nil
}

// heap: bytes of the heap that are in use after a collection.
func cmdHeap(*childNode, []json.RawMessage) (any, error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse, nil
}

// register KEY NAME: another name for a process.
func cmdRegister(c *childNode, args []json.RawMessage) (any, error) {
	return nil, c.node.RegisterName(arg[string](args, 1), c.process(arg[string](args, 0)).Self())
}

// keepbusy NODE: send there from now on, whether it is there or not.
func cmdKeepBusy(c *childNode, args []json.RawMessage) (any, error) {
	to := gen.ProcessID{Node: arg[string](args, 0), Name: "nobody"}
	go func() {
		for b := make([]byte, 10000); ; time.Sleep(time.Millisecond) {
			start := time.Now()
			c.agent.Send(to, b)
			c.longest.Store(max(c.longest.Load(), int64(time.Since(start))))
		}
	}()
	return nil, nil
}

func cmdLongestSend(c *childNode, _ []json.RawMessage) (any, error) { return c.longest.Load(), nil }
