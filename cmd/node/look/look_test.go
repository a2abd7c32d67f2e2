package look

import (
	"fmt"
	"testing"

	ergo "github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/report"
)

// named is a node that has a name, and no more.
type named struct{ ergo.Node }

func (named) Name() string { return "doctor7@h" }

// A member keeps the names of all doctors that it met. They leave room for the
// nodes of the cluster, also where one of these is called like a doctor.
func TestFormerDoctorsAreNotLookedAt(t *testing.T) {
	l := &looking{node: named{}, nodes: make(map[string]*doctor.Node), ways: make(map[string]string)}
	r := &report.Report{Peers: []report.Peer{{Node: "doctor1@a", Store: true}, {Node: "doctors@a"}, {Node: "node2@h"}},
		Seats: []report.Seat{{Node: "node1@h"}, {Node: "doctor2@a"}}}
	for i := range 2 * most {
		r.Peers = append(r.Peers, report.Peer{Node: fmt.Sprintf("doctor%d@h", i)})
	}
	l.hear(r)
	require.ElementsMatch(t, []string{"doctor1@a", "doctor2@a", "doctors@a", "node1@h", "node2@h"}, l.unvisited())
}
