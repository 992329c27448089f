package conversation

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSecondStepLines: what is done to a second step leaves lines, and so do log-ins by it and wrong codes.
func TestSecondStepLines(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	if _, err := d.RenewRecoveryCodes(t.Context(), d.proof()); err != nil {
		t.Fatal(err)
	}
	token := d.begin(office)
	if _, _, err := d.finish(token, "000000", office); err == nil {
		t.Fatal("a wrong code logs in")
	}
	d.pass(time.Minute)
	if _, _, err := d.finish(token, d.code(0), office); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ResetSecondStep(t.Context(), operator, "ana@example.com"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range d.s.tx.audit {
		if l.Object != "ana@example.com" || l.Via == ViaInbox && l.Action != AuditSessionFailed && l.Actor != "ana@example.com" {
			t.Errorf("a line of %+v", l)
		}
		got = append(got, string(l.Action)+" "+l.Detail)
	}
	want := []string{"agent.add agent", "session.begin ", "agent.secondstep ", "agent.codes ", "session.failed code", "session.begin ", "agent.secondstep-off "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
