package lan

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newLAN(t *testing.T, machines int) *LAN {
	if !strings.Contains(os.Getenv("PAXOSKV_REQUIRE"), "netns") {
		t.Skip("left out: needs root and /dev/net/tun; set PAXOSKV_REQUIRE=netns")
	}
	l, err := New(machines, 1)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// socket opens a UDP socket on a machine.
func socket(t *testing.T, m *Machine) *net.UDPConn {
	made := make(chan *net.UDPConn, 1)
	m.In <- func() {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: m.Addr.AsSlice(), Port: 5000})
		if err != nil {
			t.Error(err)
		}
		made <- c
	}
	c := <-made
	require.NotNil(t, c)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// arrive counts the packets that arrive before it has been quiet for a while, and
// how many of them were overtaken.
func arrive(t *testing.T, c *net.UDPConn, quiet time.Duration) (arrived, overtaken int) {
	t.Helper()
	last := -1
	b := make([]byte, 2000)
	for {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(quiet)))
		n, err := c.Read(b)
		if err != nil {
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			return arrived, overtaken
		}
		number := n
		if number < last {
			overtaken++
		}
		last = max(last, number)
		arrived++
	}
}

// send sends packets whose lengths are their numbers.
func send(t *testing.T, from *net.UDPConn, to *Machine, n int) {
	t.Helper()
	for i := range n {
		_, err := from.WriteToUDP(make([]byte, i+1), &net.UDPAddr{IP: to.Addr.AsSlice(), Port: 5000})
		require.NoError(t, err)
	}
}

func TestPathsAreWhatTheyAreSetTo(t *testing.T) {
	l := newLAN(t, 3)
	a, b, c := socket(t, l.Machine(0)), socket(t, l.Machine(1)), socket(t, l.Machine(2))
	const quiet = 300 * time.Millisecond
	to := func(from *net.UDPConn, at *net.UDPConn, m int, n int) (int, int) {
		send(t, from, l.Machine(m), n)
		return arrive(t, at, quiet)
	}
	arrived, overtaken := to(a, b, 1, 100)
	require.Equal(t, 100, arrived)
	require.Zero(t, overtaken)

	l.Set(0, 1, Path{Cut: true})
	arrived, _ = to(a, b, 1, 100)
	require.Zero(t, arrived, "cut")
	arrived, _ = to(b, a, 0, 100)
	require.Equal(t, 100, arrived, "one way only")
	arrived, _ = to(a, c, 2, 100)
	require.Equal(t, 100, arrived, "this pair only")

	l.Set(0, 1, Path{Loss: 0.5})
	arrived, _ = to(a, b, 1, 400)
	require.InDelta(t, 200, arrived, 60, "loss")

	l.Set(0, 1, Path{Double: 1})
	arrived, _ = to(a, b, 1, 50)
	require.Equal(t, 100, arrived, "double")

	l.Set(0, 1, Path{Delay: 50 * time.Millisecond})
	start := time.Now()
	send(t, a, l.Machine(1), 1)
	require.NoError(t, b.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := b.Read(make([]byte, 10))
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)

	l.Set(0, 1, Path{Jitter: 20 * time.Millisecond})
	arrived, overtaken = to(a, b, 1, 100)
	require.Equal(t, 100, arrived)
	require.Positive(t, overtaken)
}

// Whole packets pass in great numbers, as a link of TCP sends them.
func TestTCPPasses(t *testing.T) {
	l := newLAN(t, 2)
	l.Set(1, 0, Path{Delay: time.Millisecond, Loss: 0.01})
	listening, dialled := make(chan net.Listener, 1), make(chan net.Conn, 1)
	l.Machine(0).In <- func() {
		s, err := net.Listen("tcp4", "10.77.0.1:6000")
		if err != nil {
			t.Error(err)
		}
		listening <- s
	}
	s := <-listening
	require.NotNil(t, s)
	defer s.Close()
	l.Machine(1).In <- func() {
		c, err := net.Dial("tcp4", "10.77.0.1:6000")
		if err != nil {
			t.Error(err)
		}
		dialled <- c
	}
	in, err := s.Accept()
	require.NoError(t, err)
	out := <-dialled
	const total = 4 << 20
	go func() {
		_, _ = out.Write(make([]byte, total))
		_ = out.Close()
	}()
	require.NoError(t, in.SetReadDeadline(time.Now().Add(time.Minute)))
	got, b := 0, make([]byte, 1<<16)
	for {
		n, err := in.Read(b)
		got += n
		if err != nil {
			break
		}
	}
	require.Equal(t, total, got)
}
