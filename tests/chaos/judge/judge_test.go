package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

const s = int64(time.Second)

// Calls of the table, on key k of node n1@1; times are in seconds.
func put(begin, end float64, value, got string, rev uint64, guards ...Guard) *Call {
	return &Call{Node: "n1@1", Key: "k", Put: true, Value: value, Guards: guards, Outcome: Found, Got: got,
		Rev: paxos.Rev{Counter: rev}, Begin: int64(begin * float64(s)), End: int64(end * float64(s)), Timeout: 5 * s}
}

func get(begin, end float64, got string, rev uint64) *Call {
	c := put(begin, end, "", got, rev)
	c.Put = false
	if got == "" {
		c.Outcome, c.Rev = Absent, paxos.Rev{}
	}
	return c
}

func with(c *Call, change func(*Call)) *Call {
	change(c)
	return c
}

func timedOut() []*Call {
	return []*Call{with(put(5, 10, "a", "", 0), func(c *Call) { c.Outcome, c.Error = Refused, "context deadline exceeded" })}
}

func pid(name string) Guard { return Guard{Kind: "pid", Name: name} }

// The nodes of the table: three, the first started at 1 s; a process on it.
func record(change func(*Record), calls ...*Call) *Record {
	r := &Record{Calls: calls,
		Lives:     []Life{{"n1@1", s, 0, 0}, {"n2@2", s, 0, 0}, {"n3@3", s, 0, 0}},
		Processes: []Process{{Name: "p", Node: "n1@1", Begin: s}},
		Sizes:     []Size{{At: 0, Size: 3}}, Stood: []int64{s}}
	if change != nil {
		change(r)
	}
	for i, c := range r.Calls {
		c.Number = i
	}
	return r
}

// The judge knows good records from bad ones, and says what is wrong.
func TestJudge(t *testing.T) {
	limits := Limits{Reconnect: time.Second, Late: time.Second, Enough: 3 * time.Second, Erase: 10 * time.Second, Patience: time.Minute}
	const erasedEarly, linear = "before a value below could be erased", "not linearizable"
	erased := func(guards ...Guard) []*Call {
		return []*Call{put(10, 11, "a", "a", 1, guards...), get(20, 21, "", 0)}
	}
	cut := func(a, b string, from, to int64) func(*Record) {
		return func(r *Record) {
			r.Disturbances = append(r.Disturbances, Disturbance{A: a, B: b, From: from * s, To: to * s})
		}
	}
	both := func(f ...func(*Record)) func(*Record) {
		return func(r *Record) {
			for _, f := range f {
				f(r)
			}
		}
	}
	until := Guard{Kind: "until", Deadline: 30_000}
	for _, c := range []struct {
		name   string
		finds  string // "" for a good record
		change func(*Record)
		calls  []*Call
	}{
		{"a value that stays", "", nil, []*Call{put(1, 2, "a", "a", 1), get(3, 4, "a", 1), put(5, 6, "b", "a", 1)}},
		{"lost", erasedEarly, nil, []*Call{put(1, 2, "a", "a", 1), get(3, 4, "", 0)}},
		{"another value over it", linear, nil, []*Call{put(1, 2, "a", "a", 1), put(3, 4, "b", "b", 2)}},
		{"one value for two", "one put took effect twice", nil, []*Call{put(1, 2, "a", "a", 1), get(3, 4, "a", 2)}},
		{"out of nowhere", "a value that nobody put", nil, []*Call{get(3, 4, "a", 2)}},
		{"seen before it was put", "a value before it was put", nil, []*Call{get(1, 2, "a", 1), put(3, 4, "a", "a", 1)}},
		{"refused, and there", "a put took effect that was refused", nil,
			[]*Call{with(put(1, 2, "a", "", 0), func(c *Call) { c.Outcome = Refused }), get(3, 4, "a", 1)}},
		{"unknown, and there", "", nil,
			[]*Call{with(put(1, 2, "a", "", 0), func(c *Call) { c.Outcome = Unknown }), get(3, 4, "", 0), get(5, 6, "a", 1)}},
		{"a stale answer, marked", "", nil, []*Call{put(1, 2, "a", "a", 1, until), with(get(31, 32, "a", 1), func(c *Call) { c.Stale, c.Marked = true, true }), get(33, 34, "", 0)}},
		{"a stale answer, not marked", linear, nil, []*Call{put(1, 2, "a", "a", 1, until), get(31, 32, "", 0), with(get(33, 34, "a", 1), func(c *Call) { c.Stale = true })}},
		{"a mark that nobody asked for", "a stale answer that nobody asked for", nil, []*Call{put(1, 2, "a", "a", 1), with(get(3, 4, "a", 1), func(c *Call) { c.Marked = true })}},

		{"erased with its process", "", func(r *Record) { r.Processes[0].End = 15 * s }, erased(pid("p"))},
		{"erased before its process", erasedEarly, func(r *Record) { r.Processes[0].End = 22 * s }, erased(pid("p"))},
		{"erased while its process lives", erasedEarly, nil, erased(pid("p"))},
		{"erased with the node of its process", "", func(r *Record) { r.Lives[0].End = 15 * s }, erased(pid("p"))},
		{"erased with another node", erasedEarly, func(r *Record) { r.Lives[1].End = 15 * s }, erased(pid("p"))},
		{"erased with its node", "", func(r *Record) { r.Lives[1].End = 15 * s }, erased(Guard{Kind: "node", Name: "n2@2"})},
		{"erased while its node lives", erasedEarly, func(r *Record) { r.Lives[2].End = 15 * s }, erased(Guard{Kind: "node", Name: "n2@2"})},
		{"one suspects", erasedEarly, cut("1", "2", 12, 19), erased(pid("p"))},
		{"two suspect", "", both(cut("1", "2", 12, 19), cut("3", "1", 12, 19)), erased(pid("p"))},
		{"two suspect one after the other", erasedEarly, both(cut("1", "2", 12, 14), cut("3", "1", 16, 19)), erased(pid("p"))},
		{"two suspect within the time to connect", "", both(cut("1", "2", 12, 15), cut("3", "1", 16, 19)), erased(pid("p"))},
		{"two are apart from each other", erasedEarly, both(cut("2", "3", 12, 19), cut("2", "3", 12, 19)), erased(pid("p"))},
		{"two suspected before the put", erasedEarly, both(cut("1", "2", 2, 4), cut("3", "1", 2, 4)), erased(pid("p"))},
		{"its node is apart from all", "", cut("1", "", 12, 13), erased(pid("p"))},
		{"another is apart from all", erasedEarly, cut("2", "", 12, 13), erased(pid("p"))},
		{"two are enough for five no more", erasedEarly,
			both(func(r *Record) { r.Sizes[0].Size = 5 }, cut("1", "2", 12, 19), cut("3", "1", 12, 19)), erased(pid("p"))},
		{"the deadline has passed", "", nil, []*Call{put(10, 11, "a", "a", 1, until), get(29, 31, "", 0)}},
		{"before the deadline", erasedEarly, nil, []*Call{put(10, 11, "a", "a", 1, until), get(28, 29, "", 0)}},
		{"before the deadline, a clock before its time", "", func(r *Record) {
			r.Clocks = []Clock{{"n2@2", 15 * s, 12 * s}, {"n2@2", 19 * s, 0}}
		}, []*Call{put(10, 11, "a", "a", 1, until), get(20, 21, "", 0)}},
		{"before the deadline, a clock before its time, but not enough", erasedEarly, func(r *Record) {
			r.Clocks = []Clock{{"n2@2", 15 * s, 10 * s}, {"n2@2", 19 * s, 0}}
		}, []*Call{put(10, 11, "a", "a", 1, until), get(20, 21, "", 0)}},
		{"before the deadline, a clock behind", erasedEarly, func(r *Record) {
			r.Clocks = []Clock{{"n2@2", 15 * s, -12 * s}}
		}, []*Call{put(10, 11, "a", "a", 1, until), get(20, 21, "", 0)}},
		{"erased with its key", "", func(r *Record) { r.Processes[0].End = 15 * s },
			append(erased(Guard{Kind: "key", Name: "g"}), with(put(2, 3, "x", "x", 1, pid("p")), func(c *Call) { c.Key = "g" }))},
		{"erased while its key is there", erasedEarly, nil,
			append(erased(Guard{Kind: "key", Name: "g"}), with(put(2, 3, "x", "x", 1, pid("p")), func(c *Call) { c.Key = "g" }))},
		{"not erased with an earlier value of its key", erasedEarly, func(r *Record) { r.Processes[0].End = 3 * s },
			append(erased(Guard{Kind: "key", Name: "g"}), with(put(2, 3, "x", "x", 1, pid("p")), func(c *Call) { c.Key = "g" }),
				with(put(4, 5, "y", "y", 2), func(c *Call) { c.Key = "g" }))},

		{"in time but for a pause", "", func(r *Record) {
			r.Pauses = []Disturbance{{A: "1", From: 3 * s, To: 12 * s}}
		}, []*Call{put(1, 12, "a", "a", 1)}},
		{"too late", "a call ended late", nil, []*Call{put(1, 12, "a", "a", 1)}},
		{"never", "a call without end", nil, []*Call{with(put(1, 0, "a", "", 0), func(c *Call) { c.Outcome = Unknown })}},
		{"failed, and nothing was wrong", "a call failed though nothing was wrong", nil, timedOut()},
		{"failed, and one was away", "a call failed though nothing was wrong", cut("2", "", 4, 9), timedOut()},
		{"failed, and one was restarted before, and all voted again", "a call failed though nothing was wrong",
			both(cut("2", "", 2, 3), func(r *Record) { r.Stood = append(r.Stood, 9*s/2) }), timedOut()},
		{"failed, and one was restarted before, maybe without a vote since, and one was away", "",
			both(cut("2", "", 2, 3), cut("3", "", 4, 9)), timedOut()},
		{"failed, and the seats did not vote yet", "", func(r *Record) { r.Stood = nil }, timedOut()},
		{"failed while the size changed", "", func(r *Record) { r.Sizes = append(r.Sizes, Size{At: 4 * s, Size: 3}) }, timedOut()},
		{"failed, and two were apart", "", cut("3", "2", 4, 9), timedOut()},
		{"failed, and it was away itself", "", cut("1", "", 2, 4), timedOut()},
		{"failed, and two were away", "", both(cut("2", "", 4, 9), cut("1", "3", 9, 10)), timedOut()},
		{"failed, and one of four was away", "a call failed though nothing was wrong", both(cut("2", "", 4, 9), func(r *Record) {
			r.Lives = append(r.Lives, Life{"n4@4", s, 0, 0})
		}), timedOut()},
		{"failed, and two of four were away, maybe with seats", "", both(cut("2", "", 4, 9), cut("4", "", 4, 9), func(r *Record) {
			r.Lives = append(r.Lives, Life{"n4@4", s, 0, 0})
		}), timedOut()},
		{"failed for want of time of its own", "", nil, []*Call{with(timedOut()[0], func(c *Call) { c.Timeout, c.End = s/2, c.Begin+s })}},
		{"refused for good reason", "", nil, []*Call{with(timedOut()[0], func(c *Call) { c.Error = "invalid value" })}},
		{"outlives its process", "a key outlives what it is tied to",
			func(r *Record) { r.Healed, r.Processes[0].End, r.Processes[0].Ended = 6*s, 5*s, 5*s },
			[]*Call{put(1, 2, "a", "a", 1, pid("p")), get(17, 18, "a", 1)}},
		{"outlives its process for a moment", "",
			func(r *Record) { r.Healed, r.Processes[0].End, r.Processes[0].Ended = 6*s, 5*s, 5*s },
			[]*Call{put(1, 2, "a", "a", 1, pid("p")), get(15, 16, "a", 1)}},
		{"outlives its deadline", "a key outlives what it is tied to", func(r *Record) { r.Healed = 6 * s },
			[]*Call{put(1, 2, "a", "a", 1, until), get(41, 42, "a", 1)}},
		{"outlives the node of its process", "a key outlives what it is tied to",
			func(r *Record) { r.Healed, r.Lives[0].End, r.Lives[0].Ended = 6*s, 5*s, 5*s },
			[]*Call{put(1, 2, "a", "a", 1, pid("p")), get(17, 18, "a", 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(c.change, c.calls...)
			v := Judge(r, limits)
			if c.finds == "" {
				require.Empty(t, v.Findings)
				return
			}
			require.NotEmpty(t, v.Findings, Excerpt(r, "k"))
			require.Contains(t, v.Findings[0].String(), c.finds)
		})
	}
}

// Without revs the search alone decides.
func TestJudgeWithoutRevs(t *testing.T) {
	v := Judge(record(nil, put(1, 2, "a", "a", 0), put(3, 4, "b", "b", 0)), Defaults)
	require.Len(t, v.Findings, 1)
	require.Equal(t, "not linearizable, says porcupine", v.Findings[0].Rule)
	v = Judge(record(nil, put(1, 2, "a", "a", 0), put(3, 4, "b", "a", 0)), Defaults)
	require.Empty(t, v.Findings)
	require.Equal(t, 1, v.Values)
	require.Zero(t, v.Erasable)
}

// An excerpt has what concerns a key, in order.
func TestExcerpt(t *testing.T) {
	r := record(func(r *Record) { r.Processes[0].End = 15 * s },
		put(10, 11, "a", "a", 1, pid("p")), with(get(12, 13, "", 0), func(c *Call) { c.Key = "other" }), get(20, 21, "", 0))
	text := Excerpt(r, "k")
	require.NotContains(t, text, "other")
	require.Less(t, strings.Index(text, "put a pid=p k"), strings.Index(text, "p is about to end"))
	require.Less(t, strings.Index(text, "p is about to end"), strings.Index(text, "get k"))
}
