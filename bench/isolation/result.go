package main

import (
	"fmt"
	"slices"
	"time"
)

// options of a run.
type options struct {
	before, after time.Duration
	clients       int
}

// result is what the machines that were left alone saw of one fault.
type result struct {
	store, fault string
	// acks are when puts were acknowledged, in order; zero is the fault.
	acks []time.Duration
	options
}

func newResult(store, fault string, at time.Time, acks []time.Time, o options) result {
	r := result{store: store, fault: fault, options: o}
	for _, a := range acks {
		if d := a.Sub(at); d > -o.before && d < o.after {
			r.acks = append(r.acks, d)
		}
	}
	slices.Sort(r.acks)
	return r
}

// gap is the longest time without an acknowledgement between two moments, and when
// it began.
func (r result) gap(from, to time.Duration) (longest, since time.Duration) {
	last := from
	for _, a := range append(slices.Clone(r.acks), to) {
		if a < from || a > to {
			continue
		}
		if a-last > longest {
			longest, since = a-last, last
		}
		last = a
	}
	return longest, since
}

func (r result) gapBefore() time.Duration {
	longest, _ := r.gap(-r.before, 0)
	return longest
}

// gapAfter begins with the last acknowledgement before the fault.
func (r result) gapAfter() (longest, since time.Duration) {
	from := -r.before
	for _, a := range r.acks {
		if a < 0 {
			from = a
		}
	}
	return r.gap(from, r.after)
}

func (r result) rate(from, to time.Duration) float64 {
	n := 0
	for _, a := range r.acks {
		if a >= from && a < to {
			n++
		}
	}
	return float64(n) / (to - from).Seconds()
}

// String is a line of the table.
func (r result) String() string {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	after, since := r.gapAfter()
	return fmt.Sprintf("%-8s %-8s %14s %14s %14s %12.0f %12.0f", r.store, r.fault, ms(r.gapBefore()), ms(after), ms(since),
		r.rate(-r.before, 0), r.rate(0, r.after))
}
