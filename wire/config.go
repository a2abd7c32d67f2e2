package wire

import "github.com/paxoskv/paxoskv/paxos"

// The least lengths of what stands in the lists of a configuration, in bytes.
const (
	leastID   = 1
	leastSeat = leastID + 1 + 1
)

// maybeConfig writes a configuration that may be absent.
func (e *encoder) maybeConfig(c *paxos.Config) {
	e.bool(c != nil)
	if c != nil {
		e.config(c)
	}
}

func (d *Decoder) maybeConfig() *paxos.Config {
	if !d.bool() {
		return nil
	}
	c := d.config()
	return &c
}

func (e *encoder) configVote(v *paxos.ConfigVote) {
	e.ballot(v.Ballot)
	e.maybeConfig(v.Config)
	e.bool(v.Recovery)
}

func (d *Decoder) configVote() paxos.ConfigVote {
	return paxos.ConfigVote{
		Ballot:   d.ballot(),
		Config:   d.maybeConfig(),
		Recovery: d.bool(),
	}
}

func (e *encoder) config(c *paxos.Config) {
	e.uvarint(uint64(c.Cluster))
	e.uvarint(uint64(c.Epoch))
	e.size(c.Size)
	e.seats(c.Seats)
	e.uvarint(uint64(c.Former))
	e.resetStep(&c.Reset)
}

func (d *Decoder) config() paxos.Config {
	return paxos.Config{
		Cluster: d.cluster(),
		Epoch:   d.epoch(),
		Size:    d.size(),
		Seats:   d.seats(),
		Former:  d.cluster(),
		Reset:   d.resetStep(),
	}
}

func (d *Decoder) cluster() paxos.ClusterID { return paxos.ClusterID(d.uvarint()) }

func (d *Decoder) epoch() paxos.Epoch { return paxos.Epoch(d.uvarint()) }

func (e *encoder) seats(seats []paxos.Seat) {
	e.uvarint(uint64(len(seats)))
	for _, s := range seats {
		e.id(s.Node)
		e.uvarint(uint64(s.Since))
		e.bool(s.Replaced)
	}
}

func (d *Decoder) seats() []paxos.Seat {
	n := d.count(leastSeat)
	if n == 0 {
		return nil
	}
	seats := make([]paxos.Seat, n)
	for i := range seats {
		seats[i] = paxos.Seat{Node: d.id(), Since: d.epoch(), Replaced: d.bool()}
	}
	return seats
}

func (e *encoder) resetStep(r *paxos.Reset) {
	e.uvarint(uint64(r.Epoch))
	e.idList(r.Sources)
	e.size(r.Need)
}

func (d *Decoder) resetStep() paxos.Reset {
	return paxos.Reset{Epoch: d.epoch(), Sources: d.idList(), Need: d.size()}
}

func (e *encoder) idList(ids []paxos.NodeID) {
	e.uvarint(uint64(len(ids)))
	for _, id := range ids {
		e.id(id)
	}
}

func (d *Decoder) idList() []paxos.NodeID {
	n := d.count(leastID)
	if n == 0 {
		return nil
	}
	ids := make([]paxos.NodeID, n)
	for i := range ids {
		ids[i] = d.id()
	}
	return ids
}
