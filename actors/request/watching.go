package request

import (
	"slices"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

// Watching is a request about what a process is to be told:
//
//	{watch, Pid, Key}   {watch, Pid}   {unwatch, Pid, Key}   {unwatch, Pid}   {lost, Pid, Key, Rev}
type Watching struct {
	// Name is watch, unwatch or lost.
	Name string
	PID  etf.Pid
	// All says that the request is about all keys; there is no Key then.
	All bool
	Key any
	// Rev of lost.
	Rev paxos.Rev
}

// Decoded is a message without its encoding, or as it is where that is bad.
func Decoded(message any) any {
	if raw, ok := message.(term.Raw); ok {
		if v, err := term.Decode(raw); err == nil {
			return v
		}
	}
	return message
}

// ParseWatching reads a decoded request; ours is false where it is of another
// kind.
func ParseWatching(message any) (w Watching, ours bool, err error) {
	t, ok := message.(etf.Tuple)
	if !ok || len(t) == 0 {
		return w, false, nil
	}
	name, _ := t[0].(etf.Atom)
	if w.Name = string(name); !slices.Contains([]string{"watch", "unwatch", "lost"}, w.Name) {
		return w, false, nil
	}
	ok = false
	if len(t) > 1 {
		w.PID, ok = t[1].(etf.Pid)
	}
	switch {
	case ok && len(t) == 2 && w.Name != "lost":
		w.All = true
		return w, true, nil
	case ok && len(t) == 3 && w.Name != "lost":
		w.Key = t[2]
		return w, true, nil
	case ok && len(t) == 4 && w.Name == "lost":
		if w.Key = t[2]; parseRev(t[3], &w.Rev) {
			return w, true, nil
		}
	}
	return w, true, bad("expected {watch | unwatch, Pid}, {watch | unwatch, Pid, Key} or {lost, Pid, Key, Rev}, got %s",
		show(message))
}

// parseRev reads back what rev writes.
func parseRev(v any, r *paxos.Rev) bool {
	t, ok := v.(etf.Tuple)
	if !ok || len(t) != 3 {
		return false
	}
	counter, one := integer(t[0])
	name, two := t[1].([]byte)
	incarnation, three := integer(t[2])
	*r = paxos.Rev{Counter: uint64(counter), Proposer: paxos.NodeID{Name: string(name), Incarnation: uint64(incarnation)}}
	return one && two && three && counter > 0 && incarnation >= 0
}

// Told is what a process that watches is told, as a plain message:
//
//	{paxos_kv, Bucket, {chosen, Key, Rev, Value, Ties}}
//	{paxos_kv, Bucket, {erased, Key, Rev}}
//	{paxos_kv, Bucket, {missed, Key}}
//	{paxos_kv, Bucket, missed | behind | current}
//
// Ties are options as of a put: {pid, P}, {node, N}, {key, K}, {until, Ms}, and
// besides {prev, Rev} where there is one. Rev of erased is none where it is not
// known. One who watches a key gets {missed | behind | current, Key}.
func Told(bucket string, w Watching, c host.Change) etf.Term {
	var what etf.Term = etf.Atom(c.Kind.String())
	switch key, _ := term.Decode(c.Key); c.Kind {
	case watch.Chosen:
		value, err := term.Decode([]byte(c.Entry.Value))
		if err != nil {
			value = term.Raw(c.Entry.Value)
		}
		what = etf.Tuple{what, key, rev(c.Rev), value, ties(c.Entry)}
	case watch.Erased:
		what = etf.Tuple{what, key, revOrNone(c.Rev)}
	case watch.Missed:
		switch {
		case len(c.Key) > 0:
			what = etf.Tuple{what, key}
		case !w.All:
			what = etf.Tuple{what, w.Key}
		}
	default:
		if !w.All {
			what = etf.Tuple{what, w.Key}
		}
	}
	return about(bucket, what)
}

// ToldLost is what the owner of an entry is told, once:
//
//	{paxos_kv, Bucket, {lost, Key, Rev, erased | no_quorum | closed}}
func ToldLost(bucket string, w Watching, err error) etf.Term {
	return about(bucket, etf.Tuple{etf.Atom("lost"), w.Key, rev(w.Rev), reasonOf(err)})
}

// ToldClosed is what those are told who watched a bucket that stops here:
//
//	{paxos_kv, Bucket, closed}
func ToldClosed(bucket string) etf.Term { return about(bucket, etf.Atom("closed")) }

func about(bucket string, what etf.Term) etf.Term {
	return etf.Tuple{etf.Atom("paxos_kv"), etf.Atom(bucket), what}
}

func revOrNone(r paxos.Rev) etf.Term {
	if r.IsZero() {
		return etf.Atom("none")
	}
	return rev(r)
}

// ties lists what an entry is tied to, and what it replaced.
func ties(e *paxos.Entry) etf.List {
	l := etf.List{}
	add := func(name etf.Atom, v etf.Term) { l = append(l, etf.Tuple{name, v}) }
	t := host.TiesOf(e.Guards)
	for _, p := range t.PIDs {
		add("pid", p)
	}
	for _, n := range t.Nodes {
		add("node", etf.Atom(n))
	}
	for _, k := range t.Keys {
		add("key", k)
	}
	if !t.Until.IsZero() {
		add("until", t.Until.UnixMilli())
	}
	if !e.Prev.IsZero() {
		add("prev", rev(e.Prev))
	}
	return l
}
