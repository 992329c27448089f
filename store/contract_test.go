package store

import (
	"path/filepath"
	"testing"
	"time"

	"recado/conversation"
	"recado/store/storetest"
)

func TestContract(t *testing.T) {
	reopen := func(t *testing.T, old conversation.Store, o Options) conversation.Store {
		s := old.(*Store)
		o.Dir = filepath.Dir(s.mail.dir)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return openTest(t, o)
	}
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T, now func() time.Time) conversation.Store {
			return openTest(t, Options{Dir: t.TempDir(), Now: now, SegmentSize: 1 << 20, Reserve: 1 << 20})
		},
		Reopen: func(t *testing.T, s conversation.Store, now func() time.Time) conversation.Store {
			return reopen(t, s, Options{Now: now})
		},
		ReadOnly: func(t *testing.T, s conversation.Store, now func() time.Time) conversation.Store {
			return reopen(t, s, Options{Now: now, ReadOnly: true})
		},
		Close: func(s conversation.Store) error { return s.(*Store).Close() },
	})
}
