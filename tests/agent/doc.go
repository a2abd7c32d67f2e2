// Package agent is the program of a node under test: one ergo node on the wire of
// package dist, with or without the application of the store, that does what
// a test tells it through the Go API of the store. Requests come by net/rpc on
// standard input and output, many at a time; terms travel in their encoding, and
// errors by the names of the sentinels that errors.Is finds in them.
//
// The node ends when its standard input does, whatever it is doing then.
package agent
