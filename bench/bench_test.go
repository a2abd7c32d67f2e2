package bench

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
)

// childEnv makes the test binary a node: NAME PORT NAME PORT ..., itself first.
const childEnv = "PAXOSKV_BENCH_NODE"

const nodes = 3

func TestMain(m *testing.M) {
	spec := os.Getenv(childEnv)
	if spec == "" {
		os.Exit(onDisk(m.Run))
	}
	if err := runNode(strings.Fields(spec)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	serve(os.Stdin, os.Stdout)
	os.Exit(0)
}

// runNode starts a node of the cluster in this process.
func runNode(spec []string) error {
	o := dist.Options{Cookie: "bench", EPMD: dist.EPMD{Off: true}, Addresses: make(map[string]string),
		Log: slog.New(slog.DiscardHandler)}
	for i := 0; i+1 < len(spec); i += 2 {
		o.Addresses[spec[i]] = "127.0.0.1:" + spec[i+1]
	}
	o.Listen = o.Addresses[spec[0]]
	options := host.Options{Size: nodes}
	if err := openDisk(&options, spec[0]); err != nil {
		return err
	}
	wire, n, err := dist.Start(context.Background(), spec[0], node.Options{
		Applications: []gen.ApplicationBehavior{app.New(options)}}, o)
	if err != nil {
		return err
	}
	for i := 2; i+1 < len(spec); i += 2 {
		if err := wire.Connect(spec[i]); err != nil {
			return err
		}
	}
	own = n
	return nil
}

// own is the node of this process.
var own node.Node

// pipes keep the nodes alive.
var pipes []io.Closer

var cluster = sync.OnceValue(func() error {
	names, err := addresses("bench")
	if err != nil {
		return err
	}
	for i := 1; i < nodes; i++ {
		c := child(names, i)
		stdin, err := c.StdinPipe() // closes when this process ends
		if err != nil {
			return err
		}
		pipes = append(pipes, stdin)
		if err := c.Start(); err != nil {
			return err
		}
	}
	if err := runNode(strings.Fields(strings.Join(names, " "))); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if err := paxoskv.WaitForQuorum(ctx); err != nil {
			return err
		}
		if ns, err := paxoskv.Nodes(); err != nil || len(ns) == nodes {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
})

// addresses are a name and a free port for each node of a cluster.
func addresses(prefix string) (names []string, err error) {
	for i := range nodes {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // at the end, or the next has the same port
		names = append(names, fmt.Sprintf("%s%d@127.0.0.1 %d", prefix, i, l.Addr().(*net.TCPAddr).Port))
	}
	return names, nil
}

// child is the command that runs node i.
func child(names []string, i int) *exec.Cmd {
	spec := append([]string{names[i]}, append(append([]string{}, names[:i]...), names[i+1:]...)...)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+strings.Join(spec, " "))
	c.Stderr = os.Stderr
	return c
}

var serial atomic.Int64

// key is a key that nobody put yet, or that of an earlier number.
func key(n int64) string { return "key" + strconv.FormatInt(n, 10) }

func put(b *testing.B, ctx context.Context) {
	if _, err := paxoskv.Put(ctx, key(serial.Add(1)), 1); err != nil {
		b.Error(err)
	}
}

func ready(b *testing.B) context.Context {
	if err := cluster(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return context.Background()
}

// BenchmarkPut puts a fresh key, one client.
func BenchmarkPut(b *testing.B) {
	ctx := ready(b)
	for range b.N {
		put(b, ctx)
	}
}

// BenchmarkPut64 puts fresh keys, 64 clients at once.
func BenchmarkPut64(b *testing.B) {
	ctx := ready(b)
	var wg sync.WaitGroup
	for c := range 64 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := c; i < b.N; i += 64 {
				put(b, ctx)
			}
		}()
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

// BenchmarkGetLearned gets a key that the node knows to be chosen for ever.
func BenchmarkGetLearned(b *testing.B) {
	ctx := ready(b)
	if _, err := paxoskv.Put(ctx, "chosen", 1); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := paxoskv.Get(ctx, "chosen"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGetQuorum gets a key with a deadline, which asks a quorum each time.
func BenchmarkGetQuorum(b *testing.B) {
	ctx := ready(b)
	k := key(serial.Add(1))
	if _, err := paxoskv.Put(ctx, k, 1, paxoskv.Until(time.Now().Add(time.Hour))); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := paxoskv.Get(ctx, k); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTCPRoundTrip sends 64 bytes to another process and back.
func BenchmarkTCPRoundTrip(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			io.Copy(c, c)
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 64)
	b.ResetTimer()
	for range b.N {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}
