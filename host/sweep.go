package host

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

const (
	// sweepPieces is how many steps a Sweep takes, of a few thousand guards each: all
	// guards that most nodes have, and of a million so many that looking at them
	// takes little of a processor.
	sweepPieces = 16
	// sweepErasures is how many erasures a Sweep asks for, about. They take longer
	// than the time to the next one.
	sweepErasures = 50_000
	// sweepSeldom is the share of the Sweeps that look also while a bucket is busy
	// with what earlier ones have found: every tenth.
	sweepSeldom = 10
	// sweepStones is how many tombstones a Sweep has collected.
	sweepStones = 1000
)

// Sweep asks for the erasure of what is down as far as this node knows, and for the
// collecting of tombstones. Where there is much of both it goes on the next time, or when
// what it asked for has been done for the most part.
func (h *Host) Sweep() {
	if h.erasing() && h.unswept.Add(1) < sweepSeldom {
		return
	}
	h.unswept.Store(0)
	h.sweep(sweepPieces)
	h.do(func(t *task) {
		var stones []paxos.Key
		t.replica(func(r *paxos.Replica, _ *paxos.Output) { stones = r.Acceptor.Tombstones(sweepStones) })
		for _, k := range stones {
			if b := h.bucketOf(k); b != nil {
				t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) { p.CollectHeld(k, out) })
			}
		}
	})
}

// erasing says whether a bucket has as much to erase and to collect under way as it
// takes on at once. A sweep would find the same entries again, and with very many of
// them take all the time of a processor from those who erase them. (Callers that wait
// for others on their key count as well here, so it is not for ever that it is believed.)
func (h *Host) erasing() bool {
	return slices.ContainsFunc(h.Buckets(), func(b *Bucket) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.proposer.Len()-b.proposer.Active() >= atOnce
	})
}

// sweep looks at guards in so many steps, and lets others in between them. A node
// that has ended meanwhile has no replica that would say that there is no more.
func (h *Host) sweep(pieces int) {
	more, erasures := true, 0
	for ; more && pieces > 0 && erasures < sweepErasures; pieces-- {
		more = false
		h.do(func(t *task) {
			t.replica(func(r *paxos.Replica, out *paxos.Output) {
				more = r.Acceptor.Sweep(now(), out)
				erasures += len(out.Erasures)
			})
		})
	}
}
