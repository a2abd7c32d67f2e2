package agent

import "golang.org/x/sys/unix"

// Now reads the machine's monotonic clock, in nanoseconds: the same for all
// processes, so that what several of them saw can be put in order.
func Now() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}
