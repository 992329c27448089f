package search

import (
	"context"
	"math"
	"strings"

	"recado/conversation"
)

// Search implements conversation.Index.
func (x *Index) Search(ctx context.Context, q *conversation.Query, before int64, fn func(conversation.Match) bool) error {
	x.file.RLock()
	defer x.file.RUnlock()
	if x.db == nil {
		return errNotOpen
	}
	from, to := bounds(q, before)
	query, args := "SELECT place, message, number FROM docs WHERE place >= ? AND place < ? ORDER BY place DESC", []any{from, to}
	if e := expression(q); e != "" {
		query = "SELECT docs.place, docs.message, docs.number FROM words CROSS JOIN docs ON docs.place = words.rowid " +
			"WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? ORDER BY words.rowid DESC"
		args = []any{e, from, to}
	}
	rows, err := x.db.QueryContext(ctx, query, args...)
	if err != nil {
		return x.hurt(err)
	}
	defer rows.Close()
	for rows.Next() {
		var m conversation.Match
		if err := rows.Scan(&m.Place, &m.Message, &m.Number); err != nil {
			return x.hurt(err)
		}
		if !fn(m) {
			return nil
		}
	}
	return x.hurt(rows.Err())
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

// Has implements conversation.Index.
func (x *Index) Has(ctx context.Context, q *conversation.Query, ids []string) ([]string, error) {
	x.file.RLock()
	defer x.file.RUnlock()
	if x.db == nil {
		return nil, errNotOpen
	}
	from, to := bounds(q, 0)
	query := "SELECT message FROM docs WHERE place >= ? AND place < ? AND message IN (?" + strings.Repeat(",?", len(ids)-1) + ")"
	args := []any{from, to}
	for _, id := range ids {
		args = append(args, id)
	}
	if e := expression(q); e != "" {
		query += " AND place IN (SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? AND rowid <= ?)"
		low, high := int64(math.MaxInt64), int64(0)
		for _, id := range ids {
			low, high = min(low, conversation.PlaceOf(id)), max(high, conversation.PlaceOf(id)+maxProbes)
		}
		args = append(args, e, low, high)
	}
	rows, err := x.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, x.hurt(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, x.hurt(err)
		}
		out = append(out, id)
	}
	return out, x.hurt(rows.Err())
}

// hurt lets a damaged index be made anew, and passes the error on.
func (x *Index) hurt(err error) error {
	if err != nil && isDamaged(err) {
		x.log.Error("the search index is damaged and is made anew", "error", err)
		_ = x.Rebuild() // it only asks for it
	}
	return err
}
