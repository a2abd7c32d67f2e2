package dist

import "errors"

var (
	// ErrOptions says that the Options cannot work; the text says why.
	ErrOptions = errors.New("dist: bad options")
	// ErrName says that a node name has not the form alive@host.
	ErrName = errors.New("dist: bad node name")
	// ErrNameTaken says that the port mapper knows a living node of this name.
	ErrNameTaken = errors.New("dist: node name is taken")
	// ErrPortTaken says that the address to listen on is in use.
	ErrPortTaken = errors.New("dist: port is taken")
	// ErrStopped says that the wire has been stopped, or not yet started.
	ErrStopped = errors.New("dist: not running")

	// ErrCookie says that the peer does not know our cookie, or we not its.
	ErrCookie = errors.New("dist: wrong cookie")
	// ErrNotAllowed says that the peer's name is not on the list of allowed nodes
	// (here or there).
	ErrNotAllowed = errors.New("dist: node is not allowed")
	// ErrMissingFlags says that the peer lacks a mandatory capability.
	ErrMissingFlags = errors.New("dist: peer lacks mandatory flags")
	// ErrWrongName says that the node at an address has another name than asked
	// for, or our own.
	ErrWrongName = errors.New("dist: wrong node name")
	// ErrHandshake says that the peer broke the rules of the handshake.
	ErrHandshake = errors.New("dist: handshake failed")
	// ErrNoAddress says that nobody knows where the node listens.
	ErrNoAddress = errors.New("dist: no address of node")
	// ErrNoLink says that Dial has led to no link.
	ErrNoLink = errors.New("dist: no link to node")
	// ErrCrossed says that an attempt gave way to the peer's own attempt.
	ErrCrossed = errors.New("dist: crossed with the peer's own attempt")

	// ErrSilent is the reason of a link that was cut because nothing was heard of
	// the peer for the configured time.
	ErrSilent = errors.New("dist: peer is silent")
	// ErrStalled is the reason of a link that was cut because the peer does not
	// read: its queue was full, or a write did not move for the configured time.
	ErrStalled = errors.New("dist: peer does not read")
	// ErrGarbled is the reason of a link that was cut because the peer sent what
	// is no message of the protocol.
	ErrGarbled = errors.New("dist: garbled frame")
	// ErrReplaced is the reason of a link in whose place a newer one has come.
	ErrReplaced = errors.New("dist: replaced by a newer link")
	// ErrDisconnected is the reason of a link that was closed on purpose.
	ErrDisconnected = errors.New("dist: disconnected")
	// ErrPeerClosed is the reason of a link that the peer closed.
	ErrPeerClosed = errors.New("dist: peer closed the link")

	// ErrTooLarge says that a message is longer than Options.MaxFrame. It is not
	// sent; the link goes on.
	ErrTooLarge = errors.New("dist: message too large")

	// errNoConnection goes to core, which turns the text into the reason of an
	// EXIT signal. Erlang calls this reason noconnection.
	errNoConnection = errors.New("noconnection")
)
