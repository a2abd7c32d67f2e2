// Package frame is what the launcher of several nodes and the shells of those
// nodes write to each other: one line for each message.
//
//	run TOKEN DEADLINE COMMAND   launcher to shell
//	cancel TOKEN                 launcher to shell
//	TOKEN ANSWER                 shell to launcher
//
// A token is never used twice, so an answer that comes after its caller has
// given up is told from the answer to the next command. The deadline is in
// milliseconds since 1970; both sides run on one machine and read one clock. A
// command that a paused shell reads too late is thus not run at all.
package frame

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Ready is the token under which a shell says that it is there.
const Ready uint64 = 0

// Room is more than a request adds to the length of its line, in bytes.
const Room = 64

// ErrFrame is returned for a line that is no frame.
var ErrFrame = errors.New("not a frame")

// Request is a message to a shell: run a line, or cancel what runs.
type Request struct {
	Token    uint64
	Cancel   bool
	Deadline time.Time // Of a line to run; whole milliseconds.
	Line     string    // Of a line to run; has no end of line in it.
}

// String writes the request as one line, without its end.
func (r Request) String() string {
	if r.Cancel {
		return fmt.Sprintf("cancel %d", r.Token)
	}
	return fmt.Sprintf("run %d %d %s", r.Token, r.Deadline.UnixMilli(), r.Line)
}

// ParseRequest is the inverse of String.
func ParseRequest(line string) (Request, error) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "cancel":
		token, err := parseToken(rest)
		return Request{Token: token, Cancel: true}, err
	case "run":
		word, rest, _ := strings.Cut(rest, " ")
		token, err := parseToken(word)
		if err != nil {
			return Request{}, err
		}
		word, command, found := strings.Cut(rest, " ")
		ms, err := strconv.ParseInt(word, 10, 64)
		if err != nil || !found {
			return Request{}, fmt.Errorf("%w: run %d without a deadline", ErrFrame, token)
		}
		return Request{Token: token, Deadline: time.UnixMilli(ms), Line: command}, nil
	}
	return Request{}, fmt.Errorf("%w: neither run nor cancel", ErrFrame)
}

// Answer is a message of a shell.
type Answer struct {
	Token uint64
	Text  string
}

// String writes the answer as one line, without its end.
func (a Answer) String() string { return strconv.FormatUint(a.Token, 10) + " " + a.Text }

// ParseAnswer is the inverse of String.
func ParseAnswer(line string) (Answer, error) {
	word, text, found := strings.Cut(line, " ")
	token, err := parseToken(word)
	if err != nil || !found {
		return Answer{}, fmt.Errorf("%w: an answer without a token", ErrFrame)
	}
	return Answer{Token: token, Text: text}, nil
}

func parseToken(word string) (uint64, error) {
	token, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: a token should be a number", ErrFrame)
	}
	return token, nil
}
