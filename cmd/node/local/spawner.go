package local

import (
	"os/exec"
	"runtime"
)

// spawner starts processes from one OS thread. On Linux a child's parent-death
// signal is sent when the *thread* that started it ends, and Go ends threads as
// it likes; so this one is locked to a goroutine that lives as long as the
// nodes may.
type spawner struct {
	commands chan *exec.Cmd
	results  chan error
}

func newSpawner() *spawner {
	s := &spawner{commands: make(chan *exec.Cmd), results: make(chan error)}
	go s.loop()
	return s
}

// loop never unlocks its thread: it ends with the goroutine, and whatever is
// left of the children with it.
func (s *spawner) loop() {
	runtime.LockOSThread()
	for cmd := range s.commands {
		s.results <- cmd.Start()
	}
}

// start is cmd.Start on the spawner's thread. One caller at a time.
func (s *spawner) start(cmd *exec.Cmd) error {
	s.commands <- cmd
	return <-s.results
}

// close ends the thread. No start may come after it.
func (s *spawner) close() { close(s.commands) }
