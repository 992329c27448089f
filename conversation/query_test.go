package conversation_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"recado/conversation"
)

func TestParseQueryRefusals(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"nothing", " ", "nothing to search for"},
		{"no word in it", `!!! "…"`, "nothing to search for"},
		{"a name alone", "from: ana", "from:ana"},
		{"has something else", "has:wings", "write has:attachment"},
		{"a status", "status:closed", "write status:open or status:finalized"},
		{"no day", "before:yesterday", "before:2026-11-23"},
		{"a day of another form", "after:23/11/2026", "after:2026-11-23"},
		{"no day of the calendar", "after:2026-02-30", "after:2026-11-23"},
		{"too long", strings.Repeat("word ", 101), "use fewer"},
		{"too many words", strings.Repeat("a ", 21), "use fewer"},
		{"no text", "\xff\xfe", "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := conversation.ParseQuery(c.query, time.UTC)
			var e *conversation.Error
			if !errors.As(err, &e) || e.Code != conversation.CodeInvalid || !strings.Contains(e.Text, c.want) {
				t.Errorf("%v, want that it says %q", err, c.want)
			}
			var wrong *conversation.QueryError
			if !errors.As(err, &wrong) || wrong.Mistake == "" || len(wrong.Part) > 300 || !utf8.ValidString(wrong.Part) {
				t.Errorf("%#v does not tell which mistake it is", err)
			}
		})
	}
}

func TestParseQueryDays(t *testing.T) {
	loc := time.FixedZone("", -3*3600)
	q, err := conversation.ParseQuery("after:2026-11-23 before:2026-11-24", loc)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC); !q.After.Equal(want) || !q.Before.Equal(want.Add(24*time.Hour)) {
		t.Errorf("%s to %s", q.After, q.Before)
	}
}

func TestIDTime(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 34, 56, 789e6, time.UTC)
	if got := conversation.IDTime(conversation.NewID(at)); !got.Equal(at) {
		t.Errorf("%s, want %s", got, at)
	}
	if got := conversation.IDTime("none"); got.Unix() != 0 {
		t.Errorf("of no id: %s", got)
	}
}

// FuzzParseQuery: what is taken is bounded, and is words alone.
func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"tazas", `from:"ana b" c* -d`, "has:attachment", `"`, "before:2026-11-23", "a:b:c", "\u0301e", "number:20261123-000042", "from:", "\x00", "department:x agent:none status:OPEN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := conversation.ParseQuery(s, time.UTC)
		if err != nil {
			var e *conversation.Error
			if !errors.As(err, &e) || !utf8.ValidString(e.Text) {
				t.Errorf("%q: %v is no answer to who asks", s, err)
			}
			return
		}
		if len(q.Terms) > 20 {
			t.Errorf("%q has %d terms", s, len(q.Terms))
		}
		for _, term := range q.Terms {
			if term.Text == "" || strings.ContainsAny(term.Text, "\"*:^(){}+\x00") {
				t.Errorf("%q has the term %q", s, term.Text)
			}
		}
	})
}
