package storage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// transactions makes a file by one batch after the other, and returns the file as
// each of them left it.
func transactions(t *testing.T, batches ...[]paxos.Write) (files [][]byte) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, 1)
	for _, ws := range batches {
		require.NoError(t, s.Append(ws))
		b, err := os.ReadFile(filepath.Join(dir, FileName))
		require.NoError(t, err)
		files = append(files, b)
	}
	return files
}

// stale puts each page that the last file and an earlier one have, and that
// differs, back to what it was, and counts how many files were refused.
func stale(t *testing.T, files [][]byte) (refused int) {
	t.Helper()
	const size = pageSize
	last, r := files[len(files)-1], newReading(t)
	holds, err := r.look(last)
	require.NoError(t, err)
	for i, old := range files[:len(files)-1] {
		for at := 2 * size; at+size <= min(len(last), len(old)); at += size {
			if slices.Equal(old[at:at+size], last[at:at+size]) {
				continue
			}
			damaged := slices.Clone(last)
			copy(damaged[at:], old[at:at+size])
			got, err := r.look(damaged)
			if err != nil {
				require.True(t, refusal(err), "page %d of file %d: %v", at/size, i, err)
				refused++
				continue
			}
			require.Equal(t, holds, got, "page %d of file %d", at/size, i)
		}
	}
	return refused
}

// A page as it was at an earlier transaction is noticed, unless nothing leads to
// it. The one that is not is the last meta page: nothing tells then that there
// was a last transaction.
func TestPagesOfEarlierTransactions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var batches [][]paxos.Write
	for range 40 {
		batches = append(batches, drawWrites(r))
	}
	require.Greater(t, stale(t, transactions(t, batches...)), 40)
}

// The page of the member and of the sum, both as they were, agree: that the sum is
// not of the last transaction tells.
func TestMemberOfAnEarlierTransaction(t *testing.T) {
	batches := [][]paxos.Write{{record("k", 1, 3000)}}
	for i := range 6 {
		b := paxos.Ballot{Counter: uint64(i)}
		batches = append(batches, []paxos.Write{{Kind: paxos.WriteMember,
			Member: &paxos.MemberState{Config: &paxos.Config{}, Next: paxos.BallotBox{Promised: b}}}})
	}
	require.Positive(t, stale(t, transactions(t, batches...)))
}

func record(key string, counter uint64, length int) paxos.Write {
	b := paxos.Ballot{Counter: counter, Proposer: paxos.NodeID{Name: "n", Incarnation: 1}}
	return paxos.Write{Kind: paxos.WriteRecord, Record: paxos.KeyRecord{Key: paxos.Key(key), Promised: b,
		Held: paxos.Held{Ballot: b, Entry: &paxos.Entry{Rev: b, Value: paxos.Value(strings.Repeat("v", length))}}}}
}

// Two values that change in the same bits do not hide each other.
func TestChangesThatWouldCancelOut(t *testing.T) {
	var batches [][]paxos.Write
	for i := range uint64(6) {
		batches = append(batches, []paxos.Write{record("k1", 1+i, 900), record("k2", 1+i, 900)})
	}
	require.Positive(t, stale(t, transactions(t, batches...)))
}

// Meta pages that are not of successive transactions were not written by one
// process after the other; and one of them alone is not believed.
func TestMetaPages(t *testing.T) {
	var batches [][]paxos.Write
	for i := range uint64(5) {
		batches = append(batches, []paxos.Write{record(fmt.Sprint(i), 1, 10)})
	}
	files := transactions(t, batches...)
	last, r := files[4], newReading(t)
	for _, page := range []int{0, pageSize} {
		damaged := slices.Clone(last)
		clear(damaged[page : page+80])
		_, err := r.look(damaged)
		require.True(t, refusal(err), err)

		older := slices.Clone(last)
		copy(older[page:page+pageSize], files[0][page:])
		_, err = r.look(older)
		require.ErrorIs(t, err, ErrDamaged)
	}
}
