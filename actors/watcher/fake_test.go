package watcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// world is a watcher on a node whose core, links and processes are the test's.
type world struct {
	t    *testing.T
	name string
	s    *state
	host *host.Host

	mu    sync.Mutex
	lives map[string]uint32 // creations of the linked nodes
	dials []string
	alive map[etf.Pid]bool // processes of this node

	asked   []etf.Ref // monitors that stand, as core sees it, in the order they were made
	pids    map[etf.Ref]etf.Pid
	names   map[etf.Ref]gen.ProcessID
	refuses error // what core answers instead of making a monitor
}

var worlds atomic.Int64

func newWorld(t *testing.T) *world {
	// A host outlives its test, so the name is a new one each time.
	w := &world{t: t, name: fmt.Sprintf("%s-%d@here", t.Name(), worlds.Add(1)), lives: map[string]uint32{}, alive: map[etf.Pid]bool{},
		pids: map[etf.Ref]etf.Pid{}, names: map[etf.Ref]gen.ProcessID{}}
	p := &fakeProcess{w: w}
	w.host = host.Of(w, p)
	require.NoError(t, w.host.Attach(p, host.Options{Size: 1}, nil))
	w.host.SetLinks(w)
	w.s = newState(w.host, &gen.ServerProcess{ProcessState: gen.ProcessState{Process: p}}, w)
	t.Cleanup(func() { w.link("", 0) })
	return w
}

// link has a node linked as a life, with 0 no node.
func (w *world) link(name string, creation uint32) {
	w.mu.Lock()
	clear(w.lives)
	if creation != 0 {
		w.lives[name] = creation
	}
	w.mu.Unlock()
	w.host.Network()
}

// A host.Core and a host.Links.

func (w *world) Name() string                       { return w.name }
func (w *world) IsAlive() bool                      { return true }
func (w *world) ProcessByName(string) gen.Process   { return nil }
func (w *world) ProcessByPid(p etf.Pid) gen.Process { return (&fakeProcess{w: w}).ProcessByPid(p) }

func (w *world) Nodes() (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range w.lives {
		names = append(names, n)
	}
	return names
}

func (w *world) Link(name string) (uint32, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lives[name], uint64(w.lives[name])
}

func (w *world) Dial(_ context.Context, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dials = append(w.dials, name)
	return errors.New("down")
}

func (w *world) dialled() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.dials)
}

// The core of monitors.

func (w *world) RouteMonitor(_, pid etf.Pid, ref etf.Ref) error {
	if w.refuses == nil {
		w.asked = append(w.asked, ref)
		w.pids[ref] = pid
	}
	return w.refuses
}

func (w *world) RouteMonitorReg(_ etf.Pid, name gen.ProcessID, ref etf.Ref) error {
	if w.refuses == nil {
		w.asked = append(w.asked, ref)
		w.names[ref] = name
	}
	return w.refuses
}

func (w *world) RouteDemonitor(_ etf.Pid, ref etf.Ref) error {
	i := slices.Index(w.asked, ref)
	if i < 0 {
		return errors.New("unknown")
	}
	w.asked = slices.Delete(w.asked, i, i+1)
	return nil
}

// down delivers a DOWN.
func (w *world) down(ref etf.Ref, reason string) {
	if i := slices.Index(w.asked, ref); i >= 0 {
		w.asked = slices.Delete(w.asked, i, i+1)
	}
	w.s.monitors.down(gen.MessageDown{Ref: ref, Pid: w.pids[ref], ProcessID: w.names[ref], Reason: reason})
}

// watch has a process watched, or no longer.
func (w *world) watch(pid etf.Pid, off bool) {
	subject, err := term.Key(pid)
	require.NoError(w.t, err)
	w.s.Watch([]paxos.Watch{{Off: off, Guard: paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject),
		Node: string(pid.Node), Creation: pid.Creation}}})
	w.s.empty()
}

func (w *world) downs() int { return int(w.host.Stats.Downs.Load()) }

// fakeProcess is the cluster service and the watcher.
type fakeProcess struct {
	gen.Process
	w *world
}

func (p *fakeProcess) Self() etf.Pid {
	return etf.Pid{Node: etf.Atom(p.w.Name()), ID: 1000, Creation: 5}
}
func (p *fakeProcess) NodeName() string         { return p.w.Name() }
func (p *fakeProcess) IsAlive() bool            { return true }
func (p *fakeProcess) Context() context.Context { return context.Background() }
func (p *fakeProcess) Send(any, etf.Term) error { return nil }

func (p *fakeProcess) ProcessByPid(pid etf.Pid) gen.Process {
	if p.w.alive[pid] {
		return p
	}
	return nil
}
