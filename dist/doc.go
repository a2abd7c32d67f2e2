// Package dist is the Erlang distribution for nodes of ergo v2 (v1.999.224). It
// takes the place of ergo's own wire through node.Options: Go nodes and nodes of
// OTP 25 and later are in one cluster, any Erlang term passes unaltered, and
// nothing that a peer or the network does ever blocks an actor. It is tested with
// OTP 25 and 27 always, and was with 29.
//
// # Use
//
//	wire, n, err := dist.Start(ctx, "a@127.0.0.1", node.Options{}, dist.Options{Cookie: "secret"})
//	...
//	wire.Connect("b@127.0.0.1")  // dialled now, and again whenever it is down
//	events := wire.Subscribe()   // links that come up and go down, in order
//
// Start is New, Plug, node.StartWithContext and Attach in one; an application
// that starts its node itself calls them one by one. Processes find the Wire of
// their node in their environment, under EnvKey. ergo.StartNode must not be
// used: it brings processes of its own that answer Erlang nodes wrongly.
//
// # Links
//
// A link is there because one of the two nodes asked for it: Connect keeps one
// up, Allow has one dialled when a process sends, Dial makes one attempt. Core,
// the ergo node itself, never dials; its Connect fails at once, and so does a
// message to a node without a link. Link tells one life of a peer from the
// next. A node is hidden: Erlang nodes see it in nodes(hidden) and leave it out
// of global.
//
// Every link has one reader and one writer, so messages between two processes
// arrive in order. What a peer does not read waits, up to Options.QueueBytes; then
// the peer is cut off. A peer of which nothing is heard for Options.Silence is cut
// off too: it is probed, so a frozen program is noticed as well as a cut cable.
//
// # Who may link
//
// Both sides prove that they know Options.Cookie; Options.AllowNodes names who may
// link at all. Options.TLS has both sides show a certificate, of TLS 1.3, and the
// node that dials checks it against the host in the other's name. Who is refused
// is in one log line, with the reason, and in Stats. A node that cannot start says
// why with ErrNameTaken, ErrPortTaken, ErrName or ErrOptions.
//
// # What processes get
//
//   - gen_server calls, casts and replies have their usual form, with the request
//     (or the reply) as Raw, whatever it is;
//   - any other message that is a binary arrives as []byte;
//   - anything else arrives as Raw. Options.Plain changes the last two.
//
// Raw is one whole term in the external format; package term decodes it. To send,
// give any value that term.Encode takes; a []byte and a Raw cost one copy.
//
// gen.MessageDown, gen.MessageExit and the rest of ergo's own messages are as
// ever; the DOWN of a process of another life of its node says "incarnation". A
// DOWN and an EXIT are never lost: not in a full mailbox, not if the process
// ends in the very moment it is watched. Other messages for a full mailbox wait
// for room, up to Options.ParkBytes over all processes.
//
// Names may be given with or without Elixir's prefix: what comes for
// 'Elixir.PaxosKV.Proposer' goes to "PaxosKV.Proposer" if only that is registered.
//
// # Addresses
//
// Options.Addresses and SetAddress name the addresses of nodes. What they do not
// name is asked of the Erlang port mapper (epmd) of the node's host, if it is not
// switched off. Where none runs, the first node of a host serves it, and when that
// node goes another one takes over; see package epmd. A node that must start even
// if its name is taken there has EPMD.Optional.
//
// # Faults of core that are covered here
//
// A DOWN that comes before core has entered the monitor; a process linked to two
// processes of one node; monitors and links that outlive their link; monitors by a
// name that RegisterName gave; references that repeat; two node downs at once.
// Not covered, since it never comes here: Process.MonitorNode may stop the program
// and must not be used; subscribe to the Wire instead.
package dist
