package epmd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// DefaultPort is the well-known port of the port mapper.
const DefaultPort = 4369

// requestMax bounds one request in bytes.
const requestMax = 2048

// namesBytes bounds the answer that lists all names.
const namesBytes = 1 << 20

// stepTimeout bounds each step of a conversation on the side that asks: dial, write,
// read.
const stepTimeout = time.Second

const (
	aliveRequest   = 120
	aliveAnswer    = 121
	aliveAnswerX   = 118
	portRequest    = 122
	portAnswer     = 119
	namesRequest   = 110
	normalNode     = 77
	hiddenNode     = 72
	highestVersion = 6
)

var (
	// ErrNameTaken says that another node is registered under the name.
	ErrNameTaken = errors.New("epmd: node name is taken")
	// ErrUnknownNode says that no node is registered under the name.
	ErrUnknownNode = errors.New("epmd: no such node")
	// ErrProtocol says that the other side does not speak the protocol.
	ErrProtocol = errors.New("epmd: protocol error")
)

// Entry is one registered node.
type Entry struct {
	Name   string // the part before the @
	Port   uint16
	Hidden bool
}

// writeRequest writes a request behind its length.
func writeRequest(conn net.Conn, body []byte) error {
	conn.SetDeadline(time.Now().Add(stepTimeout))
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(body))), body...))
	return err
}

// readRequest reads a request behind its length.
func readRequest(conn net.Conn) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(head[:])
	if n == 0 || n > requestMax {
		return nil, fmt.Errorf("%w: request of %d bytes", ErrProtocol, n)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(conn, body)
	return body, err
}

// appendEntry appends the fields that ALIVE2_REQ and PORT2_RESP share.
func appendEntry(dst []byte, e Entry) []byte {
	kind := byte(normalNode)
	if e.Hidden {
		kind = hiddenNode
	}
	dst = binary.BigEndian.AppendUint16(dst, e.Port)
	dst = append(dst, kind, 0, 0, highestVersion, 0, highestVersion)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(e.Name)))
	dst = append(dst, e.Name...)
	return append(dst, 0, 0)
}

// parseEntry reads what appendEntry wrote, and the highest version it names.
func parseEntry(b []byte) (e Entry, high uint16, err error) {
	if len(b) < 10 {
		return e, 0, fmt.Errorf("%w: short entry", ErrProtocol)
	}
	n := int(binary.BigEndian.Uint16(b[8:]))
	if n == 0 || len(b) < 10+n {
		return e, 0, fmt.Errorf("%w: bad name length", ErrProtocol)
	}
	e = Entry{Name: string(b[10 : 10+n]), Port: binary.BigEndian.Uint16(b), Hidden: b[2] == hiddenNode}
	return e, binary.BigEndian.Uint16(b[4:]), nil
}
