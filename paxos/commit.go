package paxos

import "slices"

// Commits holds back what the steps of a replica put out until their writes are
// durable. Every step goes through it in turn, so that what is let go speaks of
// durable state only: a step that changed nothing may speak of what one before it
// did change.
//
// Steps gather while writes are under way, and are written together.
type Commits struct {
	held []Output
	// writing is how many of those held are being written.
	writing int
	// weight is that of all that are held.
	weight int
}

// Add takes the output of a step, and says whether it is to be carried out now.
// Otherwise it is kept for End, and out is empty; but watches are always to be
// carried out now, since nobody else learns of them.
func (c *Commits) Add(out *Output) bool {
	if len(out.Writes) == 0 && len(c.held) == 0 {
		return true
	}
	held := *out
	held.Watches = nil
	c.held = append(c.held, held)
	c.weight += held.weight()
	*out = Output{Watches: out.Watches}
	return false
}

// Weight is about how many bytes those that are kept take.
func (c *Commits) Weight() int { return c.weight }

// Begin gives the writes that are to be made durable now, all or none of them;
// nil where there are none, or where some are under way.
func (c *Commits) Begin() []Write {
	if c.writing > 0 {
		return nil
	}
	c.writing = len(c.held)
	var ws []Write
	for i := range c.held {
		ws = append(ws, c.held[i].Writes...)
	}
	return ws
}

// End takes note that the writes that Begin gave are durable, and gives what is
// to be carried out now, in order.
func (c *Commits) End() []Output {
	n := c.writing
	for n < len(c.held) && len(c.held[n].Writes) == 0 {
		n++
	}
	out := c.held[:n]
	for i := range out {
		c.weight -= out[i].weight()
	}
	c.held, c.writing = slices.Clone(c.held[n:]), 0
	return out
}
