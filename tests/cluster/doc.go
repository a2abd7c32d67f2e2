// Package cluster starts nodes of the store as OS processes on loopback, with
// free ports and without EPMD, and lets a test drive them: through the Go API by
// way of package agent (Node), or through the shell of the program cmd/node
// (Shell). Both kinds may be in one cluster. A node can be killed, paused,
// continued and started again under its name, and cut off from another.
//
// What a node writes to its log is shown when the test fails. No process outlives
// the test, however it ends: the kernel kills them when the test binary is gone
// (Linux), and each ends when its standard input does.
//
// A test waits by Eventually, which has a deadline; nothing here sleeps to be
// right. TestMain must call Main.
package cluster
