package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What waits in Held is decided one by one or several at once, and narrowed by reason and department.
func TestRule19HeldTray(t *testing.T) {
	p := newProduct(t, settings{channels: departments})
	for i := range 4 {
		p.accept("", toCare, mail("MAILER-DAEMON@storm.test", "Undelivered", fmt.Sprint(i, "@storm.test"), "Auto-Submitted: auto-replied\n", "No such user."))
	}
	p.accept("bob@strict.test", toCare, mail("bob@strict.test", "Forged?", "f@strict.test", "", "It is me."))
	if n := len(all[heldDoc](p, "held", "list", "--reason", "policy", "--department", "care")); n != 1 {
		t.Errorf("%d held by policy, want 1", n)
	}
	if n := len(all[heldDoc](p, "held", "list", "--department", "finance")); n != 0 {
		t.Errorf("finance has %d held mails", n)
	}
	held := all[heldDoc](p, "held", "list", "--reason", "automatic")
	if len(held) != 4 {
		t.Fatalf("held %+v", held)
	}
	out, errs, status := p.run("held", "discard", held[0].ID, held[1].ID)
	if status != 0 || strings.Count(out, "Discarded") != 2 {
		t.Errorf("discard two: exit status %d, %s%s", status, out, errs)
	}
	out, errs, status = p.run("held", "accept", held[0].ID, held[2].ID)
	if status != 3 || !strings.Contains(errs, held[0].ID) || !strings.Contains(out, "Accepted "+held[2].ID) {
		t.Errorf("accept one of two: exit status %d, %s%s", status, out, errs)
	}
	var done list[heldDoc]
	p.json(&done, "held", "discard", held[3].ID, all[heldDoc](p, "held", "list", "--reason", "policy")[0].ID)
	if len(done.Items) != 2 || len(all[heldDoc](p, "held", "list")) != 0 {
		t.Errorf("discard by --json answered %+v", done)
	}
	resp, err := p.socket().Get("http://recado/api/v1/held?reason=nonsense")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown reason is answered %s", resp.Status)
	}
}
