package epmd_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/ports"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, patience, 5*time.Millisecond, what)
}

// freeAddress returns an address that is the test's.
func freeAddress(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", ports.One(t))
}

// eachServer runs a test with our own server and, if Erlang is asked for, with
// the original.
func eachServer(t *testing.T, f func(t *testing.T, addr string)) {
	t.Run("own", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		s := epmd.Serve(l)
		t.Cleanup(s.Close)
		f(t, s.Addr())
	})
	t.Run("original", func(t *testing.T) {
		if !strings.Contains(os.Getenv("PAXOSKV_REQUIRE"), "erlang") {
			t.Skip("left out: needs Erlang's epmd; set PAXOSKV_REQUIRE=erlang")
		}
		addr := freeAddress(t)
		_, port, _ := net.SplitHostPort(addr)
		cmd := exec.Command("epmd", "-port", port, "-address", "127.0.0.1")
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		eventually(t, "epmd to listen", func() bool {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
		f(t, addr)
	})
}

func TestRegisterAndLookup(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		ctx := context.Background()
		_, err := epmd.Lookup(ctx, addr, "n")
		require.ErrorIs(t, err, epmd.ErrUnknownNode)
		conn, err := epmd.Register(ctx, addr, epmd.Entry{Name: "n", Port: 4711, Hidden: true})
		require.NoError(t, err)
		port, err := epmd.Lookup(ctx, addr, "n")
		require.NoError(t, err)
		require.Equal(t, uint16(4711), port)
		_, err = epmd.Register(ctx, addr, epmd.Entry{Name: "n", Port: 1})
		require.ErrorIs(t, err, epmd.ErrNameTaken)
		conn.Close()
		eventually(t, "the name to be free", func() bool {
			again, err := epmd.Register(ctx, addr, epmd.Entry{Name: "n", Port: 2})
			if err == nil {
				again.Close()
			}
			return err == nil
		})
	})
}

func TestNames(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		conn, err := epmd.Register(context.Background(), addr, epmd.Entry{Name: "n", Port: 4711})
		require.NoError(t, err)
		defer conn.Close()
		ask, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer ask.Close()
		ask.Write([]byte{0, 1, 110})
		answer, err := io.ReadAll(ask)
		require.NoError(t, err)
		_, port, _ := net.SplitHostPort(addr)
		number, _ := strconv.Atoi(port)
		require.Equal(t, []byte{0, 0, byte(number >> 8), byte(number)}, answer[:4])
		require.Equal(t, "name n at port 4711\n", string(answer[4:]))

		second, err := epmd.Register(context.Background(), addr, epmd.Entry{Name: "m-2", Port: 4712})
		require.NoError(t, err)
		defer second.Close()
		entries, err := epmd.Names(context.Background(), addr)
		require.NoError(t, err)
		require.ElementsMatch(t, []epmd.Entry{{Name: "n", Port: 4711}, {Name: "m-2", Port: 4712}}, entries)
	})
}

// TestServerSurvivesTheRude is for our own server; the original obeys "k" (kill).
func TestServerSurvivesTheRude(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := epmd.Serve(l)
	t.Cleanup(s.Close)
	for _, rude := range []string{"", "\x00", "\x00\x00", "\xff\xff", "\x00\x01\x78", "\x00\x0d\x78\x00\x01Mx\x00\x06\x00\x06\xff\xffn", "\x00\x01k", "GET / HTTP/1.0\r\n\r\n"} {
		conn, err := net.Dial("tcp", s.Addr())
		require.NoError(t, err)
		conn.Write([]byte(rude))
		conn.Close()
	}
	conn, err := epmd.Register(context.Background(), s.Addr(), epmd.Entry{Name: "n", Port: 1})
	require.NoError(t, err)
	conn.Close()
}

// TestClientSurvivesTheRude has servers that answer nonsense, or nothing at all.
// patientListener hands out connections that tell how long they are waited for.
type patientListener struct {
	net.Listener
	waits chan time.Duration
}

func (l patientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return patientConn{conn, l.waits}, err
}

type patientConn struct {
	net.Conn
	waits chan time.Duration
}

func (c patientConn) SetDeadline(at time.Time) error {
	c.waits <- time.Until(at)
	return c.Conn.SetDeadline(at)
}

// A node that is slow to ask, as one that starts on a busy machine, is waited for
// about as long as it waits for an answer.
func TestServerWaitsForTheSlow(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	waits := make(chan time.Duration, 10)
	s := epmd.Serve(patientListener{l, waits})
	defer s.Close()
	conn, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer conn.Close()
	require.Greater(t, <-waits, 5*time.Second)
}

// lateListener hands out one connection, and another one while its server closes
// the first.
type lateListener struct {
	net.Listener // for its address
	first, late  net.Conn
	given        int
	closing      chan struct{}
}

func (l *lateListener) Close() error { return nil }

func (l *lateListener) Accept() (net.Conn, error) {
	l.given++
	switch l.given {
	case 1:
		return &closingConn{l.first, sync.OnceFunc(func() { close(l.closing) })}, nil
	case 2:
		<-l.closing
		return l.late, nil
	}
	return nil, net.ErrClosed
}

type closingConn struct {
	net.Conn
	closing func()
}

func (c *closingConn) Close() error {
	c.closing()
	return c.Conn.Close()
}

// A server closes at once, with the connection too that came while it did so.
func TestCloseMeetsANewcomer(t *testing.T) {
	ours, first := net.Pipe()
	theirs, late := net.Pipe()
	s := epmd.Serve(&lateListener{first: first, late: late, closing: make(chan struct{})})
	registered := make(chan struct{})
	go func() {
		defer close(registered)
		theirs.Write([]byte("\x00\x0e\x78\x12\x34M\x00\x00\x06\x00\x05\x00\x01n\x00\x00"))
		io.ReadAll(theirs)
	}()
	ours.Write([]byte("\x00\x0e\x78\x12\x34M\x00\x00\x06\x00\x05\x00\x01m\x00\x00"))
	ours.Read(make([]byte, 6)) // it is registered
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	for what, done := range map[string]chan struct{}{"the server": closed, "the newcomer": registered} {
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal(what + " does not end")
		}
	}
}

func TestClientSurvivesTheRude(t *testing.T) {
	for _, rude := range []string{"", "w", "w\x00", "w\x00\x01", "v", "x\x00", "w\x00" + strings.Repeat("x", 5000), "silent"} {
		t.Run(fmt.Sprintf("%.4q", rude), func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			t.Cleanup(func() { l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					if rude == "silent" {
						continue
					}
					conn.Write([]byte(rude))
					conn.Close()
				}
			}()
			start := time.Now()
			_, err = epmd.Lookup(context.Background(), l.Addr().String(), "n")
			require.Error(t, err)
			_, err = epmd.Register(context.Background(), l.Addr().String(), epmd.Entry{Name: "n"})
			require.Error(t, err)
			_, err = epmd.Names(context.Background(), l.Addr().String())
			require.Error(t, err)
			require.Less(t, time.Since(start), 5*time.Second, "every step has a deadline")
		})
	}
}

// TestKeepersTakeOver lets the keeper that serves end, again and again: the
// others are known again each time.
func TestKeepersTakeOver(t *testing.T) {
	addr := freeAddress(t)
	type kept struct {
		*epmd.Keeper
		stop context.CancelFunc
	}
	keepers := map[string]kept{}
	add := func(name string) {
		ctx, stop := context.WithCancel(context.Background())
		k := &epmd.Keeper{Addr: addr, ServeAddr: addr, Entry: epmd.Entry{Name: name, Port: 7}}
		require.NoError(t, k.Start(ctx))
		keepers[name] = kept{k, stop}
		t.Cleanup(stop)
	}
	for i := range 5 {
		add(fmt.Sprint("n", i))
	}
	for len(keepers) > 1 {
		var serving []string // all are asked before one is stopped: another takes over at once
		for name, k := range keepers {
			if k.Serving() {
				serving = append(serving, name)
			}
		}
		require.Len(t, serving, 1)
		server := keepers[serving[0]]
		delete(keepers, serving[0])
		server.stop()
		server.Wait()
		for name := range keepers {
			eventually(t, name+" to be known again", func() bool {
				_, err := epmd.Lookup(context.Background(), addr, name)
				return err == nil
			})
		}
	}
}

// TestOneNameForOne has keepers of one name start at once where nobody serves: one
// gets the name and keeps it, whichever of them serves.
func TestOneNameForOne(t *testing.T) {
	for range 30 {
		addr := freeAddress(t)
		ctx, stop := context.WithCancel(context.Background())
		var keepers []*epmd.Keeper
		var starts sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			k := &epmd.Keeper{Addr: addr, ServeAddr: addr, Entry: epmd.Entry{Name: "n", Port: uint16(100 + i)}}
			keepers = append(keepers, k)
			starts.Go(func() { errs[i] = k.Start(ctx) })
		}
		starts.Wait()
		var winner *epmd.Keeper
		for i, err := range errs {
			if err == nil {
				require.Nil(t, winner, "two have the name")
				winner = keepers[i]
				continue
			}
			require.ErrorIs(t, err, epmd.ErrNameTaken)
		}
		require.NotNil(t, winner)
		port, err := epmd.Lookup(ctx, addr, "n")
		require.NoError(t, err)
		require.Equal(t, winner.Entry.Port, port)
		stop()
		winner.Wait()
	}
}

// TestOptionalKeeper starts where its name is taken, says so once, and has the name
// when it is free.
func TestOptionalKeeper(t *testing.T) {
	addr := freeAddress(t)
	first, end := context.WithCancel(context.Background())
	defer end()
	one := &epmd.Keeper{Addr: addr, ServeAddr: addr, Entry: epmd.Entry{Name: "n", Port: 7}}
	require.NoError(t, one.Start(first))
	var log lines
	two := &epmd.Keeper{Addr: addr, ServeAddr: addr, Optional: true, Entry: epmd.Entry{Name: "n", Port: 8},
		Log: slog.New(slog.NewTextHandler(&log, nil))}
	ctx, stop := context.WithCancel(context.Background())
	require.NoError(t, two.Start(ctx))
	eventually(t, "the warning", func() bool { return strings.Contains(log.String(), "another node of this name") })
	end()
	one.Wait()
	eventually(t, "the other to have the name", func() bool {
		port, err := epmd.Lookup(context.Background(), addr, "n")
		return err == nil && port == 8
	})
	stop()
	two.Wait()
	require.Equal(t, 1, strings.Count(log.String(), "level=WARN"), log.String())

	never := &epmd.Keeper{Addr: addr, Optional: true, Entry: epmd.Entry{Name: "n"}}
	ctx, stop = context.WithCancel(context.Background())
	require.NoError(t, never.Start(ctx))
	stop()
	never.Wait()
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestKeeperWithoutAnyServer(t *testing.T) {
	k := &epmd.Keeper{Addr: freeAddress(t), Entry: epmd.Entry{Name: "n"}}
	require.Error(t, k.Start(context.Background()))
	require.False(t, k.Serving())
}
