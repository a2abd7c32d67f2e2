//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"sync"
)

// keys are those that the clients use: a few at a time, so that they contend, each
// for so many calls, so that its history can be searched.
type keys struct {
	mu    sync.Mutex
	names [keysActive]string
	left  [keysActive]int
	made  int
}

const (
	keysActive = 8
	keyCalls   = 250
	// lasting is the share of keys whose values are tied to nothing: one in so many.
	lasting = 5
)

// draw takes a key; lasts says that nothing is to be tied to.
func (k *keys) draw(r *rand.Rand) (name string, lasts bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := r.IntN(keysActive)
	if k.left[i] == 0 {
		k.names[i], k.left[i] = keyName(k.made), keyCalls
		k.made++
	}
	k.left[i]--
	n := 0
	_, _ = fmt.Sscanf(k.names[i], keyStem+"%d", &n)
	return k.names[i], n%lasting == 0
}

// all lists the keys so far.
func (k *keys) all() (names []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.made {
		names = append(names, keyName(i))
	}
	return names
}

const keyStem = "k"

func keyName(n int) string { return fmt.Sprint(keyStem, n) }
