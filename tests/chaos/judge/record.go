// Package judge holds what is recorded of a run on real nodes, calls and faults,
// and decides whether the answers were right: whether the history of each key is
// linearizable, each erasure justified by a fault that was really there, each call
// over in time. It knows nothing of the store's insides.
//
// All times are nanoseconds of one monotonic clock, that of the machine.
package judge

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// Outcome is what a client knows of its call.
type Outcome string

// The outcomes.
const (
	// Found: the key holds Got.
	Found Outcome = "found"
	// Absent: the key holds nothing.
	Absent Outcome = "absent"
	// Unknown: the call may have taken effect, or may yet: no answer, or an answer
	// that says so.
	Unknown Outcome = "unknown"
	// Refused: the answer says that nothing was done, now or later.
	Refused Outcome = "refused"
)

// Guard is what a put tied its key to.
type Guard struct {
	// Kind is pid, node, key or until.
	Kind string
	// Name is that of the process, the node or the key.
	Name string `json:",omitempty"`
	// Deadline of until, in milliseconds since 1970 UTC.
	Deadline int64 `json:",omitempty"`
}

// Call is one call of a client, and what came of it.
type Call struct {
	Number int
	// Client is the kind and number of the client, Node where the call was made.
	Client, Node string
	// Machine is where the caller is, if not where the node is.
	Machine string `json:",omitempty"`
	Put     bool   `json:",omitempty"`
	// Stale says that the client asked for what was last learned.
	Stale  bool `json:",omitempty"`
	Key    string
	Value  string  `json:",omitempty"` // of a put; no two puts have the same
	Guards []Guard `json:",omitempty"`
	// Begin is before the call, End after its answer; End is 0 where none came.
	Begin, End int64
	// Timeout is what time the call was given.
	Timeout int64
	Outcome Outcome
	Got     string `json:",omitempty"`
	// Rev is zero where this kind of client is not told.
	Rev paxos.Rev
	// Marked says that the answer is marked as stale.
	Marked bool   `json:",omitempty"`
	Error  string `json:",omitempty"`
}

// String shows the call and its end on a line, times in seconds.
func (c *Call) String() string {
	what := "get"
	switch {
	case c.Put:
		what = "put " + c.Value
	case c.Stale:
		what = "stale get"
	}
	for _, g := range c.Guards {
		what += fmt.Sprintf(" %s=%s", g.Kind, g.Name)
		if g.Kind == "until" {
			what += fmt.Sprint(g.Deadline)
		}
	}
	end := "never ended"
	if c.End != 0 {
		end = seconds(c.End)
	}
	s := fmt.Sprintf("#%d %s %s on %s by %s [%s, %s]: %s", c.Number, what, c.Key, c.Node, c.Client, seconds(c.Begin), end, c.Outcome)
	if c.Outcome == Found {
		s += " " + c.Got
		if !c.Rev.IsZero() {
			s += " rev " + c.Rev.String()
		}
		if c.Marked {
			s += " (marked stale)"
		}
	}
	if c.Error != "" {
		s += " (" + c.Error + ")"
	}
	return s
}

func seconds(ns int64) string { return fmt.Sprintf("%.6f", float64(ns)/1e9) }

// Process is a process that keys are tied to. Begin and End bound its life from
// outside: End is before its end began, 0 while it runs; Ended is when it was known
// to be over.
type Process struct {
	Name, Node        string
	Begin, End, Ended int64
}

// Life is one life of a node: the same bounds.
type Life struct {
	Node              string
	Begin, End, Ended int64
}

// Disturbance is a time in which two machines, named as in the names of their nodes,
// may have lost their connection, as the faults have it; B is empty where all
// connections of A may be lost.
type Disturbance struct {
	A, B     string
	From, To int64
	Why      string
}

// Clock is a setting of a node's clock, Offset away from the machine's, from At on.
type Clock struct {
	Node   string
	At     int64
	Offset int64
}

// Size is a size of the cluster that may be in force from At on.
type Size struct {
	At   int64
	Size int
}

// Record is all that is known of a run.
type Record struct {
	Calls []*Call
	// Strangers are machines that have no seat in the cluster, ever.
	Strangers    []string
	Processes    []Process
	Lives        []Life
	Disturbances []Disturbance
	Clocks       []Clock
	Sizes        []Size
	// Losses are those of more than the cluster can bear, in their order, one after the
	// other.
	Losses []Loss
	// Watches are what was told to those who watch.
	Watches []Watch
	// Stood are times, in their order, at which every seat was held by a node that
	// votes, and every node saw all others.
	Stood []int64
	// Pauses are the times in which a machine's node was stopped.
	Pauses []Disturbance
	// WallAtZero is the machine's time of day, in nanoseconds since 1970 UTC, when
	// its monotonic clock stood at zero.
	WallAtZero int64
	// Healed is when the last fault was over, and nothing but load was left.
	Healed int64
}
