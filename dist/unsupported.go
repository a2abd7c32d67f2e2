package dist

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// The rest of node.ConnectionInterface. Remote spawn is not offered: it would let
// any node that knows the cookie start behaviours here. Proxies are ergo's own
// invention and no other node speaks them.

// SpawnRequest implements node.ConnectionInterface.
func (l *link) SpawnRequest(string, string, gen.RemoteSpawnRequest, ...etf.Term) error {
	return lib.ErrPeerUnsupported
}

// SpawnReply implements node.ConnectionInterface.
func (l *link) SpawnReply(etf.Pid, etf.Ref, etf.Pid) error { return lib.ErrUnsupported }

// SpawnReplyError implements node.ConnectionInterface.
func (l *link) SpawnReplyError(etf.Pid, etf.Ref, error) error { return lib.ErrUnsupported }

// ProxyConnectRequest implements node.ConnectionInterface.
func (l *link) ProxyConnectRequest(node.ProxyConnectRequest) error { return lib.ErrUnsupported }

// ProxyConnectReply implements node.ConnectionInterface.
func (l *link) ProxyConnectReply(node.ProxyConnectReply) error { return lib.ErrUnsupported }

// ProxyConnectCancel implements node.ConnectionInterface.
func (l *link) ProxyConnectCancel(node.ProxyConnectCancel) error { return lib.ErrUnsupported }

// ProxyDisconnect implements node.ConnectionInterface.
func (l *link) ProxyDisconnect(node.ProxyDisconnect) error { return lib.ErrUnsupported }

// ProxyRegisterSession implements node.ConnectionInterface.
func (l *link) ProxyRegisterSession(node.ProxySession) error { return lib.ErrUnsupported }

// ProxyUnregisterSession implements node.ConnectionInterface.
func (l *link) ProxyUnregisterSession(string) error { return lib.ErrUnsupported }

// ProxyPacket implements node.ConnectionInterface.
func (l *link) ProxyPacket(*lib.Buffer) error { return lib.ErrUnsupported }

// Creation implements node.ConnectionInterface.
func (l *link) Creation() uint32 { return l.peer.Creation }

// Stats implements node.ConnectionInterface.
func (l *link) Stats() node.NetworkStats {
	return node.NetworkStats{
		NodeName:    l.peer.Name,
		BytesIn:     l.bytesIn.Load(),
		BytesOut:    l.bytesOut.Load(),
		MessagesIn:  l.messagesIn.Load(),
		MessagesOut: l.messagesOut.Load(),
	}
}
