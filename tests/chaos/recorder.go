//go:build linux

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// recorder keeps what is recorded of a run, from many goroutines.
type recorder struct {
	mu     sync.Mutex
	r      judge.Record
	start  int64
	faults map[string]int // how many were done, by kind
	lines  []string       // the record of faults, for people
	logf   func(string, ...any)
}

func newRecorder(logf func(string, ...any)) *recorder {
	now := now()
	return &recorder{start: now, faults: make(map[string]int), logf: logf,
		r: judge.Record{WallAtZero: time.Now().UnixNano() - now}}
}

// note writes a line into the record of faults.
func (r *recorder) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	r.mu.Lock()
	r.lines = append(r.lines, fmt.Sprintf("%12.6f  %s", float64(now())/1e9, line))
	r.mu.Unlock()
	r.logf("%8.3f  %s", float64(now()-r.start)/1e9, line)
}

func (r *recorder) count(kind string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[kind]++
}

// change changes the record.
func (r *recorder) change(f func(*judge.Record)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.r)
}

// disturb records that two machines may lose their connection, from now until the
// returned function is called.
func (r *recorder) disturb(a, b, why string) (over func()) {
	at := 0
	r.change(func(rec *judge.Record) {
		at = len(rec.Disturbances)
		rec.Disturbances = append(rec.Disturbances, judge.Disturbance{A: a, B: b, From: now(), Why: why})
	})
	return func() { r.change(func(rec *judge.Record) { rec.Disturbances[at].To = now() }) }
}

// begin records a call that is about to be made.
func (r *recorder) begin(c *judge.Call) {
	r.change(func(rec *judge.Record) {
		c.Number = len(rec.Calls)
		c.Begin = now()
		rec.Calls = append(rec.Calls, c)
	})
}

// snapshot copies the record, so that a call that ends late does not change it.
func (r *recorder) snapshot() *judge.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.r
	c.Calls = make([]*judge.Call, len(r.r.Calls))
	for i, call := range r.r.Calls {
		copied := *call
		c.Calls[i] = &copied
	}
	return &c
}

// keep writes the record into a folder: the calls, a line each; the faults, for
// people; and what else the judge needs.
func (r *recorder) keep(dir string, record *judge.Record) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	rest := *record
	rest.Calls = nil
	calls := make([]any, len(record.Calls))
	for i, c := range record.Calls {
		calls[i] = c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(
		writeJSON(filepath.Join(dir, "calls.jsonl"), calls...),
		writeJSON(filepath.Join(dir, "record.json"), rest),
		writeLines(filepath.Join(dir, "faults.txt"), r.lines))
}

func writeJSON(path string, values ...any) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	e := json.NewEncoder(file)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func writeLines(path string, lines []string) error {
	var text []byte
	for _, l := range lines {
		text = append(append(text, l...), '\n')
	}
	return os.WriteFile(path, text, 0o644)
}
