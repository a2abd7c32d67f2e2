package ext

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// Reader takes terms from the front of a byte slice. The first error sticks:
// later reads return zero values, so a caller checks Err once at the end.
type Reader struct {
	B      []byte
	Err    error
	Intern *Intern
}

func (r *Reader) fail() { r.Err, r.B = ErrMalformed, nil }

func (r *Reader) take(n int) []byte {
	if r.Err != nil || n < 0 || n > len(r.B) {
		r.fail()
		return nil
	}
	b := r.B[:n]
	r.B = r.B[n:]
	return b
}

func (r *Reader) number(size int) int {
	b := r.take(size)
	if r.Err != nil {
		return 0
	}
	n, _ := bigEndian(b, size)
	return n
}

// Peek returns the tag of the next term, or 0 at the end.
func (r *Reader) Peek() byte {
	if r.Err != nil || len(r.B) == 0 {
		return 0
	}
	return r.B[0]
}

// Skip steps over one term and returns its bytes.
func (r *Reader) Skip() []byte {
	if r.Err != nil {
		return nil
	}
	start := r.B
	rest, err := Skip(start)
	if err != nil {
		r.fail()
		return nil
	}
	r.B = rest
	return start[:len(start)-len(rest)]
}

// Tuple reads a tuple header and returns the arity.
func (r *Reader) Tuple() int {
	switch r.number(1) {
	case tagSmallTuple:
		return r.number(1)
	case tagLargeTuple:
		return r.number(4)
	}
	r.fail()
	return 0
}

// IsTuple says whether the next term is a tuple.
func (r *Reader) IsTuple() bool {
	tag := r.Peek()
	return tag == tagSmallTuple || tag == tagLargeTuple
}

// IsAtom says whether the next term is an atom.
func (r *Reader) IsAtom() bool {
	switch r.Peek() {
	case tagSmallAtomUTF8, tagAtomUTF8, tagSmallAtomL1, tagAtomLatin1:
		return true
	}
	return false
}

// IsRef says whether the next term is a reference.
func (r *Reader) IsRef() bool {
	tag := r.Peek()
	return tag == tagNewerRef || tag == tagNewRef
}

// IsPid says whether the next term is a pid.
func (r *Reader) IsPid() bool {
	tag := r.Peek()
	return tag == tagNewPid || tag == tagPid
}

// Atom reads an atom; Latin-1 forms become UTF-8.
func (r *Reader) Atom() etf.Atom {
	switch r.number(1) {
	case tagSmallAtomUTF8:
		return r.Intern.Atom(r.take(r.number(1)))
	case tagAtomUTF8:
		return r.Intern.Atom(r.take(r.number(2)))
	case tagSmallAtomL1:
		return r.Intern.Atom(latin1(r.take(r.number(1))))
	case tagAtomLatin1:
		return r.Intern.Atom(latin1(r.take(r.number(2))))
	}
	r.fail()
	return ""
}

// Pid reads a process identifier.
func (r *Reader) Pid() etf.Pid {
	tag := r.number(1)
	if tag != tagNewPid && tag != tagPid {
		r.fail()
		return etf.Pid{}
	}
	pid := etf.Pid{Node: r.Atom()}
	id, serial := uint64(r.number(4)), uint64(r.number(4))
	pid.ID = serial<<32 | id
	pid.Creation = r.creation(tag == tagNewPid)
	return pid
}

// Ref reads a reference of one to five words.
func (r *Reader) Ref() etf.Ref {
	tag := r.number(1)
	words := r.number(2)
	if (tag != tagNewerRef && tag != tagNewRef) || words > 5 {
		r.fail()
		return etf.Ref{}
	}
	ref := etf.Ref{Node: r.Atom()}
	ref.Creation = r.creation(tag == tagNewerRef)
	for i := range words {
		ref.ID[i] = uint32(r.number(4))
	}
	return ref
}

func (r *Reader) creation(wide bool) uint32 {
	if wide {
		return uint32(r.number(4))
	}
	return uint32(r.number(1))
}

// Uint reads a non-negative integer of at most 64 bits.
func (r *Reader) Uint() uint64 {
	switch r.number(1) {
	case tagSmallInt:
		return uint64(r.number(1))
	case tagInt:
		if n := int32(r.number(4)); n >= 0 {
			return uint64(n)
		}
	case tagSmallBig:
		n, sign := r.number(1), r.number(1)
		if n <= 8 && sign == 0 {
			var wide [8]byte
			copy(wide[:], r.take(n))
			return binary.LittleEndian.Uint64(wide[:])
		}
	}
	r.fail()
	return 0
}

// Binary reads a binary and returns its bytes, which alias the input.
func (r *Reader) Binary() []byte {
	if r.number(1) != tagBinary {
		r.fail()
		return nil
	}
	return r.take(r.number(4))
}

// IsBinary says whether the next term is a binary.
func (r *Reader) IsBinary() bool { return r.Peek() == tagBinary }

// AliasTag reads the improper list [alias|Ref] that gen_server:call of OTP 24
// and later uses as a tag; ok is false, and nothing is read, if it is not one.
func (r *Reader) AliasTag() (ref etf.Ref, ok bool) {
	probe := *r
	if probe.number(1) != tagList || probe.number(4) != 1 || !probe.IsAtom() ||
		probe.Atom() != "alias" || !probe.IsRef() {
		return etf.Ref{}, false
	}
	ref = probe.Ref()
	if probe.Err != nil {
		return etf.Ref{}, false
	}
	*r = probe
	return ref, true
}

// latin1 turns Latin-1 bytes into UTF-8; plain ASCII is returned as it is.
func latin1(b []byte) []byte {
	if isASCII(b) {
		return b
	}
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
