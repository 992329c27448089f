package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/api"
)

func cannedAnswer() *conversation.CannedAnswer {
	return &conversation.CannedAnswer{ID: messageID, Title: "Envíos", Department: "care", Texts: map[string]string{"es": "Hola, {{contact.first_name}}"},
		Version: version, UpdatedAt: at, UpdatedBy: "eva@example.com"}
}

func cannedEdit(e conversation.CannedEdit) string {
	text := ""
	for _, s := range []*string{e.Title, e.Department} {
		if s == nil {
			text += " -"
		} else {
			text += " " + *s + "."
		}
	}
	return text
}

func (d *fakeDesk) CannedAnswers(_ context.Context, a conversation.Actor, p conversation.Page) ([]*conversation.CannedAnswer, string, error) {
	return []*conversation.CannedAnswer{cannedAnswer()}, d.next(), d.ask("CannedAnswers %s %+v", who(a), p)
}

func (d *fakeDesk) CannedAnswer(_ context.Context, a conversation.Actor, id string) (*conversation.CannedAnswer, error) {
	return cannedAnswer(), d.ask("CannedAnswer %s %s", who(a), id)
}

func (d *fakeDesk) CannedText(_ context.Context, a conversation.Actor, id string, r conversation.CannedRequest) (string, string, error) {
	return "Hola, <Ana>", "es", d.ask("CannedText %s %s %q %q", who(a), id, r.Number, r.Language)
}

func (d *fakeDesk) AddCanned(_ context.Context, in conversation.Intent, e conversation.CannedEdit) (*conversation.CannedAnswer, error) {
	return cannedAnswer(), d.ask("AddCanned %s%s %v", intentOf(in), cannedEdit(e), e.Texts)
}

func (d *fakeDesk) SetCanned(_ context.Context, in conversation.Intent, id string, e conversation.CannedEdit) (*conversation.CannedAnswer, error) {
	return cannedAnswer(), d.ask("SetCanned %s %s%s %v", intentOf(in), id, cannedEdit(e), e.Texts)
}

func (d *fakeDesk) RemoveCanned(_ context.Context, in conversation.Intent, id string) (*conversation.CannedAnswer, error) {
	return cannedAnswer(), d.ask("RemoveCanned %s %s", intentOf(in), id)
}

func TestCannedRoutes(t *testing.T) {
	const list, one = "/api/v1/canned-answers", "/api/v1/canned-answers/" + messageID
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		golden, asked            string
	}{
		{"list", "GET", list + "?limit=3", "", nil, 200, "canned-list", "CannedAnswers operator {Cursor: Limit:3}"},
		{"show", "GET", one, "", []string{api.HeaderAs, "eva@example.com"}, 200, "canned", "CannedAnswer eva@example.com " + messageID},
		{"add", "POST", list, `{"title":"Envíos","texts":{"es":"Hola"}}`, []string{"Idempotency-Key", "k"}, 201, "canned", "AddCanned operator key=k Envíos. - map[es:Hola]"},
		{"set", "PATCH", one, `{"department":"","texts":{"es":""}}`, []string{"If-Match", `"7"`}, 200, "canned", "SetCanned operator if-match=7 " + messageID + " - . map[es:]"},
		{"remove", "DELETE", one, "", nil, 200, "canned", "RemoveCanned operator " + messageID},
		{"text", "GET", one + "/text?number=" + protocolNumber + "&language=es", "", nil, 200, "canned-text", `CannedText operator ` + messageID + ` "` + protocolNumber + `" "es"`},
		{"text without a protocol", "GET", one + "/text", "", nil, 200, "canned-text", `CannedText operator ` + messageID + ` "" ""`},
		{"no id", "GET", list + "/x", "", nil, 404, "", ""},
		{"no such field", "POST", list, `{"text":"Hola"}`, nil, 400, "", ""},
		{"not texts", "POST", list, `{"texts":"Hola"}`, nil, 400, "", ""},
		{"no such parameter", "GET", one + "/text?lang=es", "", nil, 400, "", ""},
		{"a version where there is none", "POST", list, `{}`, []string{"If-Match", `"7"`}, 400, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &fakeDesk{}
			w := call(t, newHandler(d), c.method, c.path, c.body, c.header...)
			if w.Code != c.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if asked := strings.Join(d.asked, "\n"); asked != c.asked {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			if c.golden == "" {
				return
			}
			golden(t, c.golden, w.Body.Bytes())
			if c.golden == "canned" && w.Header().Get("ETag") != `"7"` {
				t.Errorf("ETag %q", w.Header().Get("ETag"))
			}
		})
	}
}

func TestCannedClient(t *testing.T) {
	d := &fakeDesk{}
	c := &api.Client{Transport: api.InProcess(newHandler(d))}
	title := "Envíos"
	for name, ask := range map[string]func() (string, error){
		"list": func() (string, error) {
			a, err := c.CannedAnswers(t.Context(), api.Paging{Limit: 2})
			return a.Value.Items[0].ID, err
		},
		"show": func() (string, error) { a, err := c.CannedAnswer(t.Context(), messageID); return a.Value.ID, err },
		"add": func() (string, error) {
			a, err := c.AddCanned(t.Context(), api.CannedEdit{Title: &title, Texts: map[string]string{"es": "Hola"}})
			return a.Value.ID, err
		},
		"set": func() (string, error) {
			a, err := c.SetCanned(t.Context(), messageID, api.CannedEdit{Title: &title})
			return a.Value.ID, err
		},
		"remove": func() (string, error) { a, err := c.RemoveCanned(t.Context(), messageID); return a.Value.ID, err },
	} {
		if id, err := ask(); err != nil || id != messageID {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	text, err := c.CannedText(t.Context(), messageID, protocolNumber, "es")
	if diff := cmp.Diff(api.CannedText{Text: "Hola, <Ana>", Language: "es"}, text.Value); err != nil || diff != "" {
		t.Errorf("text: %v %s", err, diff)
	}
}
