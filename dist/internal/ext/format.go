package ext

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// formatMax bounds the text that Format makes of one term.
const formatMax = 1024

// formatDepth bounds its recursion.
const formatDepth = 16

// Format renders a term (without a leading 131) as Erlang would print it, for
// exit reasons, which ergo knows only as strings. An atom gives its bare name.
// What is too long, too deep or of no short form gives "...".
func Format(b []byte) string {
	r := &Reader{B: b}
	var out strings.Builder
	format(r, &out, 0)
	text := out.String()
	if len(text) > formatMax {
		text = strings.ToValidUTF8(text[:formatMax], "") + "..."
	}
	return text
}

// Reason renders an exit reason. It is Format, but a binary gives its bare text:
// AppendReason writes so what is too long for an atom.
func Reason(b []byte) string {
	r := &Reader{B: b}
	if r.IsBinary() {
		if text := r.Binary(); r.Err == nil && utf8.Valid(text) {
			return string(text)
		}
	}
	return Format(b)
}

func format(r *Reader, out *strings.Builder, depth int) {
	if r.Err != nil || depth > formatDepth || out.Len() > formatMax {
		out.WriteString("...")
		return
	}
	switch {
	case r.IsAtom():
		out.WriteString(string(r.Atom()))
	case r.IsPid():
		pid := r.Pid()
		fmt.Fprintf(out, "<%s.%d.%d>", pid.Node, uint32(pid.ID), pid.ID>>32)
	case r.IsBinary():
		formatBinary(r.Binary(), out)
	default:
		formatByTag(r, out, depth)
	}
}

func formatByTag(r *Reader, out *strings.Builder, depth int) {
	switch r.Peek() {
	case tagSmallTuple, tagLargeTuple:
		formatSeries(r, out, depth, r.Tuple(), "{", "}")
	case tagNil:
		r.take(1)
		out.WriteString("[]")
	case tagString:
		r.take(1)
		fmt.Fprintf(out, "%q", r.take(r.number(2)))
	case tagList:
		r.take(1)
		formatSeries(r, out, depth, r.number(4), "[", "")
		formatTail(r, out, depth)
	case tagSmallInt:
		r.take(1)
		fmt.Fprint(out, r.number(1))
	case tagInt:
		r.take(1)
		fmt.Fprint(out, int32(r.number(4)))
	case tagNewFloat:
		r.take(1)
		if b := r.take(8); len(b) == 8 {
			fmt.Fprint(out, math.Float64frombits(binary.BigEndian.Uint64(b)))
		}
	default:
		r.Skip()
		out.WriteString("...")
	}
}

func formatSeries(r *Reader, out *strings.Builder, depth, n int, open, end string) {
	out.WriteString(open)
	for i := 0; i < n && r.Err == nil && out.Len() <= formatMax; i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		format(r, out, depth+1)
	}
	out.WriteString(end)
}

func formatTail(r *Reader, out *strings.Builder, depth int) {
	if r.Peek() == tagNil {
		r.take(1)
	} else {
		out.WriteByte('|')
		format(r, out, depth+1)
	}
	out.WriteByte(']')
}

func formatBinary(b []byte, out *strings.Builder) {
	if utf8.Valid(b) {
		fmt.Fprintf(out, "<<%q>>", b)
		return
	}
	fmt.Fprintf(out, "<<%d bytes>>", len(b))
}
