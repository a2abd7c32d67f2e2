package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/cluster"
)

// shells starts nodes of the program, and waits until each sees all.
func shells(t *testing.T, c *cluster.Cluster, numbers ...int) []*cluster.Shell {
	t.Helper()
	var all []*cluster.Shell
	for _, number := range numbers {
		all = append(all, c.StartShell(number))
	}
	for _, s := range all {
		s.Expect("cluster", clusterLine(3, numbers...))
	}
	return all
}

func clusterLine(size int, numbers ...int) string {
	var names []string
	for _, number := range numbers {
		names = append(names, "'"+cluster.Name(number)+"'")
	}
	return fmt.Sprintf("{ok,[{size,%d},{nodes,[%s]},{quorum,true}]}", size, strings.Join(names, ","))
}

// script runs commands on a shell, each with the line that it must answer.
func script(t *testing.T, s *cluster.Shell, lines ...string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		got, err := s.Do(lines[i])
		require.NoError(t, err)
		require.Equal(t, lines[i+1], got, "%s on %s", lines[i], s.Name)
	}
}

// valueOf runs a command and returns what stands in its {ok,...}.
func valueOf(t *testing.T, s *cluster.Shell, command string) string {
	t.Helper()
	got, err := s.Do(command)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got, "{ok,"), "%s: %s", command, got)
	return strings.TrimSuffix(strings.TrimPrefix(got, "{ok,"), "}")
}

// scriptIn runs a command that must answer a line. Where the machine was so busy that
// it took so long at least, and the answer is another one, it runs the command again
// once the key is gone.
func scriptIn(t *testing.T, s *cluster.Shell, key, command, want string, life time.Duration) {
	t.Helper()
	cluster.Eventually(t, command+" answers "+want+" in time", func() (bool, any) {
		began := time.Now()
		got, err := s.Do(command)
		took := time.Since(began)
		require.NoError(t, err)
		if got != want && took >= life {
			s.Expect("get "+key, "{error,not_found}")
			return false, fmt.Sprintf("%s after %v", got, took)
		}
		require.Equal(t, want, got, "%s on %s", command, s.Name)
		return true, nil
	})
}

func TestShellsOfThreeNodes(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	s := shells(t, c, 1, 2, 3)
	script(t, s[0],
		"put lang ergo", "{ok,ergo}",
		"put lang other", "{ok,ergo}",
		`put {"a",[1.0,<<"b">>]} #{k => 'A b'}`, `{ok,#{k => 'A b'}}`,
		"get nothing", "{error,not_found}",
		"get nothing default 1", "{ok,1}",
		"put k 1 bucket none", "{error,unknown_bucket}",
		"put k 1 key nothing", "{error,invalid_value}",
		"put k 1 until 1", "{error,invalid_value}",
		"put k 1 node nobody@127.0.0.1", "{error,invalid_value}",
	)
	for _, shell := range s {
		script(t, shell, "get lang", "{ok,ergo}", `get {"a",[1.0,<<"b">>]}`, `{ok,#{k => 'A b'}}`,
			"put lang '"+shell.Name+"'", "{ok,ergo}")
		wrong, err := shell.Do("put lang")
		require.NoError(t, err)
		require.Contains(t, wrong, "{error,{bad_command,")
	}

	for _, shell := range s {
		shell.Expect("doctor", `{ok,["all is well: 3 nodes, a quorum of 3 seats"]}`)
	}

	// A process of the second node guards a key that the first one puts.
	pid := valueOf(t, s[1], "spawn")
	script(t, s[0], "put leader 'node 2' pid "+pid, "{ok,'node 2'}")
	for _, shell := range s {
		script(t, shell, "pid leader", "{ok,"+pid+"}", "node leader", "{ok,'"+s[1].Name+"'}")
	}
	script(t, s[0], "kill "+pid, "{error,noproc}")
	script(t, s[1], "kill "+pid, "ok")
	for _, shell := range s {
		shell.Expect("get leader", "{error,not_found}")
	}
	// A put that meets the collecting of the tombstone may not learn what became of it.
	cluster.Eventually(t, "leader is put again", func() (bool, any) {
		got, err := s[2].Do("put leader again")
		require.NoError(t, err)
		if got != "{error,indeterminate}" {
			require.Equal(t, "{ok,again}", got)
		}
		return got == "{ok,again}", got
	})
	scriptIn(t, s[2], "dead", "put dead 1 pid "+pid, "{error,invalid_value}", wordTimeout)
	scriptIn(t, s[2], "short", "put short 1 until +200ms", "{ok,1}", 199*time.Millisecond) // of whole milliseconds
	for _, shell := range s {
		shell.Expect("get short", "{error,not_found}")
	}

	// A bucket of its own, on every node.
	for _, shell := range s {
		script(t, shell, "bucket other", "ok", "bucket other", "{error,already_started}")
	}
	script(t, s[0], "put lang go bucket other", "{ok,go}", "get lang", "{ok,ergo}")
	script(t, s[2], "get lang bucket other", "{ok,go}", "get leader bucket other", "{error,not_found}")
	refused, err := s[0].Do("resize 2")
	require.NoError(t, err)
	require.Contains(t, refused, "{error,{refused,")
	for _, shell := range s {
		status, err := shell.Exit()
		require.NoError(t, err)
		require.Zero(t, status)
	}
}

// One node is killed, then another one; and one is paused.
func TestShellsWhileNodesFail(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	s := shells(t, c, 1, 2, 3)
	script(t, s[2], "put mine 3 node "+s[2].Name, "{ok,3}")
	script(t, s[0], "put a 1", "{ok,1}")
	s[2].Kill()
	script(t, s[0], "put b 1", "{ok,1}")
	s[1].Expect("get mine", "{error,not_found}")
	s[1].Kill()
	s[0].Expect("put c 1 no_quorum return", "{error,no_quorum}")
	script(t, s[0], "get mine no_quorum return", "{error,no_quorum}", "get a", "{ok,1}")
	s[1], s[2] = s[1].Restart(), s[2].Restart()
	for _, shell := range s {
		shell.Expect("get b no_quorum return", "{ok,1}")
		shell.Expect("put c 1 no_quorum return", "{ok,1}")
		script(t, shell, "get a", "{ok,1}")
	}

	// The other two are a quorum once the vote of each counts.
	for _, shell := range s {
		shell.Expect("doctor", `{ok,["all is well: 3 nodes, a quorum of 3 seats"]}`)
	}
	require.NoError(t, s[1].Pause())
	began := time.Now()
	script(t, s[0], "put d 1", "{ok,1}")
	script(t, s[2], "put e 1", "{ok,1}", "get d", "{ok,1}")
	require.Less(t, time.Since(began), 5*time.Second)
	require.NoError(t, s[1].Continue())
	script(t, s[1], "get d", "{ok,1}", "put e 2", "{ok,1}")
}

// A node of the program and nodes of one's own program are one cluster.
func TestShellAndAPIInOneCluster(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 2, cluster.Setup{})
	s := c.StartShell(3)
	nodes[0].WaitSeats(3, 3)
	r := put(t, nodes[0], atom("k"), 1)
	s.Expect("get k", "{ok,1}")
	pid := valueOf(t, s, "spawn")
	script(t, s, "put tied [] pid "+pid, "{ok,[]}")
	got, err := nodes[1].PID(atom("tied"))
	require.NoError(t, err)
	require.EqualValues(t, s.Name, got.Node)
	require.NoError(t, nodes[0].Ping())
	s.Kill()
	gone(t, nodes, atom("tied"))
	holds(t, nodes, atom("k"), r)
}
