package agent

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
)

// What errors.Is finds in an error of a node, it finds on the other side.
func TestErrorsPassThePipe(t *testing.T) {
	for _, test := range []struct {
		err error
		is  []error
	}{
		{errors.New("another"), nil},
		{fmt.Errorf("k: %w", paxoskv.ErrNotFound), []error{paxoskv.ErrNotFound}},
		{fmt.Errorf("%w (%w)", paxoskv.ErrNoQuorum, context.DeadlineExceeded),
			[]error{paxoskv.ErrNoQuorum, context.DeadlineExceeded}},
	} {
		var buf bytes.Buffer
		require.NoError(t, gob.NewEncoder(&buf).Encode(Done{Err: toError(test.err)}))
		var done Done
		require.NoError(t, gob.NewDecoder(&buf).Decode(&done))
		err := fmt.Errorf("told: %w", done.Error())
		require.Contains(t, err.Error(), test.err.Error())
		for _, sentinel := range sentinels {
			require.Equal(t, errors.Is(test.err, sentinel), errors.Is(err, sentinel), "%v in %v", sentinel, test.err)
		}
		for _, sentinel := range test.is {
			require.ErrorIs(t, err, sentinel)
		}
	}
	require.Nil(t, toError(nil))
	require.NoError(t, Done{}.Error())
}
