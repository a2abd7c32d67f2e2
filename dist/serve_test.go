package dist

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/linkset"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

func TestSignalsOfAPeerAreBounded(t *testing.T) {
	for name, build := range map[string]func(b *control.Builder, n uint32, local etf.Pid){
		"monitors": func(b *control.Builder, n uint32, local etf.Pid) {
			b.Monitor(somePid, control.Who{Pid: local}, etf.Ref{Node: "p@h", ID: [5]uint32{n}})
		},
		"links": func(b *control.Builder, n uint32, local etf.Pid) {
			b.Link(etf.Pid{Node: "p@h", ID: uint64(n)}, local)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := lonelyWire(t)
			defer w.stop()
			w.node, w.signalsMax = crowd{}, 10
			l := newLink(w, scripted{}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
			l.router = crowd{}
			for n := range uint32(11) {
				require.False(t, l.isClosed(), "%d", n)
				b := control.Builder{B: []byte{passThrough}}
				build(&b, n, etf.Pid{Node: "a@h", ID: 9, Creation: w.opts.Creation})
				require.NoError(t, l.handle(b.B, false))
			}
			require.True(t, l.isClosed())
			require.ErrorIs(t, l.reason, ErrGarbled)
		})
	}
}

func TestAPanicCostsTheLinkOnly(t *testing.T) {
	w := lonelyWire(t)
	defer w.stop()
	b := control.Builder{B: []byte{passThrough}}
	b.RegSend(somePid, "agent")
	b.B = append(b.B, ext.Version, 106)
	stream := append(binary.BigEndian.AppendUint32(nil, uint32(len(b.B))), b.B...)
	l := newLink(w, scripted{in: bytes.NewReader(stream)}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
	l.router = panicky{}
	require.ErrorContains(t, l.guardedRead(), "a fault of core")
	require.Equal(t, uint64(1), w.Stats().Panics)
}

// listing is core's list of links, which names one several times.
type listing struct {
	node.CoreRouter
	names atomic.Int32
}

func (c *listing) RouteUnlink(etf.Pid, etf.Pid) error {
	if c.names.Load() > 0 {
		c.names.Add(-1)
	}
	return nil
}

// Core forgets a link that has ended, however often its list names it.
func TestUnlinkOfOneNamedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &listing{}
		core.names.Store(16)
		l := &link{router: core}
		l.unlinkCore(linkset.Pair{Local: etf.Pid{ID: 1}, Remote: etf.Pid{ID: 2}})
		time.Sleep(settleDelays[0])
		synctest.Wait()
		require.Zero(t, core.names.Load())
	})
}
