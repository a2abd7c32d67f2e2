//go:build linux

package chaos

import (
	"fmt"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// RollingReport is what came of many rolling restarts under load.
type RollingReport struct {
	Rolls int
	// Puts were acknowledged, Again of them only after they had been tried again on
	// another node. Took is how long the slowest took, tries included.
	Puts, Again int
	Took        time.Duration
	// Roll are the times that the rolling restarts took.
	Roll     []time.Duration
	Failures []string
}

// String is the report as text.
func (r *RollingReport) String() string {
	text := fmt.Sprintf("%d rolling restarts (%s): %d puts, of which %d had to be tried again; the slowest took %v\n",
		r.Rolls, spread(r.Roll), r.Puts, r.Again, r.Took.Round(time.Millisecond))
	for _, f := range r.Failures {
		text += "FINDING " + f + "\n"
	}
	return text
}

// A put of the load has putTimeout on a node, and is tried again on others until
// putBound is over.
const (
	putTimeout = 2 * time.Second
	putBound   = 10 * time.Second
)

// Roll restarts all nodes, one after the other, again and again, while clients put:
// each put has to be acknowledged by some node in time, and to be there at the end.
func Roll(o Options, count int) (*RollingReport, error) {
	o = o.asUsersHave()
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
	load := &putLoad{w: w, report: &RollingReport{}, acknowledged: make(map[string]string)}
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for i := range o.Clients {
		wait.Go(func() { load.run(i, stop) })
	}
	for range count {
		begin := time.Now()
		if err := w.rollOnce(); err != nil {
			load.fail("rolling restart %d: %v", load.report.Rolls, err)
			break
		}
		load.report.Rolls++
		load.report.Roll = append(load.report.Roll, time.Since(begin))
	}
	close(stop)
	wait.Wait()
	load.readBack()
	if len(load.report.Failures) > 0 {
		load.fail("the logs:\n%s", w.logs())
	}
	return load.report, nil
}

// rollOnce kills and starts each node, and waits for it to vote before the next one.
func (w *world) rollOnce() error {
	for _, h := range w.members() {
		var over func()
		if err := w.await(time.Minute, h.name+" may be killed", func() (bool, string) {
			end, refused := w.beginKill(h, restart{bearable: true}, Fault{})
			over = end
			return refused == "", refused
		}); err != nil {
			return err
		}
		over()
	}
	return w.await(time.Minute, "every seat votes", w.stands)
}

// putLoad is clients that put keys of their own.
type putLoad struct {
	w      *world
	mu     sync.Mutex
	report *RollingReport
	// acknowledged are the values of the keys.
	acknowledged map[string]string
}

func (l *putLoad) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Failures = append(l.report.Failures, fmt.Sprintf(format, args...))
}

func (l *putLoad) run(number int, stop <-chan struct{}) {
	r := l.w.opt.stream(fmt.Sprint("put", number))
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(pause(r, l.w.opt.Think)):
		}
		key, value := fmt.Sprintf("r%dx%d", number, i), l.w.nextValue()
		begin, first := time.Now(), r.IntN(len(l.w.members()))
		done, tries := false, 0
		for ; !done && time.Since(begin) < putBound; tries++ {
			h := l.w.members()[(first+tries)%len(l.w.members())]
			call := &judge.Call{Client: "put", Key: key, Put: true, Value: value, Timeout: int64(putTimeout)}
			l.w.do(h, call, ties{})
			done = call.Outcome == judge.Found && call.Got == value
			if call.Outcome == judge.Found && !done {
				l.fail("somebody else put %s: %s", key, call)
				return
			}
		}
		l.count(key, value, done, tries, time.Since(begin))
	}
}

func (l *putLoad) count(key, value string, done bool, tries int, took time.Duration) {
	if !done {
		l.fail("put %s failed for %v", key, took)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Puts++
	if tries > 1 {
		l.report.Again++
	}
	l.report.Took = max(l.report.Took, took)
	l.acknowledged[key] = value
}

// readBack reads every key on some node.
func (l *putLoad) readBack() {
	i := 0
	for key, value := range l.acknowledged {
		h := l.w.members()[i%len(l.w.members())]
		i++
		call := &judge.Call{Client: "read", Key: key, Timeout: int64(10 * time.Second)}
		if l.w.do(h, call, ties{}); call.Got != value {
			l.fail("%s is lost: %s", key, call)
		}
	}
}
