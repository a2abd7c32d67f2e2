//go:build linux

package chaos

import (
	"errors"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// errGone is returned when a node gives no answer: it was killed, or hangs.
var errGone = errors.New("no answer")

// ties are what a call asks for besides its key and value.
type ties struct {
	procs    []*proc
	nodes    []string
	keys     []string
	until    time.Time
	stale    bool
	noQuorum bool // do not wait for a quorum
}

// answer is what came of a call, as the caller was told. ended is 0 where no answer
// came, and began is 0 where the client did not look at the clock itself.
type answer struct {
	outcome      judge.Outcome
	got          string
	rev          paxoskv.Rev
	marked       bool
	text         string
	began, ended int64
}

// unanswered is the end of a call that was not answered: the node was killed, or
// nothing came in time.
func unanswered(p *spawn.Process, err error) answer {
	a := answer{outcome: judge.Unknown, text: err.Error()}
	if !p.Running() {
		a.ended = now()
	}
	return a
}

// life is one life of a node: a process, and what it can be asked.
type life interface {
	process() *spawn.Process
	// spawn starts a process to tie keys to, and stop ends it.
	spawn() (etf.Pid, error)
	stop(pid etf.Pid, kill bool) error
}

// member is a node that runs the store.
type member interface {
	life
	// call makes a call on the node, which has so long to answer it, and waits for its
	// answer for as long as patience. It tells when it begins: other calls may be first.
	call(c *judge.Call, t ties, patience time.Duration, begins func()) answer
	// state is what the node says of its cluster.
	state(patience time.Duration) (paxoskv.ClusterInfo, error)
}

const (
	epmdPort = 4369
	distPort = 9100
)
