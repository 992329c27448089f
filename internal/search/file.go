package search

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// version is that of the tables and of what is put in them. Another one in the file, and it is made anew.
const version = "2"

// words has no content of its own: what a hit looks like is read from the mail. A row's place is the time that its
// message came, so that matches are read newest first without being sorted.
const tables = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE docs(place INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE, number TEXT NOT NULL, department TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(body, subject, sender, recipients, files, number, marks,
  content='', contentless_delete=1, prefix='3', tokenize="unicode61 remove_diacritics 2");
`

// The names in meta.
const (
	metaVersion  = "version"
	metaPosition = "position" // the number of the last change that is in the index
	metaBuilding = "building" // the cursor of the next page of protocols while the index is made; absent when it is complete
	metaDone     = "done"     // how many protocols are in it already
)

// file is an open index file. Those who read have connections of their own: the one that writes waits for none of them.
type file struct {
	db   *sql.DB // writes; one connection
	read *sql.DB
}

// readers is how many searches are worked at, at a time.
const readers = 4

func (f *file) close() error {
	if f.read == f.db {
		return f.db.Close()
	}
	return errors.Join(f.read.Close(), f.db.Close())
}

// openFile opens the file, and makes it where it is not there or cannot be gone on with; then it says why.
func openFile(path string, readOnly bool) (f *file, why, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !readOnly {
		f, err = makeFile(path)
		return f, nil, err
	}
	f, err = connect(path, readOnly)
	if err == nil {
		if err = f.usable(); err == nil {
			return f, nil, nil
		}
		err = errors.Join(err, f.close())
	}
	if readOnly || isPassing(err) {
		return nil, nil, err
	}
	why = err
	f, err = makeFile(path)
	return f, why, err
}

// usable tells whether the file has tables of this version.
func (f *file) usable() error {
	var found string
	if err := f.db.QueryRow("SELECT value FROM meta WHERE name = ?", metaVersion).Scan(&found); err != nil {
		return fmt.Errorf("it is no index of ours, or damaged: %w", err)
	}
	if found != version {
		return fmt.Errorf("it is of version %q, and this program makes version %q", found, version)
	}
	return nil
}

func connect(path string, readOnly bool) (*file, error) {
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		db, err := open(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(1000)"}}, readers)
		return &file{db, db}, err
	}
	db, err := open(path, url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(normal)", "cache_size(-8000)", "temp_store(memory)", "journal_size_limit(16777216)",
	}}, 1)
	if err != nil {
		return nil, err
	}
	read, err := open(path, url.Values{"_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-8000)", "temp_store(memory)"}}, readers)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &file{db, read}, nil
}

func open(path string, options url.Values, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections) // each has its cache
	db.SetMaxIdleConns(connections)
	return db, nil
}

// makeFile throws away what is there and makes an empty index.
func makeFile(path string) (*file, error) {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	empty, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // its owner's alone, as all that is in data
	if err != nil {
		return nil, err
	}
	if err := empty.Close(); err != nil {
		return nil, err
	}
	f, err := connect(path, false)
	if err != nil {
		return nil, err
	}
	if _, err = f.db.Exec("BEGIN;" + tables + "INSERT INTO meta VALUES ('version', '" + version + "'), ('building', ''), ('done', '0'), ('position', ''); COMMIT"); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// code is SQLite's name for an error, without what it adds to it; 0 where it is none of SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// isPassing tells whether the file may be sound all the same: another process holds it, or the disk is full or fails.
func isPassing(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// isDamaged tells whether the file is not what SQLite wrote, or lost a table: there is nothing to do with it but to make another.
// An error of a question alone (SQLITE_ERROR, which a missing table is too) tells nothing while the tables answer an easy one.
func (f *file) isDamaged(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	case sqlite3.SQLITE_ERROR:
		_, err := f.read.Exec("SELECT (SELECT count(*) FROM (SELECT place FROM docs LIMIT 1)), (SELECT count(*) FROM (SELECT rowid FROM words LIMIT 1)), (SELECT count(*) FROM meta)")
		return code(err) == sqlite3.SQLITE_ERROR
	}
	return false
}
