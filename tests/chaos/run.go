//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// Run makes a run, and reports it. An error is about the run; what it found is in the
// report.
func Run(o Options) (*Report, error) {
	o = o.withDefaults()
	w, err := newWorld(o)
	if w != nil {
		defer w.close()
	}
	if err != nil {
		return nil, err
	}
	if err := w.begin(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.logs())
	}
	w.rec.start = now()
	w.rec.note("the cluster stands")
	w.load()
	w.finish()
	return w.report()
}

// load has the clients call while the faults happen.
func (w *world) load() {
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() { w.held = heldUp(stop) })
	if w.opt.Disk {
		wait.Go(func() { w.synced = slowestSync(stop, filepath.Join(w.dir, "sync")) })
	}
	wait.Go(func() { w.watchSeats(stop) })
	for i := range reapers {
		wait.Go(func() { w.reap(stop, w.opt.stream(fmt.Sprint("reaper", i))) })
	}
	for _, c := range w.clients() {
		wait.Go(func() { c.run(stop) })
	}
	w.inflict(Plan(w.opt))
	w.rec.change(func(r *judge.Record) { r.Healed = now() })
	w.rec.note("all is healed")
	w.recovered = w.recovers(serviceBound, w.serves)
	w.losses.Wait()
	close(stop)
	wait.Wait()
}

// watchSeats records until stop is closed when every seat votes.
func (w *world) watchSeats(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Second):
		}
		at := now()
		if ok, _ := w.allVote(time.Second); ok {
			w.rec.change(func(r *judge.Record) { r.Stood = append(r.Stood, at) })
		}
	}
}

// heldUp measures until stop is closed how late this program itself wakes up, at most:
// what the machine's other load does to the nodes as well.
func heldUp(stop <-chan struct{}) (most time.Duration) {
	const every = 10 * time.Millisecond
	for last := time.Now(); ; {
		select {
		case <-stop:
			return most
		case <-time.After(every):
		}
		most = max(most, time.Since(last)-every)
		last = time.Now()
	}
}

// slowestSync measures until stop is closed how long a sync of this program's own takes,
// at most: so long the machine's other load may hold up any write of a node.
func slowestSync(stop <-chan struct{}, path string) (most time.Duration) {
	const every = 200 * time.Millisecond
	for {
		select {
		case <-stop:
			return most
		case <-time.After(every):
		}
		begin := time.Now()
		file, err := os.Create(path)
		if err != nil {
			return never
		}
		_, err = file.Write(make([]byte, 4096))
		if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
			return never
		}
		most = max(most, time.Since(begin))
	}
}

// never is longer than any run.
const never = time.Hour

// allowance is how much more time is allowed for everything on a machine so busy that
// the run itself was held up: an answer takes some tens of steps, each of which may be
// held up as long.
func (w *world) allowance() time.Duration {
	const most, steps = 500 * time.Millisecond, 30
	if held := max(w.held, w.synced); held > most {
		return steps * held
	}
	return 0
}

// limits are the judge's, with the allowance.
func (w *world) limits() judge.Limits {
	l := w.opt.Limits
	l.Late += w.allowance()
	l.Enough += w.allowance()
	l.Erase += w.allowance()
	return l
}

// recovers waits until all is as it has to be after the last heal, and says how long
// that took. It waits for longer than is allowed, so that the report can tell.
func (w *world) recovers(bound time.Duration, done func() (bool, string)) time.Duration {
	begin := time.Now()
	bear := func() (bool, string) {
		if w.missing() != "" {
			return true, "" // it is a finding by itself
		}
		return done()
	}
	if err := w.await(bound+time.Minute, "all to be well after the last heal", bear); err != nil {
		w.rec.note("%v", err)
		return bound + time.Minute
	}
	return time.Since(begin)
}

// serves says whether every node has a quorum, and puts.
func (w *world) serves() (bool, string) {
	for _, s := range w.states(time.Second) {
		if s.err != nil || !s.info.Quorum {
			return false, fmt.Sprintf("%s: quorum %t, %v", s.host.name, s.info.Quorum, s.err)
		}
	}
	for _, h := range w.members() {
		call := &judge.Call{Client: "liveness", Key: "alive" + w.nextValue(), Put: true, Value: w.nextValue(), Timeout: int64(time.Second)}
		w.do(h, call, ties{})
		if call.Outcome != judge.Found {
			return false, h.name + " does not run, or does not serve: " + call.String()
		}
	}
	return true, ""
}

// finish reads every key on every node: what was acknowledged must be there. It reads
// once more after the time in which what is tied to nothing living has to go.
func (w *world) finish() {
	w.readAll()
	healed := time.Duration(now() - w.rec.snapshot().Healed)
	w.seated = healed + w.recovers(w.seatsBound(), w.stands)
	time.Sleep(time.Duration(w.rec.snapshot().Healed + int64(w.opt.Limits.Erase) - now() + int64(time.Second)))
	w.readAll()
	if w.opt.Watches {
		w.tellWatches()
	}
}

func (w *world) readAll() {
	var wait sync.WaitGroup
	for _, h := range w.members() {
		wait.Go(func() {
			for _, k := range w.keys.all() {
				w.do(h, &judge.Call{Client: "last", Key: k, Timeout: int64(10 * time.Second)}, ties{})
			}
		})
	}
	wait.Wait()
}

// logs shows what the nodes wrote.
func (w *world) logs() string {
	text := ""
	for _, h := range w.hosts {
		text += fmt.Sprintf("--- %s\n%s\n", h.name, h.logs.Show())
	}
	return text
}

// report judges the record, and keeps it where there is a finding.
func (w *world) report() (*Report, error) {
	record := w.rec.snapshot()
	rep := &Report{Options: w.opt, Recovered: w.recovered, Seated: w.seated, Held: w.held, Synced: w.synced, Verdict: judge.Judge(record, w.limits()), Calls: len(record.Calls),
		Faults: w.rec.faults, Outcomes: make(map[judge.Outcome]int)}
	for _, c := range record.Calls {
		rep.Outcomes[c.Outcome]++
	}
	if bound := serviceBound + min(w.allowance(), time.Minute-time.Second); w.recovered > bound {
		rep.find("no service after the heal", "it took %v; %v are allowed", w.recovered, bound)
	}
	if bound := w.seatsBound() + min(w.allowance(), time.Minute-time.Second); w.seated > bound {
		rep.find("seats not filled after the heal", "it took %v; %v are allowed", w.seated, bound)
	}
	rep.Verdict.Findings = append(rep.Verdict.Findings, w.found...)
	if name := w.missing(); name != "" {
		rep.find(nodeEnded, "%s, and is missing at the end", name)
	}
	if n := w.rec.faults[endedAlone]; n > 0 {
		rep.find(nodeEnded, "%d times, before it was to be killed", n)
	}
	for _, h := range w.hosts {
		if sign := h.logs.Fault(); sign != "" {
			rep.find("a node broke", "the log of %s says %q", h.name, sign)
		}
	}
	dir := w.opt.Out
	if dir == "" && len(rep.Verdict.Findings) > 0 {
		var err error
		if dir, err = os.MkdirTemp("", "paxoskv-chaos-findings"); err != nil {
			return nil, err
		}
	}
	if dir == "" {
		return rep, nil
	}
	rep.Kept = dir
	if err := w.rec.keep(dir, record); err != nil {
		return nil, err
	}
	return rep, rep.keep(dir, record, w.hosts)
}

// nodeEnded is a rule: a node ends when it is killed.
const nodeEnded = "a node ended by itself"

// serviceBound is how long after the last heal every node must serve again.
const serviceBound = 5 * time.Second

// seatsBound is how long after the last heal every seat must be held by a node that
// votes, and every node be linked with all others: a seat is taken over from one that
// has been away for so long, by a vote.
func (w *world) seatsBound() time.Duration {
	return time.Duration(w.opt.Timing.Replace)*time.Millisecond + 10*time.Second
}
