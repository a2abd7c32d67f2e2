package explore

// Bounds of a packed state of seats.
const (
	maxNodes  = 6
	maxEpochs = 4
)

// seatState is a packed state of a cluster whose seats change.
type seatState struct {
	nodes [maxNodes]seatNode
	// configs holds 8 bits for each epoch: the number of the configuration that
	// was chosen for it, 0 where none is yet.
	configs uint64
	// rounds holds for each ballot what its proposer is at (10 bits), the epoch it
	// runs in (3) and the highest chosen ballot when it began (3).
	rounds uint64
}

// seatNode is what belongs to one node.
type seatNode struct {
	// rest: the replica (24 bits), the ballots it voted for (6), what it answered
	// to collectors, by epoch (3 bits each).
	rest uint64
	// proms is as in column, for three ballots.
	proms uint64
}

func (n *seatNode) replica() int      { return int(n.rest & (1<<24 - 1)) }
func (n *seatNode) setReplica(id int) { n.rest = n.rest&^(1<<24-1) | uint64(id) }
func (n *seatNode) voted() int        { return int(n.rest >> 24 & 63) }
func (n *seatNode) vote(b int)        { n.rest |= 1 << (23 + b) }
func (n *seatNode) prom(b int) int    { return int(n.proms >> (10 * (b - 1)) & 1023) }
func (n *seatNode) setProm(b, id int) {
	at := 10 * (b - 1)
	n.proms = n.proms&^(1023<<at) | uint64(id)<<at
}
func (n *seatNode) collectable(epoch int) int { return int(n.rest >> (30 + 3*epoch) & 7) }
func (n *seatNode) allow(epoch, ballots int)  { n.rest |= uint64(ballots) << (30 + 3*epoch) }

func (n *seatNode) forget(epoch, ballots int) { n.rest &^= uint64(ballots) << (30 + 3*epoch) }

func (s *seatState) config(epoch int) int { return int(s.configs >> (8 * (epoch - 1)) & 255) }
func (s *seatState) choose(epoch, id int) { s.configs |= uint64(id) << (8 * (epoch - 1)) }

// epochs is how many configurations were chosen.
func (s *seatState) epochs() int {
	e := 0
	for e < maxEpochs && s.config(e+1) != 0 {
		e++
	}
	return e
}

func (s *seatState) prop(b int) int  { return int(s.rounds >> (16 * (b - 1)) & 1023) }
func (s *seatState) epoch(b int) int { return int(s.rounds >> (16*(b-1) + 10) & 7) }
func (s *seatState) began(b int) int { return int(s.rounds >> (16*(b-1) + 13) & 7) }

func (s *seatState) setRound(b, prop, epoch, began int) {
	at := 16 * (b - 1)
	s.rounds = s.rounds&^(0xffff<<at) | uint64(prop|epoch<<10|began<<13)<<at
}

// plain is the part of s that the rules of one key look at: the proposers, and
// the votes of three columns such that a ballot is chosen there as it is here.
func (m *seats) plain(s *seatState) *state {
	var p state
	for b := 1; b <= m.run.Ballots; b++ {
		p.setProp(b, s.prop(b))
		if m.isChosen(s, b) {
			p.cols[0].vote(b)
			p.cols[1].vote(b)
		}
	}
	return &p
}

// isChosen: a quorum of the configuration of its epoch voted for b in it.
func (m *seats) isChosen(s *seatState, b int) bool {
	e := s.epoch(b)
	if e == 0 || s.config(e) == 0 {
		return false
	}
	cfg, votes := m.configs.at(s.config(e)), 0
	for i := range s.nodes {
		if s.nodes[i].voted()>>(b-1)&1 == 1 && seated(cfg, i) {
			votes++
		}
	}
	return votes >= cfg.Size/2+1
}
