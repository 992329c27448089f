package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

// quiet are the routes that change something, or could, and whose rows leave no audit line: each with the reason. A
// route that is not here fails where it leaves none.
var quiet = map[string]string{
	"DELETE /departments/{id}":        "a protocol of the row's departments is open, which is refused; it is an edit of the file like the others",
	"POST /agents/{email}/totp-reset": "the row's agent has no second step; TestSecondStepLines has",
	"POST /agents/{email}/sign-out":   "the row's agent is logged in nowhere; TestAuditLines does it",
	"POST /login/code":                "no log-in of the row's waits for a code; TestSecondStepLines does it",

	"POST /settings/departments/{id}/delete":   "a protocol of the row's departments is open, as above",
	"POST /settings/departments/{id}/isolated": "a protocol of the row's departments is open, as above",

	"POST /explain": "it changes nothing",

	"POST /language":                            "the row chooses the language that there is",
	"POST /protocols/{number}/draft":            "a draft is the agent's own, until it is sent",
	"POST /protocols/{number}/recontact/draft":  "a draft",
	"POST /contacts/{address}/mails/draft":      "a draft",
	"POST /protocols/{number}/read":             "a read mark",
	"POST /protocols/{number}/replies/canned":   "words for a draft",
	"POST /protocols/{number}/recontact/canned": "words for a draft",
	"POST /contacts/{address}/mails/canned":     "words for a draft",
	"POST /protocols/many/undo":                 "the row has nothing to undo; TestAuditLines does it",
	"POST /protocols/{number}/takeback":         "the row has nothing of one's own to take back; TestAuditLines does it",
	"POST /contacts/{address}/unlink":           "the row unlinks what is not linked; TestAuditLines does it",
	"POST /contacts/{address}/unblock":          "the row unblocks what is not blocked; TestAuditLines does it",
	"POST /settings/channels":                   "the row sends no channel: POST /channels of the API goes the same way",
	"POST /settings/domains":                    "the row sends no domain: POST /domains of the API goes the same way",
	"POST /settings/domains/{name}/check":       "it asks the DNS and changes nothing",
	"POST /settings/you/second-step":            "it makes a secret that nothing goes by until it is confirmed",
	"POST /settings/you/second-step/confirm":    "the row confirms nothing; TestSecondStepLines does",
	"POST /settings/you/second-step/codes":      "the row has no second step; TestSecondStepLines has",
	"POST /settings/you/second-step/seen":       "the agent takes note of a line",
	"POST /settings/agents/{email}/totp-reset":  "the row's agent has no second step; TestSecondStepLines has",

	"POST /settings/you/sessions":            "the row has no other session to end; TestAuditLines does it",
	"POST /settings/agents/{email}/sessions": "the row's agent is logged in nowhere; TestAuditLines does it",

	"POST /login": "the row names no account, and of all strangers together not every failure has a line; TestFailedLogInsAreCounted does it",
}

// audited is what a route's cells left.
type audited struct {
	lines int // of cells that were well answered
}

// lastLine is the id of the newest audit line.
func (m *matrix) lastLine() string {
	m.t.Helper()
	return m.first("/audit?limit=1")["id"].(string)
}

// after are the lines that came after the one of the id.
func (m *matrix) after(id string) []map[string]any {
	m.t.Helper()
	for _, limit := range []string{"20", "500"} { // mostly there is one
		var out []map[string]any
		for _, item := range m.operator(http.MethodGet, "/audit?limit="+limit, nil)["items"].([]any) {
			line := item.(map[string]any)
			if line["id"] == id {
				return out
			}
			out = append(out, line)
		}
	}
	m.t.Fatalf("the audit line %s is not among the last 500", id)
	return nil
}

// leaves holds a cell that was answered against the lines that came since: what is refused leaves none.
func (a *audited) leaves(t *testing.T, m *matrix, route, role, department string, status int, since string) {
	t.Helper()
	lines := m.after(since)
	if status >= 400 && len(lines) > 0 && route != "POST /login" {
		t.Errorf("%s, %s: refused, and there is an audit line: %v", role, department, lines)
	}
	for _, l := range lines {
		if !slices.Contains(conversation.AuditActions, conversation.AuditAction(l["action"].(string))) {
			t.Errorf("%s, %s: there is no action %v", role, department, l["action"])
		}
	}
	if status < 400 {
		a.lines += len(lines)
	}
}

// enough fails a route that changes something and left no line.
func (a *audited) enough(t *testing.T, face face, route string) {
	t.Helper()
	switch reason := quiet[route]; {
	case a.lines == 0 && reason == "":
		t.Errorf("%s of the %s leaves no audit line: have its change call audit (conversation/audit.go), or give a reason in quiet, in test/matrix_audit_test.go", route, face.name)
	case a.lines > 0 && reason != "":
		t.Errorf("%s of the %s leaves an audit line; quiet, in test/matrix_audit_test.go, says that it does not: %s", route, face.name, reason)
	}
}

func changes(route string) bool {
	method, _, found := strings.Cut(route, " ")
	return found && method != http.MethodGet
}
