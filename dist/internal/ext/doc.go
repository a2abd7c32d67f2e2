// Package ext reads and writes the few parts of Erlang's external term format
// that the distribution itself must understand: atoms, pids, references, small
// integers and tuple headers. Everything else is stepped over, byte for byte.
//
// No function here recurses and none allocates by a length that came from the
// network, so hostile input costs an error and nothing more.
package ext
