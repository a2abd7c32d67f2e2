package paxos

// Weights are about how many bytes something takes on the wire and, within a
// factor of two or three, in memory.
const (
	leastWeight = 64
	guardWeight = 48
)

// Weight is about how many bytes a message takes, for who bounds what waits.
func Weight(b Body) int {
	key, _ := KeyOf(b)
	w := leastWeight + len(key)
	switch b := b.(type) {
	case Accept:
		w += b.Entry.Weight()
	case Promise:
		w += b.Vote.Entry.Weight()
	case Answer:
		w += b.Vote.Entry.Weight()
	case Inspect:
		w += guardsWeight(b.Guards)
	case MergeState:
		for i := range b.States {
			w += b.States[i].weight()
		}
	case Inventory:
		for i := range b.Held {
			w += leastWeight + len(b.Held[i].Key)
		}
	}
	return w
}

// Weight is about how many bytes an entry takes, 0 where there is none.
func (e *Entry) Weight() int {
	if e == nil {
		return 0
	}
	return leastWeight + len(e.Value) + guardsWeight(e.Guards)
}

func guardsWeight(gs []Guard) int {
	w := 0
	for i := range gs {
		w += guardWeight + len(gs[i].Subject)
	}
	return w
}

func (s *SlotState) weight() int {
	w := leastWeight
	for i := range s.Records {
		w += s.Records[i].weight()
	}
	return w
}

func (r *KeyRecord) weight() int { return leastWeight + len(r.Key) + r.Held.Entry.Weight() }

// weight is that of an output and what it alone has hold of: its writes.
func (o *Output) weight() int {
	w := leastWeight * 8
	for i := range o.Writes {
		w += leastWeight*2 + o.Writes[i].Record.weight()
	}
	return w
}
