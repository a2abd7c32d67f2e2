package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

// framework is the module that says most about a node, besides the program's own.
const framework = "github.com/ergo-services/ergo"

// version says what the program was built from: "paxoskv v1.2.3 4f2a9c1, ergo
// v1.999.224, go1.26.0". A build from a checkout that go build was not asked to
// stamp has "(devel)" and no revision.
func version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "paxoskv (unknown)"
	}
	own := []string{"paxoskv", b.Main.Version}
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			own = append(own, s.Value)
		}
	}
	out := strings.Join(slices.DeleteFunc(own, func(s string) bool { return s == "" }), " ")
	for _, m := range b.Deps {
		if m.Path == framework {
			out += ", ergo " + m.Version
		}
	}
	return fmt.Sprintf("%s, %s", out, b.GoVersion)
}
