package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/storage"
	"github.com/paxoskv/paxoskv/term"
)

// BenchmarkMillionStart starts from a disk with a million keys, of 11 bytes and with
// values of 16 and 1,000: open-s is how long the file takes to be checked and opened,
// load-s to be read into the replica, and start-s how long it is from the start of a
// node's process until it has them and answers; the others are the processor's part.
func BenchmarkMillionStart(b *testing.B) {
	for _, size := range []int{16, 1000} {
		b.Run(fmt.Sprintf("value=%d", size), func(b *testing.B) {
			names, err := addresses("start")
			require.NoError(b, err)
			dir := b.TempDir()
			b.Setenv(diskEnv, dir)
			name, _, _ := strings.Cut(names[0], " ")
			fillDisk(b, filepath.Join(dir, name), name, size)
			info, err := os.Stat(filepath.Join(dir, name, storage.FileName))
			require.NoError(b, err)
			for b.Loop() {
				load(b, filepath.Join(dir, name), name)
				began := time.Now()
				m := startMember(b, names, 0)
				r := m.do(b, order{})
				b.ReportMetric(time.Since(began).Seconds(), "start-s")
				b.ReportMetric(r.CPU.Seconds(), "start-cpu-s")
				require.Equal(b, million, r.Records)
				m.end()
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		})
	}
}

// fillDisk makes the file of a node.
func fillDisk(b *testing.B, dir, name string, size int) {
	s, err := host.OpenStorage(dir, name)
	require.NoError(b, err)
	value, err := term.Encode(make([]byte, size))
	require.NoError(b, err)
	const batch = 20_000
	for i := 0; i < million; i += batch {
		ws := make([]paxos.Write, 0, batch)
		for n := i; n < i+batch; n++ {
			k, err := term.Key(fmt.Sprintf("seed%07d", n))
			require.NoError(b, err)
			at := paxos.Ballot{Counter: uint64(n + 1), Proposer: s.Self()}
			ws = append(ws, paxos.Write{Kind: paxos.WriteRecord, Record: paxos.KeyRecord{
				Key: paxos.Key("\x07" + host.DefaultBucket + string(k)), Promised: at,
				Held: paxos.Held{Ballot: at, Epoch: 1, Own: true, Entry: &paxos.Entry{Rev: at, Value: paxos.Value(value)}}}})
		}
		require.NoError(b, s.Append(ws))
	}
	require.NoError(b, s.Close())
}

// load opens it and reads it into a replica.
func load(b *testing.B, dir, name string) {
	began, used := time.Now(), processor(b)
	s, err := host.OpenStorage(dir, name)
	require.NoError(b, err)
	b.ReportMetric(time.Since(began).Seconds(), "open-s")
	b.ReportMetric((processor(b) - used).Seconds(), "open-cpu-s")
	r := paxos.NewReplica(s.Self(), 1, nodes, 1, paxos.DefaultTiming)
	began, used = time.Now(), processor(b)
	require.NoError(b, s.Load(r.Load))
	b.ReportMetric(time.Since(began).Seconds(), "load-s")
	b.ReportMetric((processor(b) - used).Seconds(), "load-cpu-s")
	require.NoError(b, s.Close())
}

// processor is how much of one this program has taken.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
