package main

import (
	"context"
	"time"

	"recado/conversation"
)

// batch is a store whose clock is set, and which does whatever is asked of it in the transaction that is
// open. It is for one goroutine. A function that fails has written nothing: the domain decides before its first write.
type batch struct {
	conversation.Store
	tx conversation.Tx
	at time.Time
}

func (b *batch) now() time.Time { return b.at }

func (b *batch) View(_ context.Context, fn func(conversation.Tx) error) error {
	return fn(clocked{b.tx, b.at})
}

func (b *batch) Update(_ context.Context, fn func(conversation.Tx) error) error {
	return fn(clocked{b.tx, b.at})
}

// together commits all that fn does at once.
func (b *batch) together(ctx context.Context, fn func() error) error {
	return b.Store.Update(ctx, func(tx conversation.Tx) error {
		b.tx = tx
		defer func() { b.tx = nil }()
		return fn()
	})
}

// clocked is a transaction at another time.
type clocked struct {
	conversation.Tx
	at time.Time
}

func (t clocked) Now() time.Time { return t.at }
