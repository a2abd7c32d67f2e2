package term

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// The functions in this file append one leaf in its canonical encoding: the only
// one that Key uses. They are shared by the encoder and by the canonical form, so
// that the two cannot drift apart.

func appendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		return append(dst, tagSmallInt, byte(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return binary.BigEndian.AppendUint32(append(dst, tagInt), uint32(n))
	case n < 0:
		return appendMagnitude(dst, 1, -uint64(n))
	}
	return appendMagnitude(dst, 0, uint64(n))
}

func appendUint(dst []byte, n uint64) []byte {
	if n <= math.MaxInt64 {
		return appendInt(dst, int64(n))
	}
	return appendMagnitude(dst, 0, n)
}

// appendMagnitude appends a SMALL_BIG; the caller has seen that the number does
// not fit a smaller form.
func appendMagnitude(dst []byte, sign byte, n uint64) []byte {
	var le [8]byte
	binary.LittleEndian.PutUint64(le[:], n)
	return appendBigBytes(dst, sign, le[:])
}

// appendBigBytes appends an integer of any size from its little-endian magnitude,
// in the smallest form there is.
func appendBigBytes(dst []byte, sign byte, le []byte) []byte {
	for len(le) > 0 && le[len(le)-1] == 0 {
		le = le[:len(le)-1]
	}
	if sign != 0 {
		sign = 1
	}
	if len(le) <= 4 {
		var word [8]byte
		copy(word[:], le)
		n := int64(binary.LittleEndian.Uint64(word[:]))
		if sign == 1 {
			n = -n
		}
		if n >= math.MinInt32 && n <= math.MaxInt32 {
			return appendInt(dst, n)
		}
	}
	if len(le) <= 255 {
		dst = append(dst, tagSmallBig, byte(len(le)), sign)
	} else {
		dst = binary.BigEndian.AppendUint32(append(dst, tagLargeBig), uint32(len(le)))
		dst = append(dst, sign)
	}
	return append(dst, le...)
}

func appendBig(dst []byte, n *big.Int) []byte {
	le := n.Bytes()
	slices.Reverse(le)
	sign := byte(0)
	if n.Sign() < 0 {
		sign = 1
	}
	return appendBigBytes(dst, sign, le)
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tagFloat), math.Float64bits(f))
}

// appendAtom appends an atom that atomFault has found no fault with.
func appendAtom[T string | []byte | etf.Atom](dst []byte, name T) []byte {
	if len(name) <= 255 {
		dst = append(dst, tagSmallUTF8, byte(len(name)))
	} else {
		dst = binary.BigEndian.AppendUint16(append(dst, tagAtomUTF8), uint16(len(name)))
	}
	return append(dst, name...)
}

// atomFault says what keeps a name from being an atom, or "".
func atomFault(name string) string {
	if !utf8.ValidString(name) {
		return "an atom must be UTF-8"
	}
	if len(name) > maxAtomChars && utf8.RuneCountInString(name) > maxAtomChars {
		return "an atom has at most 255 characters"
	}
	return ""
}

// appendBytesList appends a list of bytes.
func appendBytesList[T string | []byte](dst []byte, s T) []byte {
	if len(s) == 0 {
		return append(dst, tagNil)
	}
	if len(s) <= maxStringLen {
		dst = binary.BigEndian.AppendUint16(append(dst, tagString), uint16(len(s)))
		return append(dst, s...)
	}
	dst = binary.BigEndian.AppendUint32(append(dst, tagList), uint32(len(s)))
	for i := range len(s) {
		dst = append(dst, tagSmallInt, s[i])
	}
	return append(dst, tagNil)
}

func appendBinary[T string | []byte | etf.String](dst []byte, b T) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, tagBinary), uint32(len(b)))
	return append(dst, b...)
}

// appendBits appends the first bits of the last byte, and all of those before it.
// Bits is 1 to 8; the bits that do not count are cleared.
func appendBits(dst []byte, b []byte, bits int) []byte {
	if bits == 8 || len(b) == 0 {
		return appendBinary(dst, b)
	}
	dst = binary.BigEndian.AppendUint32(append(dst, tagBitBinary), uint32(len(b)))
	dst = append(append(dst, byte(bits)), b...)
	dst[len(dst)-1] &= 0xff << (8 - bits)
	return dst
}

func appendTupleHeader(dst []byte, n int) []byte {
	if n <= 255 {
		return append(dst, tagSmallTuple, byte(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, tagLargeTuple), uint32(n))
}

func appendListHeader(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, tagList), uint32(n))
}

func appendMapHeader(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, tagMap), uint32(n))
}

func appendPid(dst []byte, p etf.Pid) []byte {
	dst = appendAtom(append(dst, tagNewPid), p.Node)
	return appendPidNumbers(dst, uint32(p.ID), uint32(p.ID>>32), p.Creation)
}

func appendPidNumbers(dst []byte, id, serial, creation uint32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, id)
	dst = binary.BigEndian.AppendUint32(dst, serial)
	return binary.BigEndian.AppendUint32(dst, creation)
}

// refWords is how many words of a reference are written. Words of zero at the end
// do not count for =:=, so a reference is written with three words when the other
// two are zero, as OTP's own are, and with five otherwise.
func refWords(id [maxRefWords]uint32) int {
	if id[3] == 0 && id[4] == 0 {
		return 3
	}
	return maxRefWords
}

func appendRef(dst []byte, r etf.Ref) []byte {
	n := refWords(r.ID)
	dst = append(dst, tagNewerRef, 0, byte(n))
	dst = appendAtom(dst, r.Node)
	return appendRefNumbers(dst, r.Creation, r.ID[:n])
}

func appendRefNumbers(dst []byte, creation uint32, words []uint32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, creation)
	for _, w := range words {
		dst = binary.BigEndian.AppendUint32(dst, w)
	}
	return dst
}

func appendPort(dst []byte, p Port) []byte {
	dst = appendAtom(append(dst, portTag(p.ID)), p.Node)
	return appendPortNumbers(dst, p.ID, p.Creation)
}

// portTag chooses as term_to_binary does.
func portTag(id uint64) byte {
	if id < maxNewPortID {
		return tagNewPort
	}
	return tagV4Port
}

func appendPortNumbers(dst []byte, id uint64, creation uint32) []byte {
	if id < maxNewPortID {
		dst = binary.BigEndian.AppendUint32(dst, uint32(id))
	} else {
		dst = binary.BigEndian.AppendUint64(dst, id)
	}
	return binary.BigEndian.AppendUint32(dst, creation)
}
