package frame_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/paxoskv/paxoskv/dist/internal/frame"

	"github.com/stretchr/testify/require"
)

const limit = 8 << 20

func framed(frames ...[]byte) []byte {
	var out []byte
	for _, b := range frames {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
	}
	return out
}

func TestFramesOfEverySize(t *testing.T) {
	var want [][]byte
	for _, n := range []int{0, 1, 4, 65531, 65532, 65533, 65536, 65537, 1 << 20, 1<<20 + 1, 5 << 20, 0, 7} {
		want = append(want, bytes.Repeat([]byte{byte(n)}, n))
	}
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"half":  iotest.HalfReader,
		"eof":   iotest.DataErrReader,
	} {
		s := frame.NewScanner(reader(bytes.NewReader(framed(want...))), limit)
		var kept [][]byte
		for range want {
			b, owned, err := s.Next()
			require.NoError(t, err, name)
			if !owned {
				b = bytes.Clone(b)
			}
			kept = append(kept, b)
		}
		for i := range want {
			require.True(t, bytes.Equal(want[i], kept[i]), "%s: frame %d", name, i)
		}
		_, _, err := s.Next()
		require.ErrorIs(t, err, io.EOF)
	}
}

func TestTooLargeIsNotRead(t *testing.T) {
	s := frame.NewScanner(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff}), limit)
	_, _, err := s.Next()
	require.ErrorIs(t, err, frame.ErrTooLarge)
}

// TestLengthWithoutBytes has a peer announce much and send little.
func TestLengthWithoutBytes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		s := frame.NewScanner(bytes.NewReader([]byte{0x7f, 0, 0, 0, 1}), 1<<31-1)
		_, _, err := s.Next()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(50*(2<<20)))
}

func FuzzScanner(f *testing.F) {
	f.Add(framed([]byte("one"), nil, []byte("two")))
	f.Add(framed(bytes.Repeat([]byte{1}, 70000)))
	f.Add([]byte{0, 0})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := frame.NewScanner(iotest.HalfReader(bytes.NewReader(b)), 100000)
		var again []byte
		for {
			frame, _, err := s.Next()
			if err != nil {
				break
			}
			again = append(again, framed(frame)...)
		}
		require.True(t, bytes.HasPrefix(b, again), "frames are what came, in order")
	})
}
