//go:build !linux

package agent

import "time"

var started = time.Now()

// Now is the time since this process began: there is no clock here of which it is
// known that all processes share it.
func Now() int64 { return int64(time.Since(started)) }
