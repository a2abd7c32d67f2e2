package dist_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// A node with a process that other nodes can call as {agent, 'a@127.0.0.1'}. The
// other nodes' addresses are given, so no port mapper is needed.
func ExampleStart() {
	wire, n, err := dist.Start(context.Background(), "a@127.0.0.1", node.Options{}, dist.Options{
		Cookie:    "secret",
		EPMD:      dist.EPMD{Off: true},
		Addresses: map[string]string{"b@127.0.0.1": "127.0.0.1:9102"},
		Log:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Stop()
	if _, err := n.Spawn("agent", gen.ProcessOptions{}, &agent{}); err != nil {
		fmt.Println(err)
		return
	}
	if err := wire.Connect("b@127.0.0.1"); err != nil { // dialled until it is there
		fmt.Println(err)
		return
	}
	fmt.Println(n.Name(), len(wire.Peers()))
	// Output: a@127.0.0.1 0
}
