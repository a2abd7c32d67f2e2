package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/wire"
)

// order is what a node of a benchmark is told to do, a line of JSON each.
type order struct {
	// Seed has it vote for so many keys, with values of Size bytes, tied to a
	// deadline of its own each where Tied says so.
	Seed, Size int
	Tied       bool
	// Put has it put fresh keys, about one each millisecond, for so long.
	Put time.Duration
	// Spawn has it start so many processes. Those of PIDs are what the keys of Seed are
	// tied to, by turns, and all those of Put to the first; or they are to End.
	Spawn int
	PIDs  []etf.Pid
	End   bool
}

// report is how a node answers an order.
type report struct {
	Err    string
	Voting bool
	// Records and Guards that it holds, Heap in use after a collection where keys
	// were seeded, CPU that it took since it started. Live are the records that are no
	// tombstones, and PIDs the processes that it was to start.
	Records, Live, Guards int
	Heap                  uint64
	CPU                   time.Duration
	PIDs                  []etf.Pid
	// Puts made, and how long they took.
	Puts                  int
	Median, Late, Longest time.Duration
}

// serve follows orders until the parent ends.
func serve(in io.Reader, out io.Writer) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var o order
		var r report
		err := json.Unmarshal(lines.Bytes(), &o)
		switch {
		case err != nil:
		case o.Seed > 0:
			err = seed(o)
			runtime.GC()
		case o.Put > 0:
			err = r.put(o)
		case o.Spawn > 0:
			err = r.spawn(o.Spawn)
		case o.End:
			for _, pid := range o.PIDs {
				own.ProcessByPid(pid).Kill()
			}
		}
		if err != nil {
			r.Err = err.Error()
		}
		r.read()
		line, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "%s\n", line)
	}
}

func (r *report) read() {
	h := host.Find("")
	r.Voting = h.Cluster().Voting
	records, stones, guards := h.Held()
	r.Records, r.Live, r.Guards = records, records-stones, guards
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.Heap = m.HeapAlloc
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		r.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
}

// seed has this node vote for keys, and learn that they were chosen, by the
// messages that a proposer would send, in frames as they come from the wire. The
// same on every member is as if they had been put.
func seed(o order) error {
	h := host.Find("")
	c := h.Cluster()
	from := paxos.NodeID{Name: "seed@nowhere", Incarnation: 1}
	value, err := term.Encode(make([]byte, o.Size))
	if err != nil {
		return err
	}
	ties := make([]paxos.Guard, len(o.PIDs))
	for i, pid := range o.PIDs {
		subject, err := term.Key(pid)
		if err != nil {
			return err
		}
		ties[i] = paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject), Node: string(pid.Node), Creation: pid.Creation}
	}
	const batch = 64
	for i := 0; i < o.Seed; i += batch {
		var envs []paxos.Envelope
		say := func(b paxos.Body) {
			envs = append(envs, paxos.Envelope{From: from, To: h.Self(), Cluster: c.ID, Epoch: c.Epoch, Body: b})
		}
		for n := i; n < min(i+batch, o.Seed); n++ {
			k, err := term.Key(fmt.Sprintf("seed%07d", n))
			if err != nil {
				return err
			}
			key, at := paxos.Key("\x07"+host.DefaultBucket+string(k)), paxos.Ballot{Counter: uint64(n + 1), Proposer: from}
			e := &paxos.Entry{Rev: at, Value: paxos.Value(value)}
			if o.Tied {
				e.Guards = []paxos.Guard{{Kind: paxos.GuardTime, Deadline: time.Now().Add(time.Hour).UnixMilli() + int64(n)}}
			}
			if len(ties) > 0 {
				e.Guards = []paxos.Guard{ties[n%len(ties)]}
			}
			say(paxos.Accept{Key: key, Ballot: at, Entry: e})
			say(paxos.Chosen{Key: key, Ballot: at})
		}
		frame, err := wire.AppendFrame(nil, from, h.Self(), envs)
		if err != nil {
			return err
		}
		h.Receive(frame)
	}
	if records, _, _ := h.Held(); records < o.Seed {
		return fmt.Errorf("%d keys of %d are there", records, o.Seed)
	}
	return nil
}

// idle is a process that keys are tied to.
type idle struct{ gen.Server }

func (*idle) Init(*gen.ServerProcess, ...etf.Term) error { return nil }

func (r *report) spawn(count int) error {
	for range count {
		p, err := own.Spawn("", gen.ProcessOptions{}, &idle{})
		if err != nil {
			return err
		}
		r.PIDs = append(r.PIDs, p.Self())
	}
	return nil
}

// put measures puts, each begun a millisecond after the one before at the soonest.
func (r *report) put(o order) error {
	var ties []paxoskv.Option
	if len(o.PIDs) > 0 {
		ties = append(ties, paxoskv.TiedToPID(o.PIDs[0]))
	}
	var took []time.Duration
	for end := time.Now().Add(o.Put); time.Now().Before(end); {
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		_, err := paxoskv.Put(ctx, fmt.Sprintf("put%d", began.UnixNano()), 1, ties...)
		cancel()
		if err != nil {
			return err
		}
		d := time.Since(began)
		took = append(took, d)
		time.Sleep(time.Millisecond - d)
	}
	slices.Sort(took)
	r.Puts = len(took)
	r.Median, r.Late, r.Longest = took[r.Puts/2], took[r.Puts*99/100], took[r.Puts-1]
	return nil
}
