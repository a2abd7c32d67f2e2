package config_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/host"
)

func noEnv(string) string { return "" }

func parse(t *testing.T, line string) config.Config {
	t.Helper()
	c, err := config.Parse(strings.Fields(line), noEnv)
	require.NoError(t, err, line)
	return c
}

func TestParse(t *testing.T) {
	one := config.Config{Number: 1, Host: "127.0.0.1", Size: 3, LogLevel: slog.LevelInfo}
	with := func(change func(*config.Config)) config.Config {
		c := one
		change(&c)
		return c
	}
	for line, want := range map[string]config.Config{
		"1":               one,
		"0":               with(func(c *config.Config) { c.Number = 0 }),
		"999":             with(func(c *config.Config) { c.Number = 999 }),
		"_":               with(func(c *config.Config) { c.Number, c.Kind = 0, config.Lowest }),
		"local":           {Kind: config.Local, Host: "127.0.0.1", Size: 3, Nodes: 3, LogLevel: slog.LevelWarn},
		"local --nodes 5": {Kind: config.Local, Host: "127.0.0.1", Size: 5, Nodes: 5, LogLevel: slog.LevelWarn},
		"--nodes=5 local --size 3 --log-level info": {Kind: config.Local, Host: "127.0.0.1", Size: 3, Nodes: 5, LogLevel: slog.LevelInfo},
		"--size 5 1 --no-shell":                     with(func(c *config.Config) { c.Size, c.NoShell = 5, true }),
		"1 -size=5 -no-shell":                       with(func(c *config.Config) { c.Size, c.NoShell = 5, true }),
		"1 --cookie SECRET --host db-1.lan":         with(func(c *config.Config) { c.Cookie, c.Host = "SECRET", "db-1.lan" }),
		"1 --data-dir /data/1":                      with(func(c *config.Config) { c.DataDir = "/data/1" }),
		"1 --log-level debug":                       with(func(c *config.Config) { c.LogLevel = slog.LevelDebug }),
		"1 --limits key=4096,value=64K,learned=1G":  with(func(c *config.Config) { c.Limits = host.Limits{Key: 4096, Value: 64 << 10, Learned: 1 << 30} }),
		"1 --limits ties=7,under-way=32M,outbox=9M": with(func(c *config.Config) { c.Limits = host.Limits{Ties: 7, UnderWay: 32 << 20, Outbox: 9 << 20} }),
		"1 --connect a@h,b@h,a@h":                   with(func(c *config.Config) { c.Connect = []string{"a@h", "b@h"} }),
		"1 --framed --port 20001 --routes node1@h:20001,node2@h:20002": with(func(c *config.Config) {
			c.Framed, c.Port, c.Routes = true, 20001, map[string]int{"node1@h": 20001, "node2@h": 20002}
		}),
		"doctor": {Kind: config.Doctor, Host: "127.0.0.1", Size: 3},
		"doctor --host h 2 a@b:7 a@b 3:9 --json": {Kind: config.Doctor, Host: "h", Size: 3, JSON: true,
			Patients: []string{"node2@h", "a@b", "node3@h"}, Routes: map[string]int{"a@b": 7, "node3@h": 9}},
	} {
		require.Equal(t, want, parse(t, line), line)
	}
}

func TestUsageErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                                 "expected one argument, a number, _, local or doctor, but got 0",
		"1 2":                              "but got 2",
		"one":                              `"one" is neither a number from 0 to 999, nor _, local or doctor`,
		"1000":                             "neither a number",
		"01":                               "neither a number",
		"+1":                               "neither a number",
		"-1":                               "flag provided but not defined: -1",
		"--cokie x 1":                      "flag provided but not defined: -cokie",
		"1 --size":                         "flag needs an argument: -size",
		"1 --size x":                       `invalid value "x" for flag -size`,
		"1 --size 0":                       "--size 0 is not from 1 to 99",
		"1 --size 100":                     "--size 100 is not from 1 to 99",
		"1 --nodes 3":                      "--nodes goes with local only",
		"_ --nodes 3":                      "--nodes goes with local only",
		"local --nodes 0":                  "--nodes 0 is not from 1 to 9",
		"local --nodes 10":                 "--nodes 10 is not from 1 to 9",
		"local --connect a@h":              "--connect does not go with local",
		"local --framed":                   "--framed does not go with local",
		"local --listed":                   "--listed does not go with local",
		"local --port 1":                   "--port does not go with local",
		"local --routes a@h:1":             "--routes does not go with local",
		"1 --host=":                        `--host "" is not a host`,
		"1 --host a@b":                     `--host "a@b" is not a host`,
		"1 --host a:1":                     `--host "a:1" is not a host`,
		"1 --connect=":                     `"" is not a node`,
		"1 --connect a":                    `"a" is not a node, such as node2@127.0.0.1`,
		"1 --connect a@h,":                 `"" is not a node`,
		"1 --connect a@b@c":                `"a@b@c" is not a node`,
		"1 --connect @h":                   `"@h" is not a node`,
		"1 --data-dir=":                    "--data-dir is empty",
		"_ --data-dir d":                   "--data-dir goes with a number or local",
		"doctor --data-dir d":              "--data-dir does not go with doctor",
		"1 --log-level loud":               `--log-level "loud" is not one of debug, info, warn and error`,
		"1 --log-level=":                   `--log-level "" is not one of`,
		"1 --cookie=":                      "a cookie is 1 to 255 printable ASCII characters",
		"1 --cookie caf\u00e9":             "a cookie is 1 to 255 printable ASCII characters",
		"1 --no-shell=maybe":               "invalid boolean value",
		"1 --port 65536":                   "--port 65536 is not from 0 to 65535",
		"1 --port -1":                      "--port -1 is not from 0 to 65535",
		"1 --limits=":                      `"" is not NAME=SIZE with a name of key, value, ties, under-way, learned, outbox`,
		"1 --limits keys=1":                `"keys=1" is not NAME=SIZE`,
		"1 --limits key":                   `"" is not a number from 1 on`,
		"1 --limits key=0":                 `"0" is not a number from 1 on`,
		"1 --limits key=-1":                `"-1" is not a number`,
		"1 --limits key=K":                 `"K" is not a number`,
		"1 --limits key=1T":                `"1T" is not a number`,
		"1 --limits key=2000G":             `"2000G" is not a number`,
		"1 --limits value=1G,under-way=2G": "go into a message",
		"1 --limits under-way=1":           "1 bytes under way are less than one put may take",
		"1 --routes a@h":                   `"a@h" is not of the form NODE:PORT`,
		"1 --routes a:1":                   `"a:1" is not of the form NODE:PORT`,
		"1 --routes a@h:0":                 `"a@h:0" has no port from 1 to 65535`,
		"1 --routes a@h:1,b@h:x":           `"b@h:x" has no port from 1 to 65535`,
		"1 --json":                         "--json goes with doctor only",
		"doctor --size 3":                  "--size does not go with doctor",
		"doctor --no-shell":                "--no-shell does not go with doctor",
		"doctor a":                         `"a" is not a node`,
		"doctor 1000":                      `"1000" is not a node`,
		"doctor 1:0":                       `"1:0" has no port`,
		"doctor a@b:x":                     `"a@b:x" has no port`,
		"1 doctor":                         "but got 2",
	} {
		_, err := config.Parse(strings.Fields(line), noEnv)
		require.ErrorIs(t, err, config.ErrUsage, line)
		require.ErrorContains(t, err, want, line)
	}
	for _, line := range []string{"-h", "--help", "help", "1 --help", "local -h", "doctor --help"} {
		_, err := config.Parse(strings.Fields(line), noEnv)
		require.ErrorIs(t, err, config.ErrHelp, line)
	}
	for _, line := range []string{"--version", "1 -version", "--version doctor"} {
		_, err := config.Parse(strings.Fields(line), noEnv)
		require.ErrorIs(t, err, config.ErrVersion, line)
	}
}

func TestCookieFromTheEnvironment(t *testing.T) {
	env := func(value string) func(string) string {
		return func(name string) string {
			require.Equal(t, config.CookieEnv, name)
			return value
		}
	}
	c, err := config.Parse([]string{"1"}, env("FROMENV"))
	require.NoError(t, err)
	require.Equal(t, "FROMENV", c.Cookie)
	c, err = config.Parse([]string{"1", "--cookie", "FROMFLAG"}, env("FROMENV"))
	require.NoError(t, err)
	require.Equal(t, "FROMFLAG", c.Cookie)
	_, err = config.Parse([]string{"1"}, env("no\x00"))
	require.ErrorIs(t, err, config.ErrUsage)
	require.ErrorContains(t, err, config.CookieEnv)
}

func TestPeers(t *testing.T) {
	require.Equal(t, []string{"node0@127.0.0.1", "node2@127.0.0.1"}, parse(t, "1").Peers(1))
	require.Empty(t, parse(t, "0").Peers(0))
	require.Equal(t, []string{"node0@127.0.0.1", "node2@127.0.0.1", "db@h"},
		parse(t, "1 --connect node2@127.0.0.1,db@h,node1@127.0.0.1").Peers(1))
	require.Equal(t, []string{"node1@127.0.0.1"},
		parse(t, "2 --routes node1@127.0.0.1:1,node2@127.0.0.1:2,node3@127.0.0.1:3").Peers(2))
	require.Empty(t, parse(t, "0 --routes node1@127.0.0.1:1").Peers(0))
}

// What a launcher writes, its nodes read.
func TestNodeArgs(t *testing.T) {
	c := parse(t, "local --nodes 2 --log-level error --host h --cookie SECRET --limits key=1K,ties=3 --data-dir d")
	c.Routes = map[string]int{"node1@h": 20001, "node2@h": 20002}
	args := c.NodeArgs(2)
	require.NotContains(t, strings.Join(args, " "), "SECRET")
	require.Equal(t, config.Config{
		Number: 2, Host: "h", Size: 2, LogLevel: slog.LevelError, Framed: true, Listed: true, Port: 20002, Routes: c.Routes,
		Limits:  host.Limits{Key: 1024, Ties: 3},
		DataDir: "d/node2@h",
		Connect: []string{"node1@h", "node2@h"},
	}, parse(t, strings.Join(args, " ")))

	// The nodes that were started connect to each other, a later one to them.
	c.Nodes, c.Routes["node3@h"] = 2, 20003
	require.Equal(t, []string{"node2@h"}, parse(t, strings.Join(c.NodeArgs(1), " ")).Peers(1))
	require.Equal(t, []string{"node1@h", "node2@h"}, parse(t, strings.Join(c.NodeArgs(3), " ")).Peers(3))
}

// The usage text names every flag that people may give, and no other.
func TestUsageText(t *testing.T) {
	for _, flag := range []string{"host", "cookie", "size", "connect", "log-level", "no-shell", "nodes", "limits", "data-dir"} {
		require.Contains(t, config.Usage, "--"+flag+" ")
	}
	require.Contains(t, config.Usage, "--json ")
	require.Contains(t, config.Usage, "--version ")
	require.Equal(t, 11, strings.Count(config.Usage, "\n  --"))
}
