package paxos

import "slices"

// The steps that lead from one configuration to the next. Each returns a new
// Config of the next epoch and leaves c as it is.

func (c *Config) next() Config {
	n := c.Clone()
	n.Epoch++
	return n
}

// add gives a free seat to n. It starts with nothing and may vote at once.
func (c *Config) add(n NodeID) Config {
	d := c.next()
	d.seat(Seat{Node: n, Since: d.Epoch})
	return d
}

// replace gives the seat of old to n, which merges before it votes.
func (c *Config) replace(old, n NodeID) Config {
	d := c.next()
	d.unseat(old)
	d.seat(Seat{Node: n, Since: d.Epoch, Replaced: true})
	return d
}

// grow adds a free seat. Every member merges a quorum of the smaller size.
func (c *Config) grow() Config {
	d := c.next()
	d.Size++
	d.Reset = Reset{Epoch: d.Epoch, Sources: c.Members(), Need: c.Quorum()}
	return d
}

// shrink takes a seat away: that of leaver, or a free one where leaver is zero.
func (c *Config) shrink(leaver NodeID) Config {
	d := c.next()
	d.Size--
	d.unseat(leaver)
	d.Reset = Reset{Epoch: d.Epoch, Sources: c.Members(), Need: c.Quorum()}
	return d
}

// recover seats what runs now under the names of the seats: kept members keep
// theirs, and everybody merges need of them, enough to have all that was chosen.
func (c *Config) recover(kept, others []NodeID, need int) Config {
	d := c.next()
	d.Reset = Reset{Epoch: d.Epoch, Sources: slices.Clone(kept), Need: need}
	d.reseat(kept, others)
	return d
}

// refound starts a new cluster from what the kept members hold.
func (c *Config) refound(id ClusterID, kept, others []NodeID) Config {
	d := Config{Cluster: id, Epoch: 1, Size: c.Size, Former: c.Cluster, Seats: slices.Clone(c.Seats)}
	d.Reset = Reset{Epoch: 1, Sources: slices.Clone(kept), Need: len(kept)}
	d.reseat(kept, others)
	for i := range d.Seats {
		d.Seats[i].Since = 1 // epochs of the former cluster mean nothing here
	}
	return d
}

func (c *Config) reseat(kept, others []NodeID) {
	c.Seats = slices.DeleteFunc(c.Seats, func(s Seat) bool { return !slices.Contains(kept, s.Node) })
	for _, n := range others {
		c.seat(Seat{Node: n, Since: c.Epoch, Replaced: true})
	}
}

// found makes the first configuration of a cluster.
func found(id ClusterID, size int, nodes []NodeID) Config {
	c := Config{Cluster: id, Epoch: 1, Size: size}
	for _, n := range nodes[:min(size, len(nodes))] {
		c.seat(Seat{Node: n, Since: 1})
	}
	return c
}

func (c *Config) seat(s Seat) {
	c.Seats = append(c.Seats, s)
	slices.SortFunc(c.Seats, func(a, b Seat) int { return a.Node.Compare(b.Node) })
}

func (c *Config) unseat(n NodeID) {
	c.Seats = slices.DeleteFunc(c.Seats, func(s Seat) bool { return s.Node == n })
}
