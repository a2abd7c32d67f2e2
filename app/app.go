// Package app is the ergo application of the store: the cluster service of the
// node and the default bucket.
//
//	wire, n, err := dist.Start(ctx, "a@127.0.0.1", node.Options{
//		Applications: []gen.ApplicationBehavior{app.New(host.Options{Size: 3})},
//	}, dist.Options{Cookie: cookie})
//
// Package dist says why ergo.StartNode is not used.
package app

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/sup"
)

// Name is that of the application.
const Name = "paxoskv"

// Application is the behaviour of the application.
type Application struct {
	gen.Application
	options host.Options
}

// New makes the application.
func New(o host.Options) gen.ApplicationBehavior { return &Application{options: o} }

// Load returns the specification.
func (a *Application) Load(...etf.Term) (gen.ApplicationSpec, error) {
	return gen.ApplicationSpec{
		Name:        Name,
		Description: "PaxosKV, a cluster-wide key-value store",
		Version:     "0.1.0",
		Children: []gen.ApplicationChildSpec{
			{Name: "PaxosKV.ClusterSup", Child: sup.Cluster(a.options)},
			{Name: "PaxosKV.Sup", Child: sup.Bucket(host.DefaultBucket)},
		},
	}, nil
}

// Start does nothing more: the children run.
func (a *Application) Start(gen.Process, ...etf.Term) {}
