package inbox

import (
	"net/http"
	"testing"
	"time"

	"recado/conversation"
)

func TestSettingsAudit(t *testing.T) {
	c, desk, _ := office(t, nil)
	wantIn(t, c.page("/settings/audit"), "Nothing yet")
	var seen string
	for n, p := range desk.protocols {
		if p.Department == "care" {
			seen = n
		}
	}
	desk.audit = []*conversation.AuditLine{
		{ID: "l1", At: today, Actor: "ana@example.com", Name: "Ana <b>", Via: conversation.ViaInbox, From: "192.0.2.7", Action: conversation.AuditTransfer,
			Object: seen, Other: "20200101-000007", Department: "care", Named: []string{"finance"}, Detail: "is a bill"},
		{ID: "l2", At: today, Action: conversation.AuditSessionFailed, From: "192.0.2.8", Count: 4},
		{ID: "l3", At: today, Actor: conversation.AuditOperator, Via: conversation.ViaSocket, Action: conversation.AuditFileReload},
		{ID: "l4", At: today, Actor: "ana@example.com", Action: conversation.AuditReply, Object: "20200101-000009", Department: "care"},
	}
	page := c.page("/settings/audit")
	wantIn(t, page, "Ana &lt;b&gt;", "transferred", `href="/protocols/`+seen+`"`, "20200101-000007", "is a bill", "192.0.2.7", "Somebody unknown", "failed to log in", "cursor=l2")
	page = c.page("/settings/audit?cursor=l2")
	wantIn(t, page, "Server operator", "reloaded the channel file", "20200101-000009", `href="/settings/audit"`)
	wantNotIn(t, page, `href="/protocols/20200101-000009"`, "cursor=l4") // it is not there to be opened

	page = c.page("/settings/audit?who=ana%40example.com&what=protocol&on=" + seen + "&from=2026-11-01&to=2026-11-30")
	wantIn(t, page, "transferred", `value="ana@example.com"`, `<option value="protocol" selected>`, `value="2026-11-01"`)
	wantNotIn(t, page, "Server operator")
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, desk.dir.Location) }
	want := conversation.AuditRequest{Actor: "ana@example.com", Action: "protocol", Object: seen, Since: day(11, 1), Until: day(12, 1)}
	if got := desk.asked; got.Actor != want.Actor || got.Action != want.Action || got.Object != want.Object || !got.Since.Equal(want.Since) || !got.Until.Equal(want.Until) {
		t.Errorf("asked for %+v, want %+v", got, want)
	}
	wantIn(t, c.page("/settings/audit?who=nobody%40example.com"), "No line")
	for query, word := range map[string]string{
		"from=ayer":                     `id="wrong-from"`,
		"to=2026-02-31":                 `id="wrong-to"`,
		"from=2026-11-02&to=2026-11-01": `id="wrong-to"`,
	} {
		w := c.get("/settings/audit?" + query)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s was answered %d", query, w.Code)
		}
		wantIn(t, w.Body.String(), word)
		wantNotIn(t, w.Body.String(), "transferred")
	}

	c.login("sue@example.com")
	if w := c.get("/settings/audit"); w.Code != http.StatusForbidden {
		t.Errorf("a supervisor was answered %d", w.Code)
	}
	wantNotIn(t, c.page("/settings/journal"), "/settings/audit")
}
