package request_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

var (
	aRev = paxos.Rev{Counter: 7, Proposer: paxos.NodeID{Name: "n@host", Incarnation: 9}}
	// told is how it is told.
	told = tuple{uint64(7), []byte("n@host"), uint64(9)}
)

func TestParseWatching(t *testing.T) {
	for name, c := range map[string]struct {
		message any
		want    request.Watching
	}{
		"watch":       {tuple{atom("watch"), pid, "k"}, request.Watching{Name: "watch", PID: pid, Key: "k"}},
		"watch all":   {tuple{atom("watch"), pid}, request.Watching{Name: "watch", PID: pid, All: true}},
		"unwatch":     {tuple{atom("unwatch"), pid, "k"}, request.Watching{Name: "unwatch", PID: pid, Key: "k"}},
		"unwatch all": {tuple{atom("unwatch"), pid}, request.Watching{Name: "unwatch", PID: pid, All: true}},
		"lost":        {tuple{atom("lost"), pid, "k", told}, request.Watching{Name: "lost", PID: pid, Key: "k", Rev: aRev}},
	} {
		t.Run(name, func(t *testing.T) {
			w, ours, err := request.ParseWatching(c.message)
			require.NoError(t, err)
			require.True(t, ours)
			require.Equal(t, c.want, w)
			again, _, err := request.ParseWatching(request.Decoded(encoded(t, c.message)))
			require.NoError(t, err)
			again.Key = w.Key // a string comes back as a list or a binary
			require.Equal(t, c.want, again)
		})
	}
	for _, message := range []any{tuple{atom("get"), "k", list{}}, atom("watch"), 5, nil, tuple{}, tuple{"watch", pid}, term.Raw{}} {
		_, ours, err := request.ParseWatching(request.Decoded(message))
		require.False(t, ours, "%v", message)
		require.NoError(t, err)
	}
	for _, message := range []tuple{
		{atom("watch")}, {atom("watch"), atom("someone")}, {atom("watch"), pid, "k", 1}, {atom("unwatch"), "k"},
		{atom("lost"), pid, "k"}, {atom("lost"), pid}, {atom("lost"), "k", told, pid}, {atom("lost"), pid, "k", 7},
		{atom("lost"), pid, "k", tuple{7, "n", 9}}, {atom("lost"), pid, "k", tuple{0, []byte("n"), 9}},
		{atom("lost"), pid, "k", tuple{-7, []byte("n"), 9}}, {atom("lost"), pid, "k", tuple{7, []byte("n")}},
		{atom("lost"), pid, "k", told, 1},
	} {
		_, ours, err := request.ParseWatching(message)
		require.True(t, ours)
		require.ErrorIs(t, err, request.ErrBadRequest, "%v", message)
	}
}

// What a process is told has the shapes that the comment of Told names.
func TestTold(t *testing.T) {
	key, err := term.Key(atom("k"))
	require.NoError(t, err)
	subject, err := term.Key(pid)
	require.NoError(t, err)
	other := "\x01B" + string(encoded(t, atom("other"))) // the bucket, and the key
	entry := &paxos.Entry{Rev: aRev, Prev: paxos.Rev{Counter: 3}, Value: paxos.Value(encoded(t, list{1, atom("v")})),
		Guards: []paxos.Guard{{Kind: paxos.GuardTime, Deadline: 1234}, {Kind: paxos.GuardNode, Node: "m@host"},
			{Kind: paxos.GuardPID, Subject: string(subject)}, {Kind: paxos.GuardKey, Subject: other}}}
	one, all := request.Watching{Name: "watch", PID: pid, Key: atom("k")}, request.Watching{Name: "watch", PID: pid, All: true}
	for name, c := range map[string]struct {
		w      request.Watching
		change host.Change
		want   any
	}{
		"chosen": {one, host.Change{Kind: watch.Chosen, Key: key, Rev: aRev, Entry: entry},
			tuple{atom("chosen"), atom("k"), told, list{1, atom("v")}, list{
				tuple{atom("pid"), pid}, tuple{atom("node"), atom("m@host")}, tuple{atom("key"), atom("other")},
				tuple{atom("until"), int64(1234)}, tuple{atom("prev"), tuple{uint64(3), []byte(""), uint64(0)}}}}},
		"free":           {all, host.Change{Kind: watch.Chosen, Key: key, Rev: aRev, Entry: &paxos.Entry{Value: entry.Value}}, tuple{atom("chosen"), atom("k"), told, list{1, atom("v")}, list{}}},
		"erased":         {all, host.Change{Kind: watch.Erased, Key: key, Rev: aRev}, tuple{atom("erased"), atom("k"), told}},
		"erased, unkown": {all, host.Change{Kind: watch.Erased, Key: key}, tuple{atom("erased"), atom("k"), atom("none")}},
		"missed of key":  {all, host.Change{Kind: watch.Missed, Key: key}, tuple{atom("missed"), atom("k")}},
		"missed":         {all, host.Change{Kind: watch.Missed}, atom("missed")},
		"missed, of one": {one, host.Change{Kind: watch.Missed}, tuple{atom("missed"), atom("k")}},
		"behind":         {all, host.Change{Kind: watch.Behind}, atom("behind")},
		"behind, of one": {one, host.Change{Kind: watch.Behind}, tuple{atom("behind"), atom("k")}},
		"current":        {all, host.Change{Kind: watch.Current}, atom("current")},
		"current of one": {one, host.Change{Kind: watch.Current}, tuple{atom("current"), atom("k")}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tuple{atom("paxos_kv"), atom("B"), c.want}, request.Told("B", c.w, c.change))
		})
	}
	lost := request.Watching{Name: "lost", PID: pid, Key: atom("k"), Rev: aRev}
	for want, err := range map[atom]error{"erased": host.ErrErased, "no_quorum": host.ErrNoQuorum, "closed": host.ErrClosed} {
		require.Equal(t, tuple{atom("paxos_kv"), atom("B"), tuple{atom("lost"), atom("k"), told, want}},
			request.ToldLost("B", lost, err))
	}
	require.Equal(t, tuple{atom("paxos_kv"), atom("B"), atom("closed")}, request.ToldClosed("B"))
}
