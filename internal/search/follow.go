package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"recado/conversation"
)

// Source is what the index is made of. *conversation.Manager is one.
type Source interface {
	LastChange(ctx context.Context) (uint64, error)
	Subscribe(ctx context.Context) <-chan struct{}
	// SearchableChanges are the messages that changes after that number are of, and the protocols whose messages moved.
	// complete is false where some of the changes are forgotten.
	SearchableChanges(ctx context.Context, after uint64, limit int) (ids, moved []string, last uint64, complete bool, err error)
	SearchableOf(ctx context.Context, ids []string) ([]conversation.Searchable, error)
	SearchableIn(ctx context.Context, number string, fn func([]conversation.Searchable) error) error
	SearchablePage(ctx context.Context, page conversation.Page, fn func([]conversation.Searchable) error) (protocols int, next string, err error)
	CountSearchable(ctx context.Context) (int, error)
}

const (
	changesAtOnce = 200
	firstPause    = time.Second // after a fault of the disk, doubled each time
	longestPause  = time.Minute
)

// Run keeps the index as the source is until ctx ends. A fault is logged and tried again: mail goes on without an index.
func (x *Index) Run(ctx context.Context, source Source) {
	changed := source.Subscribe(ctx)
	pause := firstPause
	for ctx.Err() == nil {
		err := x.goAlong(ctx, source)
		if err == nil {
			pause = firstPause
			select {
			case <-ctx.Done():
			case <-changed:
			case <-x.wake:
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if x.trouble(err); !x.hurt(err) {
			x.log.Error("the search index could not go on; mail does", "error", err, "again_in", pause)
		}
		select {
		case <-ctx.Done():
		case <-x.wake: // somebody mended it, or it is to be made anew
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// goAlong brings the index to the source's last change.
func (x *Index) goAlong(ctx context.Context, source Source) error {
	if x.takeAgain() || x.file == nil {
		if err := x.anew(); err != nil {
			return fmt.Errorf("make an empty index: %w", err)
		}
	}
	if x.building() {
		if err := x.build(ctx, source); err != nil {
			return err
		}
	}
	text, err := x.meta(metaPosition)
	if err != nil {
		return err
	}
	position, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("the index has no position: %w", err)
	}
	for {
		ids, moved, last, complete, err := source.SearchableChanges(ctx, position, changesAtOnce)
		if err != nil {
			return err
		}
		if !complete {
			x.log.Info("the search index is made anew: it is not of this store, or too far behind", "position", position, "last", last)
			return x.Rebuild() // Run comes again
		}
		if last == position {
			x.note(position, conversation.Progress{})
			return nil
		}
		if err := x.take(ctx, source, ids, moved, last); err != nil {
			return err
		}
		position = last
		x.note(position, conversation.Progress{})
	}
}

// take writes what changed, and how far the index then is, in one transaction.
func (x *Index) take(ctx context.Context, source Source, ids, moved []string, position uint64) error {
	list, err := source.SearchableOf(ctx, ids)
	if err != nil {
		return err
	}
	return x.write(ctx, func(w *writer) error {
		w.add(list)
		for _, number := range moved {
			if err := source.SearchableIn(ctx, number, func(list []conversation.Searchable) error { w.add(list); return w.err }); err != nil {
				return err
			}
		}
		w.set(metaPosition, strconv.FormatUint(position, 10))
		return w.err
	})
}

// write runs fn in one transaction.
func (x *Index) write(ctx context.Context, fn func(*writer) error) error {
	tx, err := x.file.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(&writer{tx: tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// writer writes rows. Its first error stays.
type writer struct {
	tx  *sql.Tx
	err error
}

func (w *writer) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.Exec(query, args...)
	}
}

func (w *writer) set(name, value string) {
	w.exec("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
}

// maxProbes is how many places a message tries: of one millisecond two hardly ever want the same.
const maxProbes = 64

// add puts messages in, in place of what was there of them.
func (w *writer) add(list []conversation.Searchable) {
	for i := range list {
		m := &list[i]
		place := w.place(m.ID)
		if place < 0 {
			continue
		}
		mark := ""
		if m.Attachment {
			mark = markAttachment
		}
		w.exec("DELETE FROM words WHERE rowid = ?", place)
		w.exec("INSERT INTO docs VALUES (?, ?, ?, ?) ON CONFLICT(place) DO UPDATE SET number = excluded.number", place, m.ID, m.Number, m.Department)
		w.exec("INSERT INTO words(rowid, body, subject, sender, recipients, files, number, marks) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			place, text(m.Text), text(m.Subject), text(m.From), text(m.To), text(m.Files), m.Number, mark)
	}
}

// place is where the message stands, or the first free place from its own on; -1 where there is none.
func (w *writer) place(id string) int64 {
	place := conversation.PlaceOf(id)
	for range maxProbes {
		if w.err != nil {
			return -1
		}
		var holder string
		err := w.tx.QueryRow("SELECT message FROM docs WHERE place = ?", place).Scan(&holder)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && holder == id:
			return place
		case err != nil:
			w.err = err
			return -1
		}
		place++
	}
	return -1
}

// text is what SQLite takes for text: a string ends at a zero.
func text(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, " "), "\x00", " ") }
