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
// The first ones are made to Go's own package time: time.Now asks a file, which the
// run writes, how far off the time of day is. As with a real jump the monotonic part
// of a time stays as it is. The others tell the run which seats may vote, which it
// needs to know how much the cluster can bear, and what a survivor of more than that
// holds.
var hooks = []Edit{
	{goRoot + "src/time/time.go", "	sec, nsec, mono := runtimeNow()\n	if mono == 0 {\n", `	sec, nsec, mono := runtimeNow()
	if clockOffset != nil {
		total := sec*1e9 + int64(nsec) + *clockOffset
		sec, nsec = total/1e9, int32(total%1e9)
	}
	if mono == 0 {
`},
	{goRoot + "src/time/chaosclock.go", "", fmt.Sprintf(`package time

import (
	"syscall"
	"unsafe"
)

var clockOffset = func() *int64 {
	path, ok := syscall.Getenv(%q)
	if !ok {
		return nil
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	page, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	syscall.Close(fd)
	return (*int64)(unsafe.Pointer(&page[0]))
}()
`, clockEnv)},
	{"paxos/chaoshooks.go", "", `package paxos

func (m *Member) Voters() (names []string) {
	for _, s := range m.cfg.Seats {
		if m.connected(s.Node) && m.mayVote(s.Node) {
			names = append(names, s.Node.Name)
		}
	}
	return names
}

func (a *Acceptor) Entries(each func(Key, *Entry)) {
	for i := range Slots {
		for key, r := range a.peek(i).records {
			if e := r.held.Entry; e != nil {
				each(key, e)
			}
		}
	}
}
`},
	{"host/chaoshooks.go", "", `package host

import "github.com/paxoskv/paxoskv/paxos"

func (h *Host) Voters() (names []string) {
	h.read(func(r *paxos.Replica) { names = r.Member.Voters() })
	return names
}

func (h *Host) Entries(each func(paxos.Key, *paxos.Entry)) {
	h.read(func(r *paxos.Replica) { r.Acceptor.Entries(each) })
}
`},
	{"tests/agent/chaoshooks.go", "", `package agent

import (
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
)

type Entry struct {
	Key, Value string
	Rev        paxos.Rev
}

func (n *Node) Entries(_ struct{}, entries *[]Entry) error {
	if h := host.Any(""); h != nil {
		h.Entries(func(k paxos.Key, e *paxos.Entry) {
			*entries = append(*entries, Entry{string(k), string(e.Value), e.Rev})
		})
	}
	return nil
}

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
