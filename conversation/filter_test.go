package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// TestListsOfTheEnd: what is finalized is found by all that it is narrowed by, in the order of its end, whatever
// happened to it since; and nobody finds by it what he does not see.
func TestListsOfTheEnd(t *testing.T) {
	ctx, intent := context.Background(), conversation.Intent{Actor: operator}
	d := newDesk(t, nil)
	names := map[string]string{}
	number := map[string]string{}
	ended := func(name, to, from, classification string) {
		t.Helper()
		n := d.accept(letter{from: from, to: to, id: name + "@c.test"}).Number
		d.pass(time.Hour)
		if classification != "-" {
			if _, err := d.Finalize(ctx, intent, n, classification); err != nil {
				t.Fatal(err)
			}
		}
		names[n], number[name] = name, n
		d.pass(23 * time.Hour)
	}
	ended("a", "care@shop.test", "ana@c.test", "Factura")                   // 23 November, 13:00 UTC
	ended("b", "finance@shop.test", "bea@c.test", "")                       // 24
	ended("h", "hr@shop.test", "ana@c.test", "factura")                     // 25
	ended("c", "care@shop.test", "ana@c.test", "envío")                     // 26
	ended("open", "care@shop.test", "bea@c.test", "-")                      // 27
	if _, err := d.AddNote(ctx, intent, number["a"], "later"); err != nil { // which does not move it
		t.Fatal(err)
	}
	clerk := d.addAgent("eva@shop.test", "care", "finance")
	clerks := d.addAgent("rui@shop.test", "hr")
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name   string
		actor  conversation.Actor
		filter conversation.ProtocolFilter
		want   []string
		code   conversation.Code
	}{
		{name: "all", actor: clerk, filter: conversation.ProtocolFilter{Sort: conversation.SortFinalized}, want: []string{"c", "b", "a"}},
		{name: "the other side of the wall", actor: clerks, filter: conversation.ProtocolFilter{Sort: conversation.SortFinalized}, want: []string{"h"}},
		{name: "classification", actor: clerk, filter: conversation.ProtocolFilter{Classification: " FACTURA "}, want: []string{"a"}},
		{name: "classification of a department that is not seen", actor: clerk, filter: conversation.ProtocolFilter{Classification: "factura", Departments: []string{"hr"}}},
		{name: "contact", actor: clerk, filter: conversation.ProtocolFilter{Sort: conversation.SortFinalized, Contact: "ana@c.test"}, want: []string{"c", "a"}},
		{name: "to the moment", actor: operator, filter: conversation.ProtocolFilter{After: at(24, 13), Before: at(26, 13)}, want: []string{"h", "b"}},
		{name: "number's beginning", actor: clerk, filter: conversation.ProtocolFilter{Number: "202611"}, want: []string{"open", "c", "b", "a"}},
		{name: "number's beginning of the end", actor: clerk, filter: conversation.ProtocolFilter{Number: "202611", Before: at(25, 0)}, want: []string{"b", "a"}},
		{name: "number that is not seen", actor: clerk, filter: conversation.ProtocolFilter{Number: number["h"]}},
		{name: "number", actor: clerk, filter: conversation.ProtocolFilter{Number: number["b"]}, want: []string{"b"}},
		{name: "open with an end", actor: clerk, filter: conversation.ProtocolFilter{Status: conversation.Open, Classification: "x"}, code: conversation.CodeInvalid},
		{name: "another order", actor: clerk, filter: conversation.ProtocolFilter{Sort: conversation.SortWaiting, After: at(24, 0)}, code: conversation.CodeInvalid},
		{name: "nothing between", actor: clerk, filter: conversation.ProtocolFilter{After: at(24, 0), Before: at(24, 0)}, code: conversation.CodeInvalid},
		{name: "no number", actor: clerk, filter: conversation.ProtocolFilter{Number: "2026-11"}, code: conversation.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, _, err := d.Protocols(ctx, c.actor, c.filter, conversation.Page{})
			if codeOf(err) != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			var got []string
			for _, p := range list {
				got = append(got, names[p.Number])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDays(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	d := &conversation.Directory{Location: zone}
	for day, want := range map[string][2]string{
		"2026-11-23": {"2026-11-23T03:00:00Z", "2026-11-24T03:00:00Z"},
		"2018-11-04": {"2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // clocks went from 0:00 to 1:00
		"2018-02-17": {"2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"}, // and from 24:00 back to 23:00
		"2026-02-29": {}, "23/11/2026": {}, "": {}, "2026-1-2": {}, "2026-11-23T10:00:00Z": {},
	} {
		first, err := d.Day(day)
		if err != nil {
			if codeOf(err) != conversation.CodeInvalid || want[0] != "" {
				t.Errorf("%s: %v", day, err)
			}
			continue
		}
		if got := [2]string{first.UTC().Format(time.RFC3339), d.NextDay(first).UTC().Format(time.RFC3339)}; got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

func TestNumberStarts(t *testing.T) {
	var got []string
	for _, s := range []string{"2026", "20261123", "20261123-", "20261123-000042", "20261123-0000421", "", "202", "2026112-", "2026-11", "a", "20261123-00x", "20261123-0000000000001", "２０２６"} {
		if conversation.ValidNumberStart(s) {
			got = append(got, s)
		}
	}
	if want := []string{"2026", "20261123", "20261123-", "20261123-000042", "20261123-0000421"}; !slices.Equal(got, want) {
		t.Error(fmt.Sprint(got))
	}
}
