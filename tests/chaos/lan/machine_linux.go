package lan

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/paxoskv/paxoskv/tests/spawn"
)

// Machine is a network namespace with a thread that lives in it.
type Machine struct {
	Addr netip.Addr
	// In runs functions inside: sockets that they open and processes that they start
	// are the machine's, and the processes end with it.
	In  spawn.Starter
	tun *os.File
}

func newMachine(addr netip.Addr) (*Machine, error) {
	m := &Machine{Addr: addr, In: make(spawn.Starter)}
	made := make(chan error)
	go m.live(made)
	if err := <-made; err != nil {
		return nil, err
	}
	return m, nil
}

// live is the thread. It is never unlocked, so it ends with the goroutine: no other
// one must find itself in this namespace.
func (m *Machine) live(made chan<- error) {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		made <- fmt.Errorf("%w: a namespace takes root (CAP_SYS_ADMIN): %w", ErrMissing, err)
		return
	}
	var err error
	if m.tun, err = openTun(); err == nil {
		if err = m.configure(); err != nil {
			_ = m.tun.Close()
		}
	}
	made <- err
	if err != nil {
		return
	}
	for f := range m.In {
		f()
	}
}

func (m *Machine) close() {
	close(m.In)
	_ = m.tun.Close()
}

// lanName is the interface's name in each namespace.
const lanName = "lan"

// openTun makes the interface, whose other end is this program.
func openTun() (*os.File, error) {
	const device = "/dev/net/tun"
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMissing, device, err)
	}
	r, err := unix.NewIfreq(lanName)
	if err == nil {
		r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, r)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrMissing, device, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), device), nil
}

// configure gives the interface its address and brings it up, and the loopback.
func (m *Machine) configure() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer unix.Close(s)
	for _, step := range []struct {
		what string
		name string
		call uint
		set  func(*unix.Ifreq) error
	}{
		{"address", lanName, unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(m.Addr.AsSlice()) }},
		{"netmask", lanName, unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{"up", lanName, unix.SIOCSIFFLAGS, up},
		{"up", "lo", unix.SIOCSIFFLAGS, up},
	} {
		r, err := unix.NewIfreq(step.name)
		if err == nil {
			err = step.set(r)
		}
		if err == nil {
			err = unix.IoctlIfreq(s, step.call, r)
		}
		if err != nil {
			return fmt.Errorf("interface %s: %s: %w", step.name, step.what, err)
		}
	}
	return nil
}

func up(r *unix.Ifreq) error {
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return nil
}
