package dist

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/frame"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// FuzzHandshake lets a peer say anything in the place of a handshake. It cannot
// know the cookie, so there must never be a link.
func FuzzHandshake(f *testing.F) {
	var good bytes.Buffer
	shake.Write(&good, 2, shake.AppendName(nil, shake.Name{Flags: shake.Announced, Name: "p@h"}))
	shake.Write(&good, 2, shake.AppendReply(nil, shake.Reply{}))
	f.Add(good.Bytes(), true)
	good.Reset()
	shake.Write(&good, 2, shake.AppendStatus(nil, shake.Alive))
	shake.Write(&good, 2, shake.AppendChallenge(nil, shake.Challenge{Name: shake.Name{Flags: shake.Announced, Name: "p@h"}}))
	shake.Write(&good, 2, shake.AppendAck(nil, shake.Digest{}))
	f.Add(good.Bytes(), false)
	f.Fuzz(func(t *testing.T, b []byte, inbound bool) {
		w := lonelyWire(t)
		defer w.stop()
		conn := scripted{in: bytes.NewReader(b)}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var l *link
		var err error
		if inbound {
			l, err = w.receive(ctx, conn)
		} else {
			l, err = w.call(ctx, conn, "p@h")
		}
		require.Error(t, err)
		require.Nil(t, l)
		require.Empty(t, w.table.slots, "nothing is left behind")
	})
}

// FuzzFrames lets a peer that is linked say anything.
func FuzzFrames(f *testing.F) {
	local := etf.Pid{Node: "a@h", ID: 1004, Creation: 1}
	add := func(build func(*control.Builder), payload ...byte) {
		var b control.Builder
		build(&b)
		f.Add(append(append([]byte{passThrough}, b.B...), payload...))
	}
	add(func(b *control.Builder) { b.Send(somePid, local, true) }, 131, 109, 0, 0, 0, 1, 7)
	add(func(b *control.Builder) { b.RegSend(somePid, "Elixir.Name") }, 131, 106)
	add(func(b *control.Builder) { b.AliasSend(somePid, someRef) }, 131, 106)
	add(func(b *control.Builder) { b.Link(somePid, local) })
	add(func(b *control.Builder) { b.UnlinkID(1, somePid, local) })
	add(func(b *control.Builder) { b.UnlinkIDAck(1, somePid, local) })
	add(func(b *control.Builder) { b.Exit(somePid, local, "x", true) })
	add(func(b *control.Builder) { b.Exit(somePid, local, "x", false) })
	add(func(b *control.Builder) { b.Monitor(somePid, control.Who{Pid: local}, someRef) })
	add(func(b *control.Builder) { b.Monitor(somePid, control.Who{Name: "n"}, someRef) })
	add(func(b *control.Builder) { b.Demonitor(somePid, control.Who{Pid: local}, someRef) })
	add(func(b *control.Builder) { b.MonitorExit(control.Who{Pid: somePid}, local, someRef, "x", true) })
	f.Fuzz(func(t *testing.T, b []byte) {
		w := lonelyWire(t)
		defer w.stop()
		l := newLink(w, scripted{}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
		l.router = emptyNode{}
		for _, owned := range []bool{false, true} {
			l.handle(append([]byte(nil), b...), owned)
		}
		// What was enqueued in answer must be whole frames with a control tuple.
		var out []byte
		for _, chunk := range l.queue.take(nil) {
			out = append(out, chunk...)
		}
		s := frame.NewScanner(bytes.NewReader(out), 1<<20)
		for {
			answer, _, err := s.Next()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				break
			}
			_, _, err = control.Parse(answer[2:], nil)
			require.NoError(t, err)
		}
		l.queue.close()
	})
}
