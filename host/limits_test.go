package host

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// ask makes a request and waits for its end.
func ask(b *Bucket, request func(*Bucket, context.Context, Query, func(Answer, error)), q Query) (Answer, error) {
	type end struct {
		a   Answer
		err error
	}
	done := make(chan end, 1)
	request(b, context.Background(), q, func(a Answer, err error) { done <- end{a, err} })
	e := <-done
	return e.a, e.err
}

// What a binary takes besides its bytes, as a key and as a value.
const (
	keyHead   = 6
	valueHead = 6
)

// A key, a value or ties at a limit pass, and those beyond it are refused, by a put
// and, for the key, by a get.
func TestTooLarge(t *testing.T) {
	h, b := aloneWith(t, Options{Limits: Limits{Key: 1000, Value: 2000, Ties: 3}})
	key, value := make([]byte, 1000-keyHead), make([]byte, 2000-valueHead)
	later := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		q    Query
		want string
	}{
		"key":           {Query{Key: make([]byte, len(key)+1), Value: 1}, "a key of 1001 bytes, and at most 1000"},
		"value":         {Query{Key: 1, Value: make([]byte, len(value)+1)}, "a value of 2001 bytes, and at most 2000"},
		"ties":          {Query{Key: 1, Value: 1, Ties: Ties{Nodes: make([]string, 4)}}, "tied to 4 things, and at most 3"},
		"ties together": {Query{Key: 1, Value: 1, Ties: Ties{Nodes: make([]string, 2), Keys: []any{1}, Until: later}}, "tied to 4"},
		"key of a tie":  {Query{Key: 1, Value: 1, Ties: Ties{Keys: []any{make([]byte, 2000)}}}, "a key of"},
		"keys of ties":  {Query{Key: 1, Value: 1, Ties: Ties{Keys: []any{make([]byte, 600), make([]byte, 600)}}}, "together"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(b, (*Bucket).Put, c.q)
			require.ErrorIs(t, err, ErrTooLarge)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := ask(b, (*Bucket).Get, Query{Key: make([]byte, 2000)})
	require.ErrorIs(t, err, ErrTooLarge)
	a, err := ask(b, (*Bucket).Put, Query{Key: key, Value: value, Ties: Ties{Until: later, Nodes: []string{h.name, h.name}}})
	require.NoError(t, err)
	require.True(t, a.Mine)
	_, err = ask(b, (*Bucket).Get, Query{Key: 1})
	require.ErrorIs(t, err, ErrNotFound, "nothing of what was refused was put")
}

// Limits that would let in what no message could carry are refused.
func TestBadLimits(t *testing.T) {
	for name, l := range map[string]Limits{
		"value of a frame": {Value: wire.MaxFrame},
		"ties":             {Ties: 1 << 20},
		"key":              {Key: 9 << 20},
		"below 0":          {Outbox: -1},
	} {
		t.Run(name, func(t *testing.T) {
			p := &fakeProcess{node: "bad@host"}
			require.ErrorIs(t, Of(&fakeNode{name: p.node}, p).Attach(p, Options{Limits: l}, nil), ErrLimits)
		})
	}
	l, err := Limits{Value: 8 << 20}.withDefaults()
	require.NoError(t, err)
	require.Equal(t, DefaultLimits.Key, l.Key)
	require.Equal(t, 8<<20, l.Value)
}

// The largest record that the default limits let in fits a message, and so does
// the largest that any limits do.
func TestLargestRecordFitsAMessage(t *testing.T) {
	for _, l := range []Limits{{}, {Key: 2 << 20, Value: 27 << 20, Ties: 64}} {
		l, err := l.withDefaults()
		require.NoError(t, err)
		n := paxos.NodeID{Name: strings.Repeat("n", wire.MaxName), Incarnation: 1<<64 - 1}
		at := paxos.Ballot{Counter: 1<<64 - 1, Proposer: n}
		key := paxos.Key(bytes.Repeat([]byte("k"), l.Key+300))
		e := &paxos.Entry{Rev: at, Prev: at, Value: paxos.Value(make([]byte, l.Value))}
		for range l.Ties {
			e.Guards = append(e.Guards, paxos.Guard{Kind: paxos.GuardKey, Subject: string(key[:len(key)/l.Ties]), Rev: at})
		}
		piece := paxos.MergeState{States: []paxos.SlotState{{Records: []paxos.KeyRecord{
			{Key: key, Promised: at, Held: paxos.Held{Ballot: at, Entry: e}}}}}}
		frame, err := wire.AppendFrame(nil, n, n, []paxos.Envelope{{From: n, To: n, Body: piece}})
		require.NoError(t, err)
		require.Less(t, len(frame), wire.MaxFrame)
	}
}
