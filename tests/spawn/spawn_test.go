package spawn

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that broke is noticed, also where the node went on.
func TestFaultsAreSeenInTheLog(t *testing.T) {
	for line, want := range map[string]string{
		`level=INFO msg="3 of 3 nodes [quorum:yes]"`:                                                                     "",
		raceReport("main.f()", "main.g()"):                                                                               RaceSign,
		raceReport("main.f()", "github.com/ergo-services/ergo/node.f()"):                                                 RaceSign,
		raceReport("github.com/ergo-services/ergo/gen.f()", "main.f()"):                                                  RaceSign,
		raceReport("github.com/ergo-services/ergo/node.(*core).spawn.func2()", "github.com/ergo-services/ergo/node.f()"): "",
		"panic: runtime error":                                         "panic:",
		"fatal error: concurrent map writes":                           "fatal error:",
		`WARNING! Server terminated <A.0.1>["x"]. Panic reason: "nil"`: "Panic reason:",
	} {
		l := &Logs{}
		_, err := io.WriteString(l, "first\n"+line+"\nlast\n")
		require.NoError(t, err)
		require.Equal(t, want, l.Fault(), line)
	}
}

func raceReport(first, second string) string {
	return raceRule + "WARNING: DATA RACE\nWrite at 0x00c0 by goroutine 26:\n  " + first + "\n      /a/b.go:480 +0x6c\n  main.h()\n" +
		"\nPrevious read at 0x00c0 by goroutine 27:\n  " + second + "\n      /a/c.go:1 +0x1\n\nGoroutine 26 (running) created at:\n  main.main()\n" + raceRule
}

func TestWithoutRacesOfErgo(t *testing.T) {
	const ergo = "github.com/ergo-services/ergo/node.(*core).spawn()"
	theirs, ours := raceReport(ergo, ergo), raceReport(ergo, "github.com/paxoskv/paxoskv/host.f()")
	require.Equal(t, "a\nb\n", WithoutRacesOfErgo("a\n"+theirs+"b\n"+theirs+"Found 2 data race(s)\n"))
	require.Equal(t, "a\n", WithoutRacesOfErgo("a\n"))
	require.Contains(t, WithoutRacesOfErgo(theirs+ours+"Found 2 data race(s)\n"), RaceSign)
}
