package conversation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// manyDesk is a desk with three protocols of customer care and an agent who sees it and finance.
func manyDesk(t *testing.T) (*desk, conversation.Actor, []string) {
	t.Helper()
	d := newDesk(t, nil)
	clerk := d.addAgent("eva@shop.test", "care", "finance")
	d.addAgent("leo@shop.test", "care")
	var numbers []string
	for i, from := range []string{"ana@c.test", "bea@c.test", "cleo@c.test"} {
		numbers = append(numbers, d.accept(letter{from: from, id: fmt.Sprint(i, "@c.test")}).Number)
	}
	return d, clerk, numbers
}

// many does one thing to the protocols, and returns the key of it.
func (d *desk) many(actor conversation.Actor, action conversation.ManyAction, value string, numbers ...string) (string, *conversation.Many) {
	d.t.Helper()
	r := conversation.ManyRequest{Action: action, Value: value}
	for _, n := range numbers {
		r.Items = append(r.Items, conversation.ManyItem{Number: n, Incoming: 1})
	}
	key := conversation.NewID(d.clock())
	out, err := d.ChangeMany(context.Background(), conversation.Intent{Actor: actor, IdempotencyKey: key}, r)
	if err != nil {
		d.t.Fatal(err)
	}
	return key, out
}

// told is what was done, in short.
func told(done, same int, failed []conversation.ManyFailure) string {
	out := fmt.Sprintf("%d done, %d same", done, same)
	for _, f := range failed {
		out += ", " + f.Number[len(f.Number)-1:] + " " + string(f.Code)
	}
	return out
}

func (d *desk) undone(actor conversation.Actor, key, want string) {
	d.t.Helper()
	out, err := d.UndoMany(context.Background(), actor, key)
	if err != nil {
		d.t.Fatal(err)
	}
	if got := told(out.Undo.Done, 0, out.Undo.Failed); got != want || !out.Undo.Whole {
		d.t.Errorf("undone: %s, want %s", got, want)
	}
}

// TestManyAndBack: each is done on its own, and undone to what it was.
func TestManyAndBack(t *testing.T) {
	state := func(c *conversation.Conversation) any {
		return []any{c.Status, c.Department, c.SeenBy, c.Agent, c.Tags, c.Classification, c.WaitingSince, c.FinalizedAt, c.Channel, c.Aside}
	}
	for _, c := range []struct {
		action conversation.ManyAction
		value  string
		want   string
	}{
		{conversation.ManyFinalize, "Invoice", "2 done, 0 same, 9 not-found"},
		{conversation.ManyAssign, "eva@shop.test", "1 done, 1 same, 9 not-found"},
		{conversation.ManyAssign, "", "2 done, 0 same, 9 not-found"},
		{conversation.ManyTransfer, "finance", "2 done, 0 same, 9 not-found"},
		{conversation.ManyTag, "#Urgent", "1 done, 1 same, 9 not-found"},
		{conversation.ManyTag, "a,b", "0 done, 0 same, 1 invalid, 2 invalid, 9 not-found"},
		{conversation.ManyAssign, "nobody@shop.test", "0 done, 0 same, 1 invalid, 2 invalid, 9 not-found"},
		{"delete", "", "0 done, 0 same, 1 invalid, 2 invalid, 9 not-found"},
	} {
		t.Run(string(c.action)+" "+c.value, func(t *testing.T) {
			ctx := context.Background()
			d, clerk, n := manyDesk(t)
			intent := conversation.Intent{Actor: operator}
			for number, agent := range map[string]string{n[0]: "eva@shop.test", n[1]: "leo@shop.test"} {
				if _, err := d.Assign(ctx, intent, number, agent); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := d.Tag(ctx, intent, n[0], conversation.TagChange{Add: []string{"urgent", "vip"}}); err != nil {
				t.Fatal(err)
			}
			before := []any{state(d.show(n[0])), state(d.show(n[1]))}
			key, out := d.many(clerk, c.action, c.value, n[0], n[1], "20261123-000009", n[0])
			if got := told(len(out.Done), out.Same, out.Failed); got != c.want {
				t.Fatalf("%s, want %s", got, c.want)
			}
			if len(out.Done) == 0 {
				if _, err := d.UndoMany(ctx, clerk, key); codeOf(err) != conversation.CodeConflict {
					t.Errorf("nothing is undone: %v", err)
				}
				return
			}
			again := conversation.ManyRequest{Action: c.action, Value: c.value, Items: []conversation.ManyItem{{n[0], 1}, {n[1], 1}, {"20261123-000009", 1}, {n[0], 1}}}
			second, err := d.ChangeMany(ctx, conversation.Intent{Actor: clerk, IdempotencyKey: key}, again)
			if diff := cmp.Diff(out, second); diff != "" || err != nil {
				t.Errorf("the second click: %v %s", err, diff)
			}
			again.Items = again.Items[:1]
			if _, err := d.ChangeMany(ctx, conversation.Intent{Actor: clerk, IdempotencyKey: key}, again); codeOf(err) != conversation.CodeConflict {
				t.Errorf("another choice with the same key: %v", err)
			}
			d.undone(clerk, key, fmt.Sprintf("%d done, 0 same", len(out.Done)))
			if diff := cmp.Diff(before, []any{state(d.show(n[0])), state(d.show(n[1]))}); diff != "" {
				t.Errorf("(-before +after)\n%s", diff)
			}
			if _, err := d.UndoMany(ctx, clerk, key); codeOf(err) != conversation.CodeConflict {
				t.Errorf("undone twice: %v", err)
			}
		})
	}
}

// TestUndoManyLeavesWhatChanged: what somebody touched since stays as it is, and is told; the others go back.
func TestUndoManyLeavesWhatChanged(t *testing.T) {
	d, clerk, n := manyDesk(t)
	key, _ := d.many(clerk, conversation.ManyFinalize, "", n...)
	d.accept(letter{from: "bea@c.test", id: "again@c.test"}) // opens another protocol
	if _, err := d.AddNote(context.Background(), conversation.Intent{Actor: operator}, n[2], "done"); err != nil {
		t.Fatal(err)
	}
	out, err := d.UndoMany(context.Background(), clerk, key)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, f := range out.Undo.Failed {
		failed[f.Number] = f.Code == conversation.CodeChanged || f.Code == conversation.CodeConflict
	}
	if out.Undo.Done != 1 || !failed[n[1]] || !failed[n[2]] || d.show(n[0]).Status != conversation.Open || d.show(n[2]).Status != conversation.Finalized {
		t.Errorf("%+v", out.Undo)
	}
}

// TestManyStopsAtNewWords: what the customer has written since the list was seen is not ended unread.
func TestManyStopsAtNewWords(t *testing.T) {
	d, clerk, n := manyDesk(t)
	d.accept(letter{from: "ana@c.test", id: "more@c.test"})
	if _, out := d.many(clerk, conversation.ManyFinalize, "", n[:2]...); told(len(out.Done), out.Same, out.Failed) != "1 done, 0 same, 1 changed" {
		t.Errorf("%+v", out)
	}
	if _, out := d.many(clerk, conversation.ManyTag, "x", n[:2]...); len(out.Done) != 2 {
		t.Errorf("a tag ends nothing: %+v", out)
	}
}

// TestUndoManyIsItsAgentsForAWhile: nobody else undoes it, nor its agent later, nor beyond the wall.
func TestUndoManyIsItsAgentsForAWhile(t *testing.T) {
	ctx := context.Background()
	d, clerk, n := manyDesk(t)
	key, out := d.many(clerk, conversation.ManyTransfer, "hr", n[0])
	if len(out.Done) != 1 || !out.Done[0].Gone || out.Undoable() != 0 {
		t.Errorf("beyond the wall: %+v", out)
	}
	if _, err := d.UndoMany(ctx, clerk, key); codeOf(err) != conversation.CodeConflict || d.show(n[0]).Department != "hr" {
		t.Errorf("undone from beyond the wall: %v", err)
	}
	key, _ = d.many(clerk, conversation.ManyTag, "x", n[1])
	if _, err := d.UndoMany(ctx, operator, key); codeOf(err) != conversation.CodeConflict {
		t.Errorf("undone by another: %v", err)
	}
	if r, err := d.ManyDone(ctx, operator, key); r != nil || err != nil {
		t.Errorf("told to another: %+v %v", r, err)
	}
	moved := clerk
	moved.Departments = []string{"finance"}
	out, err := d.UndoMany(ctx, moved, key)
	if err != nil || told(out.Undo.Done, 0, out.Undo.Failed) != "0 done, 0 same, 2 not-found" {
		t.Errorf("undone by who sees it no more: %+v %v", out, err)
	}
	key, _ = d.many(clerk, conversation.ManyTag, "y", n[1])
	d.pass(16 * time.Minute)
	if _, err := d.UndoMany(ctx, clerk, key); codeOf(err) != conversation.CodeConflict {
		t.Errorf("undone late: %v", err)
	}
	both := clerk
	both.Departments = []string{"care", "hr"}
	before := d.show(n[2])
	key, _ = d.many(both, conversation.ManyTransfer, "hr", n[2])
	d.undone(both, key, "1 done, 0 same")
	if p := d.show(n[2]); p.Department != "care" || p.Key != before.Key || p.Channel != before.Channel || len(p.SeenBy) != 0 {
		t.Errorf("back through the wall: %+v", p.Protocol)
	}
}

func TestManyBounds(t *testing.T) {
	d, clerk, n := manyDesk(t)
	key := conversation.NewID(d.clock())
	for _, c := range []struct {
		key   string
		items []conversation.ManyItem
	}{{key, nil}, {"", []conversation.ManyItem{{Number: n[0]}}}, {"key", []conversation.ManyItem{{Number: n[0]}}}, {key, make([]conversation.ManyItem, conversation.MaxMany+1)}} {
		_, err := d.ChangeMany(context.Background(), conversation.Intent{Actor: clerk, IdempotencyKey: c.key}, conversation.ManyRequest{Action: conversation.ManyTag, Value: "x", Items: c.items})
		if codeOf(err) != conversation.CodeInvalid {
			t.Errorf("%q, %d items: %v", c.key, len(c.items), err)
		}
	}
}

// TestUndoneEndCountsNothing: what was finalized by mistake and undone was not finalized, and its customer waits since then.
func TestUndoneEndCountsNothing(t *testing.T) {
	d := staffed(t)
	asked := d.clock()
	one := d.accept(letter{from: "ann@x.test", id: "1@x"}).Number
	d.pass(time.Hour)
	before := d.numbers(sara, conversation.NumbersQuery{})
	key, _ := d.many(beto, conversation.ManyFinalize, "", one)
	d.pass(10 * time.Minute)
	d.undone(beto, key, "1 done, 0 same")
	if got := d.show(one).WaitingSince; !got.Equal(asked) {
		t.Errorf("waits since %v, not %v", got, asked)
	}
	after := d.numbers(sara, conversation.NumbersQuery{})
	for _, c := range []struct {
		name          string
		before, after []conversation.NumbersRow
	}{{"in all", []conversation.NumbersRow{before.Total}, []conversation.NumbersRow{after.Total}}, {"agents", before.Agents, after.Agents}, {"days", before.Days, after.Days}} {
		if diff := cmp.Diff(talliedOf(c.before...), talliedOf(c.after...)); diff != "" {
			t.Errorf("%s (-before +after)\n%s", c.name, diff)
		}
	}
}
