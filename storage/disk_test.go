package storage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/paxoskv/paxoskv/paxos"
)

// Whatever is written in whatever batches is there after the next start.
func TestWhatWasWrittenIsThere(t *testing.T) {
	kinds := map[paxos.WriteKind]int{}
	for seed := range uint64(20) {
		dir, r := t.TempDir(), rand.New(rand.NewPCG(seed, 1))
		memory := &Memory{}
		model := paxos.NewReplica(paxos.NodeID{Name: nodeA, Incarnation: 1}, 1, 3, 1, paxos.DefaultTiming)
		for life := uint64(1); life < 6; life++ {
			s, m := open(t, dir, 100*life), memory.Open(nodeA, 100*life)
			require.Equal(t, state(model), state(replica(t, s)))
			require.Equal(t, state(model), state(replica(t, m)))
			require.Equal(t, paxos.NodeID{Name: nodeA, Incarnation: 100}, s.Self())
			require.Equal(t, s.Self(), m.Self())
			require.Equal(t, 100*life, s.Life())
			for range 10 {
				ws := drawWrites(r)
				require.NoError(t, s.Append(ws))
				require.NoError(t, m.Append(ws))
				for _, w := range ws {
					model.Load(w)
					kinds[w.Kind]++
				}
			}
			require.NoError(t, s.Close())
			require.NoError(t, m.Close())
			require.ErrorIs(t, s.Append(nil), ErrClosed)
			require.ErrorIs(t, m.Append(nil), ErrClosed)
		}
	}
	for k := paxos.WritePromise; k <= paxos.WriteMember; k++ {
		require.Positive(t, kinds[k], k)
	}
}

// A life is above those before it, though the clock that draws it went back.
func TestLivesOnlyGrow(t *testing.T) {
	dir, memory := t.TempDir(), &Memory{}
	last := uint64(0)
	for i, draw := range []uint64{500, 400, 501, 502, 1000} {
		s, m := open(t, dir, draw), memory.Open(nodeA, draw)
		require.Equal(t, s.Life(), m.Life())
		require.EqualValues(t, 500, s.Self().Incarnation)
		require.Equal(t, []uint64{500, 501, 502, 503, 1000}[i], s.Life())
		require.Greater(t, s.Life(), last)
		last = s.Life()
		require.NoError(t, s.Close())
	}
}

func TestRefused(t *testing.T) {
	write := func(b []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, FileName), b, 0o600))
		}
	}
	change := func(bucket, name string, value []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, open(t, dir, 1).Close())
			db, err := bbolt.Open(filepath.Join(dir, FileName), 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists([]byte(bucket))
				require.NoError(t, err)
				return b.Put([]byte(name), seal([]byte(name), value))
			}))
			require.NoError(t, db.Close())
		}
	}
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string)
		want error
	}{
		"a text":                {write([]byte("a text that is long enough to hold what could be a meta page of a file, but is not one at all")), ErrForeign},
		"an empty file":         {write(nil), ErrDamaged},
		"zeros":                 {write(make([]byte, 32768)), ErrForeign},
		"another format":        {change("about", "format", []byte{2}), ErrFormat},
		"written by others":     {change("about", "theirs", []byte{2}), ErrDamaged},
		"a value under no name": {change("keys", "k?", []byte{2}), ErrDamaged},
		"another database": {func(t *testing.T, dir string) {
			db, err := bbolt.Open(filepath.Join(dir, FileName), 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("etcd"))
				return err
			}))
			require.NoError(t, db.Close())
		}, ErrForeign},
		"another node": {func(t *testing.T, dir string) {
			s, err := Open(dir, "b@127.0.0.1", 1)
			require.NoError(t, err)
			require.NoError(t, s.Close())
		}, ErrOtherNode},
		"in use": {func(t *testing.T, dir string) { open(t, dir, 1) }, ErrLocked},
		"a file in place of the directory": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(dir))
			require.NoError(t, os.WriteFile(dir, nil, 0o600))
		}, ErrNotWritable},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			test.make(t, dir)
			s, err := Open(dir, nodeA, 5)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, dir)
			require.Nil(t, s)
			t.Log(err)
		})
	}
}

// A start that was broken off before the file had its name is no start.
func TestBrokenOffCreation(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, newName), []byte("half"), 0o600))
	require.EqualValues(t, 9, open(t, dir, 9).Life())
}

// After a write that failed nothing more is written: what the file holds is not
// known.
func TestFailedWrite(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1)
	s.(*disk).db.MaxSize = 1 // as a full disk
	big := paxos.Write{Kind: paxos.WriteRecord, Record: paxos.KeyRecord{Key: "k",
		Held: paxos.Held{Ballot: paxos.Ballot{Counter: 1}, Entry: &paxos.Entry{Value: paxos.Value(make([]byte, 1<<20))}}}}
	require.ErrorIs(t, s.Append([]paxos.Write{big}), bolterrors.ErrMaxSizeReached)
	s.(*disk).db.MaxSize = 0
	err := s.Append(nil)
	require.ErrorIs(t, err, ErrFailed)
	require.ErrorIs(t, err, bolterrors.ErrMaxSizeReached)
	require.NoError(t, s.Close())
	require.Len(t, state(replica(t, open(t, dir, 2))), 1, "nothing but the member")
}

// The walk over the pages finds nothing wrong with trees of several levels that
// grow and shrink.
func TestTreesOfManyKeys(t *testing.T) {
	for seed := range uint64(6) {
		dir, r := t.TempDir(), rand.New(rand.NewPCG(seed, 3))
		s := open(t, dir, 1)
		s.(*disk).db.NoSync = true
		b := paxos.Ballot{Counter: 1, Proposer: paxos.NodeID{Name: "n", Incarnation: 1}}
		pad, most := strings.Repeat("k", int(seed)*80), 1+r.IntN(4000)
		for batch := range 60 {
			var ws []paxos.Write
			growing := r.IntN(60) > batch
			for range r.IntN(600) {
				k := paxos.Key(fmt.Sprintf("%d%s", r.IntN(most), pad))
				w := paxos.Write{Kind: paxos.WriteDrop, Record: paxos.KeyRecord{Key: k, Promised: b}}
				if growing || r.IntN(5) == 0 {
					w.Kind = paxos.WriteRecord
					w.Record.Held = paxos.Held{Ballot: b, Entry: &paxos.Entry{Value: paxos.Value(pad[:r.IntN(1+len(pad))])}}
				}
				ws = append(ws, w)
			}
			require.NoError(t, s.Append(ws))
			require.NoError(t, checkFile(filepath.Join(dir, FileName)), "seed %d batch %d", seed, batch)
		}
		replica(t, s)
		require.NoError(t, s.Close())
	}
}
