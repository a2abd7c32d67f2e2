package storage

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusal: one whose root is damaged may look like a database of others.
func refusal(err error) bool { return errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) }

// A file cut off anywhere is refused, unless nothing is lost.
func TestCutOffAnywhere(t *testing.T) {
	holds, files := small(t, t.TempDir(), 6)
	file, r := files[len(files)-1], newReading(t)
	require.NoError(t, os.WriteFile(r.path, file, 0o600))
	meta, err := lastMeta(bytes.NewReader(file))
	require.NoError(t, err)
	used := int(meta.pages) * meta.pageSize
	for n := len(file) - 1; n >= 0; n-- {
		if n > used+1 && n%512 > 0 {
			continue // bbolt makes room ahead: nothing is there
		}
		require.NoError(t, os.Truncate(r.path, int64(n)))
		got, err := r.again()
		if n >= used {
			require.NoError(t, err, "%d of %d bytes", n, len(file))
			require.Equal(t, holds, got, "%d of %d bytes", n, len(file))
			continue
		}
		require.ErrorIs(t, err, ErrDamaged, "%d of %d bytes", n, len(file))
	}
	t.Logf("%d bytes, %d of them used", len(file), used)
}

// A bit that turned anywhere is noticed, unless it is where nothing is.
func TestTurnedBits(t *testing.T) {
	holds, files := small(t, t.TempDir(), 6)
	file, r, chance := files[len(files)-1], newReading(t), rand.New(rand.NewPCG(1, 1))
	more, after := rewrites(holds)
	refused := 0
	for at := 0; at < len(file); at += 1 + chance.IntN(9) {
		damaged := slices.Clone(file)
		damaged[at] ^= 1 << chance.IntN(8)
		got, err := r.look(damaged)
		if err != nil {
			require.True(t, refusal(err), "byte %d: %v", at, err)
			refused++
			continue
		}
		require.Equal(t, holds, got, "byte %d", at)
		// What was not noticed must not lead a later write astray either.
		got, err = r.write(more)
		require.NoError(t, err, "byte %d", at)
		require.Equal(t, after, got, "byte %d", at)
	}
	t.Logf("%d bytes, %d refused", len(file), refused)
	require.Greater(t, refused, 300)
}

// Several pages of one earlier moment, and bytes of chance over whole stretches.
func TestLargerDamage(t *testing.T) {
	holds, files := small(t, t.TempDir(), 40)
	file, r, chance := files[len(files)-1], newReading(t), rand.New(rand.NewPCG(2, 2))
	refused := 0
	for range 3000 {
		damaged := slices.Clone(file)
		old := files[chance.IntN(len(files)-1)]
		for range 1 + chance.IntN(4) {
			at, n := chance.IntN(len(file)), 1+chance.IntN(3*4096)
			switch chance.IntN(3) {
			case 0:
				for i := at; i < min(at+n, len(file)); i++ {
					damaged[i] = byte(chance.Uint32())
				}
			case 1:
				clear(damaged[at:min(at+n, len(file))])
			case 2:
				at = max(2*4096, at&^4095) // not the meta pages: see above
				if at < len(old) {
					copy(damaged[at:min(at+n&^511, len(file))], old[at:])
				}
			}
		}
		got, err := r.look(damaged)
		if err != nil {
			require.True(t, refusal(err), err)
			refused++
			continue
		}
		require.Equal(t, holds, got)
	}
	t.Logf("%d refused", refused)
	require.Greater(t, refused, 1000)
}
