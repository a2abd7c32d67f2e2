//go:build linux

package chaos

import "github.com/paxoskv/paxoskv/tests/agent"

// now reads the clock of the record.
func now() int64 { return agent.Now() }
