package search

import (
	"context"
	"fmt"
	"math"
	"strings"

	"recado/conversation"
)

// Search implements conversation.Index.
func (x *Index) Search(ctx context.Context, q *conversation.Query, before int64, fn func(conversation.Match) bool) error {
	x.replacing.RLock()
	defer x.replacing.RUnlock()
	if x.file == nil {
		return conversation.ErrIndexFault
	}
	query, args := question(q, before)
	return x.answered(ctx, x.each(ctx, query, args, fn))
}

// question is a query in SQL: what its expression finds, all where it is empty, in messages of its departments and within its times.
func question(q *conversation.Query, before int64) (query string, args []any) {
	from, to := bounds(q, before)
	query, args = "SELECT docs.place, docs.message, docs.number FROM docs WHERE docs.place >= ? AND docs.place < ?", []any{from, to}
	order := " ORDER BY docs.place DESC"
	if e := expression(q); e != "" {
		query = "SELECT docs.place, docs.message, docs.number FROM words CROSS JOIN docs ON docs.place = words.rowid " +
			"WHERE words.rowid >= ? AND words.rowid < ? AND words MATCH ?"
		args = append(args, e)
		order = " ORDER BY words.rowid DESC"
	}
	if q.Within != nil {
		query += " AND docs.department IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(q.Within)), ", ") + ")"
		for _, d := range q.Within {
			args = append(args, d)
		}
	}
	return query + order, args
}

// bounds are the places that the query's times allow: from the first on, up to but not with the second.
func bounds(q *conversation.Query, before int64) (from, to int64) {
	to = math.MaxInt64
	if !q.Before.IsZero() {
		to = conversation.FirstPlace(q.Before)
	}
	if before > 0 {
		to = min(to, before)
	}
	if !q.After.IsZero() {
		from = conversation.FirstPlace(q.After)
	}
	return from, to
}

func (x *Index) each(ctx context.Context, query string, args []any, fn func(conversation.Match) bool) error {
	rows, err := x.file.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m conversation.Match
		if err := rows.Scan(&m.Place, &m.Message, &m.Number); err != nil {
			return err
		}
		if !fn(m) {
			return nil
		}
	}
	return rows.Err()
}

// answered is what a question's error is to who asked: that it was broken off, or that the index has a fault. The cause is for the log.
func (x *Index) answered(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if !x.hurt(err) {
		x.log.Error("the search index could not be read", "error", err)
	}
	return fmt.Errorf("%w: %v", conversation.ErrIndexFault, err)
}

// hurt lets a damaged index be made anew, and tells whether it is one.
func (x *Index) hurt(err error) bool {
	if x.file == nil || !x.file.isDamaged(err) {
		return false
	}
	x.log.Error("the search index is damaged and is made anew", "error", err)
	_ = x.Rebuild() // it only asks for it
	return true
}
