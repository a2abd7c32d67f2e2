package host

import (
	"errors"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
)

// Hand sends a term that takes about so many bytes to a process, without waiting,
// and returns what tells once that it has left: who waits for that before it sends
// more takes no more room in an outbox than one message. It is ErrBusy when there
// is no room for it, ErrClosed where the process has ended or its node is not
// connected. Whether it arrives elsewhere is not known.
func (h *Host) Hand(to etf.Pid, term etf.Term, bytes int) <-chan error {
	h.state.RLock()
	l, p := h.links[string(to.Node)], h.sender
	h.state.RUnlock()
	sent := make(chan error, 1)
	switch {
	case string(to.Node) == h.name && p != nil:
		sent <- undelivered(h.sendHere(p, to, term))
	case l == nil:
		sent <- ErrClosed
	case !l.push(bytes, func() { l.posts = append(l.posts, post{to, term, sent}) }):
		sent <- ErrBusy
	}
	return sent
}

func undelivered(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, lib.ErrProcessUnknown), errors.Is(err, lib.ErrProcessIncarnation), errors.Is(err, ErrClosed):
		return ErrClosed
	}
	return ErrBusy // or the cluster service is being started again
}

// Linked says whether a node is connected, or is this one.
func (h *Host) Linked(node string) bool {
	h.state.RLock()
	defer h.state.RUnlock()
	return node == h.name || h.links[node] != nil
}

// end tells whoever waits for a post that it has left, or will not.
func (p post) end(err error) {
	if p.sent != nil {
		p.sent <- undelivered(err)
	}
}

// drop ends posts that will not leave.
func drop(posts []post) {
	for _, p := range posts {
		p.end(ErrClosed)
	}
}
