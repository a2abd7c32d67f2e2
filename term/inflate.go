package term

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// body returns the term in b without the version byte, inflated when it is
// compressed. The result is not looked into.
func body(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, badETF(nil, "no bytes")
	}
	if b[0] != tagVersion {
		return nil, badETF(nil, "version byte %d instead of %d", b[0], tagVersion)
	}
	if len(b) > 1 && b[1] == tagCompressed {
		return inflate(b[2:])
	}
	if len(b) > 1 && b[1] == tagDistHeader {
		return nil, badETF(ErrAtomCache, "distribution header")
	}
	return b[1:], nil
}

// inflate undoes the zlib compression of a term: the size of the result in four
// bytes, then the stream. It grows its buffer as bytes really come, so that a
// false size costs nothing.
func inflate(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, badETF(nil, "compressed term ends early")
	}
	size := int64(binary.BigEndian.Uint32(b))
	if size > MaxInflated {
		return nil, badETF(ErrTooLarge, "compressed term of %d bytes", size)
	}
	src := bytes.NewReader(b[4:])
	z, err := zlib.NewReader(src)
	if err != nil {
		return nil, badETF(err, "compressed term")
	}
	var out bytes.Buffer
	// One byte more than announced is asked for, which also reads the checksum.
	if _, err := io.Copy(&out, io.LimitReader(z, size+1)); err != nil {
		return nil, badETF(err, "compressed term")
	}
	if int64(out.Len()) != size {
		return nil, badETF(nil, "compressed term is not of the %d bytes announced", size)
	}
	if src.Len() > 0 {
		return nil, badETF(nil, "%d bytes after the compressed term", src.Len())
	}
	return out.Bytes(), nil
}
