package paxoskv_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
)

// start starts a node that is a cluster of its own; stop ends it.
func start(ctx context.Context) (stop func()) {
	wire, n, err := dist.Start(ctx, "example@127.0.0.1", node.Options{
		Applications: []gen.ApplicationBehavior{app.New(host.Options{Size: 1})},
	}, dist.Options{Cookie: "secret", EPMD: dist.EPMD{Off: true}})
	if err != nil {
		panic(err)
	}
	if err := paxoskv.WaitForBucket(ctx, host.DefaultBucket); err != nil {
		panic(err)
	}
	return func() { n.Stop(); wire.Stop() }
}

func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	first, err := paxoskv.Put(ctx, "language", etf.Atom("ergo"))
	fmt.Println(first.Value, first.Mine, err)
	second, err := paxoskv.Put(ctx, "language", etf.Atom("erlang"))
	fmt.Println(second.Value, second.Mine, err)
	got, err := paxoskv.Get(ctx, "language")
	fmt.Println(got.Value, got.Rev == first.Rev, err)
	_, err = paxoskv.Get(ctx, "editor")
	fmt.Println(err)
	// Output:
	// ergo true <nil>
	// ergo false <nil>
	// ergo true <nil>
	// not found
}

func ExamplePut_until() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	key := etf.Tuple{etf.Atom("lease"), 1}
	_, err := paxoskv.Put(ctx, key, "mine", paxoskv.Until(time.Now().Add(-time.Second)))
	fmt.Println(err != nil)
	res, err := paxoskv.Put(ctx, key, "mine", paxoskv.Until(time.Now().Add(time.Hour)))
	fmt.Println(res.Mine, err)
	// Output:
	// true
	// true <nil>
}

func ExampleGet_default() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	res, err := paxoskv.Get(ctx, "colour", paxoskv.Default("blue"))
	fmt.Println(res.Value, res.Found, err)
	// Output: blue false <nil>
}

func ExampleWatch() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	events, err := paxoskv.Watch(ctx, "leader")
	if err != nil {
		panic(err)
	}
	for e := range events {
		switch e.Kind {
		case paxoskv.Chosen:
			fmt.Println(e.Value, "leads")
		case paxoskv.Erased:
			fmt.Println("nobody leads any more")
			return
		case paxoskv.Current: // all that held when the watch began has been told
			fmt.Println("watching")
			until := time.Now().Add(time.Second)
			if _, err := paxoskv.Put(ctx, "leader", etf.Atom("me"), paxoskv.Until(until)); err != nil {
				panic(err)
			}
		}
	}
	// Output:
	// watching
	// me leads
	// nobody leads any more
}

// A copy of a bucket, kept up to date.
func ExampleWatchBucket() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	events, err := paxoskv.WatchBucket(ctx)
	if err != nil {
		panic(err)
	}
	if _, err := paxoskv.Put(ctx, "colour", "blue"); err != nil {
		panic(err)
	}
	view := make(map[any]any)
	for e := range events {
		switch {
		case e.Kind == paxoskv.Chosen:
			view[e.Key] = e.Value
		case e.Kind == paxoskv.Erased:
			delete(view, e.Key)
		case e.Kind == paxoskv.Missed && e.Key == nil:
			clear(view)
		}
		if len(view) == 1 {
			break
		}
	}
	fmt.Println(view)
	// Output: map[colour:blue]
}

// An owner that stops what only the owner may do once it may have lost its key.
func ExampleLost() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer start(ctx)()

	until := time.Now().Add(time.Second)
	res, err := paxoskv.Put(ctx, "leader", etf.Atom("me"), paxoskv.Until(until))
	if err != nil {
		panic(err)
	}
	err = <-paxoskv.Lost(ctx, "leader", res.Rev)
	fmt.Println(errors.Is(err, paxoskv.ErrErased))
	// Output: true
}
