package conversation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

const gif = "GIF89a\x01\x00\x01\x00\x00\x00\x00;"

func (d *desk) keep(at conversation.Place, name, content string) *conversation.DraftFile {
	d.t.Helper()
	f, err := d.KeepFile(context.Background(), eva, at, name, "", strings.NewReader(content))
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

// filesOf are the names of what is kept at the place.
func (d *desk) filesAt(at conversation.Place) string {
	d.t.Helper()
	draft, _, err := d.Draft(context.Background(), eva, at)
	if err != nil {
		d.t.Fatal(err)
	}
	if draft == nil {
		return ""
	}
	var names []string
	for _, f := range draft.Files {
		names = append(names, f.Name)
	}
	return strings.Join(names, "|")
}

// onDisk is how many files are kept at all, once those of more than an hour ago that no draft has are gone.
func (d *desk) onDisk() int {
	d.t.Helper()
	d.pass(61 * time.Minute)
	if err := d.Housekeep(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	ids, err := d.store.FileIDs(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return len(ids)
}

// addEva makes her an agent, as she is wherever the files are looked after.
func (d *desk) addEva() {
	d.t.Helper()
	_, err := d.AddAgent(context.Background(), conversation.Intent{Actor: operator}, conversation.AgentInput{
		Email: eva.Email, Name: eva.Name, Role: eva.Role, Departments: eva.Departments, Password: "a password of Eva's",
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestFilesGoWithTheDraftAndComeBack(t *testing.T) {
	d := newDesk(t, nil)
	d.addEva()
	ctx := context.Background()
	at := conversation.ReplyAt(d.accept(letter{from: "ana@customer.test"}).Number)
	d.keep(at, "../a\nb.txt", "one")
	gone := d.keep(at, "gone.txt", "x")
	d.keep(at, "[foto].gif", gif)
	d.keep(at, "(FOTO).gif", gif)
	d.keep(conversation.MailTo("leo@c.test"), "a b.txt", "elsewhere")
	for range 2 {
		if err := d.DropFile(ctx, eva, at, gone.ID); err != nil {
			t.Fatal(err)
		}
	}
	draft, _, err := d.Draft(ctx, eva, at)
	if err != nil || d.filesAt(at) != "a b.txt|(foto).gif|(FOTO)-2.gif" || !draft.Files[1].Image || draft.Files[1].Type != "image/gif" || draft.Files[0].Image {
		t.Fatalf("kept %+v, %v", draft, err)
	}
	draft.Text = "Van."
	send := func(wait time.Duration) (*conversation.Message, error) {
		return d.Reply(ctx, conversation.Intent{Actor: eva}, at.Of, conversation.ReplyRequest{Text: "Van.", Written: conversation.Written{Wait: wait, Draft: draft}})
	}
	m, err := send(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if e := d.show(at.Of).Entries[1]; len(e.Attachments) != 3 || e.Attachments[0].Name != "a b.txt" || e.Attachments[0].Size != 3 {
		t.Errorf("attached %+v", e.Attachments)
	}
	if got := d.filesAt(at); got != "" {
		t.Errorf("after it was sent there is %q", got)
	}
	if _, err := send(0); codeOf(err) != conversation.CodeConflict {
		t.Errorf("the same files again: %v", err)
	}
	d.takeBack(m.ID)
	if got := d.filesAt(at); got != "a b.txt|(foto).gif|(FOTO)-2.gif" {
		t.Errorf("after it was taken back there is %q", got)
	}
	if n := d.onDisk(); n != 4 {
		t.Errorf("%d files are kept, want 4", n)
	}
	if _, err := send(0); err != nil {
		t.Fatal(err)
	}
	if n := d.onDisk(); n != 1 {
		t.Errorf("%d files are kept after all was sent, want the other draft's", n)
	}
	d.pass(31 * 24 * time.Hour)
	if n := d.onDisk(); n != 0 {
		t.Errorf("%d files are kept a month later", n)
	}
}

func TestFilesOfDraftsAreBounded(t *testing.T) {
	d := newDesk(t, nil) // a mail may have 1 MiB
	d.addEva()
	ctx := context.Background()
	at := conversation.ReplyAt(d.accept(letter{from: "ana@customer.test"}).Number)
	keep := func(at conversation.Place, size int) error {
		_, err := d.KeepFile(ctx, eva, at, "a", "", strings.NewReader(strings.Repeat("a", size)))
		return err
	}
	if err := keep(at, 1<<20+1); codeOf(err) != conversation.CodeInvalid || d.filesAt(at) != "" {
		t.Errorf("one that is too large: %v", err)
	}
	for range 50 {
		if err := keep(at, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := keep(at, 1); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("the 51st: %v", err)
	}
	large := 0
	for i := range 10 {
		if keep(conversation.MailTo(fmt.Sprintf("%d@c.test", i)), 1<<20) == nil {
			large++
		}
	}
	if large != 3 {
		t.Errorf("%d of 1 MiB, want those that fit into four times the limit", large)
	}
	for name, at := range map[string]conversation.Place{
		"a protocol that is not there": conversation.ReplyAt("20261123-999999"), "no address": conversation.MailTo("x"),
		"an address of ours": conversation.MailTo("care@shop.test"), "nowhere": {},
	} {
		if err := keep(at, 1); codeOf(err) == "" {
			t.Errorf("at %s: %v", name, err)
		}
	}
	if _, err := d.KeepFile(ctx, operator, at, "a", "", strings.NewReader("a")); codeOf(err) != conversation.CodeForbidden {
		t.Errorf("the operator's: %v", err)
	}
	if ids, _ := d.store.FileIDs(ctx); len(ids) != 53 {
		t.Errorf("%d files on disk, want 53", len(ids))
	}
}

func TestDraftsOfNewMailsAreBounded(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	to := func(i int) conversation.Place { return conversation.MailTo(fmt.Sprintf("%d@c.test", i)) }
	d.keep(to(0), "a", "a")
	for i := range 51 {
		if err := d.SaveDraft(ctx, eva, to(i), conversation.Draft{Text: "Hola", Subject: "s", Department: "care"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _, err := d.Draft(ctx, eva, to(0)); err != nil || got != nil {
		t.Errorf("the oldest of 51 is %+v, %v", got, err)
	}
	if got, _, err := d.Draft(ctx, eva, to(1)); err != nil || got == nil || got.Subject != "s" || got.Department != "care" {
		t.Errorf("the second is %+v, %v", got, err)
	}
	if err := d.SaveDraft(ctx, eva, to(1), conversation.Draft{Text: "Hola", Subject: strings.Repeat("a", 1<<20)}); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("a subject over every bound: %v", err)
	}
}
