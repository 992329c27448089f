package conversation_test

import (
	"fmt"
	"strings"
	"testing"

	"recado/conversation"
)

// A window shows the newest of a long protocol, leads back to its first entry step by step, and never loses
// sight of what the customer said last.
func TestConversationWindow(t *testing.T) {
	d := newDesk(t, nil)
	number := d.accept(letter{from: "ana@c.test", subject: "one", text: "first words"}).Number
	if w := d.window(number, conversation.Window{Newest: 50}); len(w.Entries) != 1 || w.Earlier != "" || w.Later || w.LastIn != &w.Entries[0] {
		t.Errorf("a short protocol: %+v", w)
	}
	const notes = 400
	for i := range notes {
		if _, err := d.AddNote(t.Context(), asOperator, number, fmt.Sprintf("note %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	all := d.show(number).Entries
	if len(all) != notes+1 {
		t.Fatalf("%d entries", len(all))
	}

	w := d.window(number, conversation.Window{Newest: 50})
	if len(w.Entries) != 50 || w.Entries[49].ID != all[notes].ID || w.Later || w.LastIn == nil || !strings.Contains(w.LastIn.Text, "first words") {
		t.Errorf("the newest: %d entries, later %v, last of the customer %+v", len(w.Entries), w.Later, w.LastIn)
	}
	begins := []int{len(all) - len(w.Entries)}
	for w.Earlier != "" && len(begins) < 10 {
		w = d.window(number, conversation.Window{Newest: 50, From: w.Earlier})
		if w.Later != (len(all)-indexOf(all, w.Entries[0].ID) > 300) || len(w.Entries) > 300 {
			t.Errorf("from %d on: %d entries, later %v", indexOf(all, w.Entries[0].ID), len(w.Entries), w.Later)
		}
		begins = append(begins, indexOf(all, w.Entries[0].ID))
	}
	if got := fmt.Sprint(begins); got != "[351 251 151 51 0]" {
		t.Errorf("the windows begin at %s", got)
	}

	other := d.accept(letter{from: "other@c.test", subject: "two"})
	for name, from := range map[string]string{"an entry of another protocol": other.Message, "no entry": "nothing"} {
		if w := d.window(number, conversation.Window{Newest: 50, From: from}); len(w.Entries) != 50 || w.Later {
			t.Errorf("%s: %d entries", name, len(w.Entries))
		}
	}
	if _, err := d.ConversationWindow(t.Context(), conversation.Actor{Email: "eva@shop.test", Role: conversation.RoleAgent, Departments: []string{"hr"}}, number, conversation.Window{Newest: 1}); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("a stranger to the department: %v", err)
	}
}

func (d *desk) window(number string, w conversation.Window) *conversation.Windowed {
	d.t.Helper()
	got, err := d.ConversationWindow(d.t.Context(), operator, number, w)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

func indexOf(entries []conversation.Entry, id string) int {
	for i := range entries {
		if entries[i].ID == id {
			return i
		}
	}
	return -1
}
