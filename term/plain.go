package term

import (
	"encoding/binary"
	"unicode/utf8"
)

// maxPlain bounds the tuples and the elements that isPlain looks at, and with the
// tuples the depth.
const (
	maxPlainTuples   = 16
	maxPlainElements = 64
)

// isPlain says whether b is surely one whole term in canonical form, by looking at
// the commonest forms only: small integers, short atoms, binaries, strings, empty
// lists, new pids, and small tuples of those. False means only that it cannot say.
func isPlain(b []byte) bool {
	if len(b) == 0 || b[0] != tagVersion {
		return false
	}
	b = b[1:]
	tuples, elements := 0, 0
	for left := 1; left > 0; left-- {
		if len(b) == 0 {
			return false
		}
		if b[0] == tagSmallTuple && len(b) > 1 {
			tuples++
			elements += int(b[1])
			if tuples > maxPlainTuples || elements > maxPlainElements {
				return false
			}
			left += int(b[1])
			b = b[2:]
			continue
		}
		n := plainLeaf(b)
		if n <= 0 || n > len(b) {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

// plainLeaf returns the length of the canonical leaf at the front of b, which is
// not empty, or 0 when it cannot say. The length may be more than b has.
func plainLeaf(b []byte) int {
	switch b[0] {
	case tagSmallInt:
		return 2
	case tagInt:
		if len(b) >= 5 && (b[1]|b[2]|b[3]) != 0 {
			return 5
		}
	case tagNil:
		return 1
	case tagSmallUTF8:
		return plainAtom(b)
	case tagString:
		if len(b) >= 3 && (b[1]|b[2]) != 0 {
			return 3 + int(binary.BigEndian.Uint16(b[1:]))
		}
	case tagBinary:
		if len(b) >= 5 {
			if n := binary.BigEndian.Uint32(b[1:]); uint64(n) <= uint64(len(b)) {
				return 5 + int(n)
			}
		}
	case tagNewPid:
		if len(b) > 1 && b[1] == tagSmallUTF8 {
			if n := plainAtom(b[1:]); n > 0 {
				return 1 + n + 12
			}
		}
	}
	return 0
}

func plainAtom(b []byte) int {
	if len(b) < 2 || len(b) < 2+int(b[1]) || !utf8.Valid(b[2:2+int(b[1])]) {
		return 0
	}
	return 2 + int(b[1])
}
