package agent

import (
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/report"
	"github.com/paxoskv/paxoskv/term"
)

// Config is what a node is started with.
type Config struct {
	Name, Cookie string
	// Listen is "host:port"; Addresses are those of all nodes of the test.
	Listen    string
	Addresses map[string]string
	// EPMD is the port of the port mapper; 0 leaves it out.
	EPMD uint16
	// Connect names the nodes that this one dials, and keeps dialling.
	Connect []string
	Size    int
	Timing  paxos.Timing
	Limits  host.Limits
	// Silence is after what time without a word a peer is given up; the wire's
	// default when 0.
	Silence time.Duration
	// Disk is the folder of what the node keeps over restarts; none when empty.
	Disk string
	// Stock starts the node on ergo's own wire.
	Stock bool
	// Bare starts the node without the application of the store.
	Bare bool
	// Pose, on a bare node, has a process in the place of the cluster service that
	// answers every request with this report, by a clock that is Ahead.
	Pose  *report.Report
	Ahead time.Duration
}

// Options are those of a call of the API; the zero Options are none.
type Options struct {
	Bucket   string
	PIDs     []etf.Pid
	Nodes    []string
	Keys     []term.Raw
	Until    time.Time
	Default  term.Raw // none when nil
	Stale    bool
	NoQuorum paxoskv.WithoutQuorum
}

// Request is a call of Put, Get, PID or Node. Its context ends after Timeout.
type Request struct {
	Key, Value term.Raw
	Options    Options
	Timeout    time.Duration
}

// Reply is the result of any of them.
type Reply struct {
	Value              term.Raw // of PID and Node too
	Rev                paxoskv.Rev
	Mine, Found, Stale bool
	Err                *Error
	// Panicked says that the call panicked with Err.
	Panicked bool
	// Began and Ended are when the call began and ended, by Now.
	Began, Ended int64
}

// Done is the result of a request that has nothing to tell but its error.
type Done struct{ Err *Error }

// Call is a gen_server call, made by a process of the node.
type Call struct {
	From    etf.Pid
	To      string // a registered name
	Node    string
	Request term.Raw
	Timeout time.Duration
}

// End tells how a process is to end: by its pid, or by a registered name.
type End struct {
	PID  etf.Pid
	Name string
	// Kill ends it as an untrappable kill does, without its Terminate; otherwise
	// it exits with Reason.
	Kill   bool
	Reason string
}
