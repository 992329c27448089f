package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testContacts(e *env) {
	keys := []string{"a@x", "ana@x", "ana@x.org", "anab@x", "bea@x", "Ñu@x", "ñu@x"}
	at := e.clock.now().UTC()
	full := &conversation.Contact{
		Key: "ana@x", Address: "Ana@x", Name: "Ana", FirstAt: at, LastAt: at, Notes: 1,
		Named: &conversation.Naming{Name: "Ana Pérez", Author: conversation.Author{Agent: "eva@o"}, At: at}, Links: []conversation.ContactLink{{Key: "bea@x", At: at}},
		Blocked: &conversation.Block{Reason: "r", Author: conversation.Author{Agent: "eva@o"}, At: at}, Acts: []conversation.ContactAct{{Act: conversation.ActNamed, At: at}},
	}
	e.update(func(tx conversation.Tx) error {
		for _, k := range keys {
			if err := tx.PutContact(&conversation.Contact{Key: k}); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutContact(full), tx.PutContact(&conversation.Contact{Key: "ana@x", Department: "hr", Name: "Other"}))
	})
	for side, want := range map[string]*conversation.Contact{"": full, "hr": {Key: "ana@x", Department: "hr", Name: "Other"}, "care": nil} {
		got := get(e, func(tx conversation.Tx) (*conversation.Contact, error) {
			return tx.Contact(conversation.Key{Sender: "ana@x", Department: side})
		})
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Errorf("side %q: %s", side, diff)
		}
	}
	slices.Sort(keys)
	for prefix, want := range map[string][]string{
		"": keys, "ana": {"ana@x", "ana@x.org", "anab@x"}, "ana@x": {"ana@x", "ana@x.org"}, "ñ": {"ñu@x"}, "z": {},
	} {
		e.wantContacts(want, conversation.ContactFilter{Sides: []string{"", "hr"}, Prefix: prefix})
	}
	e.wantContacts([]string{"ana@x"}, conversation.ContactFilter{Sides: []string{"hr"}})
	e.wantContacts([]string{}, conversation.ContactFilter{Sides: []string{}})
	for _, side := range []string{"", "hr"} {
		c := get(e, func(tx conversation.Tx) (*conversation.Contact, error) {
			return tx.Contact(conversation.Key{Department: side})
		})
		if c != nil {
			e.Errorf("a contact without a key: %+v", c)
		}
		err := e.s.Update(context.Background(), func(tx conversation.Tx) error { return tx.PutContact(&conversation.Contact{Department: side}) })
		if err == nil {
			e.Error("a contact without a key was stored")
		}
	}
	e.fresh("ContactsFound", testContactsFound)
	e.fresh("ContactNotes", testContactNotes)
	e.fresh("ProtocolsOf", testProtocolsOf)
}

// wantContacts reads the list in pages of two, and whole.
func (e *env) wantContacts(want []string, f conversation.ContactFilter) {
	e.Helper()
	list := func(tx conversation.Tx, p conversation.Page) ([]string, string, error) { return tx.Contacts(f, p) }
	for _, limit := range []int{2, 500} {
		if diff := gocmp.Diff(want, e.all(limit, list)); diff != "" {
			e.Errorf("%+v, %d a page: %s", f, limit, diff)
		}
	}
}

// testContactsFound: by an address or a word of a name, once each, and no more when a name or a block is gone.
func testContactsFound(e *env) {
	named := func(key, side, mails, given string, blocked bool) *conversation.Contact {
		c := &conversation.Contact{Key: key, Department: side, Name: mails, Named: &conversation.Naming{Name: given}}
		if blocked {
			c.Blocked = &conversation.Block{At: e.clock.now()}
		}
		return c
	}
	put := func(list ...*conversation.Contact) {
		e.update(func(tx conversation.Tx) error {
			for _, c := range list {
				if err := tx.PutContact(c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(
		named("ana@x", "", "Ana Ananda", "José Ríos", true), named("ana@x", "hr", "Ana", "Zoe", false), named("bea@x", "", "", "Ana María", false),
		named("rio@x", "hr", "Ana Río", "", true), named("zoe@x", "", "Zoë", "", true),
	)
	all := []string{"", "hr"}
	for _, c := range []struct {
		filter conversation.ContactFilter
		want   []string
	}{
		{conversation.ContactFilter{Sides: all, Find: "ana"}, []string{"ana@x", "bea@x", "rio@x"}},
		{conversation.ContactFilter{Sides: all, Find: "rio"}, []string{"rio@x", "ana@x"}},
		{conversation.ContactFilter{Sides: all, Find: "zoe"}, []string{"ana@x", "zoe@x"}},
		{conversation.ContactFilter{Sides: []string{""}, Find: "zoe"}, []string{"zoe@x"}},
		{conversation.ContactFilter{Sides: all, Find: "jose rios"}, []string{"ana@x"}},
		{conversation.ContactFilter{Sides: all, Find: "ana", Prefix: "b"}, []string{"bea@x"}},
		{conversation.ContactFilter{Sides: []string{"hr"}, Find: "jose"}, []string{}},
		{conversation.ContactFilter{Sides: all, Blocked: true}, []string{"ana@x", "rio@x", "zoe@x"}},
		{conversation.ContactFilter{Sides: []string{"hr"}, Blocked: true}, []string{"rio@x"}},
		{conversation.ContactFilter{Sides: all, Blocked: true, Find: "zoe"}, []string{"ana@x", "zoe@x"}},
		{conversation.ContactFilter{Sides: all, Blocked: true, Prefix: "z"}, []string{"zoe@x"}},
	} {
		e.wantContacts(c.want, c.filter)
	}
	put(named("ana@x", "", "Ana Ananda", "", false))
	e.wantContacts([]string{"rio@x"}, conversation.ContactFilter{Sides: all, Find: "rio"})
	e.wantContacts([]string{"rio@x", "zoe@x"}, conversation.ContactFilter{Sides: all, Blocked: true})
}

func testContactNotes(e *env) {
	ana, hr, other := conversation.Key{Sender: "ana@x"}, conversation.Key{Sender: "ana@x", Department: "hr"}, conversation.Key{Sender: "ana@x.org"}
	notes := map[conversation.Key][]*conversation.ContactNote{}
	for i, k := range []conversation.Key{ana, hr, ana, other} {
		n := &conversation.ContactNote{ID: fmt.Sprint(i), Key: k.Sender, Department: k.Department, Text: "t", Author: conversation.Author{Agent: "eva@o"}, At: e.clock.now().UTC()}
		notes[k] = append(notes[k], n)
		e.update(func(tx conversation.Tx) error { return tx.PutContactNote(n) })
	}
	check := func() {
		e.Helper()
		for k, want := range notes {
			got := get(e, func(tx conversation.Tx) ([]*conversation.ContactNote, error) { return tx.ContactNotes(k) })
			if diff := gocmp.Diff(want, got); diff != "" {
				e.Errorf("%+v: %s", k, diff)
			}
		}
	}
	check()
	e.update(func(tx conversation.Tx) error { return tx.DeleteContactNote(ana, "0") })
	notes[ana] = notes[ana][1:]
	check()
}

// testProtocolsOf: several contacts' protocols are one list, newest first, each once.
func testProtocolsOf(e *env) {
	at := e.clock.now()
	e.update(func(tx conversation.Tx) error {
		for i, p := range []struct{ sender, department string }{{"ana@x", "care"}, {"bea@x", "hr"}, {"ana@x.org", "care"}, {"zoe@x", "care"}, {"bea@x", "care"}} {
			put := protocolOf(number(i+1), p.sender, p.department, at.Add(time.Duration(i)*time.Minute))
			if p.department == "hr" {
				put.Key.Department = "hr"
			}
			if i == 0 {
				put.Status, put.SeenBy = conversation.Finalized, []string{"sales"}
			}
			if err := tx.PutProtocol(put); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		contacts, departments []string
		want                  []string
	}{
		{[]string{"bea@x", "ana@x", "bea@x"}, nil, []string{number(5), number(2), number(1)}},
		{[]string{"ana@x", "bea@x", "ana@x.org"}, []string{"care", "sales"}, []string{number(5), number(3), number(1)}},
		{[]string{"ana@x", "bea@x"}, []string{}, []string{}},
		{nil, nil, []string{}},
	} {
		list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Protocol, string, error) {
			return tx.ProtocolsOf(c.contacts, c.departments, p)
		}, func(p *conversation.Protocol) string { return p.Number })
		if diff := gocmp.Diff(c.want, e.all(1, list)); diff != "" {
			e.Errorf("of %q in %q: %s", c.contacts, c.departments, diff)
		}
	}
}
