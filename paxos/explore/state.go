package explore

// maxBallots is how many ballots fit into a packed state.
const maxBallots = 6

// state is a packed state of the whole system: numbers of interned component
// states, and bits for the messages that exist. Messages never go away, so that
// loss, delay, doubling and reordering need no steps of their own: a message
// that is not taken yet is a lost one, and one taken again is a double.
type state struct {
	cols [3]column
	// props holds 10 bits for each ballot: what its proposer is at.
	props uint64
	// misc holds 3 bits for each ballot: the highest chosen ballot when its round
	// began; then the same for the reader; then the ghost bits.
	misc uint64
}

// column is what belongs to one acceptor. Acceptors are alike, so that states
// whose columns are the same in another order are mirror images.
type column struct {
	// proms holds 10 bits for each ballot: the promise on its way to a proposer
	// that has not decided, 0 for none.
	proms uint64
	// rest: the acceptor (20 bits), the ballots that it voted for (6), those at
	// which it answered a collector as a collect asks (6), its answer to the
	// reader (10).
	rest uint64
}

// What a proposer is at, besides the numbers of classes.
const (
	undecided  = 0
	ended      = 1
	inspecting = 2 // waits for what an acceptor knows of guards
	firstClass = 2 // classes are numbered from 1
)

func (c *column) prom(b int) int { return int(c.proms >> (10 * (b - 1)) & 1023) }

func (c *column) setProm(b, id int) {
	at := 10 * (b - 1)
	c.proms = c.proms&^(1023<<at) | uint64(id)<<at
}

func (c *column) acceptor() int      { return int(c.rest & (1<<20 - 1)) }
func (c *column) setAcceptor(id int) { c.rest = c.rest&^(1<<20-1) | uint64(id) }
func (c *column) voted() int         { return int(c.rest >> 20 & 63) }
func (c *column) vote(b int)         { c.rest |= 1 << (19 + b) }
func (c *column) collectable() int   { return int(c.rest >> 26 & 63) }
func (c *column) allow(ballots int)  { c.rest |= uint64(ballots) << 26 }
func (c *column) read() int          { return int(c.rest >> 32 & 1023) }
func (c *column) setRead(id int)     { c.rest = c.rest&^(1023<<32) | uint64(id)<<32 }

func (c *column) less(o *column) bool {
	if c.rest != o.rest {
		return c.rest < o.rest
	}
	return c.proms < o.proms
}

func (s *state) prop(b int) int { return int(s.props >> (10 * (b - 1)) & 1023) }

func (s *state) setProp(b, id int) {
	at := 10 * (b - 1)
	s.props = s.props&^(1023<<at) | uint64(id)<<at
}

// began is the highest ballot that was chosen when the round of b began.
func (s *state) began(b int) int { return int(s.misc >> (3 * (b - 1)) & 7) }

func (s *state) setBegan(b, top int) {
	at := 3 * (b - 1)
	s.misc = s.misc&^(7<<at) | uint64(top)<<at
}

// readerBegan is the same for the reader.
func (s *state) readerBegan() int       { return int(s.misc >> 18 & 7) }
func (s *state) setReaderBegan(top int) { s.misc = s.misc&^(7<<18) | uint64(top)<<18 }

// denied: the retried put was answered with another's value.
func (s *state) denied() bool { return s.misc>>21&1 == 1 }
func (s *state) deny()        { s.misc |= 1 << 21 }

// dead: the guard of the put of ballot b has ended.
func (s *state) dead(b int) bool { return s.misc>>(21+b)&1 == 1 }
func (s *state) die(b int)       { s.misc |= 1 << (21 + b) }

// canon sorts the columns.
func (s *state) canon() {
	c := &s.cols
	if c[1].less(&c[0]) {
		c[0], c[1] = c[1], c[0]
	}
	if c[2].less(&c[1]) {
		c[1], c[2] = c[2], c[1]
	}
	if c[1].less(&c[0]) {
		c[0], c[1] = c[1], c[0]
	}
}

func (s *state) hash() [2]uint64 {
	return hash128(s.cols[0].proms, s.cols[0].rest, s.cols[1].proms, s.cols[1].rest,
		s.cols[2].proms, s.cols[2].rest, s.props, s.misc)
}
