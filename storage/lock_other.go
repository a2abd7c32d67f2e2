//go:build !unix

package storage

import "os"

// lockFile leaves the locking to bbolt, which locks the file itself.
func lockFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) }

// syncDir: directories cannot be synced here.
func syncDir(string) error { return nil }
