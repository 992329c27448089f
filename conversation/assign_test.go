package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

// addAgent makes an agent of the departments.
func (d *desk) addAgent(email string, departments ...string) conversation.Actor {
	d.t.Helper()
	a, err := d.AddAgent(context.Background(), asOperator, conversation.AgentInput{
		Email: email, Name: strings.ToUpper(email[:1]) + email[1:strings.IndexByte(email, '@')], Departments: departments, Password: "correct horse battery",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return conversation.ActorOf(a)
}

// heard are the kinds of the changes after the one, as the actor hears of them.
func (d *desk) heard(actor conversation.Actor, after uint64) []string {
	d.t.Helper()
	list, _, _, err := d.Changes(context.Background(), actor, after, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	out := []string{}
	for _, c := range list {
		out = append(out, string(c.Kind))
	}
	return out
}

func (d *desk) lastChange() uint64 {
	d.t.Helper()
	n, err := d.LastChange(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// events are those of a protocol with their details, as the actor reads them.
func (d *desk) events(actor conversation.Actor, number string) []string {
	d.t.Helper()
	c, err := d.Conversation(context.Background(), actor, number)
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, e := range c.Entries {
		if e.Kind == conversation.KindEvent {
			out = append(out, fmt.Sprintf("%s %v %s", e.Event, e.Details, e.Text))
		}
	}
	return out
}

func wantEqual[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAssign(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	eva, fin := d.addAgent("eva@shop.test", "care"), d.addAgent("fin@shop.test", "finance")
	d.addAgent("off@shop.test", "care")
	if _, err := d.DisableAgent(ctx, asOperator, "off@shop.test"); err != nil {
		t.Fatal(err)
	}
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	for _, c := range []struct {
		name, agent string
		code        conversation.Code
	}{
		{"no address", "eva", conversation.CodeInvalid},
		{"no agent", "who@shop.test", conversation.CodeInvalid},
		{"disabled", "off@shop.test", conversation.CodeConflict},
		{"of a department that does not see it", "fin@shop.test", conversation.CodeConflict},
	} {
		if _, err := d.Assign(ctx, asOperator, n, c.agent); codeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := d.Assign(ctx, conversation.Intent{Actor: fin}, n, ""); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("by one who does not see it: %v", err)
	}
	before := d.lastChange()
	item, err := d.Assign(ctx, conversation.Intent{Actor: eva}, n, "EVA@Shop.test")
	if err != nil || item.Agent != "eva@shop.test" {
		t.Fatalf("%+v, %v", item, err)
	}
	if again, err := d.Assign(ctx, conversation.Intent{Actor: eva}, n, "eva@shop.test"); err != nil || again.Version != item.Version {
		t.Errorf("a second click: %+v, %v", again, err)
	}
	wantEqual(t, "heard", d.heard(eva, before), []string{"assigned"})
	stale := item.Version - 1
	if _, err := d.Assign(ctx, conversation.Intent{Actor: eva, IfMatch: &stale}, n, ""); codeOf(err) != conversation.CodeChanged {
		t.Errorf("at an old version: %v", err)
	}
	if item, err = d.Assign(ctx, conversation.Intent{Actor: eva}, n, ""); err != nil || item.Agent != "" {
		t.Errorf("%+v, %v", item, err)
	}
	wantEqual(t, "events", d.events(eva, n), []string{
		"assigned map[agent:eva@shop.test before: name:Eva] ", "unassigned map[before:eva@shop.test] "})
}

func TestTags(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	many := make([]string, 31)
	for i := range many {
		many[i] = fmt.Sprint("t", i)
	}
	for _, c := range []struct {
		name   string
		change conversation.TagChange
		want   []string // nil: refused
	}{
		{"folded, in order, once", conversation.TagChange{Add: []string{" VIP ", "#billing", "two  words", "vip"}}, []string{"billing", "two words", "vip"}},
		{"nothing new", conversation.TagChange{Add: []string{"Vip"}, Remove: []string{"other"}}, []string{"billing", "two words", "vip"}},
		{"one for another", conversation.TagChange{Add: []string{"a"}, Remove: []string{"BILLING"}}, []string{"a", "two words", "vip"}},
		{"empty", conversation.TagChange{Add: []string{" "}}, nil},
		{"comma", conversation.TagChange{Add: []string{"a,b"}}, nil},
		{"too long", conversation.TagChange{Add: []string{strings.Repeat("x", 41)}}, nil},
		{"control", conversation.TagChange{Add: []string{"a\u202eb"}}, nil},
		{"too many", conversation.TagChange{Set: many}, nil},
		{"all others", conversation.TagChange{Set: []string{"z"}}, []string{"z"}},
		{"none", conversation.TagChange{Set: []string{}}, []string{}},
	} {
		item, err := d.Tag(ctx, asOperator, n, c.change)
		switch {
		case c.want == nil && codeOf(err) != conversation.CodeInvalid:
			t.Errorf("%s: %v", c.name, err)
		case c.want != nil && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != nil:
			wantEqual(t, c.name, item.Tags, c.want)
		}
	}
	if got := len(d.events(operator, n)); got != 4 {
		t.Errorf("%d events, want one for each change that was one", got)
	}
}

func TestTransferAmongOrdinaryDepartments(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	eva, fin := d.addAgent("eva@shop.test", "care"), d.addAgent("fin@shop.test", "finance")
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	d.reply(n, "Hello")
	if _, err := d.Assign(ctx, asOperator, n, "eva@shop.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "none"}); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("to no department: %v", err)
	}
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{}); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("nowhere: %v", err)
	}
	if item, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "care"}); err != nil || item.Agent != "eva@shop.test" {
		t.Errorf("to where it is: %+v, %v", item, err)
	}
	before := d.lastChange()
	in := conversation.Intent{Actor: eva, IdempotencyKey: "k"}
	item, err := d.Transfer(ctx, in, n, conversation.TransferRequest{Department: "finance", Reason: "An\n invoice"})
	if err != nil || item.Department != "finance" || item.Agent != "" {
		t.Fatalf("%+v, %v", item, err)
	}
	if again, err := d.Transfer(ctx, in, n, conversation.TransferRequest{Department: "finance", Reason: "An invoice"}); err != nil || again.Version != item.Version || again.Number != n {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	wantEqual(t, "heard by both", append(d.heard(eva, before), d.heard(fin, before)...), []string{"transferred", "transferred"})
	wantEqual(t, "seen by", item.SeenBy, []string{"care"})
	if got := d.queue()[0].Department; got != "finance" {
		t.Errorf("the answer that waits is of %s", got)
	}
	if item, err = d.Transfer(ctx, conversation.Intent{Actor: fin}, n, conversation.TransferRequest{Agent: "fin@shop.test", Reason: "mine"}); err != nil || item.Agent != "fin@shop.test" || item.Department != "finance" {
		t.Errorf("to an agent: %+v, %v", item, err)
	}
	if item, err = d.Transfer(ctx, conversation.Intent{Actor: fin}, n, conversation.TransferRequest{Department: "care"}); err != nil || item.Department != "care" {
		t.Errorf("back: %+v, %v", item, err)
	}
	wantEqual(t, "seen by", item.SeenBy, []string{"finance"})
	wantEqual(t, "events", d.events(eva, n)[1:], []string{
		"transferred map[from:care reason:An invoice to:finance] An invoice",
		"transferred map[agent:fin@shop.test from:finance name:Fin reason:mine to:finance] mine",
		"transferred map[from:finance reason: to:care] "})
	if d.accept(letter{from: "ana@c.test", id: "2@c.test"}).Number != n {
		t.Error("the customer's next mail went elsewhere")
	}
}

// TestTransferAcrossTheWall: rule 5.
func TestTransferAcrossTheWall(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	eva, hr := d.addAgent("eva@shop.test", "care"), d.addAgent("hr@people.test", "hr")
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	d.reply(n, "Hello")
	before := d.lastChange()
	in := conversation.Intent{Actor: eva, IdempotencyKey: "k"}
	request := conversation.TransferRequest{Department: "hr", Reason: "theirs"}
	item, err := d.Transfer(ctx, in, n, request)
	if err != nil || item.Key.Department != "hr" || len(item.SeenBy) != 0 {
		t.Fatalf("%+v, %v", item, err)
	}
	if again, err := d.Transfer(ctx, in, n, request); err != nil || again.Version != item.Version {
		t.Errorf("the same request again, by one who sees it no more: %+v, %v", again, err)
	}
	if _, err := d.Protocol(ctx, eva, n); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("it is still seen: %v", err)
	}
	wantEqual(t, "heard on both sides", append(d.heard(eva, before), d.heard(hr, before)...), []string{"transferred", "transferred"})
	if items, _, err := d.Queue(ctx, eva, conversation.Page{}); err != nil || len(items) != 0 {
		t.Errorf("the queue shows what waits there: %v, %v", items, err)
	}
	second := d.accept(letter{from: "ana@c.test", id: "2@c.test"}).Number
	if second == n {
		t.Fatal("mail to an ordinary department joined the isolated protocol")
	}
	if hrMail := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "3@c.test"}); hrMail.Number != n {
		t.Errorf("mail to the isolated department went to %s", hrMail.Number)
	}
	_, err = d.Transfer(ctx, conversation.Intent{Actor: eva}, second, request)
	if codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), "merged") || strings.Contains(err.Error(), n) {
		t.Errorf("to where the key is taken: %v", err)
	}
	_, err = d.Transfer(ctx, asOperator, second, request)
	if codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), "merge "+second+" into it") || !strings.Contains(err.Error(), n) {
		t.Errorf("to where the key is taken, by one who sees it: %v", err)
	}
	d.finalize(second)
	item, err = d.Transfer(ctx, conversation.Intent{Actor: hr}, n, conversation.TransferRequest{Department: "care"})
	if err != nil || item.Key.Department != "" || item.Department != "care" {
		t.Fatalf("out again: %+v, %v", item, err)
	}
	c, err := d.Conversation(ctx, eva, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Entries {
		text := fmt.Sprintf("%+v %+v %+v", *e.Message, e.To, e.Details)
		text = strings.ReplaceAll(text, e.MessageID, "") // whose mac may end in any letters
		if strings.Contains(text, "hr@shop.test") && e.Kind != conversation.KindIn || e.Details["to"] == "hr" || e.Details["from"] == "hr" || e.Channel == "hr@shop.test" || len(e.To) > 0 && e.To[0].Address == "hr@shop.test" {
			t.Errorf("an entry names the isolated department: %s", text)
		}
	}
	// A part that was split off takes the key that the whole leaves behind.
	cut := d.accept(letter{from: "ana@c.test", id: "4@c.test"})
	part, err := d.Split(ctx, asOperator, n, cut.Message)
	if err != nil {
		t.Fatal(err)
	}
	// A bounce of what was sent before is of the protocol where it is now.
	if _, err := d.Transfer(ctx, asOperator, n, request); err != nil {
		t.Fatal(err)
	}
	if next := d.accept(letter{from: "ana@c.test", id: "5@c.test"}); next.Number != part.Number {
		t.Errorf("the next mail went to %s, want the part %s that stayed", next.Number, part.Number)
	}
	var ours *conversation.Message
	for _, e := range d.show(n).Entries {
		if e.Kind == conversation.KindOut {
			ours = e.Message
		}
	}
	bounce := d.accept(letter{raw: report("ana@c.test", "failed", "5.1.1", ours.MessageID), rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	if bounce.Number != n || bounce.Department != "hr" {
		t.Errorf("the bounce is of %s, %s", bounce.Number, bounce.Department)
	}
}

func TestFinalizeWithAClassification(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Classifications = []string{"Sale", "Complaint"} })
	listed := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	free := d.accept(letter{from: "bea@c.test", to: "finance@shop.test", id: "2@c.test"}).Number
	_, err := d.Finalize(ctx, asOperator, listed, "other")
	if codeOf(err) != conversation.CodeInvalid || !strings.Contains(err.Error(), "Sale, Complaint") {
		t.Errorf("not of the list: %v", err)
	}
	if p := d.show(listed); p.Status != conversation.Open {
		t.Error("it was finalized all the same")
	}
	if item, err := d.Finalize(ctx, asOperator, listed, " sale "); err != nil || item.Classification != "Sale" {
		t.Errorf("of the list: %+v, %v", item, err)
	}
	wantEqual(t, "events", d.events(operator, listed), []string{"finalized map[classification:Sale] Sale"})
	for _, again := range []string{"", "SALE"} {
		if item, err := d.Finalize(ctx, asOperator, listed, again); err != nil || item.Classification != "Sale" {
			t.Errorf("again, with %q: %+v, %v", again, item, err)
		}
	}
	if _, err := d.Finalize(ctx, asOperator, listed, "Complaint"); codeOf(err) != conversation.CodeConflict {
		t.Errorf("again, as another: %v", err)
	}
	if item, err := d.Finalize(ctx, asOperator, free, "Any  thing"); err != nil || item.Classification != "Any thing" {
		t.Errorf("without a list: %+v, %v", item, err)
	}
	if _, err := d.Finalize(ctx, asOperator, free, strings.Repeat("x", 101)); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("too long: %v", err)
	}
}
