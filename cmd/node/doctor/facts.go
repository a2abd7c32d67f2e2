package doctor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/report"
)

// Facts are what was seen of a cluster in one look.
type Facts struct {
	// Nodes are all that were asked for or heard of, each once, by name.
	Nodes []Node `json:"nodes"`
	// Mappers are the port mappers (EPMD) of the hosts on which a node was looked for
	// by its name.
	Mappers []Mapper `json:"mappers"`
}

// Node is what was seen of one node.
type Node struct {
	Name string `json:"name"`
	// Asked says that somebody wanted to know about just this node: it was named, or
	// a port mapper has it.
	Asked bool `json:"asked"`
	// Reach is how far the look came, and Why what stopped it.
	Reach Reach  `json:"reach"`
	Why   string `json:"why,omitempty"`
	// Address is where it was looked for; "" where that is not known.
	Address string `json:"address,omitempty"`
	// Report is what it said of itself; nil where it said nothing.
	Report *report.Report `json:"report,omitempty"`
	// Ahead is its clock less that of the one who looks, give or take Doubt.
	Ahead time.Duration `json:"ahead,omitempty"`
	Doubt time.Duration `json:"doubt,omitempty"`
	// OTP is the release of a node of Erlang.
	OTP string `json:"otp,omitempty"`
}

// Mapper is a port mapper: what it has, or why it did not answer.
type Mapper struct {
	Host  string         `json:"host"`
	Err   string         `json:"err,omitempty"`
	Ports map[string]int `json:"ports,omitempty"` // by the names of nodes, with their host
}

// Reach is how far a look at a node came.
type Reach string

// The ways in which a look ends.
const (
	Answers      Reach = "answers"      // It told how it stands.
	NoStore      Reach = "no store"     // It is a node of Erlang, or one without the store.
	Mute         Reach = "mute"         // The link came up, and no answer.
	Unregistered Reach = "unregistered" // The port mapper knows no such node.
	Unmapped     Reach = "unmapped"     // The port mapper does not answer.
	Refused      Reach = "refused"      // Nobody listens at its address.
	Unreachable  Reach = "unreachable"  // No packet comes back from its address.
	Silent       Reach = "silent"       // Its port is open, and nobody shakes hands.
	Cookie       Reach = "cookie"       // It has another cookie.
	Misnamed     Reach = "misnamed"     // At its address is another node.
	Barred       Reach = "barred"       // It lets only certain nodes in.
	Old          Reach = "old"          // It is of an Erlang release that is too old.
	Odd          Reach = "odd"          // Something else; Why says what.
)

// Node is the node of a name, nil where nothing is known of it.
func (f *Facts) Node(name string) *Node {
	i, found := slices.BinarySearchFunc(f.Nodes, name, func(n Node, name string) int { return Compare(n.Name, name) })
	if !found {
		return nil
	}
	return &f.Nodes[i]
}

// Compare orders names of nodes as people do: node2 before node10.
func Compare(a, b string) int {
	x, hostX, _ := strings.Cut(a, "@")
	y, hostY, _ := strings.Cut(b, "@")
	stemX, stemY := strings.TrimRight(x, "0123456789"), strings.TrimRight(y, "0123456789")
	return cmp.Or(strings.Compare(hostX, hostY), strings.Compare(stemX, stemY), cmp.Compare(len(x), len(y)),
		strings.Compare(x, y), strings.Compare(a, b))
}

// Host is the host part of a node's name.
func Host(node string) string {
	_, host, _ := strings.Cut(node, "@")
	return host
}
