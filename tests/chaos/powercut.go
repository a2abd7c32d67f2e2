//go:build linux

package chaos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A process that is killed loses nothing that it has written: the kernel has it. What
// a power cut loses is what was not synced to the disk by then. So the nodes of a run
// keep a journal beside each file that they write at an offset, as a database does: of
// what was there before each write, emptied by each sync that succeeded. With it the
// run takes back, once the node is killed, what a power cut would have lost: all of
// that or any sectors of it.
//
// The making, renaming and growing of files are taken to last at once.
var diskHooks = []Edit{
	{goRoot + "src/syscall/syscall_unix.go", "	n, err = pwrite(fd, p, offset)\n", "	n, err = journalled(fd, p, offset)\n"},
	{goRoot + zsyscall, "func Fdatasync(fd int) (err error) {\n", "func Fdatasync(fd int) (err error) {\n	defer synced(fd, &err)()\n"},
	{goRoot + zsyscall, "func Fsync(fd int) (err error) {\n", "func Fsync(fd int) (err error) {\n	defer synced(fd, &err)()\n"},
	{goRoot + "src/syscall/chaosdisk.go", "", fmt.Sprintf(`package syscall

import (
	"internal/strconv"
	"sync"
)

var (
	_, journals = Getenv(%q)
	journalMu   sync.Mutex
)

// journal names that of an open file.
func journal(fd int) string {
	path := make([]byte, 4096)
	n, err := Readlink("/proc/self/fd/"+strconv.Itoa(fd), path)
	if err != nil {
		panic(err)
	}
	return string(path[:n]) + %q
}

// journalled notes what is where p is to be written, and writes p.
func journalled(fd int, p []byte, offset int64) (int, error) {
	if !journals {
		return pwrite(fd, p, offset)
	}
	journalMu.Lock()
	defer journalMu.Unlock()
	note := make([]byte, 16+len(p))
	for i := range 8 {
		note[i], note[8+i] = byte(offset>>(8*i)), byte(len(p)>>(8*i))
	}
	for at := 0; at < len(p); {
		n, err := pread(fd, note[16+at:], offset+int64(at))
		if err != nil {
			panic(err)
		}
		if n == 0 {
			break // beyond the end there are zeros
		}
		at += n
	}
	file, err := Open(journal(fd), O_WRONLY|O_APPEND|O_CREAT|O_CLOEXEC, 0o600)
	if err != nil {
		panic(err)
	}
	for len(note) > 0 {
		n, err := write(file, note)
		if err != nil {
			panic(err)
		}
		note = note[n:]
	}
	Close(file)
	return pwrite(fd, p, offset)
}

// synced begins a sync; what it returns ends it, and empties the journal.
func synced(fd int, err *error) func() {
	if !journals {
		return func() {}
	}
	journalMu.Lock()
	return func() {
		defer journalMu.Unlock()
		if *err == nil {
			if e := Truncate(journal(fd), 0); e != nil && e != ENOENT {
				panic(e)
			}
		}
	}
}
`, journalEnv, journalSuffix)},
}

const (
	// journalEnv, where it is set, has a node keep journals.
	journalEnv    = "PAXOSKV_CHAOS_JOURNAL"
	journalSuffix = ".unsynced"
	zsyscall      = "src/syscall/zsyscall_linux_" + runtime.GOARCH + ".go"
	sector        = 512
)

// powerCut takes back what the files of a folder hold and was not synced, of a node
// that was killed; and says how many sectors that are.
func powerCut(dir string, r *rand.Rand) (sectors int, err error) {
	all := r.IntN(2) == 0
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		file, ok := strings.CutSuffix(path, journalSuffix)
		if err != nil || !ok {
			return err
		}
		journal, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n, err := takeBack(file, journal, func() bool { return all || r.IntN(2) == 0 })
		sectors += n
		if errors.Is(err, fs.ErrNotExist) { // it was renamed, as is done once all of it is synced
			err = nil
		}
		return errors.Join(err, os.Remove(path))
	})
	return sectors, err
}

// takeBack gives the sectors of a file that lost picks the contents that a journal has
// first for them.
func takeBack(path string, journal []byte, lost func() bool) (n int, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	seen := make(map[int64]bool)
	for len(journal) >= 16 {
		offset, length := binary.LittleEndian.Uint64(journal), binary.LittleEndian.Uint64(journal[8:])
		if uint64(len(journal)-16) < length {
			break // the node was killed before it had noted all of it, and wrote nothing
		}
		before := journal[16 : 16+length]
		journal = journal[16+length:]
		for at := int64(offset); len(before) > 0; {
			part := before[:min(int64(len(before)), sector-at%sector)]
			if !seen[at] {
				seen[at] = true
				if lost() {
					n++
					if _, err := file.WriteAt(part, at); err != nil {
						return n, err
					}
				}
			}
			at, before = at+int64(len(part)), before[len(part):]
		}
	}
	return n, nil
}
