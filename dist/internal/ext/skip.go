package ext

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed says that the bytes are not one term of the external format.
var ErrMalformed = errors.New("ext: malformed term")

// Skip steps over one term (without a leading 131) and returns what follows it.
//
// It keeps a count of terms still owed instead of a stack: every term takes at
// least one byte, so the count can never exceed the bytes that are left, and
// nesting of any depth costs no memory.
func Skip(b []byte) ([]byte, error) {
	owed := 1
	for owed > 0 {
		size, children, ok := measure(b)
		if !ok || size > len(b) {
			return nil, ErrMalformed
		}
		b = b[size:]
		owed += children - 1
		if owed > len(b) {
			return nil, ErrMalformed
		}
	}
	return b, nil
}

// One checks that b is exactly one term with its leading 131.
func One(b []byte) error {
	if len(b) < 2 || b[0] != Version {
		return ErrMalformed
	}
	rest, err := Skip(b[1:])
	if err == nil && len(rest) != 0 {
		err = ErrMalformed
	}
	return err
}

// fixedSize holds the size in bytes of each tag whose size never varies.
var fixedSize = [256]uint8{
	tagNil: 1, tagSmallInt: 2, tagInt: 5, tagNewFloat: 9, tagFloat: 32,
}

// atomFirst holds what follows the atom of each tag that starts with one.
var atomFirst = [256]uint8{
	tagPid: 9, tagNewPid: 12, tagPort: 5, tagNewPort: 8, tagV4Port: 12, tagRef: 5,
}

// measure returns the size of the term's own bytes and the number of terms
// nested in it that follow directly after them.
func measure(b []byte) (size, children int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	if n := fixedSize[b[0]]; n > 0 {
		return int(n), 0, true
	}
	if n := atomFirst[b[0]]; n > 0 {
		return afterAtom(b, 1, int(n))
	}
	switch b[0] {
	case tagSmallTuple, tagLargeTuple, tagList, tagMap, tagExport, tagNewFun:
		return measureNest(b)
	case tagNewRef, tagNewerRef:
		return measureRef(b)
	default:
		return measureBytes(b)
	}
}

// measureBytes covers tags that carry a length and that many opaque bytes.
func measureBytes(b []byte) (size, children int, ok bool) {
	head, extra := 0, 0
	switch b[0] {
	case tagSmallAtomL1, tagSmallAtomUTF8:
		head = 1
	case tagAtomLatin1, tagAtomUTF8, tagString:
		head = 2
	case tagSmallBig:
		head, extra = 1, 1
	case tagBinary:
		head = 4
	case tagLargeBig, tagBitBinary:
		head, extra = 4, 1
	default:
		return 0, 0, false
	}
	n, ok := bigEndian(b[1:], head)
	return 1 + head + extra + n, 0, ok
}

// measureNest covers tags that hold other terms.
func measureNest(b []byte) (size, children int, ok bool) {
	switch b[0] {
	case tagSmallTuple:
		n, ok := bigEndian(b[1:], 1)
		return 2, n, ok
	case tagLargeTuple:
		n, ok := bigEndian(b[1:], 4)
		return 5, n, ok
	case tagList:
		n, ok := bigEndian(b[1:], 4)
		return 5, n + 1, ok
	case tagMap:
		n, ok := bigEndian(b[1:], 4)
		return 5, 2 * n, ok
	case tagExport:
		return 1, 3, true
	}
	// A fun: size, arity, unique, index and the number of free variables; then
	// module, old index, old unique and pid as terms.
	const funHead = 1 + 4 + 1 + 16 + 4 + 4
	if len(b) < funHead {
		return 0, 0, false
	}
	free, ok := bigEndian(b[funHead-4:], 4)
	return funHead, free + 4, ok
}

// measureRef covers references with a word count before the node's atom.
func measureRef(b []byte) (size, children int, ok bool) {
	words, ok := bigEndian(b[1:], 2)
	if !ok || words > 5 {
		return 0, 0, false
	}
	creation := 4
	if b[0] == tagNewRef {
		creation = 1
	}
	return afterAtom(b, 3, creation+4*words)
}

// afterAtom measures a tag with an atom at offset at and n bytes behind it.
func afterAtom(b []byte, at, n int) (size, children int, ok bool) {
	if len(b) <= at {
		return 0, 0, false
	}
	switch b[at] {
	case tagSmallAtomL1, tagSmallAtomUTF8, tagAtomLatin1, tagAtomUTF8:
	default:
		return 0, 0, false
	}
	atom, _, ok := measureBytes(b[at:])
	return at + atom + n, 0, ok
}

// bigEndian reads an unsigned number of 1, 2 or 4 bytes.
func bigEndian(b []byte, size int) (int, bool) {
	if len(b) < size {
		return 0, false
	}
	switch size {
	case 1:
		return int(b[0]), true
	case 2:
		return int(binary.BigEndian.Uint16(b)), true
	default:
		return int(binary.BigEndian.Uint32(b)), true
	}
}
