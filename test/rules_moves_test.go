package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Rule 5 lets an agent split what came together; rule 2 keeps every number leading to its messages.
func TestRule05Split(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order", "1@v.test", "", "Where is it?"))
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Invoice", "2@v.test", "", "It is wrong."))
	whole := p.one()
	var part protocolDoc
	p.json(&part, "protocol", "split", whole.Number, "--message", whole.Messages[1].ID)
	if part.Status != "open" || part.Messages != 1 || part.Subject != "Invoice" || !slices.Contains(part.Links, link{whole.Number, "split"}) {
		t.Errorf("the part: %+v", part)
	}
	if c := p.show(whole.Number); c.Status != "open" || !slices.Contains(c.Links, link{part.Number, "split"}) {
		t.Errorf("the whole: %s %v", c.Status, c.Links)
	}
	ours := p.reply(part.Number, "We look into it.\n")
	answer := "In-Reply-To: <" + ours.MessageID + ">\n"
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: Invoice", "3@v.test", answer, "Thanks."))
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order again", "4@v.test", "", "And now?"))
	c := p.show(part.Number)
	if last := c.Messages[len(c.Messages)-1]; last.Subject != "Re: Invoice" {
		t.Errorf("the part ends with %q", last.Subject)
	}
	moved := c.Messages[0].Trace
	if step := moved[len(moved)-1]; step.Step != "split" || !strings.Contains(step.Fact, whole.Number) {
		t.Errorf("the trace of what moved ends with %+v", step)
	}
	if c := p.show(whole.Number); c.Messages[len(c.Messages)-1].Subject != "Order again" {
		t.Error("the sender's new mail did not come to the key's holder")
	}
	var back protocolDoc
	p.json(&back, "protocol", "undo", part.Number)
	if back.Number != whole.Number || back.Messages != 5 || len(p.protocols("--status", "open")) != 1 {
		t.Errorf("undone: %+v", back)
	}
	if _, _, status := p.run("protocol", "split", whole.Number); status != 2 {
		t.Errorf("split without a message: exit status %d, want 2", status)
	}
}

func TestRule02MergedNumberLeadsOn(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "One", "1@v.test", "", "First."))
	old := p.one().Number
	ours := p.reply(old, "Hello.\n")
	p.run("protocol", "finalize", old)
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Two", "2@v.test", "", "Second."))
	next := p.protocols("--status", "open")[0].Number

	req, err := http.NewRequest("POST", "http://recado/api/v1/protocols/"+old+"/merge", strings.NewReader(`{"into":"`+next+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.socket().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("merge answers %s", resp.Status)
	}
	gone := p.show(old)
	if gone.Status != "finalized" || !slices.Contains(gone.Links, link{next, "merged"}) {
		t.Errorf("the number that went: %s %v", gone.Status, gone.Links)
	}
	if out, _, _ := p.run("protocol", "show", old); !strings.Contains(out, "merged "+next) {
		t.Errorf("show does not lead on:\n%s", out)
	}
	answer := "In-Reply-To: <" + ours.MessageID + ">\n"
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: One", "3@v.test", answer, "Third."))
	var subjects []string
	for _, m := range p.show(next).Messages {
		if m.Kind == "in" {
			subjects = append(subjects, m.Subject)
		}
	}
	if !slices.Equal(subjects, []string{"One", "Two", "Re: One"}) {
		t.Errorf("merged: %q", subjects)
	}
	var back protocolDoc
	p.json(&back, "protocol", "undo", next)
	if back.Number != old || back.Status != "finalized" || back.Messages != 2 {
		t.Errorf("undone: %+v", back)
	}
	p.run("protocol", "finalize", next)
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Four", "4@v.test", "", "Fourth."))
	if third := p.protocols("--status", "open")[0].Number; third <= next {
		t.Errorf("the number %s does not come after %s", third, next)
	}
}
