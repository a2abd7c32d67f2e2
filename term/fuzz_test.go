package term

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func addTable(f *testing.F, name string, column int) {
	for i, row := range table(f, name) {
		if i%7 == 0 {
			f.Add(unbase64(f, row[column]))
		}
	}
}

// What Decode takes comes back unchanged from Encode, Format and Parse, and Valid
// says what Decode says.
func FuzzDecode(f *testing.F) {
	addTable(f, "equal.txt", 1)
	addTable(f, "refused.txt", 1)
	addTable(f, "print.txt", 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Decode(b)
		require.Equal(t, err == nil, Valid(b) == nil, "%v and %v", err, Valid(b))
		if err != nil {
			require.ErrorIs(t, err, ErrBadETF)
			return
		}
		again, err := Encode(v)
		require.NoError(t, err)
		w, err := Decode(again)
		require.NoError(t, err)
		require.Equal(t, v, w)
		want, err := KeyOfETF(b)
		require.NoError(t, err)
		text := Format(v)
		w, err = Parse(text)
		require.NoError(t, err, text)
		got, err := Key(w)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	})
}

// Keys of two terms are equal when the oracle says that the terms are, and a key is
// its own key.
func FuzzKey(f *testing.F) {
	rows := table(f, "equal.txt")
	for i := 1; i < len(rows); i += 11 {
		f.Add(unbase64(f, rows[i-1][1]), unbase64(f, rows[i][1]))
		f.Add(unbase64(f, rows[i][1]), unbase64(f, rows[i][1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, errX := Decode(a)
		y, errY := Decode(b)
		kx, errKX := KeyOfETF(a)
		ky, errKY := KeyOfETF(b)
		require.Equal(t, errX == nil, errKX == nil)
		require.Equal(t, errY == nil, errKY == nil)
		if errX != nil || errY != nil {
			return
		}
		require.Equal(t, same(x, y), string(kx) == string(ky), "%s and %s", Format(x), Format(y))
		again, err := KeyOfETF(kx)
		require.NoError(t, err)
		require.Equal(t, kx, again)
	})
}

// What Parse takes is printed so that it is read as the same term.
func FuzzParse(f *testing.F) {
	for _, row := range table(f, "parse.txt") {
		f.Add(row[1])
	}
	for i, row := range table(f, "print.txt") {
		if i%7 == 0 {
			f.Add(row[1])
		}
	}
	f.Add(`#Pid<a@b.1.2.3> #Ref<a@127.0.0.1.1:2:3:4:5.6> #Port<'x y'.1.2> #Fun<m/0:>`)
	f.Fuzz(func(t *testing.T, s string) {
		p, rest, errPrefix := ParsePrefix(s)
		v, err := Parse(s)
		if err != nil {
			require.ErrorIs(t, err, ErrSyntax)
		}
		if errPrefix == nil && rest == "" {
			require.NoError(t, err)
			require.Equal(t, Format(v), Format(p))
		}
		if err != nil {
			return
		}
		want, err := Key(v)
		require.NoError(t, err)
		text := Format(v)
		w, err := Parse(text)
		require.NoError(t, err, text)
		got, err := Key(w)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
		require.Equal(t, v, w)
		d, err := Decode(want)
		require.NoError(t, err)
		if !strings.Contains(text, "#Fun<") { // A key forgets who made a closure.
			require.Equal(t, text, Format(d))
		}
	})
}
