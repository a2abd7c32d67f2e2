package host

import (
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// TiesOf reads guards back: what an entry is tied to.
func TiesOf(gs []paxos.Guard) (t Ties) {
	for _, g := range gs {
		switch g.Kind {
		case paxos.GuardPID:
			v, err := term.Decode([]byte(g.Subject))
			if p, ok := v.(etf.Pid); ok && err == nil {
				t.PIDs = append(t.PIDs, p)
			}
		case paxos.GuardNode:
			t.Nodes = append(t.Nodes, g.Node)
		case paxos.GuardKey:
			_, canonical, _ := splitKey(paxos.Key(g.Subject))
			if k, err := term.Decode(canonical); err == nil {
				t.Keys = append(t.Keys, k)
			}
		case paxos.GuardTime:
			if at := time.UnixMilli(g.Deadline); t.Until.IsZero() || at.Before(t.Until) {
				t.Until = at
			}
		}
	}
	return t
}
