package storetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing/iotest"

	"recado/conversation"
)

func testDraftFiles(e *env) {
	ctx := context.Background()
	first, second := conversation.NewID(e.clock.now()), conversation.NewID(e.clock.now())
	ids := []string{first, second}
	slices.Sort(ids)
	for _, id := range ids {
		if n, err := e.s.KeepFile(ctx, id, strings.NewReader("of "+id)); err != nil || n != 29 {
			e.Fatalf("keep: %d, %v", n, err)
		}
	}
	if _, err := e.s.KeepFile(ctx, first, strings.NewReader("other")); err == nil {
		e.Error("an id is taken twice")
	}
	broken := conversation.NewID(e.clock.now())
	if _, err := e.s.KeepFile(ctx, broken, iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		e.Errorf("a file that breaks off: %v", err)
	}
	for _, id := range []string{"", "..", "../recado.db", first + "/a"} {
		if _, err := e.s.KeepFile(ctx, id, strings.NewReader("x")); err == nil {
			e.Errorf("%q is taken for an id", id)
		}
	}
	if got, err := e.s.FileIDs(ctx); err != nil || !slices.Equal(got, ids) {
		e.Errorf("kept %v, %v, want %v", got, err, ids)
	}
	e.s = e.h.Reopen(e.T, e.s, e.clock.now)
	f, err := e.s.OpenFile(ctx, first)
	if err != nil {
		e.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "of "+first {
		e.Errorf("read %q, %v", b, err)
	}
	f.Close()
	for range 2 {
		if err := e.s.DropFile(ctx, first); err != nil {
			e.Error(err)
		}
	}
	if _, err := e.s.OpenFile(ctx, first); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("what was dropped opens: %v", err)
	}
}
