package shake

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// MaxMessage bounds one handshake message in bytes; real ones take some 300.
const MaxMessage = 2048

var (
	// ErrMalformed says that a handshake message does not have its form.
	ErrMalformed = errors.New("shake: malformed message")
	// ErrOldVersion says that the peer opens with version 5 of the handshake.
	ErrOldVersion = errors.New("shake: version 5 of the handshake is not supported")
)

// Status is B's answer to A's name.
type Status string

// The statuses of the protocol.
const (
	OK             Status = "ok"
	OKSimultaneous Status = "ok_simultaneous"
	NOK            Status = "nok"
	NotAllowed     Status = "not_allowed"
	Alive          Status = "alive"
	True           Status = "true"
	False          Status = "false"
)

// Digest is md5 of the cookie and the decimal text of a challenge.
type Digest [md5.Size]byte

// Name is A's opening message.
type Name struct {
	Flags    uint64
	Creation uint32
	Name     string
}

// Challenge is B's answer to an accepted name.
type Challenge struct {
	Name
	Challenge uint32
}

// Reply is A's answer to the challenge, with a challenge of its own.
type Reply struct {
	Challenge uint32
	Digest    Digest
}

// MakeDigest proves knowledge of the cookie for one challenge.
func MakeDigest(cookie string, challenge uint32) Digest {
	return md5.Sum(append([]byte(cookie), strconv.FormatUint(uint64(challenge), 10)...))
}

// Equal compares two digests in constant time.
func (d Digest) Equal(other Digest) bool {
	return subtle.ConstantTimeCompare(d[:], other[:]) == 1
}

// AppendName appends A's opening message.
func AppendName(dst []byte, n Name) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, 'N'), n.Flags)
	return appendTail(dst, n)
}

// AppendChallenge appends B's challenge.
func AppendChallenge(dst []byte, c Challenge) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, 'N'), c.Flags)
	dst = binary.BigEndian.AppendUint32(dst, c.Challenge)
	return appendTail(dst, c.Name)
}

func appendTail(dst []byte, n Name) []byte {
	dst = binary.BigEndian.AppendUint32(dst, n.Creation)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(n.Name)))
	return append(dst, n.Name...)
}

// AppendStatus appends a status, or A's answer to "alive".
func AppendStatus(dst []byte, s Status) []byte {
	return append(append(dst, 's'), s...)
}

// AppendReply appends A's answer to the challenge.
func AppendReply(dst []byte, r Reply) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, 'r'), r.Challenge)
	return append(dst, r.Digest[:]...)
}

// AppendAck appends B's last message.
func AppendAck(dst []byte, d Digest) []byte {
	return append(append(dst, 'a'), d[:]...)
}

// ParseName reads A's opening message.
func ParseName(b []byte) (Name, error) {
	if len(b) > 0 && b[0] == 'n' {
		return Name{}, ErrOldVersion
	}
	if len(b) < 15 || b[0] != 'N' {
		return Name{}, fmt.Errorf("%w: name", ErrMalformed)
	}
	return parseTail(Name{Flags: binary.BigEndian.Uint64(b[1:])}, b[9:])
}

// ParseChallenge reads B's challenge.
func ParseChallenge(b []byte) (Challenge, error) {
	if len(b) < 19 || b[0] != 'N' {
		return Challenge{}, fmt.Errorf("%w: challenge", ErrMalformed)
	}
	c := Challenge{Challenge: binary.BigEndian.Uint32(b[9:])}
	name, err := parseTail(Name{Flags: binary.BigEndian.Uint64(b[1:])}, b[13:])
	c.Name = name
	return c, err
}

// parseTail reads creation and name. Bytes after the name are left unread: the
// protocol keeps them for later versions.
func parseTail(n Name, b []byte) (Name, error) {
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size > len(b)-6 {
		return Name{}, fmt.Errorf("%w: name", ErrMalformed)
	}
	n.Creation = binary.BigEndian.Uint32(b)
	n.Name = string(b[6 : 6+size])
	return n, nil
}

// ParseStatus reads a status.
func ParseStatus(b []byte) (Status, error) {
	if len(b) < 2 || b[0] != 's' {
		return "", fmt.Errorf("%w: status", ErrMalformed)
	}
	return Status(b[1:]), nil
}

// ParseReply reads A's answer to the challenge.
func ParseReply(b []byte) (Reply, error) {
	if len(b) != 5+md5.Size || b[0] != 'r' {
		return Reply{}, fmt.Errorf("%w: challenge reply", ErrMalformed)
	}
	r := Reply{Challenge: binary.BigEndian.Uint32(b[1:])}
	copy(r.Digest[:], b[5:])
	return r, nil
}

// ParseAck reads B's last message.
func ParseAck(b []byte) (Digest, error) {
	var d Digest
	if len(b) != 1+md5.Size || b[0] != 'a' {
		return d, fmt.Errorf("%w: challenge ack", ErrMalformed)
	}
	copy(d[:], b[1:])
	return d, nil
}

// The first two bytes of an alert and of a hello of TLS.
const (
	tlsAlert = 0x1503
	tlsHello = 0x1603
)

// Read reads one message behind a length of lenSize (2 or 4) bytes. It takes
// exactly the message from r, so that nothing of the link after it is lost.
func Read(r io.Reader, lenSize int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[4-lenSize:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n == tlsAlert || n == tlsHello {
		return nil, fmt.Errorf("%w: the other side speaks TLS", ErrMalformed)
	}
	if n == 0 || n > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// Write writes one message behind its length, in one piece.
func Write(w io.Writer, lenSize int, message []byte) error {
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(message)))
	_, err := w.Write(append(append([]byte(nil), head[4-lenSize:]...), message...))
	return err
}
