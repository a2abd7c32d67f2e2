package paxos

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTell(t *testing.T) {
	id := func(name string) NodeID { return NodeID{name, 1} }
	three := found(7, 3, []NodeID{id("a"), id("b"), id("c")})
	two := found(7, 3, []NodeID{id("a"), id("b")})
	grown, shrunk := three.grow(), three.shrink(id("c"))
	recovered := three.recover([]NodeID{id("a")}, []NodeID{{"b", 2}, {"c", 2}}, 2)
	replace := func(old, n NodeID) *Config { c := three.replace(old, n); return &c }
	add := two.add(id("c"))
	for name, x := range map[string]struct {
		self          NodeID
		size          int
		before, after *Config
		want          []string
	}{
		"first":         {id("a"), 3, &Config{}, &three, []string{"epoch 1 of cluster 7: 3 of 3 seats taken, by a, b, c"}},
		"another size":  {id("a"), 5, &Config{}, &three, []string{"3 of 3 seats", "the cluster has size 3; this node was started with size 5"}},
		"a spare":       {id("d"), 3, &Config{}, &three, []string{"3 of 3 seats", "this node is a spare: all 3 seats are taken"}},
		"was restarted": {NodeID{"c", 2}, 3, &Config{}, &three, []string{"3 of 3 seats"}},
		"waits":         {id("d"), 3, &Config{}, &two, []string{"2 of 3 seats taken, by a, b"}},
		"add":           {id("a"), 3, &two, &add, []string{"epoch 2: c in a free seat"}},
		"restart":       {id("a"), 3, &three, replace(id("b"), NodeID{"b", 2}), []string{"epoch 2: b restarted, seated again"}},
		"replace":       {id("a"), 3, &three, replace(id("b"), id("d")), []string{"epoch 2: d in the place of b"}},
		"loses a seat":  {id("b"), 3, &three, replace(id("b"), id("d")), []string{"epoch 2: d in the place of b", "this node is a spare"}},
		"still a spare": {id("x"), 3, &three, replace(id("b"), id("d")), []string{"epoch 2: d in the place of b"}},
		"grow":          {id("a"), 3, &three, &grown, []string{"epoch 2: size 4 instead of 3"}},
		"shrink":        {id("a"), 3, &three, &shrunk, []string{"epoch 2: c without a seat from now on; size 2 instead of 3"}},
		"recover":       {id("a"), 3, &three, &recovered, []string{"epoch 2: b, c restarted, seated again"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMember(x.self, 1, x.size, 1, DefaultTiming, NewAcceptor(x.self))
			before := x.before.Clone()
			var out Output
			m.tell(x.before, x.after, &out)
			require.Len(t, out.Notes, len(x.want), "%v", out.Notes)
			for i, want := range x.want {
				require.True(t, strings.Contains(out.Notes[i].Text, want), out.Notes[i].Text)
			}
			require.Equal(t, before, x.before.Clone(), "what is told of is left as it was")
		})
	}
}
