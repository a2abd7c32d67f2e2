package ext

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// ErrAtom says that a name cannot be an atom: more than 255 characters, or not UTF-8.
var ErrAtom = errors.New("ext: not an atom")

// AppendAtom appends an atom in its UTF-8 form.
func AppendAtom(dst []byte, atom etf.Atom) ([]byte, error) {
	n := len(atom)
	if n > 255 && utf8.RuneCountInString(string(atom)) > 255 {
		return dst, ErrAtom
	}
	if !utf8.ValidString(string(atom)) {
		return dst, ErrAtom
	}
	if n <= 255 {
		dst = append(dst, tagSmallAtomUTF8, byte(n))
	} else {
		dst = append(dst, tagAtomUTF8, byte(n>>8), byte(n))
	}
	return append(dst, atom...), nil
}

// AppendPid appends a pid in its wide form.
func AppendPid(dst []byte, pid etf.Pid) ([]byte, error) {
	dst, err := AppendAtom(append(dst, tagNewPid), pid.Node)
	dst = binary.BigEndian.AppendUint32(dst, uint32(pid.ID))
	dst = binary.BigEndian.AppendUint32(dst, uint32(pid.ID>>32))
	return binary.BigEndian.AppendUint32(dst, pid.Creation), err
}

// AppendRef appends a reference. etf.Ref has no length of its own: one whose
// last two words are zero is written with three words, any other with five.
// OTP 25 makes the former; the fourth word of OTP 27's is never zero.
func AppendRef(dst []byte, ref etf.Ref) ([]byte, error) {
	words := 5
	if ref.ID[3] == 0 && ref.ID[4] == 0 {
		words = 3
	}
	dst, err := AppendAtom(append(dst, tagNewerRef, 0, byte(words)), ref.Node)
	dst = binary.BigEndian.AppendUint32(dst, ref.Creation)
	for _, word := range ref.ID[:words] {
		dst = binary.BigEndian.AppendUint32(dst, word)
	}
	return dst, err
}

// AppendUint appends a non-negative integer in its shortest form.
func AppendUint(dst []byte, n uint64) []byte {
	if n < 256 {
		return append(dst, tagSmallInt, byte(n))
	}
	if n <= math.MaxInt32 {
		return binary.BigEndian.AppendUint32(append(dst, tagInt), uint32(n))
	}
	at := len(dst)
	dst = append(dst, tagSmallBig, 0, 0)
	for ; n > 0; n >>= 8 {
		dst = append(dst, byte(n))
	}
	dst[at+1] = byte(len(dst) - at - 3)
	return dst
}

// AppendTuple appends a tuple header.
func AppendTuple(dst []byte, arity int) []byte {
	if arity < 256 {
		return append(dst, tagSmallTuple, byte(arity))
	}
	return binary.BigEndian.AppendUint32(append(dst, tagLargeTuple), uint32(arity))
}

// AppendBinary appends a binary.
func AppendBinary(dst, b []byte) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, tagBinary), uint32(len(b)))
	return append(dst, b...)
}

// AppendNil appends the empty list.
func AppendNil(dst []byte) []byte { return append(dst, tagNil) }

// AppendAliasTag appends the improper list [alias|Ref].
func AppendAliasTag(dst []byte, ref etf.Ref) ([]byte, error) {
	dst = append(dst, tagList, 0, 0, 0, 1)
	dst, _ = AppendAtom(dst, "alias")
	return AppendRef(dst, ref)
}

// AppendReason appends an exit reason that ergo knows only as text: an atom
// where that is possible, else a binary, so that no reason is ever lost.
func AppendReason(dst []byte, reason string) []byte {
	if out, err := AppendAtom(dst, etf.Atom(reason)); err == nil {
		return out
	}
	return AppendBinary(dst, []byte(reason))
}
