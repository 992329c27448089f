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
const version = "1"

// words has no content of its own: what a hit looks like is read from the mail. A row's place is the time that its
// message came, so that matches are read newest first without being sorted.
const tables = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE docs(place INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE, number TEXT NOT NULL);
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

// openFile opens the file, and makes it where it is not there or cannot be gone on with.
func openFile(path string, readOnly bool) (*sql.DB, error) {
	db, err := connect(path, readOnly)
	if err == nil {
		var found string
		if err = db.QueryRow("SELECT value FROM meta WHERE name = ?", metaVersion).Scan(&found); err == nil && found == version {
			return db, nil
		}
		err = errors.Join(err, db.Close())
	}
	if readOnly {
		return nil, fmt.Errorf("it is not complete, or of another version: %w", err)
	}
	return makeFile(path)
}

func connect(path string, readOnly bool) (*sql.DB, error) {
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(normal)", "cache_size(-8000)", "temp_store(memory)", "journal_size_limit(16777216)",
	}}
	if readOnly {
		q = url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(1000)"}}
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4) // one writes, the others read; each has its cache
	return db, nil
}

// makeFile throws away what is there and makes an empty index.
func makeFile(path string) (*sql.DB, error) {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // its owner's alone, as all that is in data
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := connect(path, false)
	if err != nil {
		return nil, err
	}
	if _, err = db.Exec("BEGIN;" + tables + "INSERT INTO meta VALUES ('version', '" + version + "'), ('building', ''), ('done', '0'), ('position', ''); COMMIT"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// isDamaged tells whether the file is not what SQLite wrote: there is nothing to do with it but to make another.
func isDamaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR: // the last: a table is missing
		return true
	}
	return false
}
