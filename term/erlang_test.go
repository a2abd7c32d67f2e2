package term

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tables in testdata are what a real Erlang said; gen.escript writes them.

// table reads lines of two fields, parted by the first blank.
func table(t testing.TB, name string) [][2]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer f.Close()
	var rows [][2]string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		first, second, ok := strings.Cut(sc.Text(), " ")
		require.True(t, ok, sc.Text())
		rows = append(rows, [2]string{first, second})
	}
	require.NoError(t, sc.Err())
	require.NotEmpty(t, rows)
	return rows
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	require.NoError(t, err)
	return b
}

// Two encodings have the same key exactly when Erlang found their terms =:=. The
// class of a row is the set of rows that are =:= to it.
func TestKeyAgreesWithErlang(t *testing.T) {
	classOf, keyOf := map[string]string{}, map[string]string{}
	for _, row := range table(t, "equal.txt") {
		class, b := row[0], unbase64(t, row[1])
		require.NoError(t, Valid(b), row[1])
		key, err := KeyOfETF(b)
		require.NoError(t, err, row[1])
		if other, ok := keyOf[class]; ok {
			require.Equal(t, other, string(key), "same for Erlang: %s", Format(Raw(b)))
		}
		if other, ok := classOf[string(key)]; ok {
			require.Equal(t, other, class, "not the same for Erlang: %s", Format(Raw(b)))
		}
		keyOf[class], classOf[string(key)] = string(key), class

		v, err := Decode(b)
		require.NoError(t, err)
		again, err := Key(v)
		require.NoError(t, err)
		require.Equal(t, key, again, "%#v", v)
	}
	require.Greater(t, len(keyOf), 500)
	require.Equal(t, len(keyOf), len(classOf))
}

// What Erlang cannot read is refused here, and what it can is not, with the
// exceptions that are listed.
func TestRefusesWhatErlangRefuses(t *testing.T) {
	verdicts := map[string]int{}
	for _, row := range table(t, "refused.txt") {
		b := unbase64(t, row[1])
		_, err := KeyOfETF(b)
		if row[0] == "ok" && !erlangOnly(err) {
			require.NoError(t, err, row[1])
		}
		if row[0] != "ok" {
			require.ErrorIs(t, err, ErrBadETF, row[1])
			require.ErrorIs(t, Valid(b), ErrBadETF, row[1])
			_, err := Decode(b)
			require.ErrorIs(t, err, ErrBadETF, row[1])
		}
		verdicts[row[0]]++
	}
	require.Len(t, verdicts, 3)
}

// erlangOnly names what Erlang takes and we refuse on purpose: a reference of no
// words, which OTP itself never makes.
func erlangOnly(err error) bool {
	return err != nil && strings.Contains(err.Error(), "a reference of 0 words")
}

// Format prints what ~0tp prints.
func TestFormatAgreesWithErlang(t *testing.T) {
	for _, row := range table(t, "print.txt") {
		b := unbase64(t, row[0])
		got := Format(Raw(b))
		require.Equal(t, row[1], got)
		v, err := Parse(got)
		require.NoError(t, err, got)
		key, err := Key(v)
		require.NoError(t, err)
		want, err := KeyOfETF(b)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, key), got)
	}
}

// Parse takes what erl_scan and erl_parse take, with the exceptions listed.
func TestParseAgreesWithErlang(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range table(t, "parse.txt") {
		text := strings.ReplaceAll(row[1], "␤", "\n")
		_, differs := parseDiffers[row[1]]
		seen[row[1]] = true
		t.Run(text, func(t *testing.T) {
			v, err := Parse(text)
			want := row[0]
			if err != nil {
				require.ErrorIs(t, err, ErrSyntax)
				require.Equal(t, want != "error", differs, "%v", err)
				return
			}
			if want == "error" {
				require.True(t, differs, "%s", Format(v))
				return
			}
			wantKey, err := KeyOfETF(unbase64(t, want))
			require.NoError(t, err)
			got, err := Key(v)
			require.NoError(t, err)
			require.Equal(t, string(wantKey) == string(got), !differs, "%s, not %s", Format(v), Format(Raw(wantKey)))
		})
	}
	for text := range parseDiffers {
		require.Contains(t, seen, text)
	}
}

// parseDiffers says where we differ from Erlang on purpose.
var parseDiffers = map[string]string{
	"$\\^`":                "control characters are written with @ to _ or a letter",
	"$\\^?":                "what it means depends on the release",
	"$\\x{FFFE}":           "Format prints the atom of such a character so",
	"$":                    "the row ends in a line break for Erlang",
	"1.":                   "a full stop is not an error",
	"1.5.":                 "a full stop is not an error",
	"<<1.0e300:32/float>>": "Erlang writes an infinity, which is no float",
	"<<1/signed-signed>>":  "once is enough",
	"fun lists:map/256":    "the external form has such exports, and Format prints them",
	"(a)":                  "parentheses stand around values in binaries only",
	"{(a)}":                "parentheses stand around values in binaries only",
}
