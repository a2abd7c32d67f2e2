// Package epmd speaks the protocol of the Erlang port mapper: a client that
// registers a node and looks others up, and a server to stand in where no
// Erlang is installed.
//
// A registration lasts as long as its connection. Serve and Register together
// are enough for a host without Erlang: the first node serves, and when it goes
// the others see their connections end, one of them serves in its place, and all
// register again. See Keeper, which does just that.
package epmd
