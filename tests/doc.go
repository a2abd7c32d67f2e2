// Package tests shows the store on real nodes: operating system processes on
// loopback, driven through the Go API, gen_server requests and the shell of
// cmd/node, while processes are killed, paused, restarted and cut off. Package
// cluster is the harness, package agent the program of a node under test.
//
// Each test is named for what it shows.
package tests
