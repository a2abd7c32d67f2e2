package dist_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// greeter answers gen_server:call({greeter, 'a@127.0.0.1'}, {hello, Who}).
type greeter struct{ gen.Server }

// HandleCall implements gen.ServerBehavior. Requests of other nodes
// come as Raw; those of processes of this node as they were sent.
func (*greeter) HandleCall(_ *gen.ServerProcess, _ gen.ServerFrom, request etf.Term) (etf.Term, gen.ServerStatus) {
	raw, _ := request.(dist.Raw)
	v, err := term.Decode(raw)
	hello, ok := v.(etf.Tuple)
	if err != nil || !ok || len(hello) != 2 || hello[0] != etf.Atom("hello") {
		return etf.Tuple{etf.Atom("error"), etf.Atom("badarg")}, gen.ServerStatusOK
	}
	return etf.Tuple{etf.Atom("welcome"), hello[1]}, gen.ServerStatusOK
}

// A node whose greeter nodes of Go, Erlang and Elixir can call. The address of the
// other node is given, so no port mapper is needed.
func Example() {
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
	if _, err := n.Spawn("greeter", gen.ProcessOptions{}, &greeter{}); err != nil {
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
