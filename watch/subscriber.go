package watch

import "github.com/paxoskv/paxoskv/paxos"

// Subscriber is one who watches a key, or all keys of the bucket. What it is to
// be told waits until it takes it, so long as that is not too much: then it is
// dropped, and the subscriber is told Missed and how things stand.
type Subscriber struct {
	// Wake holds a token when there may be something to take.
	Wake chan struct{}

	key  paxos.Key
	wide bool
	most int

	// missed: all that was told counts no more.
	missed bool
	queue  []Event
	bytes  int // about what queue holds
	// slot is the first whose keys have not been told; waiting before the first,
	// and paxos.Slots when all have been. An event of a key that has not been told
	// need not be: the state that is told later has it.
	slot int
	// wants is the round that has to be complete for the subscriber to be current,
	// 0 when it is, or is about to be.
	wants uint64
	// since is the serial of the last get when it began to wait for that.
	since uint64
	// ready says that Current is to be told once all else has been.
	ready bool
	// behind says that Behind was told since.
	behind bool
}

const waiting = -1

// queueBytes is about how many bytes of entries wait for a subscriber.
const queueBytes = 16 << 20

// Subscribe adds a subscriber to a key, or to all keys where key is empty, for
// which at most so many events wait.
func (f *Feed) Subscribe(key paxos.Key, most int) *Subscriber {
	s := &Subscriber{Wake: make(chan struct{}, 1), key: key, wide: key == "", most: most, slot: waiting}
	if s.wide {
		f.widen()
		f.wide[s] = struct{}{}
	} else {
		if f.narrow[key] == nil {
			f.narrow[key] = make(map[*Subscriber]struct{})
		}
		f.narrow[key][s] = struct{}{}
	}
	if s.wide {
		s.await(f)
	} else if e := f.final(key); e != nil {
		f.learn(key, e, true)
		s.begin() // nothing newer will ever be chosen
	} else {
		s.await(f)
	}
	return s
}

// Unsubscribe takes a subscriber out, and says whether any are left.
func (f *Feed) Unsubscribe(s *Subscriber) (left bool) {
	delete(f.wide, s)
	if subs := f.narrow[s.key]; subs != nil {
		delete(subs, s)
		if len(subs) == 0 {
			delete(f.narrow, s.key)
			if k, _ := f.look(s.key); !k.live() {
				f.bury(s.key)
			}
		}
	}
	f.awaiting.drop(s)
	if len(f.wide) == 0 {
		f.narrowDown()
	}
	return len(f.wide)+len(f.narrow) > 0
}

// widen prepares for the first subscriber to all keys: they have to be listed.
func (f *Feed) widen() {
	if len(f.wide) == 0 {
		f.listed = false
		for _, r := range f.readers {
			*r = reader{}
		}
	}
}

// narrowDown forgets the keys that nobody watches any more.
func (f *Feed) narrowDown() {
	for _, keys := range f.known {
		for key := range keys {
			if len(f.narrow[key]) == 0 {
				delete(keys, key)
			}
		}
	}
	f.stones = nil
}

// await has the subscriber wait until all that was chosen by now is known.
func (s *Subscriber) await(f *Feed) {
	s.ready, s.wants, s.since = false, f.round+1, f.serial
	f.urgent = true
	f.awaiting.add(s)
}

// begin has the subscriber told how things stand.
func (s *Subscriber) begin() {
	s.wants, s.ready, s.behind = 0, true, false
	s.slot = max(s.slot, 0)
	s.wake()
}

// restart has it told Missed, and how things stand once that is known.
func (s *Subscriber) restart(f *Feed) {
	s.missed = s.missed || s.slot != waiting
	s.queue, s.bytes, s.slot = nil, 0, waiting
	s.await(f)
	s.wake()
}

// fallBehind has it told Behind, once.
func (s *Subscriber) fallBehind(f *Feed) {
	s.await(f)
	if s.slot != waiting && !s.behind {
		s.behind = true
		s.push(f, Event{Kind: Behind})
	}
}

func (s *Subscriber) tell(f *Feed, slot int, missed bool, e Event) {
	if !s.wide {
		slot = 0
	}
	if s.slot <= slot {
		return
	}
	if missed {
		s.push(f, Event{Kind: Missed, Key: e.Key})
	}
	s.push(f, e)
}

func (s *Subscriber) push(f *Feed, e Event) {
	switch {
	case s.slot == waiting: // overrun just now
	case len(s.queue) >= s.most, s.bytes > queueBytes:
		s.restart(f)
	default:
		s.queue = append(s.queue, e)
		s.bytes += e.Entry.Weight()
		s.wake()
	}
}

func (s *Subscriber) wake() {
	select {
	case s.Wake <- struct{}{}:
	default:
	}
}

// Take gives what the subscriber is to be told next: about most events, and none
// when there is nothing now.
func (f *Feed) Take(s *Subscriber, most int) []Event {
	var events []Event
	if s.missed {
		s.missed = false
		events = append(events, Event{Kind: Missed})
	}
	for ; s.slot != waiting && s.slot < paxos.Slots && len(events) < most; s.slot++ {
		events = f.standing(s, events)
	}
	if s.slot < paxos.Slots {
		return events
	}
	n := min(len(s.queue), max(0, most-len(events)))
	events = append(events, s.queue[:n]...)
	for _, e := range s.queue[:n] {
		s.bytes -= e.Entry.Weight()
	}
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
		if s.ready {
			s.ready = false
			events = append(events, Event{Kind: Current})
		}
	}
	return events
}

// standing adds what the keys of the subscriber's slot hold.
func (f *Feed) standing(s *Subscriber, events []Event) []Event {
	add := func(key paxos.Key, k known) {
		if k.live() {
			events = append(events, Event{Kind: Chosen, Key: key, Rev: k.rev(), Entry: k.entry})
		}
	}
	if !s.wide {
		k, _ := f.look(s.key)
		add(s.key, k)
		s.slot = paxos.Slots - 1 // the last
		return events
	}
	for key, k := range f.known[s.slot] {
		add(key, k)
	}
	return events
}
