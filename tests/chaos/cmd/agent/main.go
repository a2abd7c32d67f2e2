// Command agent is a node of a chaos run: see package agent.
package main

import (
	"fmt"
	"os"

	"github.com/paxoskv/paxoskv/tests/agent"
)

func main() {
	agent.Main()
	fmt.Fprintln(os.Stderr, "agent: "+agent.ConfigEnv+" holds no configuration")
	os.Exit(2)
}
