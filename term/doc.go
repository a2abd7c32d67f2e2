// Package term is everything that PaxosKV knows about Erlang terms: an exact codec
// for the external term format, a canonical form for keys, and a parser and printer
// of Erlang's syntax. It is pure: no I/O, clock, goroutine or randomness.
package term
