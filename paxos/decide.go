package paxos

import "slices"

// decision is what a proposer does with the promises of a quorum.
type decision struct {
	// propose is the entry to be accepted first; nil when the answer stands.
	propose *Entry
	// result is the answer, once propose (if any) is known to be chosen.
	result Result
}

// view is what the promises of a quorum, all of one ballot and one epoch, say
// about a key.
type view struct {
	// cur is the accepted entry of the highest ballot; its Entry is nil when the
	// quorum holds nothing.
	cur Vote
	// known says that cur is known to be chosen.
	known bool
	// down says that cur is live and a guard of it is gone, or suspected by a
	// quorum.
	down bool
	// collected is the highest ballot of a tombstone that one of the quorum
	// collected.
	collected Ballot
}

// decide is the table of the protocol, "Rounds on one key": what ballot b does
// for r. No answer rests on an entry that is not known to be chosen: where cur
// is not, cur is accepted again at b first, and the answer waits for it.
func decide(r *Request, b Ballot, v view) decision {
	if r.Kind == Put && len(r.Sent) > 0 {
		if d, settled := decideRetry(r, v); settled {
			return d
		}
		v.known = v.known && !outlived(r, v)
	}
	switch cur := v.cur.Entry; {
	case cur == nil:
		return decideEmpty(r, b, Rev{})
	case cur.Tombstone:
		return decideTombstone(r, b, v)
	case v.down:
		return decideDown(r, b, cur)
	default:
		return v.finish(cur, answerLive(r, cur))
	}
}

// finish answers at once where cur is known to be chosen, and has cur accepted
// again first where it is not.
func (v view) finish(cur *Entry, answer Result) decision {
	if v.known {
		return decision{result: answer}
	}
	return decision{propose: cur, result: answer}
}

func decideEmpty(r *Request, b Ballot, prev Rev) decision {
	switch r.Kind {
	case Put:
		e := &Entry{Rev: b, Prev: prev, Value: r.Value, Guards: r.Guards}
		return decision{propose: e, result: Result{Kind: Found, Entry: e, Mine: true}}
	case Get:
		return decision{result: Result{Kind: NotFound, Floor: b}}
	}
	return decision{result: Result{Kind: Done}}
}

func decideTombstone(r *Request, b Ballot, v view) decision {
	cur := v.cur.Entry
	switch r.Kind {
	case Put:
		// Accepting a new entry over an unchosen tombstone is safe: it finishes
		// the erasure and the put in one step.
		return decideEmpty(r, b, cur.Rev)
	case Get:
		return v.finish(cur, Result{Kind: NotFound, Entry: cur})
	case CollectTombstone:
		// All members have to hold it at one ballot, so known chosen is not enough.
		return decision{propose: cur, result: Result{Kind: Done}}
	}
	return v.finish(cur, Result{Kind: Done})
}

// decideDown: an entry whose guards failed is replaced by a put, and by a
// tombstone otherwise. An erasure names the rev it is for, and lets a later
// entry alone.
func decideDown(r *Request, b Ballot, cur *Entry) decision {
	tombstone := &Entry{Rev: b, Prev: cur.Rev, Tombstone: true}
	switch r.Kind {
	case Put:
		return decideEmpty(r, b, cur.Rev)
	case Get:
		return decision{propose: tombstone, result: Result{Kind: NotFound, Entry: tombstone}}
	case Erase:
		if cur.Rev == r.Rev {
			return decision{propose: tombstone, result: Result{Kind: Done}}
		}
	}
	return decision{result: Result{Kind: Done}}
}

func answerLive(r *Request, cur *Entry) Result {
	if r.Kind == Put || r.Kind == Get {
		return Result{Kind: Found, Entry: cur, Mine: slices.Contains(r.Sent, cur.Rev)}
	}
	return Result{Kind: Done}
}

// outlived says whether a ballot in which this put sent accepts is above that of
// cur. Then cur, though known chosen, has to be accepted again at b before the
// put answers it: a member outside this quorum may hold our entry, and a later
// round that finds it there would have it chosen after all, with the put's
// answer already given.
func outlived(r *Request, v view) bool {
	return slices.ContainsFunc(r.Sent, func(s Ballot) bool { return v.cur.Ballot.Less(s) })
}

// decideRetry settles a put in which accepts were sent before, if it can be
// settled: "A put tried again".
func decideRetry(r *Request, v view) (decision, bool) {
	earliest := slices.MinFunc(r.Sent, Ballot.Compare)
	cur := v.cur.Entry
	switch {
	case cur == nil:
		// It may have been chosen, erased and collected since.
		return decision{result: Result{Kind: Indeterminate}}, earliest.Less(v.collected)
	case slices.Contains(r.Sent, cur.Rev):
		took := Result{Kind: Found, Entry: cur, Mine: true}
		return v.finish(cur, took), true
	case slices.Contains(r.Sent, cur.Prev):
		// What replaced ours proves that ours was chosen, once it is chosen itself.
		took := Result{Kind: Found, Mine: true, Past: true,
			Entry: &Entry{Rev: cur.Prev, Value: r.Value, Guards: r.Guards}}
		return v.finish(cur, took), true
	case earliest.Less(cur.Rev):
		return decision{result: Result{Kind: Indeterminate}}, true
	}
	return decision{}, false
}
