package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
)

// Watch is a call of paxoskv.Watch, or of WatchBucket where there is no Key.
type Watch struct {
	Bucket string
	Key    term.Raw
}

// Sight is an event that a watch told; Value is as it was put.
type Sight struct {
	Kind      paxoskv.EventKind
	Key       string // canonical
	Rev, Prev paxoskv.Rev
	Value     term.Raw
	At        int64 // when it came, by Now
}

// watches are those that a test has begun.
type watches struct {
	mu   sync.Mutex
	seen [][]Sight
}

// Watch begins a watch, which lasts as long as the node, and answers its number.
func (n *Node) Watch(w Watch, number *int) error {
	opts, err := Options{Bucket: w.Bucket}.list()
	if err != nil {
		return err
	}
	var events <-chan paxoskv.Event
	if w.Key == nil {
		events, err = paxoskv.WatchBucket(context.Background(), opts...)
	} else {
		events, err = paxoskv.Watch(context.Background(), w.Key, opts...)
	}
	if err != nil {
		return err
	}
	n.watches.mu.Lock()
	defer n.watches.mu.Unlock()
	*number = len(n.watches.seen)
	n.watches.seen = append(n.watches.seen, nil)
	go n.see(*number, events)
	return nil
}

func (n *Node) see(number int, events <-chan paxoskv.Event) {
	for e := range events {
		s := Sight{Kind: e.Kind, Rev: e.Rev, Prev: e.Prev, Value: e.Raw, At: Now()}
		if e.Key != nil {
			key, err := term.Key(e.Key)
			if err != nil {
				n.log.Error("the key of an event has no form", "err", err)
			}
			s.Key = string(key)
		}
		n.watches.mu.Lock()
		n.watches.seen[number] = append(n.watches.seen[number], s)
		n.watches.mu.Unlock()
	}
}

// Watched tells what a watch has been told so far.
func (n *Node) Watched(number int, seen *[]Sight) error {
	n.watches.mu.Lock()
	defer n.watches.mu.Unlock()
	if number >= len(n.watches.seen) {
		return errors.New("no such watch")
	}
	*seen = append([]Sight(nil), n.watches.seen[number]...)
	return nil
}

// Loss is a call of paxoskv.Lost.
type Loss struct {
	Key     term.Raw
	Rev     paxoskv.Rev
	Timeout time.Duration
}

// Told is what it told, and when, by Now.
type Told struct {
	Err *Error
	At  int64
}

// Lost calls paxoskv.Lost, and answers when the loss is told.
func (n *Node) Lost(l Loss, told *Told) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.Timeout)
	defer cancel()
	err := <-paxoskv.Lost(ctx, l.Key, l.Rev)
	*told = Told{Err: toError(err), At: Now()}
	return nil
}
