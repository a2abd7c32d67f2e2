package dist

import (
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
)

// Send implements node.ConnectionInterface.
func (l *link) Send(from gen.Process, to etf.Pid, message etf.Term) error {
	f := newFrame()
	f.Send(from.Self(), to, l.has(shake.SendSender))
	return l.postPayload(f, message)
}

// SendReg implements node.ConnectionInterface.
func (l *link) SendReg(from gen.Process, to gen.ProcessID, message etf.Term) error {
	f := newFrame()
	f.RegSend(from.Self(), etf.Atom(to.Name))
	return l.postPayload(f, message)
}

// SendAlias implements node.ConnectionInterface.
func (l *link) SendAlias(from gen.Process, to etf.Alias, message etf.Term) error {
	if !l.has(shake.Alias) {
		return lib.ErrPeerUnsupported
	}
	f := newFrame()
	f.AliasSend(from.Self(), etf.Ref(to))
	return l.postPayload(f, message)
}

func (l *link) postPayload(f *outFrame, message etf.Term) error {
	if f.Err == nil {
		f.B, f.Err = appendPayload(f.B, message)
	}
	return l.postAs(f, true)
}
