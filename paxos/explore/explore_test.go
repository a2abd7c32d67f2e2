package explore

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

var ballots = flag.Int("explore.ballots", 4, "search runs of up to so many ballots to the end")

// TestSearch searches every run whose bounds it is told to reach, to the end.
func TestSearch(t *testing.T) {
	for _, r := range Runs() {
		if (r.Ballots > *ballots || r.Long && *ballots < 5) && !r.CI {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			res := r.Search(Limit{})
			t.Log(res)
			for _, l := range res.Trace {
				t.Log(l)
			}
			require.Empty(t, res.Violation)
			require.True(t, res.Complete)
			require.GreaterOrEqual(t, res.States, r.Least, "the search has lost a part of what may happen")
		})
	}
}

// TestRunsSeeEverything keeps the search from being empty: every kind of answer
// is given, and entries are put, accepted again, erased, replaced and collected.
func TestRunsSeeEverything(t *testing.T) {
	m := newRounds(&Run{Ballots: 3, Ops: "pngec", Read: true, Collect: true})
	require.Empty(t, Search(m, Limit{}).Violation)
	seen := map[string]int{}
	for _, outcomes := range m.decided {
		for _, o := range outcomes {
			for _, a := range o.answers {
				seen[fmt.Sprintf("round %c %d", a.kind, a.result.Kind)]++
			}
		}
	}
	for _, answers := range m.reads {
		for _, a := range answers {
			seen[fmt.Sprintf("read %d", a.result.Kind)]++
		}
	}
	for _, c := range m.classes.items[1:] {
		e := m.acc.entries.at(c.entry)
		for _, k := range c.talks {
			seen[fmt.Sprintf("%c %v", k.kind, e.Tombstone)]++
		}
	}
	for _, want := range []string{"round p 1", "round g 1", "round g 2", "round e 4", "round x 4", "round c 4",
		"read 1", "read 2", "p false", "g false", "g true", "e true", "e false", "x false", "x true", "c true", "c false"} {
		require.NotZero(t, seen[want], "%s of %v", want, seen)
	}
	collected := 0
	for _, s := range m.acc.states.items[1:] {
		if !s.State.Floor.IsZero() {
			collected++
		}
	}
	require.NotZero(t, collected)
}

// TestReaderLooksAtVotes: what an answer tells beside the vote changes nothing
// for a reader, so that the search may leave it out. It passes the floor on to
// those who watch, and answers the same.
func TestReaderLooksAtVotes(t *testing.T) {
	m := newRounds(&Run{Ballots: 3, Ops: "pgec", Collect: true, Read: true})
	require.Empty(t, Search(m, Limit{}).Violation)
	for id := 1; id < len(m.acc.states.items); id++ {
		whole, vote := m.acc.query(id), m.acc.vote(id)
		for y := 1; y < len(m.acc.answers.items); y++ {
			require.Equal(t, floorless(m.reading(whole, y)), floorless(m.reading(vote, y)))
		}
	}
}

func floorless(as []answer) []answer {
	as = slices.Clone(as)
	for i := range as {
		as[i].result.Floor = paxos.Ballot{}
	}
	return as
}

// TestThirdAnswer: where the answers of two acceptors do not settle a query, a
// third settles it only as it would with one of the two.
func TestThirdAnswer(t *testing.T) {
	m := newRounds(&Run{Ballots: 3, Ops: "pge", Read: true})
	require.Empty(t, Search(m, Limit{}).Violation)
	n := len(m.acc.answers.items)
	settled := 0
	for x := 1; x < n; x++ {
		for y := 1; y < n; y++ {
			if len(m.reading(x, y)) > 0 {
				continue
			}
			for z := 1; z < n; z++ {
				r, ok := m.ask(m.answer(x, 0), m.answer(y, 0), m.answer(z, 0))
				if !ok {
					continue
				}
				settled++
				a := answer{'g', r}.String()
				var pairs []string
				for _, p := range append(m.reading(x, z), m.reading(y, z)...) {
					pairs = append(pairs, p.String())
				}
				require.Contains(t, pairs, a)
			}
		}
	}
	require.NotZero(t, settled)
}

// TestCollectorIsConjunctive: three answers let the real collector collect at a
// ballot when each of them suits that ballot by itself and one holds it.
func TestCollectorIsConjunctive(t *testing.T) {
	m := newRounds(&Run{Ballots: 3, Ops: "pgec", Collect: true})
	require.Empty(t, Search(m, Limit{}).Violation)
	byAnswer := map[int]int{}
	for id := 1; id < len(m.acc.states.items); id++ {
		byAnswer[m.acc.query(id)] = m.allows(id)
	}
	collected := 0
	for x, bx := range byAnswer {
		for y, by := range byAnswer {
			for z, bz := range byAnswer {
				if !consistent(m.acc.answers.at(x), m.acc.answers.at(y), m.acc.answers.at(z)) {
					continue
				}
				var three []paxos.Answer
				held := paxos.Ballot{}
				for _, id := range []int{x, y, z} {
					a := m.acc.answers.at(id)
					three = append(three, a)
					if held.Less(a.Vote.Ballot) {
						held = a.Vote.Ballot
					}
				}
				want := !held.IsZero() && (bx&by&bz)>>(number(held)-1)&1 == 1
				at, ok := m.collects(three...)
				require.Equal(t, want, ok)
				if ok {
					require.Equal(t, held, at)
					collected++
				}
			}
		}
	}
	require.NotZero(t, collected)
}

// consistent: there is one entry at a ballot.
func consistent(answers ...paxos.Answer) bool {
	at := map[paxos.Ballot]string{}
	for _, a := range answers {
		if e, ok := at[a.Vote.Ballot]; ok && e != a.Vote.Entry.String() {
			return false
		}
		at[a.Vote.Ballot] = a.Vote.Entry.String()
	}
	return true
}
