package dist

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"github.com/paxoskv/paxoskv/dist/epmd"
)

// Options configure a Wire. Only Cookie must be set.
type Options struct {
	// Cookie is the shared secret of the cluster.
	Cookie string
	// Creation tells one start of the node from the next, 0 draws one at random.
	Creation uint32
	// Listen is the address for the peers, "host:port". An empty host means the
	// host part of the node's name, port 0 or an empty string any free port.
	Listen string
	// Addresses maps node names to "host:port"; it is asked before the port
	// mapper. SetAddress changes it later.
	Addresses map[string]string
	// EPMD is how the port mapper is used.
	EPMD EPMD
	// TLS encrypts every link if it is set. It needs Certificates, RootCAs and
	// ClientCAs: both sides must show a certificate. At least TLS 1.3 is used.
	TLS *tls.Config
	// AllowNodes are the names that may link with this node; empty means all who
	// know the cookie.
	AllowNodes []string
	// Silence is how long a peer may be silent before it is taken for gone;
	// default 5 s, at least 1 s. A stalled write is given the same time.
	Silence time.Duration
	// HandshakeTimeout bounds a whole handshake, TLS included; default 3 s.
	HandshakeTimeout time.Duration
	// RedialMax is the longest pause between two attempts to reach a peer that
	// Connect asked for; default 1 s.
	RedialMax time.Duration
	// QueueBytes is how much may wait to be written to one peer before it is cut
	// off; default 128 MiB.
	QueueBytes int
	// MaxFrame is the longest message, in bytes, in either direction; default
	// 128 MiB.
	MaxFrame int
	// ParkBytes is how much may wait, over all processes, for room in the full
	// mailboxes here before messages are dropped; default 64 MiB. DOWN and EXIT
	// messages are never dropped.
	ParkBytes int
	// Plain turns a message that is no gen_server call, cast or reply into what
	// the process gets. The default gives []byte for a binary, else the Raw
	// itself. An error drops the message.
	Plain func(Raw) (any, error)
	// Log takes the wire's log lines; default slog.Default().
	Log *slog.Logger
}

// EPMD says how the Erlang port mapper is used.
type EPMD struct {
	// Off leaves the port mapper alone: every address comes from Addresses.
	Off bool
	// Port is where port mappers listen; default 4369.
	Port uint16
	// NoServe leaves it to others to run one. By default the first node of a
	// host that finds none serves it itself, and when that node goes another
	// one takes over. It then listens on the loopback if the node's host is
	// there, else on every address, as the original does.
	NoServe bool
	// Optional has the node start also where the port mapper knows a living one of
	// its name. Until that one ends, only nodes that are given its address find it.
	Optional bool
}

const (
	defaultSilence   = 5 * time.Second
	minSilence       = time.Second
	defaultHandshake = 3 * time.Second
	defaultRedialMax = time.Second
	defaultQueue     = 128 << 20
	defaultFrame     = 128 << 20
	defaultPark      = 64 << 20
)

// withDefaults fills what was left out and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.Cookie == "" {
		return o, fmt.Errorf("%w: no cookie", ErrOptions)
	}
	o.Silence = orDefault(o.Silence, defaultSilence)
	o.HandshakeTimeout = orDefault(o.HandshakeTimeout, defaultHandshake)
	o.RedialMax = orDefault(o.RedialMax, defaultRedialMax)
	o.QueueBytes = orDefault(o.QueueBytes, defaultQueue)
	o.MaxFrame = min(orDefault(o.MaxFrame, defaultFrame), math.MaxInt32)
	o.ParkBytes = orDefault(o.ParkBytes, defaultPark)
	o.EPMD.Port = orDefault(o.EPMD.Port, epmd.DefaultPort)
	for o.Creation == 0 {
		o.Creation = rand.Uint32()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Silence < minSilence {
		return o, fmt.Errorf("%w: Silence under %v", ErrOptions, minSilence)
	}
	if o.TLS != nil {
		return o.withTLS()
	}
	return o, nil
}

func (o Options) withTLS() (Options, error) {
	t := o.TLS.Clone()
	if len(t.Certificates) == 0 && t.GetCertificate == nil {
		return o, fmt.Errorf("%w: TLS without a certificate", ErrOptions)
	}
	if t.RootCAs == nil || t.ClientCAs == nil || t.InsecureSkipVerify {
		return o, fmt.Errorf("%w: TLS must verify both sides (RootCAs, ClientCAs)", ErrOptions)
	}
	t.MinVersion = tls.VersionTLS13
	t.ClientAuth = tls.RequireAndVerifyClientCert
	o.TLS = t
	return o, nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
