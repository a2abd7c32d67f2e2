package epmd

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

// connsMax bounds the connections of a Server; one more closes the newest.
const connsMax = 4096

// requestTimeout bounds how long a Server waits for a request, and to be rid of its
// answer. An Erlang node waits 10 s for an answer, and may itself have been slow to
// ask: who closes earlier ends a node that only starts on a busy machine.
const requestTimeout = 10 * time.Second

// nameMax bounds a registered name in bytes, as an atom would.
const nameMax = 255

// Server is a port mapper. It serves registrations and look-ups; it has none of
// the commands by which the original can be stopped from outside.
type Server struct {
	listener net.Listener
	mu       sync.Mutex
	nodes    map[string]*registration
	conns    map[net.Conn]struct{}
	closed   bool // it takes no connections any more
	creation uint32
	done     sync.WaitGroup
}

type registration struct {
	entry Entry
	// reserved says that the node has not registered yet: see serve.
	reserved bool
}

// Serve starts a port mapper on a listener. Close ends it.
func Serve(listener net.Listener) *Server { return serve(listener) }

// serve is Serve with names that are reserved for nodes that are about to register.
// Who serves because nobody did has its own name there before anybody can ask: were
// another to register the same name first, the server would go with the node that
// has no name, and the name be free again while its owner lives.
func serve(listener net.Listener, reserved ...Entry) *Server {
	s := &Server{
		listener: listener,
		nodes:    make(map[string]*registration),
		conns:    make(map[net.Conn]struct{}),
		creation: uint32(time.Now().UnixNano()),
	}
	for _, e := range reserved {
		s.nodes[e.Name] = &registration{entry: e, reserved: true}
	}
	s.done.Add(1)
	go s.accept()
	return s
}

// Addr returns the address the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends the server and every registration with it.
func (s *Server) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

// CloseWhen ends the server with a context.
func (s *Server) CloseWhen(ctx context.Context) { context.AfterFunc(ctx, s.Close) }

func (s *Server) accept() {
	defer s.done.Done()
	pause := time.Millisecond
	for {
		conn, err := s.listener.Accept()
		if ne, ok := err.(net.Error); ok && ne.Timeout() || isTemporary(err) {
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		if err != nil {
			return
		}
		pause = time.Millisecond
		if !s.track(conn) {
			conn.Close()
			continue
		}
		s.done.Add(1)
		go s.serve(conn)
	}
}

// isTemporary recognises a lack of file descriptors, after which accepting may
// go on; the method is deprecated for want of a better one.
func isTemporary(err error) bool {
	t, ok := err.(interface{ Temporary() bool })
	return ok && t.Temporary()
}

func (s *Server) track(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= connsMax {
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *Server) serve(conn net.Conn) {
	defer s.done.Done()
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	conn.SetDeadline(time.Now().Add(requestTimeout))
	body, err := readRequest(conn)
	if err != nil {
		return
	}
	switch body[0] {
	case aliveRequest:
		s.alive(conn, body[1:])
	case portRequest:
		s.port(conn, string(body[1:]))
	case namesRequest:
		s.names(conn)
	}
}

// alive registers a node for as long as its connection stands.
func (s *Server) alive(conn net.Conn, body []byte) {
	e, high, err := parseEntry(body)
	if err != nil || len(e.Name) > nameMax {
		return
	}
	r := &registration{entry: e}
	creation, taken := s.insert(r)
	conn.Write(aliveReply(high, taken, creation))
	if taken {
		return
	}
	conn.SetDeadline(time.Time{})
	conn.Read(make([]byte, 1)) // returns when the node goes
	s.mu.Lock()
	delete(s.nodes, e.Name)
	s.mu.Unlock()
}

func (s *Server) insert(r *registration) (creation uint32, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.nodes[r.entry.Name]; old != nil && !(old.reserved && old.entry.Port == r.entry.Port) {
		return 0, true
	}
	s.nodes[r.entry.Name] = r
	s.creation = max(4, s.creation+1)
	return s.creation, false
}

func aliveReply(high uint16, taken bool, creation uint32) []byte {
	result := byte(0)
	if taken {
		result = 1
	}
	if high >= highestVersion {
		return binary.BigEndian.AppendUint32([]byte{aliveAnswerX, result}, creation)
	}
	return binary.BigEndian.AppendUint16([]byte{aliveAnswer, result}, uint16(creation%3+1))
}

func (s *Server) port(conn net.Conn, name string) {
	s.mu.Lock()
	r, found := s.nodes[name]
	s.mu.Unlock()
	if !found {
		conn.Write([]byte{portAnswer, 1})
		return
	}
	conn.Write(appendEntry([]byte{portAnswer, 0}, r.entry))
}

func (s *Server) names(conn net.Conn) {
	_, port, _ := net.SplitHostPort(s.Addr())
	var number uint32
	fmt.Sscan(port, &number)
	out := binary.BigEndian.AppendUint32(nil, number)
	s.mu.Lock()
	for name, r := range s.nodes {
		out = fmt.Appendf(out, "name %s at port %d\n", name, r.entry.Port)
	}
	s.mu.Unlock()
	conn.Write(out)
}
