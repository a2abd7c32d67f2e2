package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/paxoskv/paxoskv/paxos"
)

const (
	// FileName is that of the file in the directory of a node.
	FileName = "paxoskv.db"
	lockName = "lock"
	newName  = "paxoskv.new"
	// format is the format of the file written here, and the only one read.
	format = 1
	// pageSize is that of new files, whatever the machine has.
	pageSize = 4096
	// lockPatience is how long a process that is ending may take to let the file go.
	lockPatience = time.Second
)

var (
	aboutBucket = []byte("about")
	keysBucket  = []byte("keys")
	formatName  = []byte("format")
	nodeName    = []byte("node")
	memberName  = []byte("member")
	sumName     = []byte("sum")
)

// disk is a Store in a file.
type disk struct {
	path string
	lock *os.File
	db   *bbolt.DB
	self paxos.NodeID
	life uint64
	// about and keys are what the buckets have to hold.
	about, keys tally
	// failed is why nothing more is written.
	failed error
}

// Open opens the store of a node in a directory, and makes both where they are
// missing. draw is the incarnation of the life that begins, unless an earlier
// life had a higher one. Errors: those of this package.
func Open(dir, name string, draw uint64) (Store, error) {
	s := &disk{path: filepath.Join(dir, FileName)}
	if err := s.open(dir, name, draw); err != nil {
		s.Close()
		return nil, explain(s.path, err)
	}
	return s, nil
}

// explain names the file, and the sentinel for an error of the system.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		err = fmt.Errorf("%w: %w", ErrNotWritable, err)
	case errors.Is(err, bolterrors.ErrTimeout):
		err = ErrLocked
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (s *disk) open(dir, name string, draw uint64) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if s.lock, err = lockFile(filepath.Join(dir, lockName)); err != nil {
		return err
	}
	if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
		if err := create(dir, name, draw); err != nil {
			return err
		}
	}
	if err := s.read(name); err != nil {
		return err
	}
	s.life = max(draw, s.life+1)
	return s.update(func(t *transaction) error { return t.putNode(s.self, s.life) })
}

// read opens the file without a change of it.
func (s *disk) read(name string) (err error) {
	if err := checkFile(s.path); err != nil {
		return err
	}
	if s.db, err = openDB(s.path); err != nil {
		return err
	}
	return s.readAbout(name)
}

// openDB opens a file whose pages were checked.
func openDB(path string) (db *bbolt.DB, err error) {
	err = guarded(func() error {
		// The list of free pages is not kept: it is found by walking the tree, so
		// that a damaged one hands out no page that is in use.
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockPatience, PageSize: pageSize, NoFreelistSync: true,
			FreelistType: bbolt.FreelistMapType, NoStatistics: true})
		return err
	})
	return db, err
}

// guarded turns a panic of bbolt about a page, and a fault of the memory that the
// file is mapped to, into an error.
func guarded(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}

// create makes the file of a new member. It gets its name when it is whole, so
// that one that is broken off is no file.
func create(dir, name string, draw uint64) error {
	made := filepath.Join(dir, newName)
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := openDB(made)
	if err != nil {
		return err
	}
	s := &disk{db: db}
	err = s.update(func(t *transaction) error {
		if err := t.put(t.about, &t.sums.about, formatName, binary.AppendUvarint(nil, format)); err != nil {
			return err
		}
		return t.putNode(paxos.NodeID{Name: name, Incarnation: draw}, draw-1) // a life begins after this
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(made, filepath.Join(dir, FileName)); err != nil {
		return err
	}
	return syncDir(dir)
}

// readAbout reads whose file it is.
func (s *disk) readAbout(name string) error {
	return s.view(func(tx *bbolt.Tx) error {
		about, keys := tx.Bucket(aboutBucket), tx.Bucket(keysBucket)
		if about == nil && keys == nil {
			return ErrForeign
		}
		if about == nil || keys == nil {
			return fmt.Errorf("%w: half of it", ErrDamaged)
		}
		v, ok := unseal(formatName, about.Get(formatName))
		if f, n := binary.Uvarint(v); !ok || n <= 0 {
			return fmt.Errorf("%w: its format", ErrDamaged)
		} else if f != format {
			return fmt.Errorf("%w: %d; this release knows %d", ErrFormat, f, format)
		}
		if err := s.readSum(tx, about); err != nil {
			return err
		}
		v, ok = unseal(nodeName, about.Get(nodeName))
		if !ok || !s.readNode(v) {
			return fmt.Errorf("%w: the name of the node", ErrDamaged)
		}
		if s.self.Name != name {
			return fmt.Errorf("%w: it is of %s, and this is %s", ErrOtherNode, s.self.Name, name)
		}
		return nil
	})
}

// readSum reads what the buckets have to hold. It was written by the last
// transaction, as every one writes it.
func (s *disk) readSum(tx *bbolt.Tx, about *bbolt.Bucket) error {
	v, ok := unseal(sumName, about.Get(sumName))
	if !ok || len(v) != 5*8 {
		return fmt.Errorf("%w: the sum", ErrDamaged)
	}
	word := func(i int) uint64 { return binary.BigEndian.Uint64(v[8*i:]) }
	if word(0) != uint64(tx.ID()) {
		return fmt.Errorf("%w: the sum is of transaction %d, and the last was %d", ErrDamaged, word(0), tx.ID())
	}
	s.about, s.keys = tally{word(1), word(2)}, tally{word(3), word(4)}
	return nil
}

// The value of node: the name's length and the name, the member's incarnation,
// and that of its last life.
func (s *disk) readNode(v []byte) bool {
	n, used := binary.Uvarint(v)
	if used <= 0 || uint64(len(v)-used) != n+16 {
		return false
	}
	v = v[used:]
	s.self = paxos.NodeID{Name: string(v[:n]), Incarnation: binary.BigEndian.Uint64(v[n:])}
	s.life = binary.BigEndian.Uint64(v[n+8:])
	return true
}

func (s *disk) view(f func(*bbolt.Tx) error) error {
	return guarded(func() error { return s.db.View(f) })
}

// Self is the node as a member.
func (s *disk) Self() paxos.NodeID { return s.self }

// Life is the incarnation of its present life.
func (s *disk) Life() uint64 { return s.life }

// Close lets the file go.
func (s *disk) Close() error {
	var err error
	if s.db != nil {
		err = guarded(s.db.Close)
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	s.db, s.lock = nil, nil
	return err
}
