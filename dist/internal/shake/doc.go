// Package shake holds the messages of the distribution handshake, version 6, as
// pure functions over byte slices: no socket, no clock, no random numbers.
//
// With A dialling B the messages are, each behind a length that the caller
// reads and writes (2 bytes over TCP, 4 over TLS):
//
//	A: 'N' flags/8 creation/4 nlen/2 name
//	B: 's' status
//	A: 's' "true" or "false", only after the status "alive"
//	B: 'N' flags/8 challenge/4 creation/4 nlen/2 name
//	A: 'r' challenge/4 digest/16
//	B: 'a' digest/16
package shake
