package term

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	// ErrBadTerm says that a Go value has no Erlang form. The message names the Go
	// type and the path to it. Every error of Encode and Key wraps it.
	ErrBadTerm = errors.New("term: Go value has no Erlang form")

	// ErrBadETF says that bytes are not one whole, well-formed term of the external
	// format. Every error of Decode, KeyOfETF and Valid wraps it.
	ErrBadETF = errors.New("term: malformed external term")

	// ErrSyntax says that a text is not an Erlang term. Every error of Parse and
	// ParsePrefix wraps it, and holds a *SyntaxError that says where.
	ErrSyntax = errors.New("term: syntax error")

	// ErrTooDeep says that a term nests deeper than MaxDepth.
	ErrTooDeep = errors.New("term: nested too deeply")

	// ErrDuplicateKey says that a map holds one key twice, as Erlang compares keys.
	ErrDuplicateKey = errors.New("term: duplicate map key")

	// ErrTooLarge says that a compressed term is larger than MaxInflated, or that
	// the binaries of a parsed text are larger than MaxParsedBinary.
	ErrTooLarge = errors.New("term: too large")

	// ErrLocalExt says that a term holds a LOCAL_EXT, which only the node that made
	// it can read.
	ErrLocalExt = errors.New("term: LOCAL_EXT can be read only by its own node")

	// ErrAtomCache says that a term refers to the atom cache of a link, or opens
	// with a distribution header: its atoms are not in it.
	ErrAtomCache = errors.New("term: atom cache references have no meaning here")
)

// badETF builds an error that is ErrBadETF and, when cause is not nil, also cause.
func badETF(cause error, format string, args ...any) error {
	if cause == nil {
		return fmt.Errorf("%w: "+format, append([]any{ErrBadETF}, args...)...)
	}
	return fmt.Errorf("%w: %w: "+format, append([]any{ErrBadETF, cause}, args...)...)
}

// termError is ErrBadTerm with the way to the value at fault. The path is kept
// innermost first, because it grows while the error travels outwards.
type termError struct {
	cause  error
	goType string
	why    string
	path   []string
}

// maxPathShown bounds the steps of a path that a message prints.
const maxPathShown = 16

func (e *termError) Error() string {
	var s strings.Builder
	s.WriteString(ErrBadTerm.Error())
	s.WriteString(": ")
	s.WriteString(e.goType)
	if len(e.path) > 0 {
		s.WriteString(" at ")
		steps := slices.Clone(e.path)
		slices.Reverse(steps)
		if len(steps) > maxPathShown {
			steps = append(steps[:maxPathShown], "...")
		}
		s.WriteString(strings.Join(steps, ""))
	}
	s.WriteString(": ")
	s.WriteString(e.why)
	return s.String()
}

func (e *termError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrBadTerm}
	}
	return []error{ErrBadTerm, e.cause}
}

// refuse says why v has no Erlang form.
func refuse(v any, why string) error {
	return &termError{goType: typeName(v), why: why}
}

// refuseCause is refuse with a sentinel that errors.Is finds too.
func refuseCause(v any, cause error) error {
	return &termError{goType: typeName(v), why: cause.Error(), cause: cause}
}

// within adds one step of the path, in front, to an error from a nested value.
func within(err error, format string, args ...any) error {
	var e *termError
	if errors.As(err, &e) {
		e.path = append(e.path, fmt.Sprintf(format, args...))
	}
	return err
}

func typeName(v any) string {
	if v == nil {
		return "nil"
	}
	return fmt.Sprintf("%T", v)
}
