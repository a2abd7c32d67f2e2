package dist_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/ports"
)

// known says whether a port mapper knows a node.
func known(port uint16, name string) bool {
	_, err := epmd.Lookup(context.Background(), fmt.Sprintf("127.0.0.1:%d", port), name)
	return err == nil
}

func TestNodesServeThePortMapperThemselves(t *testing.T) {
	port := ports.One(t)
	nodes := map[string]*child{}
	for _, name := range []string{"n1", "n2", "n3"} {
		nodes[name] = startChild(t, childConfig{Name: name + "@127.0.0.1", EPMD: port})
	}
	connect := func(a, b string) {
		nodes[a].do(nil, "connect", nodes[b].name)
		nodes[a].do(nil, "wait", nodes[b].name)
	}
	connect("n2", "n1")
	connect("n2", "n3")
	nodes["n1"].kill() // it was the first, so it served
	eventually(t, "the others to register again", func() bool {
		return known(port, "n2") && known(port, "n3") && !known(port, "n1")
	})
	nodes["n1"] = startChild(t, childConfig{Name: "n1@127.0.0.1", EPMD: port})
	nodes["n3"].do(nil, "connect", "n1@127.0.0.1")
	nodes["n3"].do(nil, "wait", "n1@127.0.0.1")
	nodes["n2"].do(nil, "wait", "n1@127.0.0.1") // n2 dials on and on
}
