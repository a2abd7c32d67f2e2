package control_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

var (
	from  = etf.Pid{Node: "a@b", ID: 1, Creation: 2}
	to    = etf.Pid{Node: "c@d", ID: 3, Creation: 4}
	ref   = etf.Ref{Node: "a@b", Creation: 2, ID: [5]uint32{9, 8, 7}}
	token = etf.Tuple{0, 1, 2, from, 3}
	none  = etf.Atom("")
)

// forms is every control tuple that a peer may send, as OTP writes it.
var forms = []struct {
	tuple etf.Tuple
	want  control.Message
}{
	{etf.Tuple{1, from, to}, control.Message{Op: control.Link}},
	{etf.Tuple{2, none, to}, control.Message{Op: control.Send, Payload: true}},
	{etf.Tuple{3, from, to, none}, control.Message{Op: control.Exit}},
	{etf.Tuple{4, from, to}, control.Message{Op: control.Unlink}},
	{etf.Tuple{5}, control.Message{Op: control.NodeLink}},
	{etf.Tuple{6, from, none, etf.Atom("name")}, control.Message{Op: control.RegSend, Payload: true}},
	{etf.Tuple{7, from, to}, control.Message{Op: control.GroupLeader}},
	{etf.Tuple{8, from, to, none}, control.Message{Op: control.Exit2}},
	{etf.Tuple{12, none, to, token}, control.Message{Op: control.Send, Payload: true}},
	{etf.Tuple{13, from, to, token, none}, control.Message{Op: control.Exit}},
	{etf.Tuple{16, from, none, etf.Atom("name"), token}, control.Message{Op: control.RegSend, Payload: true}},
	{etf.Tuple{18, from, to, token, none}, control.Message{Op: control.Exit2}},
	{etf.Tuple{19, from, to, ref}, control.Message{Op: control.Monitor}},
	{etf.Tuple{19, from, etf.Atom("name"), ref}, control.Message{Op: control.Monitor}},
	{etf.Tuple{20, from, to, ref}, control.Message{Op: control.Demonitor}},
	{etf.Tuple{21, from, to, ref, none}, control.Message{Op: control.MonitorExit}},
	{etf.Tuple{21, etf.Atom("name"), to, ref, none}, control.Message{Op: control.MonitorExit}},
	{etf.Tuple{22, from, to}, control.Message{Op: control.Send, Payload: true}},
	{etf.Tuple{23, from, to, token}, control.Message{Op: control.Send, Payload: true}},
	{etf.Tuple{24, from, to}, control.Message{Op: control.Exit, Payload: true}},
	{etf.Tuple{25, from, to, token}, control.Message{Op: control.Exit, Payload: true}},
	{etf.Tuple{26, from, to}, control.Message{Op: control.Exit2, Payload: true}},
	{etf.Tuple{27, from, to, token}, control.Message{Op: control.Exit2, Payload: true}},
	{etf.Tuple{28, from, to, ref}, control.Message{Op: control.MonitorExit, Payload: true}},
	{etf.Tuple{29, ref, from, from, token, etf.List{}}, control.Message{Op: control.SpawnRequest, Payload: true}},
	{etf.Tuple{30, ref, from, from, token, etf.List{}, token}, control.Message{Op: control.SpawnRequest, Payload: true}},
	{etf.Tuple{31, ref, to, 0, none}, control.Message{Op: control.SpawnReply}},
	{etf.Tuple{32, ref, to, 0, none, token}, control.Message{Op: control.SpawnReply}},
	{etf.Tuple{33, from, ref}, control.Message{Op: control.AliasSend, Payload: true}},
	{etf.Tuple{34, from, ref, token}, control.Message{Op: control.AliasSend, Payload: true}},
	{etf.Tuple{35, uint64(1) << 63, from, to}, control.Message{Op: control.UnlinkID, ID: 1 << 63}},
	{etf.Tuple{36, uint64(1) << 63, from, to}, control.Message{Op: control.UnlinkIDAck, ID: 1 << 63}},
}

func encode(t testing.TB, tuple etf.Tuple) []byte {
	t.Helper()
	b, err := term.Encode(tuple)
	require.NoError(t, err)
	return b[1:]
}

func TestEveryForm(t *testing.T) {
	for _, f := range forms {
		b := encode(t, f.tuple)
		m, rest, err := control.Parse(append(b, "payload"...), nil)
		require.NoError(t, err, "%v", f.tuple)
		require.Equal(t, "payload", string(rest))
		require.Equal(t, f.want.Op, m.Op)
		require.Equal(t, f.want.Payload, m.Payload)
		require.Equal(t, f.want.ID, m.ID)
		for _, element := range f.tuple[1:] {
			if p, ok := element.(etf.Pid); ok {
				require.True(t, p == m.From.Pid || p == m.To.Pid, "%v", f.tuple)
			}
			if element == etf.Atom("name") {
				require.True(t, m.From.Name == "name" || m.To.Name == "name", "%v", f.tuple)
			}
			if r, ok := element.(etf.Ref); ok {
				require.Equal(t, r, m.Ref)
			}
		}
		for n := range b {
			_, _, err := control.Parse(b[:n], nil)
			require.Error(t, err)
		}
		_, _, err = control.Parse(encode(t, append(f.tuple, 1, 1, 1)), nil)
		require.ErrorIs(t, err, control.ErrMalformed, "%v with more elements", f.tuple)
	}
}

func TestUnknownOperations(t *testing.T) {
	for _, n := range []any{0, 9, 37, 255, 1 << 40} {
		_, _, err := control.Parse(encode(t, etf.Tuple{n, from}), nil)
		require.ErrorIs(t, err, control.ErrUnknownOp)
	}
	_, _, err := control.Parse(encode(t, etf.Tuple{}), nil)
	require.ErrorIs(t, err, control.ErrMalformed)
	_, _, err = control.Parse(encode(t, etf.Tuple{etf.Atom("x")}), nil)
	require.ErrorIs(t, err, control.ErrMalformed)
}

func TestBuildersAreParsed(t *testing.T) {
	pid, name := control.Who{Pid: from}, control.Who{Name: "name"}
	long := strings.Repeat("why", 100)
	for what, c := range map[string]struct {
		build func(*control.Builder)
		want  control.Message
	}{
		"send":          {func(b *control.Builder) { b.Send(from, to, true) }, control.Message{Op: control.Send, From: pid, To: control.Who{Pid: to}, Payload: true}},
		"old send":      {func(b *control.Builder) { b.Send(from, to, false) }, control.Message{Op: control.Send, To: control.Who{Pid: to}, Payload: true}},
		"send to name":  {func(b *control.Builder) { b.RegSend(from, "name") }, control.Message{Op: control.RegSend, From: pid, To: name, Payload: true}},
		"send to alias": {func(b *control.Builder) { b.AliasSend(from, ref) }, control.Message{Op: control.AliasSend, From: pid, Ref: ref, Payload: true}},
		"link":          {func(b *control.Builder) { b.Link(from, to) }, control.Message{Op: control.Link, From: pid, To: control.Who{Pid: to}}},
		"unlink":        {func(b *control.Builder) { b.UnlinkID(3, from, to) }, control.Message{Op: control.UnlinkID, ID: 3, From: pid, To: control.Who{Pid: to}}},
		"unlink ack":    {func(b *control.Builder) { b.UnlinkIDAck(3, from, to) }, control.Message{Op: control.UnlinkIDAck, ID: 3, From: pid, To: control.Who{Pid: to}}},
		"monitor":       {func(b *control.Builder) { b.Monitor(from, name, ref) }, control.Message{Op: control.Monitor, From: pid, To: name, Ref: ref}},
		"demonitor":     {func(b *control.Builder) { b.Demonitor(from, pid, ref) }, control.Message{Op: control.Demonitor, From: pid, To: pid, Ref: ref}},
		"old exit": {func(b *control.Builder) { b.Exit(from, to, "why", false) },
			control.Message{Op: control.Exit, From: pid, To: control.Who{Pid: to}, Reason: ext.AppendReason(nil, "why")}},
		"old down": {func(b *control.Builder) { b.MonitorExit(name, to, ref, long, false) },
			control.Message{Op: control.MonitorExit, From: name, To: control.Who{Pid: to}, Ref: ref, Reason: ext.AppendReason(nil, long)}},
	} {
		t.Run(what, func(t *testing.T) {
			var b control.Builder
			c.build(&b)
			require.NoError(t, b.Err)
			require.Equal(t, byte(ext.Version), b.B[0])
			m, rest, err := control.Parse(b.B[1:], &ext.Intern{})
			require.NoError(t, err)
			require.Empty(t, rest)
			require.Equal(t, c.want, m)
		})
	}
}

func TestReasonsAsPayload(t *testing.T) {
	var b control.Builder
	b.Exit(from, to, "why", true)
	m, rest, err := control.Parse(b.B[1:], nil)
	require.NoError(t, err)
	require.True(t, m.Payload)
	require.Equal(t, "why", ext.Reason(rest[1:]))
	require.NoError(t, ext.One(rest))
}

func TestBadNamesAreTheMessagesError(t *testing.T) {
	var b control.Builder
	b.RegSend(from, etf.Atom(strings.Repeat("x", 300)))
	require.ErrorIs(t, b.Err, ext.ErrAtom)
}

func FuzzParse(f *testing.F) {
	for _, form := range forms {
		f.Add(encode(f, form.tuple))
	}
	f.Add([]byte{105, 255, 255, 255, 255, 97, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, rest, err := control.Parse(b, &ext.Intern{})
		if err != nil {
			return
		}
		require.True(t, bytes.HasSuffix(b, rest))
		require.LessOrEqual(t, len(m.Reason), len(b))
		again, _, err := control.Parse(b, nil)
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
