package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The pages of a file of bbolt, version 2, in the byte order of the machine: see
// go.etcd.io/bbolt/internal/common. bbolt follows what stands in a page wherever
// that leads, in circles too; so the tree is looked at before it does.

const (
	pageHeader    = 16 // id 8, flags 2, count 2, overflow 4
	pageElement   = 16 // of a branch: pos 4, ksize 4, page 8; of a leaf: flags 4, pos 4, ksize 4, vsize 4
	bucketHeader  = 16 // root page 8, sequence 8
	branchFlag    = 1
	leafFlag      = 2
	metaFlag      = 4
	bucketElement = 1
	boltMagic     = 0xED0CDAED
	boltVersion   = 2
)

var native = binary.NativeEndian

// metaPage is what the last transaction left: its root and how many pages there
// are.
type metaPage struct {
	pageSize    int
	root, pages uint64
	transaction uint64
}

// pages is a walk over a file. Every page is reached once at most.
type pages struct {
	file *os.File
	metaPage
	seen []bool
}

// checkFile says what is wrong with the file: ErrForeign or ErrDamaged.
func checkFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p := &pages{file: f}
	if p.metaPage, err = lastMeta(f); err != nil {
		return err
	}
	if p.pages > uint64(info.Size())/uint64(p.pageSize) || p.pages < 2 {
		return fmt.Errorf("%w: it has %d bytes, and should have %d pages of %d", ErrDamaged, info.Size(), p.pages, p.pageSize)
	}
	p.seen = make([]bool, p.pages)
	p.seen[0], p.seen[1] = true, true
	return p.tree(p.root, bounds{}, 0)
}

// lastMeta reads the meta pages, which have to be those of the last two
// transactions.
func lastMeta(f io.ReaderAt) (metaPage, error) {
	first, err := readMeta(f, 0, 0)
	if err != nil {
		return first, err
	}
	second, err := readMeta(f, int64(first.pageSize), 1)
	switch {
	case err != nil:
		return second, err
	case first.pageSize != second.pageSize:
		return first, fmt.Errorf("%w: pages of %d bytes, and of %d", ErrDamaged, first.pageSize, second.pageSize)
	case second.transaction == first.transaction+1:
		return second, nil
	case first.transaction == second.transaction+1:
		return first, nil
	}
	return first, fmt.Errorf("%w: its last transactions are %d and %d", ErrDamaged, first.transaction, second.transaction)
}

func readMeta(f io.ReaderAt, at int64, id uint64) (m metaPage, err error) {
	b := make([]byte, pageHeader+64)
	if _, err := f.ReadAt(b, at); err != nil {
		return m, fmt.Errorf("%w: meta page %d: %w", ErrDamaged, id, err)
	}
	body := b[pageHeader:]
	sum := fnv.New64a()
	sum.Write(body[:56])
	magic, version := native.Uint32(body) == boltMagic, native.Uint32(body[4:]) == boltVersion
	switch {
	case !magic && !version:
		return m, ErrForeign
	case !magic, !version, native.Uint64(body[56:]) != sum.Sum64(), native.Uint64(b) != id, native.Uint16(b[8:]) != metaFlag:
		return m, fmt.Errorf("%w: meta page %d", ErrDamaged, id)
	}
	m = metaPage{pageSize: int(native.Uint32(body[8:])), root: native.Uint64(body[16:]),
		pages: native.Uint64(body[40:]), transaction: native.Uint64(body[48:])}
	if m.pageSize < 1024 || m.pageSize > 1<<20 {
		return m, fmt.Errorf("%w: pages of %d bytes", ErrDamaged, m.pageSize)
	}
	return m, nil
}

// bounds are the keys between which a part of the tree is: its first key, and one
// that all of its keys are before. nil is no bound.
type bounds struct{ first, end []byte }

// order checks that a key is within the bounds, and comes after the last one.
func (b bounds) order(last, key []byte) error {
	begins := last != nil || b.first == nil || bytes.Equal(key, b.first)
	if !begins || bytes.Compare(last, key) >= 0 || b.end != nil && bytes.Compare(key, b.end) >= 0 {
		return fmt.Errorf("%w: the key %.100q is not where it should be", ErrDamaged, key)
	}
	return nil
}

// depthMost is deeper than any tree of pages with two elements or more.
const depthMost = 64

// tree walks the pages below one.
func (p *pages) tree(id uint64, in bounds, depth int) error {
	page, err := p.page(id)
	if err != nil {
		return err
	}
	if depth > depthMost {
		return fmt.Errorf("%w: the tree is too deep", ErrDamaged)
	}
	return p.walk(id, page, in, depth)
}

// walk checks a page and those below it. A small bucket is a page within a value.
func (p *pages) walk(id uint64, page []byte, in bounds, depth int) error {
	flags, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	if pageHeader+count*pageElement > len(page) || flags != branchFlag && flags != leafFlag ||
		count == 0 && (flags == branchFlag || in.first != nil) {
		return fmt.Errorf("%w: page %d", ErrDamaged, id)
	}
	element := p.leaf
	if flags == branchFlag {
		element = p.branch
	}
	var last []byte
	for i := range count {
		key, err := element(page, i, in, depth)
		if err == nil {
			err = in.order(last, key)
		}
		if err != nil {
			return fmt.Errorf("%w, on page %d", err, id)
		}
		last = key
	}
	return nil
}

// branch checks what is below an element of a branch page: it begins with the
// element's key, which bbolt relies on, and ends before that of the next one.
func (p *pages) branch(page []byte, i int, in bounds, depth int) (key []byte, err error) {
	element := func(i int) (key []byte, id uint64, err error) {
		at := pageHeader + i*pageElement
		e := page[at:]
		key, err = part(page, at, native.Uint32(e), native.Uint32(e[4:]))
		return key, native.Uint64(e[8:]), err
	}
	key, id, err := element(i)
	if err != nil {
		return nil, err
	}
	below := bounds{first: key, end: in.end}
	if i+1 < int(native.Uint16(page[10:])) {
		if below.end, _, err = element(i + 1); err != nil {
			return nil, err
		}
	}
	return key, p.tree(id, below, depth+1)
}

// leaf checks an element of a leaf page, and where it is a bucket the tree of it.
func (p *pages) leaf(page []byte, i int, _ bounds, depth int) (key []byte, err error) {
	at := pageHeader + i*pageElement
	e := page[at:]
	flags, pos, ksize, vsize := native.Uint32(e), native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
	both, err := part(page, at, pos, ksize, vsize)
	if err != nil {
		return nil, err
	}
	key, value := both[:ksize], both[ksize:]
	if flags == 0 {
		return key, nil
	}
	if flags != bucketElement || len(value) < bucketHeader {
		return nil, fmt.Errorf("%w: the value of %.100q", ErrDamaged, key)
	}
	if root := native.Uint64(value); root != 0 {
		return key, p.tree(root, bounds{}, depth+1)
	}
	if inline := value[bucketHeader:]; len(inline) >= pageHeader && native.Uint16(inline[8:]) == leafFlag {
		return key, p.walk(0, inline, bounds{}, depth+1)
	}
	return nil, fmt.Errorf("%w: the bucket %.100q", ErrDamaged, key)
}

// part is what an element points to: pos is counted from the element, and a key
// is never empty.
func part(page []byte, at int, pos uint32, sizes ...uint32) ([]byte, error) {
	from, to := uint64(at)+uint64(pos), uint64(at)+uint64(pos)
	for _, n := range sizes {
		to += uint64(n)
	}
	if to > uint64(len(page)) || sizes[0] == 0 || pos < pageElement {
		return nil, fmt.Errorf("%w: an element leads out of its page", ErrDamaged)
	}
	return page[from:to], nil
}

// page reads a page with those that it runs on into.
func (p *pages) page(id uint64) ([]byte, error) {
	header := make([]byte, pageHeader)
	if err := p.reach(id); err != nil {
		return nil, err
	}
	if _, err := p.file.ReadAt(header, int64(id)*int64(p.pageSize)); err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(header[12:]))
	if native.Uint64(header) != id || id+more >= p.pages {
		return nil, fmt.Errorf("%w: page %d says that it is %d, and %d more", ErrDamaged, id, native.Uint64(header), more)
	}
	for next := id + 1; next <= id+more; next++ {
		if err := p.reach(next); err != nil {
			return nil, err
		}
	}
	page := make([]byte, (1+more)*uint64(p.pageSize))
	_, err := p.file.ReadAt(page, int64(id)*int64(p.pageSize))
	return page, err
}

func (p *pages) reach(id uint64) error {
	if id >= p.pages || p.seen[id] {
		return fmt.Errorf("%w: page %d is reached twice, or not there", ErrDamaged, id)
	}
	p.seen[id] = true
	return nil
}
