//go:build linux

package chaos

import (
	"math/rand/v2"
	"time"
)

// Planted is a fault in the store itself, which a run has to find.
type Planted struct {
	Name  string
	Edits []Edit
	// Bias turns a run towards the fault: which faults of the world it needs.
	Bias func(*Options)
	// Finds are the rules of which one has to be broken.
	Finds []string
}

const (
	notLinear = "not linearizable"
	outlives  = "a key outlives what it is tied to"
	noService = "no service after the heal"
	putTwice  = "one put took effect twice"
	notTold   = "a watch was not told"
)

// kills are runs in which nodes lose their memory, one after the other.
func kills(o *Options) {
	o.Weights = map[Kind]int{Kill: 6, Rolling: 1, CutOne: 2, Slow: 1}
	o.Longest, o.Every = 300*time.Millisecond, 500*time.Millisecond
}

// contention are runs in which many puts meet, and messages are late.
func contention(o *Options) {
	o.Weights = map[Kind]int{Slow: 6, Lossy: 4, Cut: 2, CutOne: 2}
	o.Clients, o.Think = 8, 3*time.Millisecond
}

// pairs are runs in which pairs are cut, for long enough to be noticed.
func pairs(o *Options) {
	o.Weights = map[Kind]int{Cut: 1}
	o.Spares, o.Shells, o.Erlang = 0, 0, 0
	o.Shortest, o.Longest, o.Every = 5*time.Second, 10*time.Second, 3*time.Second
}

// alone are runs in which a node at a time hears nothing from the others. Most of the
// clients are held up there, so there are many.
func alone(o *Options) {
	o.Weights = map[Kind]int{Isolate: 1}
	o.Shortest, o.Longest, o.Every = time.Second, 8*time.Second, 4*time.Second
	o.Clients, o.Think, o.Shells = 16, 20*time.Millisecond, 0
}

// leftOut are runs in which a node is alone for so long that another one takes its
// seat, and then hears from all but one of the others.
func leftOut(o *Options) {
	o.Spares, o.Timing = 1, quick
	o.Time = max(o.Time, 45*time.Second)
	const cycle, alone, pause, partly = 15 * time.Second, 9500 * time.Millisecond, 2 * time.Second, 3 * time.Second
	o.Schedule = func(r *rand.Rand) (plan []Fault) {
		nodes := 3 + o.Spares
		for at := time.Second; at+cycle < o.Time; at += cycle {
			x := r.IntN(nodes)
			y := (x + 1 + r.IntN(nodes-1)) % nodes
			plan = append(plan, Fault{Kind: Isolate, At: at, Long: alone, X: x, Y: y},
				Fault{Kind: Cut, At: at + alone + pause, Long: partly, X: x, Y: y})
		}
		return plan
	}
}

// powerCuts are runs in which power fails, of one machine or of all.
func powerCuts(o *Options) {
	o.Disk, o.Shells = true, 0
	o.Weights = map[Kind]int{Crash: 3, Outage: 1, CutOne: 2}
	o.Longest, o.Every = 300*time.Millisecond, time.Second
}

// losses are runs in which a majority loses its memory, and one of it is away for so
// long that everyone has noticed.
func losses(o *Options) {
	o.Weights = map[Kind]int{Lose: 1}
	o.Shells, o.Time = 0, max(o.Time, 30*time.Second)
	o.Shortest, o.Longest, o.Every = noticed+500*time.Millisecond, noticed+time.Second, time.Second
}

func calm(o *Options) { o.Weights = map[Kind]int{Slow: 1} }

func watched(o *Options) {
	calm(o)
	o.Watches = true
}

// PlantedFaults are those that have to be found.
var PlantedFaults = []Planted{
	{"an acceptor that forgets at restart",
		[]Edit{{"host/disk.go", "uint64(time.Now().UnixMilli())<<16 | uint64(rand.Uint32N(1<<16))", "1 | uint64(time.Now().UnixMilli()*0)"}},
		kills, []string{notLinear, putTwice}},
	{"a seat taken without merging",
		[]Edit{{"paxos/duty.go", "	duty := m.cfg.Duty(m.self)\n	if duty <= m.done {\n", "	duty := m.cfg.Duty(m.self)\n	m.done = duty\n	if duty <= m.done {\n"}},
		kills, []string{notLinear, putTwice}},
	{"erasure on one suspicion",
		[]Edit{{"paxos/op.go", "suspects >= quorum)\n", "suspects >= 1)\n"}},
		pairs, []string{notLinear}},
	{"a stale read without its mark",
		[]Edit{{"host/store.go", "		a.Stale = !final\n", ""}},
		alone, []string{notLinear}},
	{"a promise not checked",
		[]Edit{{"paxos/acceptor.go", "m.Ballot.Less(p) {\n", "m.Ballot.Less(Ballot{}) {\n"}},
		contention, []string{notLinear, putTwice}},
	{"a read that trusts one empty answer",
		[]Edit{{"paxos/read.go", "	if empty >= quorum {\n", "	if empty >= 1 {\n"}},
		contention, []string{notLinear}},
	{"the end of a process that nobody notices",
		[]Edit{{"actors/watcher/watches.go", "		w.gone = true\n		s.host.Gone(w.guard)\n", "		w.gone = true\n"}},
		calm, []string{outlives}},
	{"an fsync left out",
		[]Edit{{"storage/append.go", "	err := s.update(func(t *transaction) error {\n		for i := range ws {\n", "	s.db.NoSync = true\n	err := s.update(func(t *transaction) error {\n		for i := range ws {\n"}},
		powerCuts, []string{notLinear, putTwice, nodeEnded}},
	{"answers before the record is on the disk",
		[]Edit{{"storage/append.go", "	err := s.update(func(t *transaction) error {\n		for i := range ws {\n", `	late = append(late, ws...)
	if len(late) < 40 {
		return nil
	}
	ws, late = late, nil
	err := s.update(func(t *transaction) error {
		for i := range ws {
`}, {"storage/append.go", "// Append makes", "var late []paxos.Write\n\n// Append makes"}},
		powerCuts, []string{notLinear, putTwice}},
	{"an epoch ignored",
		[]Edit{
			{"paxos/replica.go", "	case env.Epoch < cfg.Epoch:\n", "	case env.Epoch < cfg.Epoch && env.Epoch == 0:\n"},
			{"paxos/answers.go", "	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {\n", "	if env.Cluster != p.cfg.Cluster {\n"},
			{"paxos/adopt.go", "		if c.Epoch > m.cfg.Epoch {\n", "		if c.Epoch > m.cfg.Epoch && (!m.cfg.Has(m.self) || c.Has(m.self)) {\n"},
		},
		leftOut, []string{notLinear, putTwice}},
	{"a survivor that forgets",
		[]Edit{{"paxos/adopt.go", "		m.keys.Disown(out) // votes", "		m.keys.Wipe(out) // votes"}},
		losses, []string{notLinear}},
	{"survivors that do not wait for the last one",
		[]Edit{{"paxos/recovery.go", "	if !mine || len(missing) > 0 ||", "	if !mine || len(missing) > 1 ||"},
			{"paxos/ballotbox.go", "len(missing) == 0 && m.stuck(kept)", "len(missing) <= 1 && m.stuck(kept)"}},
		losses, []string{notSaid}},
	{"an erasure of which nobody is told",
		[]Edit{{"watch/feed.go", "	case k.live() || k.rev().Less(e.Prev):\n", "	case false:\n"}},
		watched, []string{notTold}},
}
