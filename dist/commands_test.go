package dist_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
)

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
		"dial":        cmdDial,
		"link to":     cmdLinkTo,
		"trouble":     cmdTrouble,
		"disconnect":  cmdDisconnect,
		"wait":        cmdWait,
		"peers":       cmdPeers,
		"events":      cmdEvents,
		"stats":       cmdStats,
		"call":        cmdCall,
		"burst":       cmdBurst,
		"log":         cmdLog,
		"agent":       cmdAgent,
		"spawn":       cmdSpawn,
		"end":         cmdEnd,
		"watch":       cmdWatch,
		"watchname":   cmdWatchName,
		"watchnode":   cmdWatchNode,
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
		"cpu":         cmdCPU,
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

func cmdDial(c *childNode, args []json.RawMessage) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return nil, c.wire.Dial(ctx, arg[string](args, 0))
}

// linkTo is what Wire.Link says, and whether the environment has the same Wire.
type linkTo struct {
	Creation uint32
	Serial   uint64
	Env      bool
}

func cmdLinkTo(c *childNode, args []json.RawMessage) (any, error) {
	var l linkTo
	l.Creation, l.Serial = c.wire.Link(arg[string](args, 0))
	found, _ := c.agent.Env(dist.EnvKey).(*dist.Wire)
	l.Env = found == c.wire
	return l, nil
}

func cmdTrouble(c *childNode, _ []json.RawMessage) (any, error) {
	texts := make(map[string]string)
	for name, err := range c.wire.Trouble() {
		texts[name] = err.Error()
	}
	return texts, nil
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

// agent: the pid of the agent.
func cmdAgent(c *childNode, _ []json.RawMessage) (any, error) { return c.agent.Self(), nil }

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

// end KEY REASON. The process ends itself: after core's Exit it would end with "kill"
// instead, by chance, if it does not wait for a message in that moment.
func cmdEnd(c *childNode, args []json.RawMessage) (any, error) {
	p := c.process(arg[string](args, 0))
	if reason := arg[string](args, 1); reason == "kill" {
		p.Kill()
	} else {
		must(c.agent.Send(p.Self(), end{reason}))
	}
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

// watchnode KEY NODE: core's own monitor of a node.
func cmdWatchNode(c *childNode, args []json.RawMessage) (any, error) {
	c.process(arg[string](args, 0)).MonitorNode(arg[string](args, 1))
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
	c.heldUp = heldUp()
	go func() {
		for b := make([]byte, 10000); ; time.Sleep(time.Millisecond) {
			start := time.Now()
			c.agent.Send(to, b)
			c.longest.Store(max(c.longest.Load(), int64(time.Since(start))))
		}
	}()
	return nil, nil
}

// longestsend: the longest Send of keepbusy, and for how long at most the program was
// held up meanwhile; once.
func cmdLongestSend(c *childNode, _ []json.RawMessage) (any, error) {
	return []time.Duration{time.Duration(c.longest.Load()), c.heldUp()}, nil
}
