package dist

import (
	"context"
	"fmt"
)

// Dial makes one attempt to link with a node. It returns when there is a link,
// and with an error, which says why, when the attempt has failed or ctx ends. The link is not kept
// up afterwards. It is ErrNoLink at once for a node that Connect was asked for,
// which goes on at its own pace, and for one that Disconnect was called for.
func (w *Wire) Dial(ctx context.Context, name string) error {
	if err := w.running(); err != nil {
		return err
	}
	// A link of which the end was told, and that is not out of the way yet, is none.
	err := w.table.wait(ctx, name, func(s *slot) bool { return s.link == nil || !s.link.isClosed() })
	if err != nil {
		return err
	}
	refused := false
	var asked *slot
	err = w.ask(name, func(s *slot) {
		asked = s
		refused = s.link == nil && (s.wanted || s.parted)
		if s.link == nil && !refused {
			w.startDialer(name, s)
		}
	})
	if err != nil {
		return err
	}
	linked := false
	err = w.table.wait(ctx, name, func(s *slot) bool {
		linked = s.link != nil
		return linked || refused || s.dialer == nil
	})
	if err != nil || linked {
		return err
	}
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	if asked.failed != nil && !refused {
		return fmt.Errorf("%w: %s: %w", ErrNoLink, name, asked.failed)
	}
	return fmt.Errorf("%w: %s", ErrNoLink, name)
}
