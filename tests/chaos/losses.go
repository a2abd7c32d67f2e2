//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// longestLoss is how long the last of those that a Lose has killed is away at most: as
// long there is no quorum.
const longestLoss = 12 * time.Second

const (
	goneOn     = "the same cluster goes on though it may have lost something"
	notSaid    = "a seat is missing, and a survivor does not say so"
	newCluster = "new clusters from what survived"
	sameOne    = "clusters that lost a majority and nothing of what was chosen"
)

// loss is a Lose under way.
type loss struct {
	w    *world
	from int64
	// before is what every node said of its cluster.
	before paxoskv.ClusterInfo
	// lost are killed, in the order in which they start again, and left are the other
	// members.
	lost, left []*host
	kept       []string
	// ends end the disturbances of lost, downs are when they were killed.
	ends []func()
	down time.Time
}

// beginLose kills so many members at once that the others are no quorum; they start
// again without what they held, the last of them when the fault is over.
func (w *world) beginLose(f Fault) (func(), string) {
	l := &loss{w: w}
	if !w.holdEvery() {
		return nil, otherFault
	}
	r := w.opt.stream(f.String())
	if why := l.choose(r); why != "" {
		w.releaseEvery()
		return nil, why
	}
	l.kill()
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		for i := range l.lost[1:] {
			time.Sleep(time.Duration(r.Int64N(1 + int64(f.Long)/int64(len(l.lost)))))
			l.start(i)
		}
	}()
	return func() {
		<-begun
		l.named()
		l.start(len(l.lost) - 1)
		w.tellErlang()
		w.losses.Go(l.outlive)
	}, ""
}

// holdEvery takes every machine of the store, all of whose nodes must run undisturbed.
func (w *world) holdEvery() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.resizing > 0 || slices.ContainsFunc(w.members(), func(h *host) bool { return h.busy || h.life == nil }) {
		return false
	}
	for _, h := range w.members() {
		h.busy = true
	}
	w.losing = true
	return true
}

func (w *world) releaseEvery() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.members() {
		h.busy = false
	}
	w.losing = false
}

// choose draws who is lost, or says why nobody may be: every seat must be held by a
// node that votes, and all nodes know it. So it is known who has to come back, and who
// of the rest holds what.
func (l *loss) choose(r *rand.Rand) string {
	seats := []string(nil)
	for i, s := range l.w.states(time.Second) {
		switch {
		case s.err != nil:
			return fmt.Sprintf("%s: %v", s.host.name, s.err)
		case s.voters == nil:
			continue // a shell
		case i > 0 && l.before.Epoch != 0 && (l.before.ID != s.info.ID || l.before.Epoch != s.info.Epoch):
			return "not all are of one epoch"
		}
		l.before = s.info
		if len(s.voters) > len(seats) {
			seats = s.voters
		}
	}
	least := l.least()
	if len(seats) != l.before.Size || len(seats) == 0 {
		return fmt.Sprintf("%d of %d seats vote", len(seats), l.before.Size)
	}
	for _, h := range l.w.members() {
		if slices.Contains(seats, h.name) {
			l.lost = append(l.lost, h)
		}
	}
	if len(l.lost) != len(seats) {
		return "a seat's holder has been replaced"
	}
	r.Shuffle(len(l.lost), func(i, j int) { l.lost[i], l.lost[j] = l.lost[j], l.lost[i] })
	n := least
	if r.IntN(4) == 0 {
		n += r.IntN(len(seats) - least + 1)
	}
	l.lost, l.left = l.lost[:n], l.lost[n:]
	return ""
}

// least is how many members meet every quorum: if so many are left they hold all that
// was chosen, and if so many are lost the others are no quorum.
func (l *loss) least() int { return l.before.Size - paxos.Quorum(l.before.Size) + 1 }

// kill kills them at the same instant, and then looks at what the others hold.
func (l *loss) kill() {
	l.from, l.down = now(), time.Now()
	var all sync.WaitGroup
	for _, h := range l.lost {
		l.ends = append(l.ends, l.w.rec.disturb(h.addr, "", "lost"))
		all.Go(func() { l.w.kill(h) })
	}
	all.Wait()
	for _, h := range l.lost {
		l.w.wipe(h)
	}
	l.kept = l.w.holdings(l.left)
	l.w.rec.note("lost: %v, left: %v, which hold %d values", namesOf(l.lost), namesOf(l.left), len(l.kept))
}

func (l *loss) start(i int) {
	if err := l.w.start(l.lost[i]); err != nil {
		l.w.rec.note("%s does not start: %v", l.lost[i].name, err)
	}
	l.ends[i]()
}

func namesOf(hosts []*host) (names []string) {
	for _, h := range hosts {
		names = append(names, h.name)
	}
	return names
}

// holdings are the values that some of the nodes hold, where none of them holds
// anything else for the same key; none where one of them cannot be asked.
func (w *world) holdings(of []*host) (values []string) {
	type entry struct {
		Key, Value string
		Rev        paxos.Rev
	}
	held := make(map[string]entry)
	mixed := make(map[string]bool)
	for _, h := range of {
		life, _ := w.now(h)
		a, ok := life.(*agentNode)
		if !ok {
			return nil
		}
		var entries []entry
		if err := a.ask("Entries", struct{}{}, &entries, 5*time.Second); err != nil {
			w.rec.note("what %s holds is not known: %v", h.name, err)
			return nil
		}
		for _, e := range entries {
			if other, seen := held[e.Key]; seen && other.Rev != e.Rev {
				mixed[e.Key] = true
			}
			held[e.Key] = e
		}
	}
	for key, e := range held {
		if !mixed[key] && e.Value != "" {
			values = append(values, decodeValue(term.Raw(e.Value)))
		}
	}
	slices.Sort(values)
	return values
}

// named checks that every survivor says, as soon as it can have noticed, that there is
// no quorum, and names the member that is away still.
func (l *loss) named() {
	if time.Since(l.down) < noticed {
		return
	}
	last := l.lost[len(l.lost)-1].name
	for _, s := range l.w.states(time.Second) {
		if s.err != nil || s.voters == nil || !slices.Contains(l.left, s.host) {
			continue
		}
		l.w.rec.count("survivors asked who is missing")
		if s.info.Quorum || !slices.Contains(s.info.Missing, last) {
			l.w.find(notSaid, "%s is away for %v; %s has a quorum: %t, and misses %v",
				last, time.Since(l.down).Round(time.Second), s.host.name, s.info.Quorum, s.info.Missing)
		}
	}
}

// outlive waits until a cluster stands again, and records what may be lost.
func (l *loss) outlive() {
	defer l.w.releaseEvery()
	after := paxoskv.ClusterInfo{}
	err := l.w.await(2*time.Minute, "a cluster from what survived", func() (ok bool, why string) {
		after, why = l.after()
		return why == "", why
	})
	to := now()
	switch {
	case err != nil:
		l.w.rec.note("%v", err)
		to = 0
	case after.ID == l.before.ID:
		l.w.rec.count(sameOne)
		l.w.rec.note("epoch %d goes on where epoch %d was", after.Epoch, l.before.Epoch)
		if len(l.left) < l.least() {
			l.w.find(goneOn, "left were %v, of size %d", namesOf(l.left), l.before.Size)
		}
		return
	default:
		l.w.rec.count(newCluster)
		l.w.rec.note("a new cluster, %s, goes on where %s was", after.ID, l.before.ID)
	}
	l.w.rec.change(func(r *judge.Record) {
		r.Losses = append(r.Losses, judge.Loss{From: l.from, To: to, Kept: l.kept})
	})
}

// after is the cluster that all nodes are of now, if it is another one or of a later
// epoch; or what is missing.
func (l *loss) after() (info paxoskv.ClusterInfo, missing string) {
	states := l.w.states(time.Second)
	if len(states) < len(l.w.members()) {
		return info, fmt.Sprintf("%d nodes run", len(states))
	}
	for _, s := range states {
		switch {
		case s.err != nil || !s.info.Quorum:
			return info, fmt.Sprintf("%s: quorum %t, %v", s.host.name, s.info.Quorum, s.err)
		case s.voters == nil:
			continue // a shell
		case s.info.ID == l.before.ID && s.info.Epoch <= l.before.Epoch, info.ID != 0 && s.info.ID != info.ID:
			return info, fmt.Sprintf("%s is of %s, epoch %d", s.host.name, s.info.ID, s.info.Epoch)
		}
		info = s.info
	}
	return info, ""
}
