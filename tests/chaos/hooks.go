//go:build linux

package chaos

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// hooks are the edits that every run makes: production code has no hooks for tests.
//
// The first ones have the nodes ask a file, which the run writes, how far off their
// clock is; these are all the places that ask for the time of day. The last one tells
// the run which seats may vote, which it needs to know how much the cluster can bear.
var hooks = []Edit{
	{"host/host.go", "func now() int64 { return time.Now().UnixMilli() }", "func now() int64 { return TimeOfDay().UnixNano() / int64(time.Millisecond) }"},
	{"host/host.go", "uint64(time.Now().UnixMilli())<<16", "uint64(TimeOfDay().UnixMilli())<<16"},
	{"host/ties.go", "!time.Now().Before(t.Until)", "!TimeOfDay().Before(t.Until)"},
	{"actors/watcher/watcher.go", "time.Until(time.UnixMilli(g.Deadline))", "time.UnixMilli(g.Deadline).Sub(host.TimeOfDay())"},
	{"host/chaosclock.go", "", fmt.Sprintf(`package host

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var clockOffset = func() *atomic.Int64 {
	file, err := os.Open(os.Getenv(%q))
	if err != nil {
		panic(err)
	}
	defer file.Close()
	page, err := syscall.Mmap(int(file.Fd()), 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return (*atomic.Int64)(unsafe.Pointer(&page[0]))
}()

func TimeOfDay() time.Time { return time.Now().Add(time.Duration(clockOffset.Load())) }
`, clockEnv)},
	{"paxos/chaosvoters.go", "", `package paxos

func (m *Member) Voters() (names []string) {
	for _, s := range m.cfg.Seats {
		if m.connected(s.Node) && m.mayVote(s.Node) {
			names = append(names, s.Node.Name)
		}
	}
	return names
}
`},
	{"host/chaosvoters.go", "", `package host

import "github.com/paxoskv/paxoskv/paxos"

func (h *Host) Voters() (names []string) {
	h.read(func(r *paxos.Replica) { names = r.Member.Voters() })
	return names
}
`},
	{"tests/agent/chaosvoters.go", "", `package agent

import "github.com/paxoskv/paxoskv/host"

func (n *Node) Voters(_ struct{}, names *[]string) error {
	if h := host.Any(""); h != nil {
		*names = h.Voters()
	}
	return nil
}
`},
}

// clockEnv names the file from which a node learns how far off its clock is.
const clockEnv = "PAXOSKV_CHAOS_CLOCK"

// clockFile is a machine's clock: it outlives the nodes that run there.
type clockFile struct{ file *os.File }

func newClockFile(dir string, number int) (*clockFile, error) {
	file, err := os.Create(filepath.Join(dir, fmt.Sprintf("clock%d", number)))
	if err != nil {
		return nil, err
	}
	c := &clockFile{file}
	return c, c.set(0)
}

// set has the clock differ from the machine's by so much, from now on.
func (c *clockFile) set(offset time.Duration) error {
	_, err := c.file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(offset)), 0)
	return err
}
