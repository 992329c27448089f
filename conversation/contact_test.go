package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// ines is of two ordinary departments, hugo of the isolated one, sol of both sides.
var (
	ines = conversation.Actor{Email: "ines@shop.test", Name: "Ines", Role: conversation.RoleAgent, Departments: []string{"care", "finance"}}
	leo  = conversation.Actor{Email: "leo@shop.test", Name: "Leo", Role: conversation.RoleAgent, Departments: []string{"finance"}}
	hugo = conversation.Actor{Email: "hugo@shop.test", Name: "Hugo", Role: conversation.RoleAgent, Departments: []string{"hr"}}
	sol  = conversation.Actor{Email: "sol@shop.test", Name: "Sol", Role: conversation.RoleSupervisor, Departments: []string{"care", "hr"}}
	boss = conversation.Actor{Email: "boss@shop.test", Name: "Boss", Role: conversation.RoleAdmin}
)

func by(a conversation.Actor) conversation.Intent { return conversation.Intent{Actor: a} }

// told is what an actor sees of a contact, on lines.
func (d *desk) told(a conversation.Actor, address string) []string {
	d.t.Helper()
	p, err := d.Contact(context.Background(), a, address)
	if codeOf(err) == conversation.CodeNotFound {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	out := []string{fmt.Sprintf("%s (%s) blocked=%t notes=%d linked=%v", p.Name, p.MailName, p.Blocked, p.ContactItem.Notes, p.ContactItem.Linked)}
	for _, s := range p.Sides {
		for _, n := range s.Notes {
			out = append(out, fmt.Sprintf("%q noted %s", s.Department, n.Text))
		}
		for _, act := range s.Acts {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%q %s %s %s", s.Department, act.Agent, act.Act, act.Detail)))
		}
	}
	return out
}

// must fails the test where an error comes beside a result.
func must[T any](d *desk) func(T, error) T {
	return func(v T, err error) T {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
		return v
	}
}

func (d *desk) contacts(a conversation.Actor, f conversation.ContactFilter) []string {
	d.t.Helper()
	list, _, err := d.Contacts(context.Background(), a, f, conversation.Page{})
	if err != nil {
		d.t.Fatal(err)
	}
	out := []string{}
	for _, c := range list {
		out = append(out, c.Address+" "+c.Name)
	}
	return out
}

func TestRule22BlockHolds(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Acknowledge = true })
	first := d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test"})
	ours := d.reply(first.Number, "Hello")
	d.pass(time.Minute)
	must[*conversation.Person](d)(d.BlockContact(ctx, by(ines), "ANA@c.test", "", "threats"))
	d.pass(time.Hour)

	var held []string
	answer := "In-Reply-To: " + ids([]string{ours.MessageID}) + "\r\n"
	for i, l := range []letter{
		{from: "ana@c.test", id: "2@c.test"},
		{from: "ana@c.test", id: "3@c.test", to: "finance@shop.test", header: answer},
		{from: "ana@c.test", id: "4@c.test", auth: unverified},
		{from: "ana@c.test", id: "5@c.test", header: answer + "Auto-Submitted: auto-replied\r\n"},
	} {
		line := d.accept(l)
		if wantFate(t, line, conversation.FateHeld, conversation.ReasonBlocked); t.Failed() {
			t.Fatalf("mail %d", i)
		}
		held = append(held, line.Message)
		h := must[*conversation.Held](d)(d.HeldMail(ctx, ines, line.Message))
		if h.Reason != conversation.HeldPolicy || !slices.Contains(h.Trace, conversation.TraceStep{Step: "contact", Fact: "blocked by Ines <ines@shop.test> since 2026-11-23 09:01 -0300"}) ||
			!slices.Contains(h.Trace, conversation.TraceStep{Step: "rule", Fact: "22: hold, blocked"}) {
			t.Errorf("held as %s, trace %v", h.Reason, h.Trace)
		}
	}
	wantFate(t, d.accept(letter{from: "bea@c.test", id: "6@c.test"}), conversation.FateOpened, conversation.ReasonFirst)
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "2@c.test"}), conversation.FateDuplicate, conversation.ReasonDuplicate)
	bounce := d.receive(letter{
		from: "MAILER-DAEMON@mx.c.test", returnPath: "<>", id: "b@mx.c.test", rcpt: []string{d.signer.ReturnPath(ours.ID, "shop.test")}, text: "No such user",
	})
	wantFate(t, bounce.Fates[0], conversation.FateEvent, conversation.ReasonReport)

	d.finalize(first.Number)
	queued := len(d.queue())
	msg := must[*conversation.Message](d)(d.AcceptHeld(ctx, by(ines), held[0]))
	if msg.Number == "" || msg.Number == first.Number {
		t.Errorf("accepted into %q", msg.Number)
	}
	if n := len(d.queue()); n != queued {
		t.Errorf("a blocked sender is acknowledged: %d are queued, before %d", n, queued)
	}
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "7@c.test"}), conversation.FateHeld, conversation.ReasonBlocked)
	must[*conversation.Person](d)(d.UnblockContact(ctx, by(leo), "ana@c.test", ""))
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "8@c.test"}), conversation.FateAppended, conversation.ReasonOpenProtocol)
	want := []string{"Ana (Ana) blocked=false notes=0 linked=[]", `"" ines@shop.test blocked threats`, `"" leo@shop.test unblocked`}
	if diff := cmp.Diff(want, d.told(ines, "ana@c.test")); diff != "" {
		t.Error(diff)
	}
}

// TestRule22BlockedAgain: the second of two clicks changes nothing; another reason is the one that counts.
func TestRule22BlockedAgain(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	since := d.clock()
	block := func(a conversation.Actor, reason string) *conversation.Block {
		p := must[*conversation.Person](d)(d.BlockContact(ctx, by(a), "new@c.test", "", reason))
		return p.Sides[0].Blocked
	}
	block(ines, "spam")
	d.pass(time.Hour)
	for reason, want := range map[string]string{"": "ines@shop.test spam", "spam": "ines@shop.test spam"} {
		if b := block(leo, reason); b.Agent+" "+b.Reason != want || !b.At.Equal(since) {
			t.Errorf("blocked again for %q: %+v", reason, b)
		}
	}
	if b := block(leo, "threats"); b.Agent != "leo@shop.test" || b.Reason != "threats" || !b.At.Equal(since) {
		t.Errorf("for another reason: %+v", b)
	}
	wantFate(t, d.accept(letter{from: "new@c.test", id: "1@c.test"}), conversation.FateHeld, conversation.ReasonBlocked)
}

// TestRule22Sides: what an isolated department's agents say is seen and acts there alone, and nothing else does there.
func TestRule22Sides(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test"})
	d.accept(letter{from: "Anita <ana@c.test>", id: "2@c.test", to: "hr@shop.test"})
	d.accept(letter{from: "Bea <bea@c.test>", id: "3@c.test", to: "hr@shop.test"})
	d.pass(time.Minute)
	name, note, block := must[*conversation.Person](d), must[*conversation.ContactNote](d), must[*conversation.Person](d)
	name(d.NameContact(ctx, by(ines), "ana@c.test", "", "Ana Pérez"))
	name(d.NameContact(ctx, by(hugo), "ana@c.test", "", "The applicant"))
	note(d.AddContactNote(ctx, by(sol), "ana@c.test", "", "Ours."))
	note(d.AddContactNote(ctx, by(sol), "ana@c.test", "hr", "Theirs."))
	block(d.BlockContact(ctx, by(sol), "ana@c.test", "hr", "applied twice"))
	block(d.LinkContact(ctx, by(hugo), "ana@c.test", "hr", []string{"Ana@home.test"}, nil))

	shared := []string{"Ana Pérez (Ana) blocked=false notes=1 linked=[]", `"" noted Ours.`, `"" ines@shop.test named Ana Pérez`}
	theirs := []string{
		`"hr" noted Theirs.`, `"hr" hugo@shop.test named The applicant`, `"hr" sol@shop.test blocked applied twice`, `"hr" hugo@shop.test linked Ana@home.test`,
	}
	for who, want := range map[*conversation.Actor][]string{
		&ines: shared, &leo: shared, &boss: shared,
		&hugo: append([]string{"The applicant (Anita) blocked=true notes=1 linked=[Ana@home.test]"}, theirs...),
		&sol:  slices.Concat([]string{"Ana Pérez (Ana) blocked=true notes=2 linked=[Ana@home.test]"}, shared[1:], theirs),
	} {
		if diff := cmp.Diff(want, d.told(*who, "ana@c.test")); diff != "" {
			t.Errorf("%s: %s", who.Name, diff)
		}
	}
	for who, want := range map[*conversation.Actor][]string{
		&ines: {"ana@c.test Ana Pérez"}, &hugo: {"ana@c.test The applicant", "Ana@home.test The applicant", "bea@c.test Bea"},
		&sol: {"ana@c.test Ana Pérez", "Ana@home.test The applicant", "bea@c.test Bea"},
	} {
		if diff := cmp.Diff(want, d.contacts(*who, conversation.ContactFilter{})); diff != "" {
			t.Errorf("%s lists: %s", who.Name, diff)
		}
	}
	if got := d.contacts(ines, conversation.ContactFilter{Blocked: true}); len(got) > 0 {
		t.Errorf("outside the wall these are blocked: %v", got)
	}
	if got := d.contacts(ines, conversation.ContactFilter{Find: "applicant"}); len(got) > 0 {
		t.Errorf("outside the wall a name leads to %v", got)
	}
	for _, known := range []string{"bea@c.test", "ana@home.test"} {
		if got := d.told(ines, known); got != nil {
			t.Errorf("outside the wall %s is %v", known, got)
		}
	}
	if _, err := d.AddContactNote(ctx, by(ines), "ana@c.test", "hr", "x"); codeOf(err) != conversation.CodeInvalid || !strings.Contains(err.Error(), `no department "hr"`) {
		t.Errorf("over the wall: %v", err)
	}
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "4@c.test"}), conversation.FateAppended, conversation.ReasonOpenProtocol)
	both := d.receive(letter{from: "ana@c.test", id: "5@c.test", to: "care@shop.test, hr@shop.test"})
	for _, l := range both.Fates {
		want := conversation.FateAppended
		if l.Recipient == "hr@shop.test" {
			want = conversation.FateHeld
		}
		if l.Fate != want {
			t.Errorf("%s: %s (%s)", l.Recipient, l.Fate, l.Reason)
		}
	}
	list, _, err := d.ContactProtocols(ctx, ines, "ana@c.test", conversation.Page{})
	if err != nil || len(list) != 1 {
		t.Errorf("outside the wall the contact has %d protocols, %v", len(list), err)
	}
}

// TestRule22TraceStaysOnItsSide: what a trace says of a contact does not go over the wall with a protocol.
func TestRule22TraceStaysOnItsSide(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	must[*conversation.Person](d)(d.BlockContact(ctx, by(ines), "ana@c.test", "", "threats"))
	held := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	msg := must[*conversation.Message](d)(d.AcceptHeld(ctx, by(ines), held.Message))
	said := func(a conversation.Actor) bool {
		c := must[*conversation.Conversation](d)(d.Conversation(ctx, a, msg.Number))
		return strings.Contains(fmt.Sprint(c.Entries[0].Trace), "Ines")
	}
	if !said(ines) {
		t.Error("its own side is not told")
	}
	must[*conversation.ProtocolItem](d)(d.Transfer(ctx, by(ines), msg.Number, conversation.TransferRequest{Department: "hr"}))
	if said(hugo) || !said(sol) {
		t.Errorf("beyond the wall: hugo %t, sol %t", said(hugo), said(sol))
	}
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "2@c.test", to: "hr@shop.test"}), conversation.FateAppended, conversation.ReasonOpenProtocol)
}

func TestRule22Links(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	a := d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test"})
	b := d.accept(letter{from: "ana@home.test", id: "2@c.test"})
	link := func(address string, add, remove []string) {
		d.t.Helper()
		d.pass(time.Minute)
		must[*conversation.Person](d)(d.LinkContact(ctx, by(ines), address, "", add, remove))
	}
	linked := func(address string) []string {
		return must[*conversation.Person](d)(d.Contact(ctx, ines, address)).ContactItem.Linked
	}
	must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@home.test", "", "Ana Pérez"))
	link("ana@c.test", []string{"ana@home.test"}, nil)
	link("a.perez@work.test", []string{"old@work.test"}, nil)
	link("old@work.test", []string{"Ana@home.test"}, nil) // two persons become one
	for address, want := range map[string][]string{
		"ana@c.test": {"ana@home.test", "old@work.test", "a.perez@work.test"}, "a.perez@work.test": {"old@work.test", "ana@home.test", "ana@c.test"},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(linked(address)))); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
	if got := d.told(ines, "old@work.test")[0]; !strings.HasPrefix(got, "Ana Pérez ()") {
		t.Errorf("the person's name: %s", got)
	}
	list, _, err := d.ContactProtocols(ctx, leo, "old@work.test", conversation.Page{Limit: 1})
	if err != nil || len(list) != 0 {
		t.Errorf("of a department that sees none: %d, %v", len(list), err)
	}
	list, next, err := d.ContactProtocols(ctx, ines, "old@work.test", conversation.Page{Limit: 1})
	if err != nil || len(list) != 1 || list[0].Number != b.Number || next == "" {
		t.Fatalf("the person's protocols: %v, %q, %v", list, next, err)
	}
	list, _, err = d.ContactProtocols(ctx, ines, "old@work.test", conversation.Page{Limit: 1, Cursor: next})
	if err != nil || len(list) != 1 || list[0].Number != a.Number {
		t.Errorf("the next page: %v, %v", list, err)
	}
	// A block and the rules are of the address alone.
	must[*conversation.Person](d)(d.BlockContact(ctx, by(ines), "ana@home.test", "", ""))
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "3@c.test"}), conversation.FateAppended, conversation.ReasonOpenProtocol)
	if got := d.told(ines, "ana@c.test")[0]; !strings.Contains(got, "blocked=false") {
		t.Errorf("a linked address is blocked: %s", got)
	}

	link("ana@c.test", nil, []string{"old@work.test", "nobody@c.test"})
	if got := linked("old@work.test"); len(got) != 0 {
		t.Errorf("what was taken out is linked to %v", got)
	}
	if got := linked("a.perez@work.test"); len(got) != 2 {
		t.Errorf("the rest is linked to %v", got)
	}
	for _, bad := range []string{"ana@c.test", "nonsense", "care@shop.test", "care+x@shop.test"} {
		if _, err := d.LinkContact(ctx, by(ines), "ana@c.test", "", []string{bad}, nil); codeOf(err) != conversation.CodeInvalid {
			t.Errorf("linked with %s: %v", bad, err)
		}
	}
}

func TestRule22Bounds(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	var many []string
	for i := range 19 {
		many = append(many, fmt.Sprintf("a%d@c.test", i))
	}
	must[*conversation.Person](d)(d.LinkContact(ctx, by(ines), "ana@c.test", "", many, nil))
	if _, err := d.LinkContact(ctx, by(ines), "a7@c.test", "", []string{"one@more.test"}, nil); codeOf(err) != conversation.CodeConflict {
		t.Errorf("the 21st address: %v", err)
	}
	if p := must[*conversation.Person](d)(d.Contact(ctx, ines, "a7@c.test")); len(p.ContactItem.Linked) != 19 {
		t.Errorf("linked to %d", len(p.ContactItem.Linked))
	}
	for i := range 100 {
		must[*conversation.ContactNote](d)(d.AddContactNote(ctx, by(ines), many[i%19], "", "Note."))
	}
	if _, err := d.AddContactNote(ctx, by(ines), "ana@c.test", "", "One more."); codeOf(err) != conversation.CodeConflict {
		t.Errorf("the 101st note: %v", err)
	}
	must[*conversation.Person](d)(d.LinkContact(ctx, by(ines), "ana@c.test", "", nil, []string{"a0@c.test"}))
	must[*conversation.ContactNote](d)(d.AddContactNote(ctx, by(ines), "ana@c.test", "", "Again room."))
	for range 5 {
		must[*conversation.ContactNote](d)(d.AddContactNote(ctx, by(ines), "a0@c.test", "", "Note."))
	}
	if _, err := d.LinkContact(ctx, by(ines), "ana@c.test", "", []string{"a0@c.test"}, nil); codeOf(err) != conversation.CodeConflict {
		t.Errorf("too many notes of one person: %v", err)
	}
	for what, err := range map[string]error{
		"a long note":   second(d.AddContactNote(ctx, by(ines), "ana@c.test", "", strings.Repeat("ñ", 10001))),
		"an empty note": second(d.AddContactNote(ctx, by(ines), "ana@c.test", "", " \n")),
		"a long name":   second(d.NameContact(ctx, by(ines), "ana@c.test", "", strings.Repeat("x", 201))),
		"a turned name": second(d.NameContact(ctx, by(ines), "ana@c.test", "", "ana\u202e")),
		"a long reason": second(d.BlockContact(ctx, by(ines), "ana@c.test", "", strings.Repeat("x", 501))),
		"no department": second(d.BlockContact(ctx, by(ines), "ana@c.test", "nowhere", "")),
		"one of ours":   second(d.BlockContact(ctx, by(ines), "finance@shop.test", "", "")),
	} {
		if codeOf(err) != conversation.CodeInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range 30 {
		must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@c.test", "", fmt.Sprint("Name ", i)))
	}
	if acts := must[*conversation.Person](d)(d.Contact(ctx, ines, "ana@c.test")).Sides[0].Acts; len(acts) != 20 || acts[19].Detail != "Name 29" {
		t.Errorf("%d acts are kept", len(acts))
	}
}

func second[T any](_ T, err error) error { return err }

func TestRule22Notes(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	add := func(a conversation.Actor, department, text string) *conversation.ContactNote {
		d.pass(time.Minute)
		return must[*conversation.ContactNote](d)(d.AddContactNote(ctx, by(a), "ana@c.test", department, text))
	}
	one, two, theirs := add(ines, "", " Calls on\r\nMondays. "), add(leo, "finance", "Pays late."), add(hugo, "", "Applied.")
	want := []string{"ana@c.test", "finance", "Pays late.", "Calls on\nMondays."}
	p := must[*conversation.Person](d)(d.Contact(ctx, ines, "ana@c.test"))
	if got := p.Sides[0].Notes; len(got) != 2 || got[0].Text != want[2] || got[1].Text != want[3] || got[0].Agent != leo.Email || !got[0].At.Equal(d.clock().Add(-time.Minute)) {
		t.Errorf("notes %+v", got)
	}
	for _, c := range []struct {
		actor conversation.Actor
		id    string
		want  conversation.Code
	}{
		{leo, one.ID, conversation.CodeForbidden}, {ines, theirs.ID, conversation.CodeNotFound}, {boss, theirs.ID, conversation.CodeNotFound},
		{ines, one.ID, ""}, {ines, one.ID, conversation.CodeNotFound}, {sol, two.ID, ""}, {hugo, theirs.ID, ""},
	} {
		_, err := d.DeleteContactNote(ctx, by(c.actor), "ana@c.test", c.id)
		if err == nil && c.want != "" || err != nil && codeOf(err) != c.want {
			t.Errorf("%s deletes %s: %v, want %q", c.actor.Name, c.id, err, c.want)
		}
	}
	if got := d.told(sol, "ana@c.test")[0]; got != " () blocked=false notes=0 linked=[]" {
		t.Errorf("all deleted: %s", got)
	}
}

// TestRule22Again: the same request again changes nothing, and is answered.
func TestRule22Again(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	again := conversation.Intent{Actor: ines, IdempotencyKey: "k"}
	must[*conversation.Person](d)(d.BlockContact(ctx, again, "ana@c.test", "", "x"))
	must[*conversation.Person](d)(d.UnblockContact(ctx, by(ines), "ana@c.test", ""))
	if p := must[*conversation.Person](d)(d.BlockContact(ctx, again, "ana@c.test", "", "x")); p.Blocked {
		t.Error("the same request blocked again")
	}
	one := must[*conversation.ContactNote](d)(d.AddContactNote(ctx, again, "ana@c.test", "", "Note."))
	two := must[*conversation.ContactNote](d)(d.AddContactNote(ctx, again, "ana@c.test", "", "Note."))
	if one.ID != two.ID || must[*conversation.Person](d)(d.Contact(ctx, ines, "ana@c.test")).ContactItem.Notes != 1 {
		t.Error("the same note twice")
	}
	for what, err := range map[string]error{
		"unblocked": second(d.UnblockContact(ctx, by(ines), "nobody@c.test", "")),
		"unnamed":   second(d.NameContact(ctx, by(ines), "nobody@c.test", "", "")),
	} {
		if codeOf(err) != conversation.CodeNotFound {
			t.Errorf("who is not known was %s: %v", what, err)
		}
	}
	must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@c.test", "", "Ana"))
	if p := must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@c.test", "", "")); p.Name != "" || p.Sides[0].Given != nil {
		t.Errorf("the name is still %q", p.Name)
	}
	item := must[*conversation.ContactItem](d)(d.ProtocolContact(ctx, ines, d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test"}).Number))
	if item.Name != "Ana" || item.Notes != 1 {
		t.Errorf("beside the protocol: %+v", item)
	}
}

// TestContactOfALongAddressIsFound: more is typed, or pasted, than a contact is found by.
func TestContactOfALongAddressIsFound(t *testing.T) {
	d := newDesk(t, nil)
	long := strings.Repeat("ana-maria-", 6) + "@" + strings.Repeat("customers.", 3) + "test"
	d.accept(letter{from: long, id: "1@c.test"})
	if got := d.contacts(operator, conversation.ContactFilter{Find: long}); len(got) != 1 {
		t.Errorf("%q finds %v", long, got)
	}
}
