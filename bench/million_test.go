package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keys of BenchmarkMillion.
const million = 1_000_000

// member is a node of a benchmark, in a process of its own.
type member struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// startMembers starts a cluster whose votes all count.
func startMembers(b *testing.B, prefix string) (names []string, ms []*member) {
	names, err := addresses(prefix)
	require.NoError(b, err)
	for i := range names {
		ms = append(ms, startMember(b, names, i))
	}
	for _, m := range ms {
		m.vote(b)
	}
	return names, ms
}

func startMember(tb testing.TB, names []string, i int) *member {
	c := child(names, i)
	in, err := c.StdinPipe()
	require.NoError(tb, err)
	out, err := c.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, c.Start())
	m := &member{cmd: c, in: in, out: bufio.NewScanner(out)}
	tb.Cleanup(m.end)
	return m
}

func (m *member) end() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
}

// do gives an order and waits for the report.
func (m *member) do(tb testing.TB, o order) (r report) {
	line, err := json.Marshal(o)
	require.NoError(tb, err)
	_, err = fmt.Fprintf(m.in, "%s\n", line)
	require.NoError(tb, err)
	require.True(tb, m.out.Scan(), "the node has ended")
	require.NoError(tb, json.Unmarshal(m.out.Bytes(), &r))
	require.Empty(tb, r.Err)
	return r
}

// vote waits until a member may vote.
func (m *member) vote(tb testing.TB) report {
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r := m.do(tb, order{}); r.Voting {
			return r
		}
	}
	require.FailNow(tb, "no vote")
	return report{}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// BenchmarkMillion runs three nodes over real links, each a process of its own,
// that hold a million keys:
//
//   - what puts of other keys take before, with them, and while a node that was
//     killed and started again merges them;
//   - how long that takes, from the start of its process until it votes, and how
//     much of a processor;
//   - the memory in use of a member.
func BenchmarkMillion(b *testing.B) {
	for _, c := range []struct {
		name  string
		order order
	}{{"value=16", order{Seed: million, Size: 16}}, {"value=1000", order{Seed: million, Size: 1000}},
		{"tied", order{Seed: million, Size: 16, Tied: true}}} {
		b.Run(c.name, func(b *testing.B) {
			names, ms := startMembers(b, "million")
			for b.Loop() {
				hold(b, ms, names, c.order)
			}
		})
	}
}

func hold(b *testing.B, nodes []*member, names []string, o order) {
	puts := order{Put: 5 * time.Second}
	tell := func(r report, when string) {
		b.Logf("puts %s: %d, median %v, 99%% within %v, longest %v", when, r.Puts, r.Median, r.Late, r.Longest)
	}
	tell(nodes[0].do(b, puts), "without keys")
	empty := nodes[0].do(b, order{})
	began := time.Now()
	for _, n := range nodes {
		n.do(b, o)
	}
	b.Logf("seeded in %v", time.Since(began))
	full := nodes[0].do(b, order{})
	b.ReportMetric(float64(full.Heap-empty.Heap)/float64(o.Seed), "B/key")
	for range 2 {
		r := nodes[0].do(b, puts)
		tell(r, fmt.Sprintf("with %d keys and %d guards", r.Records, r.Guards))
		b.ReportMetric(ms(r.Late), "put-99%-ms")
		b.ReportMetric(ms(r.Longest), "put-max-ms")
	}
	nodes[2].end()
	began = time.Now()
	nodes[2] = startMember(b, names, 2)
	merged := make(chan struct{})
	go func() {
		defer close(merged)
		r := nodes[2].vote(b)
		took := time.Since(began)
		b.Logf("merged %d keys in %v, by %v of a processor", r.Records, took, r.CPU)
		b.ReportMetric(took.Seconds(), "merge-s")
	}()
	for done := false; !done; {
		r := nodes[0].do(b, order{Put: time.Second})
		select {
		case <-merged:
			done = true
		default:
			tell(r, "while it merges")
		}
	}
}
