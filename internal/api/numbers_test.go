package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/api"
)

func (d *fakeDesk) Numbers(_ context.Context, a conversation.Actor, q conversation.NumbersQuery) (*conversation.Numbers, error) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	first := conversation.Durations{Count: 1, Seconds: 60}
	first.Spread[1] = 1
	row := conversation.NumbersRow{ID: "care", Name: "Atención", Figures: conversation.Figures{Opened: 3, Finalized: 2, Reopened: 1, Received: 5, Sent: 4, FirstAnswer: first}}
	quiet := row
	row.Waiting, row.WaitingSince = 2, at
	quiet.ID = "2026-11-23"
	return &conversation.Numbers{From: day, To: day.AddDate(0, 0, 1), Department: q.Department, Since: day, Total: row,
		Departments: []conversation.NumbersRow{row}, Days: []conversation.NumbersRow{quiet}}, d.ask("Numbers %s %+v", who(a), q)
}

func TestNumbersRoutes(t *testing.T) {
	for _, c := range []struct {
		name, path    string
		status        int
		golden, asked string
	}{
		{"numbers", "/api/v1/numbers?department=care", 200, "numbers", "Numbers operator {From: To: Department:care Agent:}"},
		{"narrowed", "/api/v1/numbers?from=2026-11-01&to=2026-11-02&agent=eva@example.com", 200, "", "Numbers operator {From:2026-11-01 To:2026-11-02 Department: Agent:eva@example.com}"},
		{"as a file", "/api/v1/numbers.csv?department=care", 200, "", "Numbers operator {From: To: Department:care Agent:}"},
		{"no such parameter", "/api/v1/numbers?limit=3", 400, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &fakeDesk{}
			w := call(t, newHandler(d), "GET", c.path, "")
			if w.Code != c.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if c.golden != "" {
				golden(t, c.golden, w.Body.Bytes())
				asDescribed(t, newHandler(d), "GET", c.path, w)
			}
			var want []string
			if c.asked != "" {
				want = []string{c.asked}
			}
			if diff := cmp.Diff(want, d.asked); diff != "" {
				t.Error(diff)
			}
			if c.name != "as a file" {
				return
			}
			if got := w.Header().Get("Content-Type") + ", " + w.Header().Get("Content-Disposition"); got != `text/csv; charset=utf-8; header=present, attachment; filename=recado-numbers-2026-11-23-2026-11-24.csv` {
				t.Error(got)
			}
		})
	}
}

func TestClientNumbers(t *testing.T) {
	d := &fakeDesk{}
	c := &api.Client{Transport: api.InProcess(newHandler(d))}
	f := api.NumbersFilter{From: "2026-11-01", Agent: "eva@example.com"}
	n, err := c.Numbers(context.Background(), f)
	if err != nil || n.Value.Total.Waiting != 2 || len(n.Value.Agents) != 0 || *n.Value.Days[0].FirstAnswer.Average != 60 {
		t.Errorf("%+v, %v", n.Value, err)
	}
	if file, err := c.NumbersCSV(context.Background(), f); err != nil || len(file) == 0 {
		t.Errorf("%q, %v", file, err)
	}
	asked := "Numbers operator {From:2026-11-01 To: Department: Agent:eva@example.com}"
	if diff := cmp.Diff([]string{asked, asked}, d.asked); diff != "" {
		t.Error(diff)
	}
}
