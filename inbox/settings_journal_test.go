package inbox

import (
	"net/url"
	"testing"

	"recado/conversation"
)

func TestSettingsJournal(t *testing.T) {
	c, desk, _ := office(t, nil)
	wantIn(t, c.page("/settings/journal"), "The journal is empty")
	receipts := []string{"01jd00000000000000000000r1", "01jd00000000000000000000r2"}
	var seen string
	for n, p := range desk.protocols {
		if p.Department == "care" {
			seen = n
		}
	}
	held := desk.held[0]
	held.Department = "care"
	desk.journal = []*conversation.JournalLine{
		{Message: held.ID, At: today, Receipt: receipts[0], Recipient: "soporte@example.com", Sender: "Pepe@Cliente.example", Fate: conversation.FateHeld, Reason: "policy", Department: "care"},
		{Message: "m2", At: today, Receipt: receipts[1], Recipient: "soporte@example.com", Sender: "<x>@cliente.example", Fate: conversation.FateOpened, Number: seen, Department: "care"},
		{Message: "m3", At: today, Receipt: receipts[1], Recipient: "soporte@example.com", Sender: "luz@cliente.example", Fate: conversation.FateAppended, Number: "20200101-000009", Department: "care"},
		{Message: "m4", At: today, Receipt: receipts[1], Recipient: "personas@example.com", Sender: "sue@cliente.example", Fate: conversation.FateOpened, Number: "20200101-000010", Department: "hr"},
		{Message: "m5", At: today, Receipt: receipts[1], Recipient: "soporte@example.com", Fate: conversation.FateHeld, Department: "care"},
	}
	page := c.page("/settings/journal")
	wantIn(t, page, "Pepe@Cliente.example", `href="/held/`+held.ID+`">held`, `href="/protocols/`+seen+`"`, "&lt;x&gt;@cliente.example", "20200101-000009", "policy", "(no sender)")
	wantNotIn(t, page, "personas@example.com", "20200101-000010", `href="/protocols/20200101-000009"`, `href="/held/m5"`)
	for _, step := range []struct {
		name, find  string
		has, hasNot string
	}{
		{"a receipt", receipts[0], "Pepe@Cliente.example", "luz@cliente.example"},
		{"a receipt in capitals", "01JD00000000000000000000R1", "Pepe@Cliente.example", "luz@cliente.example"},
		{"an address", "pepe@cliente.example", "Pepe@Cliente.example", "luz@cliente.example"},
		{"a number", seen, "&lt;x&gt;@cliente.example", "luz@cliente.example"},
		{"further down", "luz@cliente.example", "cursor=m2", "Pepe@Cliente.example"},
		{"of a department that is not his", "sue@cliente.example", "cursor=m2", "personas@example.com"},
	} {
		page := c.page("/settings/journal?q=" + url.QueryEscape(step.find))
		wantIn(t, page, step.has, "Show everything")
		wantNotIn(t, page, step.hasNot)
	}
	wantIn(t, c.page("/settings/journal?q=luz%40cliente.example&cursor=m2"), "luz@cliente.example")
	wantIn(t, c.page("/settings/journal?q=nobody%40cliente.example&cursor=m3"), "No line")
	w := c.get("/settings/journal?q=no+such+thing")
	if w.Code != 422 {
		t.Errorf("a mistake is answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "Write a whole address", `value="no such thing"`, `aria-invalid="true"`)
}

func TestJournalReasonsAreInTheLanguage(t *testing.T) {
	v := &visit{lang: newLanguages()["es"]}
	for reason, want := range map[string]string{
		"first": "no había un protocolo abierto", "by Eva": "lo decidió Eva", "held_days passed": "nadie decidió dentro del plazo", "of tomorrow": "of tomorrow", "": "",
	} {
		if got := v.journalReason(reason); got != want {
			t.Errorf("%q is told as %q, not %q", reason, got, want)
		}
	}
}
