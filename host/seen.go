package host

import (
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
)

// seenTimeout is how long a put waits for what the members say of the node that
// its key is to be tied to. They may take reachTimeout.
const seenTimeout = reachTimeout + 300*time.Millisecond

// sighting is a question to the members: are you connected to this life of a
// node?
type sighting struct {
	name     string
	creation uint32
}

// seen ends with how many of the members have no connection to a node as this
// life of it, once it is known whether those are too many: more than of - need.
// A key tied to it would be erased as soon as it is put. Silence is no such
// answer, and without a quorum nobody is asked: the put itself tells then.
func (h *Host) seen(s sighting, end func(without, need, of int)) {
	var cfg *paxos.Config
	var quorum bool
	h.read(func(r *paxos.Replica) { cfg, quorum = r.Member.Config(), r.Member.Quorum() })
	w := h.currentWatcher()
	if w == nil || !quorum {
		end(0, 0, 0)
		return
	}
	need, of := cfg.Quorum(), len(cfg.Seats)
	if !h.seeing.join(s, func(without int) { end(without, need, of) }) {
		return
	}
	p := &poll{need: need, of: of, end: func(no int) { h.seeing.answer(s, no) }}
	time.AfterFunc(seenTimeout, p.finish)
	var others []string
	for _, n := range cfg.Members() {
		if n != h.Self() {
			others = append(others, n.Name)
		}
	}
	if len(others) < of {
		p.add(h.Creation(s.name) == s.creation)
	}
	w.Sees(others, s.name, s.creation, p.add)
}

// poll counts answers until enough agree.
type poll struct {
	need, of int
	end      func(no int)
	once     sync.Once

	mu      sync.Mutex
	yes, no int
}

func (p *poll) add(yes bool) {
	p.mu.Lock()
	if yes {
		p.yes++
	} else {
		p.no++
	}
	decided := p.yes >= p.need || p.of-p.no < p.need
	p.mu.Unlock()
	if decided {
		p.finish()
	}
}

func (p *poll) finish() {
	p.once.Do(func() {
		p.mu.Lock()
		no := p.no
		p.mu.Unlock()
		p.end(no)
	})
}
