package shell

import (
	"context"
	"strings"
)

// Command is one row of the table that drives parsing, help and completion.
type Command struct {
	Name    string
	Params  []Param  // In this order; only the last may be optional.
	Options []Option // In any order, each at most once.
	Help    string   // What it does: a phrase without capital and full stop.

	// Run returns the term to answer with. A [Line] is printed as it is, and
	// [Exit] ends the shell after the answer ok.
	Run func(ctx context.Context, call *Call) (any, error)
}

// Param is a positional argument. Its name is what the help text shows.
type Param struct {
	Name     string
	Kind     Kind
	Optional bool
}

// Option is a word with a value after it, or a word alone when it has no Kind.
type Option struct {
	Name  string
	Value string // What the help text shows for the value.
	Kind  *Kind
}

// Call is a parsed command: its arguments by the names of the table's row.
type Call struct {
	// Text is the line as it was typed, without the space around it.
	Text string

	args map[string]any
}

// Has tells whether the argument or option of that name was given.
func (c *Call) Has(name string) bool {
	_, ok := c.args[name]
	return ok
}

// Arg returns the argument of that name, or the zero T when it was not given
// (or is not a T, which only a wrong row of the table can bring about).
func Arg[T any](c *Call, name string) T {
	v, _ := c.args[name].(T)
	return v
}

// Line is an answer that is printed as it is, for commands that hand a line on
// to another shell.
type Line string

// Exit is the answer that ends the shell.
var Exit exitAnswer

type exitAnswer struct{}

// usage writes the row as the help text does: put KEY VALUE [pid P] ...
func (c *Command) usage() string {
	words := []string{c.Name}
	for _, p := range c.Params {
		if p.Optional {
			words = append(words, "["+p.Name+"]")
		} else {
			words = append(words, p.Name)
		}
	}
	for _, o := range c.Options {
		words = append(words, "["+strings.TrimSpace(o.Name+" "+o.Value)+"]")
	}
	return strings.Join(words, " ")
}

// find returns the row of that name, or nil.
func find(table []Command, name string) *Command {
	for i := range table {
		if table[i].Name == name {
			return &table[i]
		}
	}
	return nil
}

// names lists the commands in the order of the table.
func names(table []Command) []string {
	out := make([]string, len(table))
	for i := range table {
		out[i] = table[i].Name
	}
	return out
}
