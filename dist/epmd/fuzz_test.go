package epmd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzEntry(f *testing.F) {
	f.Add(appendEntry(nil, Entry{Name: "n", Port: 1, Hidden: true}))
	f.Add([]byte{119, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, _, err := parseEntry(b); err == nil {
			again, high, err := parseEntry(appendEntry(nil, e))
			require.NoError(t, err)
			require.Equal(t, e, again)
			require.Equal(t, uint16(highestVersion), high)
		}
		parsePortAnswer(b, "n")
	})
}
