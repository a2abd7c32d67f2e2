// Package shell is the command language of the node program: one line goes in,
// one line comes out, and that line is an Erlang term.
//
// A [Command] is a row of a table. The same table drives parsing, the help
// text and completion, so that none of them can drift from the others. The
// commands of a node are [Commands]; a program may add its own rows.
//
// A [Shell] runs in one of three modes. [Terminal] edits lines, [Pipe] reads a
// script, and [Framed] is spoken by the launcher of several nodes, which has to
// tell late answers from timely ones.
package shell
