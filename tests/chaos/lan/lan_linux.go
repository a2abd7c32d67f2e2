// Package lan is a network of machines inside this one: each machine is a network
// namespace of its own, with one interface, and this program is the switch between
// them. So every packet can be lost, delayed, doubled or overtaken, in each
// direction of each pair, whatever the kernel was built with.
//
// It takes root and /dev/net/tun. The namespaces have no names: they, their
// interfaces and what runs in them are gone with the program, however it ends, and
// nothing of the host's own network is touched.
package lan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrMissing is returned where the system lacks what a LAN needs; the error says what.
var ErrMissing = errors.New("network namespaces cannot be used")

// Path is how packets fare in one direction between two machines; the zero Path
// passes them on at once.
type Path struct {
	Cut bool
	// Loss and Double are probabilities.
	Loss, Double float64
	// Delay is the least that a packet takes, and Jitter what it may take more: with
	// it packets overtake one another.
	Delay, Jitter time.Duration
}

// LAN is machines, numbered from 0, and the switch between them.
type LAN struct {
	machines []*Machine
	// paths[from][to] are read for every packet.
	paths [][]atomic.Pointer[Path]
	Stats Stats

	mu     sync.Mutex
	chance *rand.Rand
	closed atomic.Bool
}

// Stats counts packets.
type Stats struct{ Passed, Cut, Lost, Doubled atomic.Uint64 }

// subnet is where the machines are, inside their namespaces.
const subnet = "10.77.0.%d"

// New makes machines, all connected. Chance is drawn from the seed.
func New(machines int, seed uint64) (*LAN, error) {
	l := &LAN{chance: rand.New(rand.NewPCG(seed, 0x6c616e))} // "lan"
	for i := range machines {
		m, err := newMachine(netip.MustParseAddr(fmt.Sprintf(subnet, i+1)))
		if err != nil {
			l.Close()
			return nil, err
		}
		l.machines = append(l.machines, m)
		l.paths = append(l.paths, make([]atomic.Pointer[Path], machines))
	}
	for i := range l.machines {
		for j := range l.machines {
			l.Set(i, j, Path{})
		}
	}
	for i := range l.machines {
		go l.carry(i)
	}
	return l, nil
}

// Machine is the one of a number.
func (l *LAN) Machine(i int) *Machine { return l.machines[i] }

// Len is how many machines there are.
func (l *LAN) Len() int { return len(l.machines) }

// Set changes how packets fare from one machine to another.
func (l *LAN) Set(from, to int, p Path) { l.paths[from][to].Store(&p) }

// Close ends the machines, and the processes that run on them.
func (l *LAN) Close() {
	if l.closed.Swap(true) {
		return
	}
	for _, m := range l.machines {
		m.close()
	}
}

// carry takes the packets of a machine to where they are for.
func (l *LAN) carry(from int) {
	packet := make([]byte, 1<<16)
	for {
		n, err := l.machines[from].tun.Read(packet)
		if err != nil {
			if !l.closed.Load() && !errors.Is(err, os.ErrClosed) {
				fmt.Fprintf(os.Stderr, "lan: machine %d is cut off: %v\n", from, err)
			}
			return
		}
		if to, ok := l.receiver(packet[:n]); ok && to != from {
			l.pass(from, to, packet[:n])
		}
	}
}

// receiver reads for whom an IPv4 packet is; there is nothing else here but what
// the kernel says to all by itself.
func (l *LAN) receiver(packet []byte) (int, bool) {
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return 0, false
	}
	to := int(packet[19]) - 1
	return to, to >= 0 && to < len(l.machines)
}

func (l *LAN) pass(from, to int, packet []byte) {
	p := l.paths[from][to].Load()
	if p.Cut {
		l.Stats.Cut.Add(1)
		return
	}
	times, delay := l.draw(p)
	switch {
	case times == 0:
		l.Stats.Lost.Add(1)
		return
	case times == 2:
		l.Stats.Doubled.Add(1)
	}
	l.Stats.Passed.Add(1)
	if delay == 0 {
		for range times {
			l.deliver(to, packet)
		}
		return
	}
	packet = append([]byte(nil), packet...)
	for range times {
		time.AfterFunc(delay, func() {
			// A cable that was cut meanwhile lets nothing out at its other end.
			if !l.paths[from][to].Load().Cut {
				l.deliver(to, packet)
			}
		})
	}
}

// draw says how often a packet arrives, and when.
func (l *LAN) draw(p *Path) (times int, delay time.Duration) {
	if *p == (Path{}) {
		return 1, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	times = 1
	if l.chance.Float64() < p.Loss {
		times = 0
	} else if l.chance.Float64() < p.Double {
		times = 2
	}
	return times, p.Delay + time.Duration(l.chance.Float64()*float64(p.Jitter))
}

// deliver hands a packet over. One that finds the queue full is lost, as on a real
// network.
func (l *LAN) deliver(to int, packet []byte) {
	if _, err := l.machines[to].tun.Write(packet); err != nil {
		l.Stats.Lost.Add(1)
	}
}
