package control

import (
	"errors"
	"fmt"

	"github.com/paxoskv/paxoskv/dist/internal/ext"

	"github.com/ergo-services/ergo/etf"
)

// Op is an operation number of the protocol; forms of one operation are folded
// into the first of them.
type Op byte

// The operations, by their numbers on the wire.
const (
	Link         Op = 1
	Send         Op = 2 // also 12, 22, 23
	Exit         Op = 3 // also 13, 24, 25
	Unlink       Op = 4 // of nodes before OTP 23; never sent
	NodeLink     Op = 5
	RegSend      Op = 6 // also 16
	GroupLeader  Op = 7
	Exit2        Op = 8 // also 18, 26, 27
	Monitor      Op = 19
	Demonitor    Op = 20
	MonitorExit  Op = 21 // also 28
	SpawnRequest Op = 29 // also 30
	SpawnReply   Op = 31 // also 32
	AliasSend    Op = 33 // also 34
	UnlinkID     Op = 35
	UnlinkIDAck  Op = 36
)

// Numbers of the forms that carry their payload after the control tuple.
const (
	sendSender         = 22
	payloadExit        = 24
	payloadMonitorExit = 28
)

var (
	// ErrMalformed says that a control tuple does not have its form. A peer that
	// sends one cannot be followed any further.
	ErrMalformed = errors.New("control: malformed message")
	// ErrUnknownOp says that the operation is not known; the link can go on.
	ErrUnknownOp = errors.New("control: unknown operation")
)

// Who is a process, by pid or by registered name.
type Who struct {
	Pid  etf.Pid
	Name etf.Atom // set if the process is addressed by name
}

// Message is one control tuple.
type Message struct {
	Op       Op
	From, To Who
	Ref      etf.Ref // of a monitor, or the alias of AliasSend
	ID       uint64  // of UnlinkID and UnlinkIDAck
	Reason   []byte  // an exit reason that stood inside the tuple, without 131
	Payload  bool    // a payload follows: the message, or the reason
}

// form is the layout of one operation: a letter for each element, see element.
type form struct {
	op      Op
	layout  string
	payload bool
}

// forms is indexed by the number on the wire. Letters: f from, t to, r reference,
// i unlink id, s reason, x anything (tokens, unused elements).
var forms = [...]form{
	1:  {Link, "ft", false},
	2:  {Send, "xt", true},
	3:  {Exit, "fts", false},
	4:  {Unlink, "ft", false},
	5:  {NodeLink, "", false},
	6:  {RegSend, "fxt", true},
	7:  {GroupLeader, "ft", false},
	8:  {Exit2, "fts", false},
	12: {Send, "xtx", true},
	13: {Exit, "ftxs", false},
	16: {RegSend, "fxtx", true},
	18: {Exit2, "ftxs", false},
	19: {Monitor, "ftr", false},
	20: {Demonitor, "ftr", false},
	21: {MonitorExit, "ftrs", false},
	22: {Send, "ft", true},
	23: {Send, "ftx", true},
	24: {Exit, "ft", true},
	25: {Exit, "ftx", true},
	26: {Exit2, "ft", true},
	27: {Exit2, "ftx", true},
	28: {MonitorExit, "ftr", true},
	29: {SpawnRequest, "rfxxx", true},
	30: {SpawnRequest, "rfxxxx", true},
	31: {SpawnReply, "rtxx", false},
	32: {SpawnReply, "rtxxx", false},
	33: {AliasSend, "fr", true},
	34: {AliasSend, "frx", true},
	35: {UnlinkID, "ift", false},
	36: {UnlinkIDAck, "ift", false},
}

// Parse reads one control tuple, without its leading 131, and returns what
// follows it. Slices of the message alias b.
func Parse(b []byte, intern *ext.Intern) (m Message, rest []byte, err error) {
	r := ext.Reader{B: b, Intern: intern}
	arity := r.Tuple()
	number := r.Uint()
	if r.Err != nil || arity == 0 {
		return m, nil, ErrMalformed
	}
	if number >= uint64(len(forms)) || forms[number].op == 0 {
		return m, nil, fmt.Errorf("%w: %d", ErrUnknownOp, number)
	}
	f := forms[number]
	if arity != len(f.layout)+1 {
		return m, nil, fmt.Errorf("%w: operation %d with %d elements", ErrMalformed, number, arity)
	}
	m.Op, m.Payload = f.op, f.payload
	for _, letter := range f.layout {
		m.element(&r, letter)
	}
	if r.Err != nil {
		return m, nil, fmt.Errorf("%w: operation %d", ErrMalformed, number)
	}
	return m, r.B, nil
}

func (m *Message) element(r *ext.Reader, letter rune) {
	switch letter {
	case 'f':
		m.From = who(r)
	case 't':
		m.To = who(r)
	case 'r':
		m.Ref = r.Ref()
	case 'i':
		m.ID = r.Uint()
	case 's':
		m.Reason = r.Skip()
	default:
		r.Skip()
	}
}

func who(r *ext.Reader) Who {
	if r.IsAtom() {
		return Who{Name: r.Atom()}
	}
	return Who{Pid: r.Pid()}
}

// IsMessage says whether the payload of this operation is a message for a
// process, and not a reason.
func (m *Message) IsMessage() bool {
	return m.Op == Send || m.Op == RegSend || m.Op == AliasSend
}
