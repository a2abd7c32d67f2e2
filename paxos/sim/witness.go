package sim

import (
	"github.com/paxoskv/paxoskv/paxos"
)

// witness reads every message as it is sent, and knows of the protocol only what
// the messages mean: it counts votes for itself, and holds what nodes say against
// what they said before and against the truth about guards.
type witness struct {
	w     *world
	lives []*life
	// identities counts those that the lives were led as.
	identities int
	// configs holds what each epoch is; proposed the successors that were put to
	// the vote, chosen or not.
	configs  map[epochOf]*paxos.Config
	proposed []*paxos.Config
	latest   *paxos.Config

	// entries is what each ballot proposed: one entry, ever.
	entries map[keyBallot]*paxos.Entry
	// opened is the life that opened a ballot: nobody else ever may. On
	// configurations the key is empty.
	opened map[voteOf]int
	// votes counts the Accepted of a ballot in an epoch.
	votes map[voteOf]*members
	// chains lists what was chosen for a key in a cluster, by ballot.
	chains map[chainOf]*chain
	// seats is what each acceptor said about a key.
	seats map[seatOf]*seatView
	// rounds is what each proposer is at on a key.
	rounds map[seatOf]*roundView
	// inspects finds the round that an Inspect belongs to.
	inspects map[inspectOf]*roundView
	// asked holds the guards that an Inspect asks about.
	asked map[inspectOf][]paxos.Guard
	// complete counts who said that it holds a tombstone at a ballot, for collect.
	complete map[voteOf]*members
	// collects holds the tombstones that were collected.
	collected map[chainOf]map[paxos.Rev]bool
	// erasable is when the first justified erasure of an entry was proposed.
	erasable map[keyBallot]int64
}

type (
	epochOf struct {
		cluster paxos.ClusterID
		epoch   paxos.Epoch
	}
	keyBallot struct {
		key    paxos.Key
		ballot paxos.Ballot
	}
	voteOf struct {
		epochOf
		keyBallot
	}
	chainOf struct {
		cluster paxos.ClusterID
		key     paxos.Key
	}
	seatOf struct {
		who int // a member, or the life of a proposer
		key paxos.Key
	}
	inspectOf struct {
		life  int
		round uint64
	}
)

// members is a set of identities.
type members [2]uint64

func (m *members) add(i int)      { m[i>>6] |= 1 << (i & 63) }
func (m *members) has(i int) bool { return m[i>>6]>>(i&63)&1 == 1 }

// seatView is what an acceptor said about a key in its present seat.
type seatView struct {
	// promised is the highest ballot that it promised or accepted.
	promised paxos.Ballot
	// accepted is the last ballot that it voted for, and where.
	accepted paxos.Ballot
	in       epochOf
}

// roundView is a round of a proposer: who suspected what it met.
type roundView struct {
	ballot   paxos.Ballot
	suspects members
}

func newWitness(w *world) *witness {
	return &witness{w: w,
		configs: make(map[epochOf]*paxos.Config), entries: make(map[keyBallot]*paxos.Entry),
		opened: make(map[voteOf]int),
		votes:  make(map[voteOf]*members), chains: make(map[chainOf]*chain),
		seats: make(map[seatOf]*seatView), rounds: make(map[seatOf]*roundView),
		inspects: make(map[inspectOf]*roundView), asked: make(map[inspectOf][]paxos.Guard), complete: make(map[voteOf]*members),
		collected: make(map[chainOf]map[paxos.Rev]bool), erasable: make(map[keyBallot]int64)}
}

// started notes a life, and whether its identity is a new one.
func (x *witness) started(l *life, member bool) {
	l.number, l.startedAt = len(x.lives), x.w.now
	if member {
		l.member = x.identities
		x.identities++
	}
	x.lives = append(x.lives, l)
	x.w.clock = append(x.w.clock, jump{l.host, x.w.now, l.offset})
}

// lifeOf is the life that proposes as n.
func (x *witness) lifeOf(n paxos.NodeID) *life {
	for i := len(x.lives) - 1; i >= 0; i-- {
		if x.lives[i].as == n {
			return x.lives[i]
		}
	}
	return nil
}

// memberOf is the identity that n names, nil where it led no life.
func (x *witness) memberOf(n paxos.NodeID) *identity {
	for i := len(x.lives) - 1; i >= 0; i-- {
		if x.lives[i].id == n {
			return x.lives[i].identity
		}
	}
	return nil
}

// adopted notes a configuration that a node took on. A new seat begins with
// nothing, so that what the node promised before does not count.
func (x *witness) adopted(l *life, c *paxos.Config) {
	x.meet(c)
	if x.latest == nil || c.Cluster == x.latest.Cluster && c.Epoch > x.latest.Epoch || c.Former == x.latest.Cluster {
		x.latest = c
	}
	if l.seat != nil {
		a, was := l.seat.Seat(l.id)
		b, is := c.Seat(l.id)
		if was && is && a.Since == b.Since && l.seat.Cluster == c.Cluster {
			l.seat = c
			return
		}
	}
	l.seat = c
	for _, k := range x.w.keys {
		delete(x.seats, seatOf{l.member, k})
	}
}

// meet holds a configuration against what else was said about its epoch.
func (x *witness) meet(c *paxos.Config) {
	if c.Epoch == 0 {
		return
	}
	at := epochOf{c.Cluster, c.Epoch}
	known := x.configs[at]
	if known == nil {
		x.configs[at] = c
		x.w.stats.Epochs++
		if c.Former != 0 {
			x.w.stats.Refoundings++
		} else if c.Reset.Epoch == c.Epoch && c.Size == x.sizeBefore(c) {
			x.w.stats.Recoveries++
		}
		return
	}
	if known != c && !sameConfig(known, c) {
		x.w.fail("two configurations of one epoch", "%s and %s", showConfig(known), showConfig(c))
	}
}

func (x *witness) sizeBefore(c *paxos.Config) int {
	if b := x.configs[epochOf{c.Cluster, c.Epoch - 1}]; b != nil {
		return b.Size
	}
	return 0
}

func sameConfig(a, b *paxos.Config) bool {
	if a.Size != b.Size || len(a.Seats) != len(b.Seats) || a.Reset.Epoch != b.Reset.Epoch {
		return false
	}
	for i := range a.Seats {
		if a.Seats[i] != b.Seats[i] {
			return false
		}
	}
	return true
}

// standing lists the configuration that was adopted last, and those put to the
// vote that may follow it.
func (x *witness) standing() []*paxos.Config {
	if x.latest == nil {
		return nil
	}
	cs := []*paxos.Config{x.latest}
	for _, c := range x.proposed {
		if c.Cluster == x.latest.Cluster && c.Epoch > x.latest.Epoch {
			cs = append(cs, c)
		}
	}
	return cs
}

// sent reads a message.
func (x *witness) sent(l *life, e paxos.Envelope) {
	at := epochOf{e.Cluster, e.Epoch}
	switch b := e.Body.(type) {
	case paxos.Prepare:
		x.open(l, voteOf{keyBallot: keyBallot{b.Key, b.Ballot}})
		x.prepare(l, b)
	case paxos.Promise:
		x.promise(l, e, b)
	case paxos.Inspect:
		x.inspects[inspectOf{l.number, b.Round}] = x.round(l, b.Key)
		x.asked[inspectOf{l.number, b.Round}] = b.Guards
	case paxos.Inspected:
		x.inspected(l, e, b)
	case paxos.Accept:
		x.accept(l, at, b)
	case paxos.Accepted:
		x.accepted(l, at, b)
	case paxos.Answer:
		x.answer(l, at, b)
	case paxos.Collect:
		x.collect(l, at, b)
	case paxos.Chosen:
		if !x.isChosen(chainOf{e.Cluster, b.Key}, b.Ballot) {
			x.w.fail("chosen without a quorum of votes", "%s says that %s was chosen for %s", l.id, b.Ballot, b.Key)
		}
	case paxos.Hello:
		x.meet(&b.Config)
	case paxos.ConfigChosen:
		x.meet(b.Config)
	case paxos.ConfigPrepare:
		x.open(l, voteOf{at, keyBallot{"", b.Ballot}})
	case paxos.ConfigAccept:
		x.propose(b.Vote.Config)
	}
}

func (x *witness) propose(c *paxos.Config) {
	for _, p := range x.proposed {
		if p == c {
			return
		}
	}
	x.proposed = append(x.proposed, c)
}

// learned: what a node takes for chosen was chosen.
func (x *witness) learned(l *life, e paxos.Learned) {
	at := chainOf{e.Cluster, e.Key}
	if !x.revChosen(at, e.Entry.Rev) {
		x.w.fail("learned what was not chosen", "%s learned %s of %s", l.id, e.Entry, e.Key)
	}
}

// answered: what a client got was chosen.
func (x *witness) answered(c *call) {
	if !x.revChosen(chainOf{c.cluster, c.key}, c.rev) {
		x.w.fail("an answer that was not chosen", "%s", c)
	}
}
