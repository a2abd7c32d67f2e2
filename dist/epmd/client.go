package epmd

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

func dial(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: stepTimeout}
	return d.DialContext(ctx, "tcp", addr)
}

// Lookup asks the port mapper at addr ("host:4369") for a node's port. An
// ErrUnknownNode is the port mapper's own answer; other errors mean that it
// could not be asked.
func Lookup(ctx context.Context, addr, name string) (uint16, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return 0, fmt.Errorf("epmd: look up %s: %w", name, err)
	}
	defer conn.Close()
	if err := writeRequest(conn, append([]byte{portRequest}, name...)); err != nil {
		return 0, fmt.Errorf("epmd: look up %s: %w", name, err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, requestMax))
	if err != nil {
		return 0, fmt.Errorf("epmd: look up %s: %w", name, err)
	}
	return parsePortAnswer(answer, name)
}

// Names asks the port mapper at addr for all nodes that are registered there.
func Names(ctx context.Context, addr string) ([]Entry, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("epmd: names: %w", err)
	}
	defer conn.Close()
	if err := writeRequest(conn, []byte{namesRequest}); err != nil {
		return nil, fmt.Errorf("epmd: names: %w", err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, namesBytes))
	if err != nil {
		return nil, fmt.Errorf("epmd: names: %w", err)
	}
	return parseNames(answer)
}

// parseNames reads the port mapper's own port, in four bytes, and lines of the
// form "name NAME at port PORT".
func parseNames(answer []byte) (entries []Entry, err error) {
	if len(answer) < 4 {
		return nil, fmt.Errorf("%w: names", ErrProtocol)
	}
	for line := range strings.Lines(string(answer[4:])) {
		var e Entry
		if _, err := fmt.Sscanf(line, "name %s at port %d\n", &e.Name, &e.Port); err != nil {
			return nil, fmt.Errorf("%w: names: %.80q", ErrProtocol, line)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func parsePortAnswer(answer []byte, name string) (uint16, error) {
	if len(answer) < 2 || answer[0] != portAnswer {
		return 0, fmt.Errorf("%w: look up %s", ErrProtocol, name)
	}
	if answer[1] != 0 {
		return 0, fmt.Errorf("%w: %s", ErrUnknownNode, name)
	}
	e, _, err := parseEntry(answer[2:])
	return e.Port, err
}

// Register registers a node with the port mapper at addr. The registration ends
// when the returned connection is closed, by either side.
func Register(ctx context.Context, addr string, e Entry) (net.Conn, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("epmd: register %s: %w", e.Name, err)
	}
	if err := register(conn, e); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, conn.SetDeadline(time.Time{})
}

func register(conn net.Conn, e Entry) error {
	if err := writeRequest(conn, appendEntry([]byte{aliveRequest}, e)); err != nil {
		return fmt.Errorf("epmd: register %s: %w", e.Name, err)
	}
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return fmt.Errorf("epmd: register %s: %w", e.Name, err)
	}
	creation := 0
	switch head[0] {
	case aliveAnswer:
		creation = 2
	case aliveAnswerX:
		creation = 4
	default:
		return fmt.Errorf("%w: register %s", ErrProtocol, e.Name)
	}
	if head[1] != 0 {
		return fmt.Errorf("%w: %s", ErrNameTaken, e.Name)
	}
	_, err := io.ReadFull(conn, make([]byte, creation))
	return err
}
