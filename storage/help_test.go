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

const nodeA = "a@127.0.0.1"

func open(t *testing.T, dir string, draw uint64) Store {
	t.Helper()
	s, err := Open(dir, nodeA, draw)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// drawWrites draws a batch over a few keys and slots, in which everything that
// may change does.
func drawWrites(r *rand.Rand) []paxos.Write {
	ballot := func() paxos.Ballot {
		return paxos.Ballot{Counter: 1 + r.Uint64N(99), Proposer: paxos.NodeID{Name: fmt.Sprint("n", r.IntN(3)), Incarnation: 5}}
	}
	var ws []paxos.Write
	for range r.IntN(8) {
		w := paxos.Write{Kind: paxos.WriteKind(1 + r.IntN(7))}
		if w.Kind >= paxos.WriteDisown && w.Kind <= paxos.WriteWipe && r.IntN(8) > 0 {
			w.Kind = paxos.WriteRecord
		}
		w.Record.Key = paxos.Key(strings.Repeat(fmt.Sprintf("key%d-", r.IntN(40)), 1+r.IntN(2)*200))
		w.Record.Promised = ballot()
		switch w.Kind {
		case paxos.WriteRecord:
			if r.IntN(5) > 0 {
				w.Record.Held = paxos.Held{Ballot: ballot(), Epoch: 3, Own: r.IntN(2) == 0,
					Entry: &paxos.Entry{Rev: ballot(), Value: paxos.Value(strings.Repeat("v", r.IntN(300)))}}
				if r.IntN(2) == 0 || w.Record.Promised.Less(w.Record.Held.Ballot) {
					w.Record.Promised = w.Record.Held.Ballot
				}
			}
		case paxos.WriteSlot:
			w.Slot = &paxos.SlotState{Slot: r.IntN(paxos.Slots), Floor: ballot(), Collected: ballot()}
		case paxos.WriteMember:
			w.Member = &paxos.MemberState{Config: &paxos.Config{Cluster: 7, Epoch: paxos.Epoch(r.IntN(9)), Size: 3},
				Done: 2, Next: paxos.BallotBox{Promised: ballot()}}
		}
		ws = append(ws, w)
	}
	return ws
}

// replica loads what a store holds.
func replica(t *testing.T, s Store) *paxos.Replica {
	t.Helper()
	r, err := load(s)
	require.NoError(t, err)
	return r
}

func load(s Store) (*paxos.Replica, error) {
	r := paxos.NewReplica(paxos.NodeID{Name: nodeA, Incarnation: 1}, 1, 3, 1, paxos.DefaultTiming)
	return r, s.Load(r.Load)
}

func state(r *paxos.Replica) []paxos.Write { return slices.Collect(r.State) }

// small makes a file of some transactions, and returns what it holds at last and
// the file as each transaction left it.
func small(t *testing.T, dir string, transactions int) (holds []paxos.Write, files [][]byte) {
	t.Helper()
	s := open(t, dir, 1000)
	r := rand.New(rand.NewPCG(7, 7))
	model := paxos.NewReplica(paxos.NodeID{Name: nodeA, Incarnation: 1}, 1, 3, 1, paxos.DefaultTiming)
	for range transactions {
		ws := drawWrites(r)
		require.NoError(t, s.Append(ws))
		for _, w := range ws {
			model.Load(w)
		}
		b, err := os.ReadFile(filepath.Join(dir, FileName))
		require.NoError(t, err)
		files = append(files, b)
	}
	require.NoError(t, s.Close())
	return state(model), files
}

// reading is a file written anew for each look at it.
type reading struct {
	t    *testing.T
	path string
}

func newReading(t *testing.T) *reading {
	// In memory where there is such a place: the file is written very often.
	dir := t.TempDir()
	if shm, err := os.MkdirTemp("/dev/shm", "paxoskv"); err == nil {
		t.Cleanup(func() { os.RemoveAll(shm) })
		dir = shm
	}
	return &reading{t, filepath.Join(dir, FileName)}
}

// look reads a file of these bytes: what it holds, or why it was refused.
func (r *reading) look(file []byte) ([]paxos.Write, error) {
	require.NoError(r.t, os.WriteFile(r.path, file, 0o600))
	return r.again()
}

// again reads the file as it is.
func (r *reading) again() ([]paxos.Write, error) {
	s := &disk{path: r.path}
	defer s.Close()
	if err := s.read(nodeA); err != nil {
		return nil, err
	}
	got, err := load(s)
	if err != nil {
		return nil, err
	}
	return state(got), nil
}

// write reads the file, writes to it, and reads it again.
func (r *reading) write(ws []paxos.Write) ([]paxos.Write, error) {
	s := &disk{path: r.path}
	defer s.Close()
	if err := s.read(nodeA); err != nil {
		return nil, err
	}
	if err := s.Append(ws); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return r.again()
}

// rewrites changes every record that is held, and gives what is held then.
func rewrites(holds []paxos.Write) (ws, after []paxos.Write) {
	r := paxos.NewReplica(paxos.NodeID{Name: nodeA, Incarnation: 1}, 1, 3, 1, paxos.DefaultTiming)
	for _, w := range holds {
		r.Load(w)
		if w.Kind == paxos.WriteRecord {
			b := paxos.Ballot{Counter: 1000, Proposer: paxos.NodeID{Name: "n", Incarnation: 1}}
			w.Record.Promised = b
			w.Record.Held = paxos.Held{Ballot: b, Epoch: 9, Own: true, Entry: &paxos.Entry{Rev: b, Tombstone: true}}
			ws = append(ws, w)
		}
	}
	for _, w := range ws {
		r.Load(w)
	}
	return ws, state(r)
}
