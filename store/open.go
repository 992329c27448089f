package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"recado/conversation"
)

// Options say what to open and how.
type Options struct {
	Dir string // the data folder; made when it is not there
	// ReadOnly opens what a server left, for commands when none runs; nothing is made or mended.
	// Open returns ErrInUse while a server has the store.
	ReadOnly    bool
	SegmentSize int64 // octets after which a new segment of the mail log begins; 0: 64 MiB
	Reserve     int64 // free octets of the file system to keep, see Room; 0: 256 MiB
	// Filling is for a folder that is new, and thrown away where filling it fails: nothing is synced before
	// Close, and until then an Update or an AppendMail that returned promises nothing.
	Filling bool
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

const (
	defaultSegmentSize = 64 << 20
	defaultReserve     = 256 << 20
	// mmapSize is address space, not memory: bbolt's readers and its writer wait for one another only
	// when the file outgrows what is mapped.
	mmapSize = 1 << 30
	// A command may be reading the store for a moment when a server starts.
	waitForReaders = 5 * time.Second
	// A reader does not wait for a server: bbolt tries once within this time.
	waitForServer = 60 * time.Millisecond
)

// Store is an open data folder. Its methods may be called at the same time.
type Store struct {
	dir      string
	db       *bolt.DB
	lock     *os.File // nil in a store that is read only
	readOnly bool
	filling  bool
	log      *slog.Logger
	now      func() time.Time
	mail     *mailLog
	fault    fault
	watchers watchers

	waiting   chan *update
	closing   chan struct{} // closed by Close
	stopped   chan struct{} // closed by the committer at its end
	closeOnce sync.Once
	logEnd    position // the committer's: the highest record that the database refers to
}

var _ conversation.Store = (*Store)(nil)

// Open opens the store, migrates it and mends the end of the mail log. Errors: ErrInUse; a schema that
// is newer than this program; and those of the file system (fs.ErrNotExist for ReadOnly where there is no store).
func Open(o Options) (*Store, error) {
	s, err := open(o, migrations)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, err)
	}
	return s, nil
}

func open(o Options, list []migration) (*Store, error) {
	s := &Store{
		dir: o.Dir, readOnly: o.ReadOnly, filling: o.Filling, log: o.Log, now: o.Now,
		waiting: make(chan *update, maxGroup), closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.openFiles(o, list); err != nil {
		s.closeFiles()
		return nil, err
	}
	if s.readOnly {
		close(s.stopped)
	} else {
		go s.commit()
	}
	return s, nil
}

func (s *Store) openFiles(o Options, list []migration) error {
	if !o.ReadOnly {
		if err := os.MkdirAll(filepath.Join(o.Dir, "mail"), 0o700); err != nil {
			return err
		}
		var err error
		if s.lock, err = lockFolder(filepath.Join(o.Dir, "lock")); err != nil {
			return err
		}
	}
	version, err := s.openDatabase(o, list)
	if err != nil {
		return err
	}
	if err := s.openLog(o, version == 0); err != nil {
		return err
	}
	if version == 0 { // the entries of the database and of the mail folder, before either holds anything
		return syncFolder(o.Dir)
	}
	return nil
}

// openDatabase opens recado.db and returns the version of the schema that it found.
func (s *Store) openDatabase(o Options, list []migration) (uint64, error) {
	options := &bolt.Options{
		ReadOnly:        o.ReadOnly,
		Timeout:         waitForReaders,
		NoFreelistSync:  true,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMmapSize(),
		NoStatistics:    true,
		NoSync:          o.Filling,
	}
	if o.ReadOnly {
		options.Timeout = waitForServer
	}
	path := filepath.Join(o.Dir, "recado.db")
	if o.ReadOnly { // bbolt's own words for a file that is empty or not there are of no help
		if _, err := os.Stat(path); err != nil {
			return 0, err
		}
	}
	var err error
	s.db, err = bolt.Open(path, 0o600, options)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return 0, s.whoHas(o)
	}
	if err != nil {
		return 0, err
	}
	version, err := checkVersion(s.db, list)
	if err != nil || version == list[len(list)-1].version {
		return version, err
	}
	if o.ReadOnly {
		return 0, fmt.Errorf("its schema is version %d: start the server once, which brings it to %d", version, list[len(list)-1].version)
	}
	return version, migrate(s.db, version, list, s.log)
}

// whoHas says which process holds recado.db.
func (s *Store) whoHas(o Options) error {
	if !o.ReadOnly {
		return fmt.Errorf("%w: a command is reading it", ErrInUse)
	}
	f, err := os.Open(filepath.Join(o.Dir, "lock"))
	if err != nil {
		return ErrInUse
	}
	defer f.Close()
	return inUse(f)
}

// initialMmapSize is small where address space is.
func initialMmapSize() int {
	if ^uint(0)>>32 == 0 {
		return 0
	}
	return mmapSize
}

// openLog reads how far the database refers to the mail log, and opens it.
func (s *Store) openLog(o Options, fresh bool) error {
	var salt [saltSize]byte
	err := s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketNames[meta]))
		if v := b.Get(metaLogEnd); len(v) == 12 {
			s.logEnd = position{binary.BigEndian.Uint32(v), int64(binary.BigEndian.Uint64(v[4:]))}
		}
		copy(salt[:], b.Get(metaLogSalt))
		return nil
	})
	if err != nil {
		return err
	}
	l := &mailLog{
		dir: filepath.Join(o.Dir, "mail"), segmentSize: o.SegmentSize, reserve: o.Reserve,
		readOnly: o.ReadOnly, filling: o.Filling, salt: salt, log: s.log, now: s.now, fault: &s.fault,
	}
	if l.segmentSize <= 0 {
		l.segmentSize = defaultSegmentSize
	}
	if l.reserve <= 0 {
		l.reserve = defaultReserve
	}
	l.syncs.changed.L = &l.syncs.mu
	s.mail = l
	if err := l.open(s.logEnd, fresh); err != nil {
		return fmt.Errorf("open the mail log: %w", err)
	}
	if l.salt == salt || o.ReadOnly {
		return nil
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucketNames[meta])).Put(metaLogSalt, l.salt[:])
	})
}

// Close ends the updates that wait, lets one that has begun finish, waits for Views, and lets the
// folder go. A second call does nothing.
func (s *Store) Close() error {
	var err error
	s.closeOnce.Do(func() {
		close(s.closing)
		<-s.stopped
		s.watchers.close()
		err = errors.Join(s.writeFreelist(), s.syncFilled(), s.closeFiles())
	})
	return err
}

// writeFreelist writes down which pages of the database are free. No other commit does: it would cost each
// of them; and after a crash Open reads the whole database to find them. After Close it need not.
func (s *Store) writeFreelist() error {
	if s.readOnly || s.fault.get() != nil { // after a fault nothing is written any more
		return nil
	}
	s.db.NoFreelistSync = false
	return s.db.Update(func(*bolt.Tx) error { return nil })
}

// syncFilled makes durable what was filled in: the mails first, which the database refers to.
func (s *Store) syncFilled() error {
	if !s.filling {
		return nil
	}
	return errors.Join(s.mail.sync(), s.db.Sync())
}

func (s *Store) closeFiles() error {
	var list []error
	if s.mail != nil {
		list = append(list, s.mail.close())
	}
	if s.db != nil {
		list = append(list, s.db.Close())
	}
	if s.lock != nil { // last: who takes it finds everything closed
		list = append(list, s.lock.Close())
	}
	return errors.Join(list...)
}

// AppendMail implements conversation.MailLog.
func (s *Store) AppendMail(ctx context.Context, record conversation.MailRecord, raw io.Reader) (conversation.MailRef, error) {
	return s.mail.append(ctx, record, raw)
}
