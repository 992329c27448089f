package search

import (
	"context"
	"strconv"
	"time"

	"recado/conversation"
)

// protocolsAtOnce is how many protocols are put in between two commits: some hundred messages.
const protocolsAtOnce = 100

// build puts all messages in, and goes on where it was stopped.
func (x *Index) build(ctx context.Context, source Source) error {
	position, err := x.begin(ctx, source)
	if err != nil {
		return err
	}
	cursor, err := x.meta(metaBuilding)
	if err != nil {
		return err
	}
	done, err := x.meta(metaDone)
	if err != nil {
		return err
	}
	p := conversation.Progress{Building: true}
	if p.Done, err = strconv.Atoi(done); err != nil {
		return err
	}
	begun, told := time.Now(), -1
	for first := true; first || cursor != ""; first = false {
		if p.Total, err = source.CountSearchable(ctx); err != nil {
			return err
		}
		if tens := p.Percent() / 10; tens != told {
			told = tens
			x.log.Info("the search index is being made", "percent", p.Percent(), "protocols", p.Total)
		}
		x.note(position, p)
		if x.asked() {
			return nil // Run begins anew
		}
		err = x.write(ctx, func(w *writer) error {
			n, next, err := source.SearchablePage(ctx, conversation.Page{Cursor: cursor, Limit: protocolsAtOnce},
				func(list []conversation.Searchable) error { w.add(list); return w.err })
			if err != nil {
				return err
			}
			cursor, p.Done = next, p.Done+n
			w.set(metaBuilding, cursor)
			w.set(metaDone, strconv.Itoa(p.Done))
			return w.err
		})
		if err != nil {
			return err
		}
	}
	if _, err := x.file.db.ExecContext(ctx, "DELETE FROM meta WHERE name = ?", metaBuilding); err != nil {
		return err
	}
	x.log.Info("the search index is complete", "protocols", p.Done, "took", time.Since(begun).Round(time.Millisecond))
	return nil
}

// begin notes the change from which on the source is followed when all is in.
func (x *Index) begin(ctx context.Context, source Source) (uint64, error) {
	text, err := x.meta(metaPosition)
	if err != nil {
		return 0, err
	}
	if text != "" {
		return strconv.ParseUint(text, 10, 64)
	}
	position, err := source.LastChange(ctx)
	if err != nil {
		return 0, err
	}
	return position, x.write(ctx, func(w *writer) error {
		w.set(metaPosition, strconv.FormatUint(position, 10))
		return w.err
	})
}

// asked tells whether somebody wants it made anew.
func (x *Index) asked() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.again
}
