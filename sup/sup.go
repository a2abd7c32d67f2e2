// Package sup holds the supervisors of the store, to be started by the
// application of package app, or put into a supervision tree of one's own:
//
//	Cluster (one for each node)          Bucket (one for each bucket)
//	├── PaxosKV.Watcher                  ├── NAME.Acceptor
//	└── PaxosKV.Cluster                  ├── NAME.Learner
//	                                     └── NAME.Proposer
//
// Both restart one for one: an actor that ends is started again alone, since
// none of them holds what another one needs. What a restart keeps: promises,
// votes, seat, ballots and what was learned are in the node's host and outlive
// every actor, and the supervisors too. What it loses: the requests under way in
// a proposer, whose callers are told, the subscribers of the cluster service, and
// the processes that watch at a learner, which are told. A bucket or a cluster service that is started after its supervisor
// ended goes on where the last one stopped.
//
// Ten restarts within ten seconds end the supervisor [OTP, Supervisor
// Behaviour, "Maximum Restart Intensity"].
package sup

import (
	"fmt"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/acceptor"
	"github.com/paxoskv/paxoskv/actors/cluster"
	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/learner"
	"github.com/paxoskv/paxoskv/actors/proposer"
	"github.com/paxoskv/paxoskv/actors/watcher"
	"github.com/paxoskv/paxoskv/host"
)

// strategy: in ergo an intensity of N allows N-1 restarts.
var strategy = gen.SupervisorStrategy{
	Type:      gen.SupervisorStrategyOneForOne,
	Intensity: 11,
	Period:    10,
	Restart:   gen.SupervisorStrategyRestartPermanent,
}

// Bucket supervises the actors of the bucket of a name. A bucket that the node
// has already is host.ErrAlreadyStarted.
func Bucket(name string) gen.SupervisorBehavior {
	child := func(r host.Role, b gen.ProcessBehavior) gen.SupervisorChildSpec {
		return gen.SupervisorChildSpec{Name: host.ActorName(name, r), Child: b,
			Options: gen.ProcessOptions{MailboxSize: door.MailboxSize}, Args: []etf.Term{name}}
	}
	return &supervisor{what: fmt.Sprintf("bucket %q", name), spec: gen.SupervisorSpec{
		Strategy: strategy,
		Children: []gen.SupervisorChildSpec{
			child(host.Acceptor, acceptor.New()),
			child(host.Learner, learner.New()),
			child(host.Proposer, proposer.New()),
		}}}
}

// Cluster supervises the cluster service and the watcher of a node. A node that
// has them already gives host.ErrAlreadyStarted.
func Cluster(o host.Options) gen.SupervisorBehavior {
	return &supervisor{what: "cluster service", spec: gen.SupervisorSpec{
		Strategy: strategy,
		Children: []gen.SupervisorChildSpec{
			{Name: host.WatcherName, Child: watcher.New(),
				Options: gen.ProcessOptions{MailboxSize: watcher.MailboxSize}},
			{Name: host.ClusterName, Child: cluster.New(), Args: []etf.Term{o},
				Options: gen.ProcessOptions{MailboxSize: cluster.MailboxSize}},
		}}}
}

// BucketChild is the specification of a bucket as a child of one's own
// supervisor; name is the supervisor's, and may be empty.
func BucketChild(name, bucket string) gen.SupervisorChildSpec {
	return gen.SupervisorChildSpec{Name: name, Child: Bucket(bucket)}
}

// ClusterChild is the same for the cluster service.
func ClusterChild(name string, o host.Options) gen.SupervisorChildSpec {
	return gen.SupervisorChildSpec{Name: name, Child: Cluster(o)}
}
