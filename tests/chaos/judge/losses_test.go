package judge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a loss of more than the cluster can bear excuses, and what it does not: it
// lasts from 5 s to 9 s.
func TestLosses(t *testing.T) {
	limits := Limits{Reconnect: time.Second, Late: time.Second, Enough: 3 * time.Second, Erase: 10 * time.Second, Patience: time.Minute}
	const erasedEarly, linear = "before a value below could be erased", "not linearizable"
	ended := func(r *Record) { r.Processes[0].End = 2 * s }
	apart := func(r *Record) {
		r.Disturbances = append(r.Disturbances, Disturbance{A: "1", From: s, To: 2 * s})
	}
	unknown := func(c *Call) { c.Outcome, c.Got = Unknown, "" }
	on := func(key string, c *Call) *Call { return with(c, func(c *Call) { c.Key = key }) }
	for _, c := range []struct {
		name   string
		finds  string // "" for a good record
		kept   []string
		change func(*Record)
		calls  []*Call
	}{
		{"lost", "", nil, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "", 0)}},
		{"lost before", erasedEarly, nil, nil, []*Call{put(1, 2, "a", "a", 1), get(3, 4, "", 0)}},
		{"not lost", "", nil, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "a", 1)}},
		{"lost later", erasedEarly, nil, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "a", 1), get(12, 13, "", 0)}},
		{"back later", linear, nil, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "", 0), get(12, 13, "a", 1)}},
		{"another value, of a lower rev", "", nil, nil, []*Call{put(1, 2, "a", "a", 9), put(10, 11, "b", "b", 2), get(12, 13, "b", 2)}},
		{"two values after it", linear, nil, nil, []*Call{put(1, 2, "a", "a", 1), put(10, 11, "b", "b", 2), get(12, 13, "a", 1)}},
		{"two values before it", linear, nil, nil, []*Call{put(1, 2, "a", "a", 1), put(3, 4, "b", "b", 2)}},
		{"two that were there before", linear, nil, ended, []*Call{put(1, 1.5, "a", "a", 1, pid("p")), put(3, 4, "b", "b", 2),
			get(10, 11, "b", 2), get(12, 13, "a", 1)}},
		{"its erasure is lost", "", nil, ended, []*Call{put(1, 1.5, "a", "a", 1, pid("p")), get(3, 4, "", 0), get(10, 11, "a", 1)}},
		{"its erasure is lost with what came then", "", nil, ended, []*Call{put(1, 1.5, "a", "a", 1, pid("p")), put(3, 4, "b", "b", 2), get(10, 11, "a", 1)}},
		{"what survivors held is there", "", []string{"a"}, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "a", 1)}},
		{"what survivors held is gone", erasedEarly, []string{"a"}, nil, []*Call{put(1, 2, "a", "a", 1), get(10, 11, "", 0)}},
		{"what survivors held is another now", linear, []string{"a"}, nil, []*Call{put(1, 2, "a", "a", 1), put(10, 11, "b", "b", 2)}},
		{"what survivors held is erased with its process", "", []string{"a"}, ended, []*Call{put(1, 2, "a", "a", 1, pid("p")), get(10, 11, "", 0)}},
		{"what survivors held was not known", "", []string{"a"}, nil, []*Call{with(put(1, 4, "a", "", 0), unknown), get(6, 8, "a", 1), get(10, 11, "", 0)}},
		{"a put under way takes effect later", "", nil, nil, []*Call{put(4, 15, "a", "a", 1), get(10, 11, "", 0), get(12, 13, "a", 1)}},
		{"a put that was over takes effect later", linear, nil, nil, []*Call{with(put(1, 4, "a", "", 0), unknown), get(10, 11, "", 0), get(12, 13, "a", 1)}},
		{"tied to a key that is lost", "", nil, nil, []*Call{on("g", put(1, 2, "x", "x", 1)), put(3, 4, "a", "a", 1, Guard{Kind: "key", Name: "g"}),
			get(10, 11, "a", 1), get(12, 13, "", 0)}},
		{"tied to a key whose value is back", "", nil, apart, []*Call{on("g", put(1, 2, "x", "x", 1, pid("p"))),
			on("g", get(3, 4, "", 0)), on("g", get(10, 10.5, "x", 1)), put(11, 12, "a", "a", 1, Guard{Kind: "key", Name: "g"}), get(13, 14, "", 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(c.change, c.calls...)
			for _, call := range r.Calls {
				call.Timeout = max(call.Timeout, call.End-call.Begin)
			}
			r.Losses = []Loss{{From: 5 * s, To: 9 * s, Kept: c.kept}}
			v := Judge(r, limits)
			if c.finds == "" {
				require.Empty(t, v.Findings, Excerpt(r, "k"))
				return
			}
			require.NotEmpty(t, v.Findings, Excerpt(r, "k"))
			require.Contains(t, v.Findings[0].String(), c.finds)
		})
	}
}
