//go:build linux

package chaos

import (
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// watch begins to watch all keys on a node, as soon as that can be asked.
func (n *agentNode) watch() {
	for n.p.Running() {
		var number int
		if err := n.ask("Watch", agent.Watch{}, &number, time.Minute); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// eventKinds are the judge's words.
var eventKinds = map[paxoskv.EventKind]string{paxoskv.Chosen: judge.Chosen, paxoskv.Erased: judge.Erased,
	paxoskv.Missed: judge.Missed, paxoskv.Behind: judge.Behind, paxoskv.Current: judge.Current}

// tellWatches records what the watches were told on the nodes that run at the end.
func (w *world) tellWatches() {
	time.Sleep(w.limits().Late + time.Second) // what they are to be told comes within that
	var wait sync.WaitGroup
	for _, h := range w.members() {
		l, name := w.now(h)
		a, ok := l.(*agentNode)
		if !ok {
			continue
		}
		wait.Go(func() {
			var sights []agent.Sight
			at := now()
			if err := a.ask("Watched", 0, &sights, time.Minute); err != nil {
				w.find("a watch that was not begun", "on %s: %v", name, err)
				return
			}
			watch := judge.Watch{Node: name, At: at}
			for _, s := range sights {
				watch.Events = append(watch.Events, judge.Event{Kind: eventKinds[s.Kind], Key: decodeKey(s.Key),
					Value: decodeSeen(s.Value), Rev: s.Rev, At: s.At})
			}
			w.rec.change(func(r *judge.Record) { r.Watches = append(r.Watches, watch) })
		})
	}
	wait.Wait()
}

// decodeKey reads a key in its canonical form, an atom; anything else is shown as it
// prints, and is nobody's key.
func decodeKey(canonical string) string {
	if canonical == "" {
		return ""
	}
	v, err := term.Decode([]byte(canonical))
	if key, ok := v.(etf.Atom); ok && err == nil {
		return string(key)
	}
	return term.Format(v)
}

func decodeSeen(value term.Raw) string {
	if value == nil {
		return ""
	}
	return decodeValue(value)
}
