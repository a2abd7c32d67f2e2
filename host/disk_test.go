package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/storage"
)

// put puts, and waits for the end.
func put(b *Bucket, q Query) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	type outcome struct {
		Answer
		error
	}
	done := make(chan outcome, 1)
	b.Put(ctx, q, func(a Answer, err error) { done <- outcome{a, err} })
	o := <-done
	return o.Answer, o.error
}

func get(b *Bucket, key any) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answers, errs := make(chan Answer, 1), make(chan error, 1)
	b.Get(ctx, Query{Key: key}, func(a Answer, err error) { answers <- a; errs <- err })
	return <-answers, <-errs
}

// writing puts keys through the buckets of the nodes that live until it is
// stopped, and keeps what was acknowledged.
type writing struct {
	d     *drive
	tied  bool
	stop  chan struct{}
	wg    sync.WaitGroup
	count atomic.Int64
	acked sync.Map // key -> Answer
}

func (d *drive) write(tied bool) *writing {
	w := &writing{d: d, tied: tied, stop: make(chan struct{})}
	for range 8 {
		w.wg.Go(w.loop)
	}
	return w
}

func (w *writing) loop() {
	for {
		select {
		case <-w.stop:
			return
		default:
		}
		ps := w.d.all()
		if len(ps) == 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		n := w.count.Add(1)
		q := Query{Key: n, Value: n}
		if w.tied {
			q.Ties.Until = time.Now().Add(time.Duration(5+rand.IntN(40)) * time.Millisecond)
			q.Key = fmt.Sprint(n % 40)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		done := make(chan struct{})
		ps[rand.IntN(len(ps))].bucket.Put(ctx, q, func(a Answer, err error) {
			if err == nil && !w.tied {
				w.acked.Store(n, a)
			}
			close(done)
		})
		<-done
		cancel()
	}
}

// over says whether more than n were acknowledged.
func (w *writing) over(n int) bool {
	w.acked.Range(func(any, any) bool { n--; return n >= 0 })
	return n < 0
}

func (w *writing) end() {
	close(w.stop)
	w.wg.Wait()
}

// check demands that what was acknowledged is there, through each node.
func (w *writing) check(t *testing.T) (n int) {
	t.Helper()
	ps := w.d.all()
	w.acked.Range(func(key, a any) bool {
		got, err := get(ps[n%len(ps)].bucket, key)
		require.NoError(t, err, "key %v", key)
		require.Equal(t, a.(Answer).Rev, got.Rev)
		n++
		return true
	})
	return n
}

func (d *drive) voters() (n int) {
	for _, p := range d.all() {
		if p.host.Cluster().Voting {
			n++
		}
	}
	return n
}

// Nothing leaves a node that speaks of what is not safe on its disk: promises,
// votes, answers, what was learned, state for a merge, votes on configurations.
func TestNothingLeavesBeforeItIsSafe(t *testing.T) {
	d := newDrive(t)
	var names []string
	for range 4 {
		names = append(names, d.add(3).node.name)
	}
	d.settled(3)
	d.loses.Store(true)
	ws := []*writing{d.write(false), d.write(true)}
	missing := func() (kinds []string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, k := range []string{"Promise", "Nack", "Accepted", "Answer", "Chosen", "MergeState", "Hello", "ConfigPromise", "ConfigAccepted"} {
			if d.kinds["paxos."+k] == 0 {
				kinds = append(kinds, k)
			}
		}
		return kinds
	}
	deadline := time.Now().Add(patience)
	for i := 0; i < 12 || len(missing()) > 0 && time.Now().Before(deadline); i++ {
		time.Sleep(50 * time.Millisecond) // a life lasts a while; nothing is expected by its end
		name := names[i%len(names)]
		d.crash(d.life(name))
		if i%3 == 2 {
			d.renew(name)
		}
		d.again(name, 3)
		d.settled(3)
		require.Eventually(t, func() bool { return d.voters() == 3 }, patience, time.Millisecond)
	}
	require.Eventually(t, func() bool { return ws[0].over(100) }, patience, time.Millisecond)
	for _, w := range ws {
		w.end()
	}
	require.Empty(t, missing())
	require.Empty(t, d.verdict())
	d.loses.Store(false)
	require.Greater(t, ws[0].check(t), 100)
}

// The witness of that judges what a life still sends by the disk of that life, not
// by the empty one that the node has got since.
func TestWitnessKnowsTheLife(t *testing.T) {
	d := newDrive(t)
	one := d.add(1)
	var frame atomic.Pointer[[]byte]
	d.leaves = func(from *lossyProcess, f []byte) {
		if from == one {
			frame.Store(&f)
		}
	}
	d.settled(1)
	_, err := put(one.bucket, Query{Key: 1, Value: 1})
	require.NoError(t, err)
	d.add(1) // who is greeted
	require.Eventually(t, func() bool { return frame.Load() != nil }, patience, time.Millisecond)
	d.crash(one)
	d.renew(one.node.name)
	d.witness(one, *frame.Load())
	require.Empty(t, d.verdict())
}

// The witness of that finds a disk that says too early that all is safe.
func TestWitnessFindsAnFsyncLeftOut(t *testing.T) {
	d := newDrive(t)
	for range 3 {
		d.add(3)
	}
	d.settled(3)
	require.Empty(t, d.verdict())
	for _, p := range d.plates {
		p.set(sleepy, true)
		break
	}
	w := d.write(false)
	require.Eventually(t, func() bool { return len(d.verdict()) > 0 }, patience, time.Millisecond)
	w.end()
}

// One, several or all nodes start again, at any moment: they are who they were,
// nobody replaces anybody, and what was acknowledged is there.
func TestRestartsLoseNothing(t *testing.T) {
	for _, n := range []int{1, 2, 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := newDrive(t)
			var names []string
			for range 3 {
				names = append(names, d.add(3).node.name)
			}
			d.settled(3)
			before := d.life(names[0]).host.Cluster()
			w := d.write(false)
			for i := range 8 {
				time.Sleep(30 * time.Millisecond) // lives last a while, and until enough is written
				require.Eventually(t, func() bool { return w.over(7 * (i + 1)) }, patience, time.Millisecond)
				rand.Shuffle(3, func(i, j int) { names[i], names[j] = names[j], names[i] })
				ids := map[string]paxos.NodeID{}
				for _, name := range names[:n] {
					ids[name] = d.life(name).host.Self()
					d.crash(d.life(name))
				}
				for _, name := range names[:n] {
					require.Equal(t, ids[name], d.again(name, 3).host.Self())
				}
				d.settled(3)
			}
			w.end()
			after := d.life(names[0]).host.Cluster()
			require.Equal(t, before.ID, after.ID)
			require.Equal(t, before.Epoch, after.Epoch)
			require.Greater(t, w.check(t), 50)
			require.Empty(t, d.verdict())
		})
	}
}

// Writes that gather while others are on their way go together, whatever keys
// they are of, and nobody has an answer before.
func TestWritesGoTogether(t *testing.T) {
	open := make(chan struct{})
	close(open)
	gate := atomic.Pointer[chan struct{}]{}
	gate.Store(&open)
	p := &plate{name: nodeName(t), before: func() error { <-*gate.Load(); return nil }}
	n := &fakeNode{name: p.name}
	h := Of(n, &fakeProcess{node: p.name})
	require.NoError(t, h.Attach(&fakeProcess{node: p.name}, Options{Size: 1, Storage: p.open()}, nil))
	t.Cleanup(h.Close)
	b := openAll(h, "B")
	require.Eventually(t, func() bool { h.Tick(); return h.Quorum() }, patience, time.Millisecond)

	weight := func() (w int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.disk.commits.Weight()
	}
	idle := func() bool { return weight() == 0 }
	require.Eventually(t, idle, patience, time.Millisecond, "nothing is under way")
	shut := make(chan struct{})
	release := sync.OnceFunc(func() { gate.Store(&open); close(shut) })
	t.Cleanup(release) // before the host waits for its disk
	gate.Store(&shut)
	commits, writes := h.Stats.Commits.Load(), h.Stats.Writes.Load()
	const many = 200
	var ended atomic.Int64
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			_, err := put(b, Query{Key: i, Value: i})
			ended.Add(1)
			if err != nil {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, func() bool { return weight() > many*512 }, patience, time.Millisecond)
	require.Zero(t, ended.Load())
	require.Equal(t, commits, h.Stats.Commits.Load())
	release()
	wg.Wait()
	require.GreaterOrEqual(t, h.Stats.Writes.Load()-writes, uint64(2*many))
	require.Less(t, h.Stats.Commits.Load()-commits, uint64(many/2))
	require.Eventually(t, idle, patience, time.Millisecond)
}

var errDisk = errors.New("input/output error")

// A disk that fails ends the store on its node, and its callers are told. The
// others go on; and the node is back when the disk is.
func TestFailingDisk(t *testing.T) {
	d := newDrive(t)
	var ps []*lossyProcess
	for range 3 {
		ps = append(ps, d.add(3))
	}
	d.settled(3)
	bad := ps[0]
	held, err := put(bad.bucket, Query{Key: "before", Value: 1})
	require.NoError(t, err)
	for _, p := range ps[1:] { // they would choose without its vote what it asks for before its disk fails
		d.setMute(bad.bucket, p.bucket, true)
	}
	lost := lose(context.Background(), bad.bucket, "before", held.Rev)
	all := bad.bucket.WatchAll()
	defer all.Close()
	closed := make(chan error, 1)
	go func() {
		for {
			if _, err := all.Next(context.Background()); err != nil {
				closed <- err
				return
			}
		}
	}()
	broken := make(chan struct{})
	d.plates[bad.node.name].set(func() error { close(broken); return errDisk }, false)
	ended := make(chan error, 1)
	bad.host.Resize(context.Background(), 4, func(err error) { ended <- err })
	_, err = put(bad.bucket, Query{Key: "k", Value: 1})
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, err, errDisk)
	for _, p := range ps[1:] {
		d.setMute(bad.bucket, p.bucket, false)
	}
	receive(t, "the failure", broken)
	receive(t, "the word of it", bad.host.Failed())
	require.ErrorIs(t, receive(t, "the end of the resize", ended), ErrClosed)
	require.ErrorIs(t, bad.host.Err(), errDisk)
	require.ErrorIs(t, receive(t, "the loss of what it put", lost), ErrClosed)
	require.ErrorIs(t, receive(t, "the end of the watch", closed), ErrClosed)
	require.False(t, bad.host.Running())
	require.False(t, bad.host.Quorum())
	for range 3 {
		_, err = put(bad.bucket, Query{Key: "k", Value: 1})
		require.ErrorIs(t, err, errDisk)
		_, err = get(bad.bucket, "other")
		require.ErrorIs(t, err, errDisk)
	}
	require.NoError(t, bad.host.Attach(bad, Options{}, nil))
	require.ErrorIs(t, bad.host.Err(), errDisk)
	_, err = put(ps[1].bucket, Query{Key: "after", Value: 1})
	require.NoError(t, err)

	d.kill(bad)
	d.plates[bad.node.name].set(sleepy, false)
	back := d.again(bad.node.name, 3)
	require.Equal(t, bad.host.Self(), back.host.Self())
	require.Eventually(t, func() bool { return back.host.Cluster().Voting }, patience, time.Millisecond)
	for _, key := range []string{"before", "after"} {
		_, err = get(back.bucket, key)
		require.NoError(t, err)
	}
	require.Empty(t, d.verdict())
}

// refusing cannot be read.
type refusing struct{ storage.Store }

func (refusing) Load(func(paxos.Write)) error { return storage.ErrDamaged }

// What does not fit the node is refused when it starts.
func TestStorageRefused(t *testing.T) {
	attach := func(s storage.Store, name string) error {
		p := &fakeProcess{node: name}
		h := Of(&fakeNode{name: name}, p)
		require.NoError(t, h.Attach(p, Options{Size: 1, Storage: s}, nil))
		receive(t, "the failure", h.Failed())
		require.ErrorIs(t, h.Err(), ErrClosed)
		require.ErrorIs(t, s.Append(nil), storage.ErrClosed, "the file is let go")
		h.Tick()
		require.False(t, h.Quorum())
		_, err := put(openAll(h, "B"), Query{Key: 1, Value: 1})
		require.Equal(t, h.Err(), err)
		h.Close()
		return h.Err()
	}
	other := &plate{name: nodeName(t)}
	require.ErrorIs(t, attach(other.open(), nodeName(t)), storage.ErrOtherNode)
	mine := &plate{name: nodeName(t)}
	require.ErrorIs(t, attach(refusing{mine.open()}, mine.name), storage.ErrDamaged)

	name := nodeName(t)
	s := (&plate{name: name}).open()
	require.NoError(t, s.Append([]paxos.Write{{Kind: paxos.WriteRecord, Record: paxos.KeyRecord{Key: "k",
		Held: paxos.Held{Entry: &paxos.Entry{Guards: []paxos.Guard{{Kind: paxos.GuardNode, Node: name, Creation: 7}}}}}}}))
	require.ErrorIs(t, attach(s, name), ErrSameCreation)
}

// A bucket that is up before its node knows who it is works as one that comes
// later, and a watcher that was there before hears of all that is to be watched.
func TestWhatIsUpBeforeTheStorage(t *testing.T) {
	p := &plate{name: nodeName(t)}
	s := p.open()
	g := paxos.Guard{Kind: paxos.GuardTime, Deadline: now() + 3600_000}
	require.NoError(t, s.Append([]paxos.Write{{Kind: paxos.WriteRecord, Record: paxos.KeyRecord{Key: "k",
		Held: paxos.Held{Entry: &paxos.Entry{Guards: []paxos.Guard{g}}}}}}))
	proc := &fakeProcess{node: p.name}
	h := Of(&fakeNode{name: p.name}, proc)
	w := &listingWatcher{}
	h.SetWatcher(w)
	b := openAll(h, "B")
	done := newEnding()
	b.Put(context.Background(), Query{Key: 1, Value: 2}, done.end)
	require.NoError(t, h.Attach(proc, Options{Size: 1, Storage: s}, nil))
	t.Cleanup(h.Close)
	require.Equal(t, []paxos.Watch{{Guard: g}}, w.watches)
	require.Eventually(t, func() bool { h.Tick(); return h.Quorum() }, patience, time.Millisecond)
	require.NoError(t, receive(t, "the end of the put", done.done))
	a, err := get(b, 1)
	require.NoError(t, err)
	require.Equal(t, h.life(), a.Rev.Proposer)
	require.Equal(t, s.Life(), a.Rev.Proposer.Incarnation)
}

// listingWatcher keeps what it is asked to watch.
type listingWatcher struct {
	fakeWatcher
	watches []paxos.Watch
}

func (w *listingWatcher) Watch(ws []paxos.Watch) { w.watches = append(w.watches, ws...) }
