package beam_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/beam"
)

func network(t *testing.T) beam.Network {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := epmd.Serve(l)
	t.Cleanup(s.Close)
	return beam.Network{Cookie: "secret", Mapper: uint16(l.Addr().(*net.TCPAddr).Port)}
}

// Nodes of both languages evaluate, load files, and reach each other.
func TestNodesEvaluate(t *testing.T) {
	beam.Need(t, beam.Erlang, beam.Elixir)
	net := network(t)
	dir := t.TempDir()
	erl, exs := filepath.Join(dir, "m.erl"), filepath.Join(dir, "m.exs")
	require.NoError(t, os.WriteFile(erl, []byte("-module(m).\n-export([f/0]).\nf() -> \"é€\".\n"), 0o600))
	require.NoError(t, os.WriteFile(exs, []byte("defmodule M do\n  def f, do: \"é€\"\nend\n"), 0o600))
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		a := beam.StartErlang(t, o, "a"+o.Release+"@127.0.0.1", net)
		b := beam.StartElixir(t, o, "b"+o.Release+"@127.0.0.1", net)
		for range 2 {
			a.LoadErlang(erl)
			b.LoadElixir(exs)
		}
		require.Equal(t, `"é€"`, a.Eval("M = m:f()"))
		require.Equal(t, `{"é€",1}`, a.Eval("{M,\n %% a comment\n 1}"))
		require.Equal(t, `"é€"`, b.Eval("m = M.f()"))
		require.Equal(t, `{"é€", 1}`, b.Eval("{m,\n # a comment\n 1}"))
		require.Equal(t, "pong", a.Eval("net_adm:ping('%s')", b.Name))
		require.Equal(t, "true", b.Eval("Node.connect(:%q)", a.Name))
	})
}
