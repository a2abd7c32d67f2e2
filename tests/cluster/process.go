package cluster

import "github.com/paxoskv/paxoskv/tests/spawn"

type (
	process = spawn.Process
	logs    = spawn.Logs
)
