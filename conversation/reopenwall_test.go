package conversation_test

import (
	"context"
	"testing"

	"recado/conversation"
)

// TestReopenedBehindTheWall: a protocol that was finalized before its department was isolated does not draw the
// sender's mail to others behind the wall when it is opened again (rule 5).
func TestReopenedBehindTheWall(t *testing.T) {
	d := newDesk(t, nil)
	ctx, intent := context.Background(), conversation.Intent{Actor: operator}
	old := d.accept(letter{from: "ana@c.test", to: "care@shop.test", id: "1@c.test"})
	if _, err := d.Finalize(ctx, intent, old.Number, ""); err != nil {
		t.Fatal(err)
	}
	isolated := directory(func(dir *conversation.Directory) { dir.Departments[0].Isolated = true })
	if err := d.SetDirectory(ctx, isolated); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reopen(ctx, intent, old.Number); err != nil {
		t.Fatal(err)
	}
	other := d.accept(letter{from: "ana@c.test", to: "sales@shop.test", id: "2@c.test"})
	again := d.accept(letter{from: "ana@c.test", to: "care@shop.test", id: "3@c.test"})
	if other.Number == old.Number || again.Number != old.Number {
		t.Errorf("mail to sales went to %s and to care to %s; %s is care's", other.Number, again.Number, old.Number)
	}
}
