package shell

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ergo-services/ergo/etf"
)

// Shell runs commands of one table. Execute may be called by several
// goroutines; Run is called once.
type Shell struct {
	table    []Command
	prompt   string
	greeting string
	timeout  time.Duration
	now      func() time.Time
	logs     *Logs
}

// Setting changes how a shell behaves.
type Setting func(*Shell)

// WithPrompt sets the prompt of a terminal, such as "node1@127.0.0.1> ".
func WithPrompt(prompt string) Setting { return func(s *Shell) { s.prompt = prompt } }

// WithGreeting sets a line that a terminal shows first.
func WithGreeting(line string) Setting { return func(s *Shell) { s.greeting = line } }

// WithTimeout bounds how long a command may take; 0, the default, does not.
func WithTimeout(d time.Duration) Setting { return func(s *Shell) { s.timeout = d } }

// WithClock sets the clock that "until +5s" counts from.
func WithClock(now func() time.Time) Setting { return func(s *Shell) { s.now = now } }

// WithLogs names the log writer that the terminal redraws its line around.
func WithLogs(logs *Logs) Setting { return func(s *Shell) { s.logs = logs } }

// New returns a shell for the table, to which it adds help and exit.
func New(table []Command, settings ...Setting) *Shell {
	s := &Shell{prompt: "> ", now: time.Now, logs: NewLogs(nil)}
	for _, set := range settings {
		set(s)
	}
	s.table = append(s.table, table...)
	s.table = append(s.table, s.helpCommand(), Command{
		Name: "exit",
		Help: "ends the shell and its node",
		Run:  func(context.Context, *Call) (any, error) { return Exit, nil },
	})
	return s
}

// Execute runs one line and returns its answer, one line without its end. exit
// says that the shell should end. An empty line or a comment, which starts with
// a % sign, has an empty answer.
func (s *Shell) Execute(ctx context.Context, line string) (text string, exit bool) {
	if isBlank(line) {
		return "", false
	}
	if s.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	v, err := s.run(ctx, line)
	_, exit = v.(exitAnswer)
	return answer(v, err), exit && err == nil
}

// run parses and runs one line. A panic in a command costs that command only,
// as an exception does in an Erlang shell: the node serves others.
func (s *Shell) run(ctx context.Context, line string) (v any, err error) {
	cmd, call, err := parse(s.table, line, s.now())
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = Fail(etf.Tuple{etf.Atom("exception"), fmt.Sprint(p)}, nil)
		}
	}()
	return cmd.Run(ctx, call)
}

func isBlank(line string) bool {
	line = strings.TrimLeftFunc(line, isSpace)
	return line == "" || line[0] == '%'
}

// helpCommand is made for a shell, because it speaks of the whole table.
func (s *Shell) helpCommand() Command {
	which := Kind{Expected: "a command", read: Name.read}
	which.complete = func(string) []string { return names(s.table) }
	return Command{
		Name:   "help",
		Params: []Param{{Name: "COMMAND", Kind: which, Optional: true}},
		Help:   "lists the commands, or says what one does",
		Run: func(_ context.Context, c *Call) (any, error) {
			if !c.Has("COMMAND") {
				return ok(strings.Join(names(s.table), " ") + "; help COMMAND says more"), nil
			}
			name := Arg[string](c, "COMMAND")
			cmd := find(s.table, name)
			if cmd == nil {
				return nil, fmt.Errorf("%w: help: there is no command %s; expected one of: %s",
					ErrBadCommand, quote(name), strings.Join(names(s.table), ", "))
			}
			return ok(cmd.usage() + ": " + cmd.Help), nil
		},
	}
}
