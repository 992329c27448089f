package conversation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

var (
	ana  = conversation.Actor{Email: "ana@shop.test", Name: "Ana", Role: conversation.RoleAgent, Departments: []string{"care"}}
	beto = conversation.Actor{Email: "beto@shop.test", Name: "Beto", Role: conversation.RoleAgent, Departments: []string{"care", "finance"}}
	sara = conversation.Actor{Email: "sara@shop.test", Name: "Sara", Role: conversation.RoleSupervisor, Departments: []string{"care", "finance"}}
)

// tallied are the figures of a row that tests compare, the times in minutes.
type tallied struct {
	ID                                           string
	Opened, Finalized, Reopened, Received, Sent  int
	First, FirstMinutes, Resolved, ResolvedAfter int
	Waiting                                      int
}

func talliedOf(rows ...conversation.NumbersRow) []tallied {
	var out []tallied
	for _, r := range rows {
		out = append(out, tallied{r.ID, r.Opened, r.Finalized, r.Reopened, r.Received, r.Sent,
			r.FirstAnswer.Count, int(r.FirstAnswer.Seconds / 60), r.Resolution.Count, int(r.Resolution.Seconds / 60), r.Waiting})
	}
	return out
}

func (d *desk) numbers(actor conversation.Actor, q conversation.NumbersQuery) *conversation.Numbers {
	d.t.Helper()
	n, err := d.Numbers(context.Background(), actor, q)
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// staffed is a desk with agents, at noon in São Paulo.
func staffed(t *testing.T) *desk {
	d := newDesk(t, nil)
	d.pass(3 * time.Hour)
	for _, a := range []conversation.Actor{ana, beto, sara, boss, hugo} {
		_, err := d.AddAgent(context.Background(), by(operator), conversation.AgentInput{
			Email: a.Email, Name: a.Name, Role: a.Role, Departments: a.Departments, Password: "a long enough password"})
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// answer is a reply of the agent's that can be taken back.
func (d *desk) answer(a conversation.Actor, number string) *conversation.Message {
	d.t.Helper()
	m, err := d.Reply(context.Background(), by(a), number,
		conversation.ReplyRequest{Text: "Hello.", Written: conversation.Written{Wait: 10 * time.Second, Draft: &conversation.Draft{Text: "Hello."}}})
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *desk) takenBack(a conversation.Actor, id string) {
	d.t.Helper()
	if _, err := d.TakeBack(context.Background(), by(a), id); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) must(_ *conversation.ProtocolItem, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestNumbersOfADay: what is counted of a protocol that is answered, transferred, finalized, reopened and finalized again.
func TestNumbersOfADay(t *testing.T) {
	ctx := context.Background()
	d := staffed(t)
	one := d.accept(letter{from: "ann@x.test", id: "1@x"}).Number
	d.pass(10 * time.Minute)
	d.accept(letter{from: "ann@x.test", id: "2@x", text: "Hello?"}) // the wait began with the first
	d.pass(20 * time.Minute)
	d.answer(ana, one) // 30 minutes
	d.pass(30 * time.Minute)
	d.answer(ana, one) // no first answer any more
	d.must(d.Transfer(ctx, by(ana), one, conversation.TransferRequest{Department: "finance"}))
	d.pass(time.Hour)
	d.must(d.Finalize(ctx, by(beto), one, "")) // 2 hours after its opening, in the other department
	d.must(d.Reopen(ctx, by(beto), one))
	d.pass(9 * time.Hour)
	d.pass(2 * time.Hour) // the next day in São Paulo
	d.must(d.Finalize(ctx, by(beto), one, ""))
	two := d.accept(letter{from: "bob@x.test", id: "3@x"}).Number
	d.must(d.Assign(ctx, by(sara), two, "ana@shop.test"))

	got := d.numbers(sara, conversation.NumbersQuery{})
	if day := got.From.Format(time.DateOnly) + " " + got.To.Format(time.DateOnly) + " " + got.Since.Format(time.DateOnly); day != "2026-10-28 2026-11-24 2026-11-23" {
		t.Errorf("the days are %s", day)
	}
	for _, c := range []struct {
		name string
		rows []conversation.NumbersRow
		want []tallied
	}{
		{"in all", []conversation.NumbersRow{got.Total}, []tallied{
			{Opened: 2, Finalized: 2, Reopened: 1, Received: 3, Sent: 2, First: 1, FirstMinutes: 30, Resolved: 2, ResolvedAfter: 120 + 780, Waiting: 1}}},
		{"departments", got.Departments, []tallied{
			{ID: "care", Opened: 2, Received: 3, Sent: 2, First: 1, FirstMinutes: 30, Waiting: 1},
			{ID: "finance", Finalized: 2, Reopened: 1, Resolved: 2, ResolvedAfter: 900}}},
		{"agents", got.Agents, []tallied{
			{ID: "ana@shop.test", Sent: 2, First: 1, FirstMinutes: 30, Waiting: 1},
			{ID: "beto@shop.test", Finalized: 2, Reopened: 1, Resolved: 2, ResolvedAfter: 900},
			{ID: "", Opened: 2, Received: 3}}},
		{"days", got.Days, []tallied{
			{ID: "2026-11-23", Opened: 1, Finalized: 1, Reopened: 1, Received: 2, Sent: 2, First: 1, FirstMinutes: 30, Resolved: 1, ResolvedAfter: 120},
			{ID: "2026-11-24", Opened: 1, Finalized: 1, Received: 1, Resolved: 1, ResolvedAfter: 780}}},
		{"one day of one department", []conversation.NumbersRow{d.numbers(sara, conversation.NumbersQuery{From: "2026-11-24", To: "2026-11-24", Department: "finance"}).Total},
			[]tallied{{Finalized: 1, Resolved: 1, ResolvedAfter: 780}}},
		{"of one agent", d.numbers(sara, conversation.NumbersQuery{Agent: "BETO@shop.test"}).Departments,
			[]tallied{{ID: "care"}, {ID: "finance", Finalized: 2, Reopened: 1, Resolved: 2, ResolvedAfter: 900}}},
	} {
		if diff := cmp.Diff(c.want, talliedOf(c.rows...)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if got.Departments[0].WaitingSince != d.clock() || !got.Departments[1].WaitingSince.IsZero() {
		t.Errorf("waiting since %v and %v", got.Departments[0].WaitingSince, got.Departments[1].WaitingSince)
	}
}

// TestNumbersTakenBack: what is taken back was not sent, and the next answer is the first one then.
func TestNumbersTakenBack(t *testing.T) {
	d := staffed(t)
	number := d.accept(letter{from: "ann@x.test", id: "1@x"}).Number
	d.pass(time.Minute)
	first := d.answer(ana, number)
	d.pass(time.Minute)
	second := d.answer(beto, number)
	total := func() tallied { return talliedOf(d.numbers(sara, conversation.NumbersQuery{}).Total)[0] }
	agents := func() []tallied { return talliedOf(d.numbers(sara, conversation.NumbersQuery{}).Agents...) }

	d.takenBack(ana, first.ID)
	want := []tallied{{ID: "beto@shop.test", Sent: 1, First: 1, FirstMinutes: 2}, {ID: "", Opened: 1, Received: 1}}
	if diff := cmp.Diff(want, agents()); diff != "" {
		t.Errorf("the first taken back: %s", diff)
	}
	d.takenBack(beto, second.ID)
	if diff := cmp.Diff(tallied{Opened: 1, Received: 1, Waiting: 1}, total()); diff != "" {
		t.Errorf("both taken back: %s", diff)
	}
	d.pass(time.Minute)
	d.answer(ana, number)
	if diff := cmp.Diff(tallied{Opened: 1, Received: 1, Sent: 1, First: 1, FirstMinutes: 3}, total()); diff != "" {
		t.Errorf("answered after all: %s", diff)
	}

	// A mail that opened a protocol leaves none behind. What we began has no first answer.
	write := func() *conversation.Message {
		m, err := d.SendMail(context.Background(), by(ana), conversation.MailRequest{Department: "care", To: "cleo@x.test", Subject: "Hello",
			Text: "Hello.", Written: conversation.Written{Wait: 10 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	d.takenBack(ana, write().ID)
	if diff := cmp.Diff(tallied{Opened: 1, Received: 1, Sent: 1, First: 1, FirstMinutes: 3}, total()); diff != "" {
		t.Errorf("a first mail taken back: %s", diff)
	}
	begun := write().Number
	d.accept(letter{from: "cleo@x.test", id: "2@x"})
	d.answer(ana, begun)
	if diff := cmp.Diff(tallied{Opened: 2, Received: 2, Sent: 3, First: 1, FirstMinutes: 3}, total()); diff != "" {
		t.Errorf("begun by us: %s", diff)
	}
}

// TestNumbersMoved: to split makes a protocol, with an answer of its own to wait for; to merge and to undo count nothing.
func TestNumbersMoved(t *testing.T) {
	ctx := context.Background()
	d := staffed(t)
	number := d.accept(letter{from: "ann@x.test", id: "1@x"}).Number
	d.pass(time.Minute)
	second := d.accept(letter{from: "ann@x.test", id: "2@x", text: "Another thing."})
	part, err := d.Split(ctx, by(ana), number, second.Message)
	if err != nil {
		t.Fatal(err)
	}
	d.pass(time.Minute)
	d.answer(beto, part.Number) // a minute
	d.must(d.Merge(ctx, by(ana), part.Number, number))
	d.pass(time.Hour)
	d.answer(ana, number) // answered already, by what came with the merge
	d.must(d.Undo(ctx, by(ana), number))
	d.answer(ana, number) // nobody had answered the first message
	want := []tallied{
		{ID: "ana@shop.test", Opened: 1, Sent: 2, First: 0},
		{ID: "beto@shop.test", Sent: 1, First: 1, FirstMinutes: 1},
		{ID: "", Opened: 1, Received: 2},
	}
	if diff := cmp.Diff(want, talliedOf(d.numbers(sara, conversation.NumbersQuery{}).Agents...)); diff != "" {
		t.Error(diff)
	}
}

// TestNumbersWalls: an isolated department is in nobody else's sums, and an agent has no row but the own one.
func TestNumbersWalls(t *testing.T) {
	d := staffed(t)
	d.answer(ana, d.accept(letter{from: "ann@x.test", id: "1@x"}).Number)
	d.answer(beto, d.accept(letter{from: "bob@x.test", id: "2@x"}).Number)
	d.answer(hugo, d.accept(letter{from: "cleo@x.test", to: "hr@shop.test", id: "3@x"}).Number)
	d.accept(letter{from: "dan@x.test", to: "hr@shop.test", id: "4@x"})
	for _, c := range []struct {
		name                string
		actor               conversation.Actor
		q                   conversation.NumbersQuery
		sent, waiting       int
		departments, agents string
	}{
		{"an agent", ana, conversation.NumbersQuery{}, 2, 0, "care", "ana@shop.test"},
		{"who is in none of them", conversation.Actor{Email: "new@shop.test", Role: conversation.RoleAgent, Departments: []string{"finance"}}, conversation.NumbersQuery{}, 0, 0, "finance", ""},
		{"a supervisor", sara, conversation.NumbersQuery{}, 2, 0, "care finance", "ana@shop.test beto@shop.test -"},
		{"an admin", boss, conversation.NumbersQuery{}, 2, 0, "care finance", "ana@shop.test beto@shop.test -"},
		{"an admin who asks for the isolated one", boss, conversation.NumbersQuery{Department: "hr"}, 0, 0, "", ""},
		{"an agent who asks for another department", ana, conversation.NumbersQuery{Department: "finance"}, 0, 0, "", ""},
		{"a supervisor who asks for an agent of it", sara, conversation.NumbersQuery{Agent: "hugo@shop.test"}, 0, 0, "care finance", ""},
		{"of the isolated one", hugo, conversation.NumbersQuery{}, 1, 1, "hr", "hugo@shop.test"},
		{"a program with an agent's rights", conversation.Actor{Token: "t", Role: conversation.RoleAgent, Departments: []string{"care"}}, conversation.NumbersQuery{}, 2, 0, "care", ""},
		{"the operator", operator, conversation.NumbersQuery{}, 3, 1, "care finance hr", "ana@shop.test beto@shop.test hugo@shop.test -"},
	} {
		got := d.numbers(c.actor, c.q)
		names := func(rows []conversation.NumbersRow) string {
			var out []string
			for _, r := range rows {
				out = append(out, r.ID+strings.Repeat("-", 1-min(1, len(r.ID))))
			}
			return strings.Join(out, " ")
		}
		if got.Total.Sent != c.sent || got.Total.Waiting != c.waiting || names(got.Departments) != c.departments || names(got.Agents) != c.agents {
			t.Errorf("%s: sent %d, waiting %d, departments %q, agents %q", c.name, got.Total.Sent, got.Total.Waiting, names(got.Departments), names(got.Agents))
		}
		if c.sent == 0 && c.departments == "" && !got.Since.IsZero() {
			t.Errorf("%s: knows since when it is counted", c.name)
		}
	}
}

func TestNumbersRefused(t *testing.T) {
	d := staffed(t)
	for _, c := range []struct {
		name  string
		actor conversation.Actor
		q     conversation.NumbersQuery
		code  conversation.Code
		says  string
	}{
		{"another's row", ana, conversation.NumbersQuery{Agent: "beto@shop.test"}, conversation.CodeForbidden, "supervisors"},
		{"no address", sara, conversation.NumbersQuery{Agent: "beto"}, conversation.CodeInvalid, "beto"},
		{"no first day", sara, conversation.NumbersQuery{From: "23.11.2026"}, conversation.CodeInvalid, "from: "},
		{"no last day", sara, conversation.NumbersQuery{To: "2026-02-30"}, conversation.CodeInvalid, "to: "},
		{"the wrong way round", sara, conversation.NumbersQuery{From: "2026-11-02", To: "2026-11-01"}, conversation.CodeInvalid, "before the first"},
		{"too many", sara, conversation.NumbersQuery{From: "2025-11-01", To: "2026-11-02"}, conversation.CodeInvalid, "366"},
	} {
		_, err := d.Numbers(context.Background(), c.actor, c.q)
		var told *conversation.Error
		if !errors.As(err, &told) || told.Code != c.code || !strings.Contains(told.Text, c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if n := d.numbers(sara, conversation.NumbersQuery{From: "2025-11-01", To: "2026-11-01"}); len(n.Days) != 0 {
		t.Errorf("366 days before anything was counted: %d", len(n.Days))
	}
}

// TestNumbersCSV: RFC 4180, and no name is a formula.
func TestNumbersCSV(t *testing.T) {
	n := &conversation.Numbers{
		Total:       conversation.NumbersRow{Figures: conversation.Figures{Opened: 3, Sent: 1}, Waiting: 2, WaitingSince: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
		Departments: []conversation.NumbersRow{{ID: "care", Name: `Care, "first"`}},
		Agents:      []conversation.NumbersRow{{ID: "-x@shop.test", Name: "=HYPERLINK(1)"}, {ID: "ñ@shop.test", Name: "＋Ñandú"}},
		Days:        []conversation.NumbersRow{{ID: "2026-11-23", Name: "2026-11-23"}},
	}
	var b strings.Builder
	if err := n.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "by,id,name,waiting,waiting_since,opened,finalized,reopened,received,sent,first_answers,first_answer_average,first_answer_median,first_answer_p90,resolutions,resolution_average,resolution_median,resolution_p90\r\n" +
		"total,,,2,2026-11-23T12:00:00Z,3,0,0,0,1,0,,,,0,,,\r\n" +
		"department,care,\"Care, \"\"first\"\"\",0,,0,0,0,0,0,0,,,,0,,,\r\n" +
		"agent,'-x@shop.test,'=HYPERLINK(1),0,,0,0,0,0,0,0,,,,0,,,\r\n" +
		"agent,ñ@shop.test,'＋Ñandú,0,,0,0,0,0,0,0,,,,0,,,\r\n" +
		"day,2026-11-23,2026-11-23,0,,0,0,0,0,0,0,,,,0,,,\r\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
