//go:build !linux

package store

import "os"

// syncData makes a file's octets and length durable.
func syncData(f *os.File) error { return f.Sync() }
