package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/say"
)

var update = flag.Bool("update", false, "write the golden files")

// agents are those that Recado-As may name.
func agents(_ context.Context, email string) (*conversation.Agent, error) {
	switch email {
	case "eva@example.com":
		return &conversation.Agent{Email: email, Name: "Eva", Role: conversation.RoleAgent, Departments: []string{"care"}}, nil
	case "old@example.com":
		return &conversation.Agent{Email: email, Disabled: true}, nil
	}
	return nil, nil
}

func newHandler(d *fakeDesk) http.Handler {
	return api.New(api.Options{Desk: d, Authenticate: api.OnSocket(agents), Local: true, MaxMessage: 1 << 16})
}

// call asks the handler; pairs are header names and values.
func call(t *testing.T, h http.Handler, method, path, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// golden compares a JSON document with testdata/<name>.json.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(body), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	b.WriteByte('\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestRoutes(t *testing.T) {
	const v = "/api/v1"
	tests := []struct {
		name   string
		method string
		path   string
		body   string
		header []string
		status int
		golden string
		asked  []string
	}{
		{name: "protocols", path: "/protocols", golden: "protocols", asked: []string{"Protocols operator {Status: Departments:[] Contact: Agent: Unassigned:false Sort: Number: Classification: After:0001-01-01 00:00:00 +0000 UTC Before:0001-01-01 00:00:00 +0000 UTC} {Cursor: Limit:50}"}},
		{name: "protocols filtered", path: "/protocols?status=finalized&department=care&contact=Ana@Customer.Example&agent=Eva@example.com&cursor=c&limit=500",
			golden: "protocols", asked: []string{"Protocols operator {Status:finalized Departments:[care] Contact:ana@customer.example Agent:eva@example.com Unassigned:false Sort: Number: Classification: After:0001-01-01 00:00:00 +0000 UTC Before:0001-01-01 00:00:00 +0000 UTC} {Cursor:c Limit:500}"}},
		{name: "protocols of nobody, longest wait first", path: "/protocols?agent=none&sort=waiting", golden: "protocols",
			asked: []string{"Protocols operator {Status: Departments:[] Contact: Agent: Unassigned:true Sort:waiting Number: Classification: After:0001-01-01 00:00:00 +0000 UTC Before:0001-01-01 00:00:00 +0000 UTC} {Cursor: Limit:50}"}},
		{name: "protocols of an end", path: "/protocols?number=202611&classification=Env%C3%ADo&after=2026-11-01&before=2026-11-23T09:00:00-03:00&sort=finalized", golden: "protocols",
			asked: []string{"Protocols operator {Status: Departments:[] Contact: Agent: Unassigned:false Sort:finalized Number:202611 Classification:Envío After:2026-11-01 00:00:00 +0000 UTC Before:2026-11-23 09:00:00 -0300 -0300} {Cursor: Limit:50}"}},
		{name: "protocols as an agent", path: "/protocols", header: []string{"Recado-As", "Eva@example.com"}, golden: "protocols",
			asked: []string{"Protocols eva@example.com {Status: Departments:[] Contact: Agent: Unassigned:false Sort: Number: Classification: After:0001-01-01 00:00:00 +0000 UTC Before:0001-01-01 00:00:00 +0000 UTC} {Cursor: Limit:50}"}},
		{name: "q is a search", path: "/protocols?status=open&q=from%3Aana+invoice", golden: "protocols-found",
			asked: []string{"Search operator {Query:from:ana invoice Filter:{Status:open Departments:[] Contact: Agent: Unassigned:false Sort: Number: Classification: After:0001-01-01 00:00:00 +0000 UTC Before:0001-01-01 00:00:00 +0000 UTC} Page:{Cursor: Limit:50}}"}},
		{name: "the search index", path: "/search", golden: "search-index", asked: []string{"SearchProgress"}},
		{name: "make the search index anew", method: "POST", path: "/search/rebuild", golden: "search-rebuild", asked: []string{"RebuildSearch operator"}},
		{name: "protocol", path: "/protocols/" + protocolNumber, golden: "protocol", asked: []string{"Conversation operator " + protocolNumber}},
		{name: "reply to one", method: "POST", path: "/protocols/" + protocolNumber + "/replies", status: 201, golden: "message",
			body:  `{"text":"Hola","to":"a@b.example"}`,
			asked: []string{"Reply operator " + protocolNumber + ` text="Hola" to=["a@b.example"] cc=[] channel=""`, "Entry operator " + messageID}},
		{name: "reply", method: "POST", path: "/protocols/" + protocolNumber + "/replies", status: 201, golden: "message",
			body:   `{"text":"Hola","to":["a@b.example"],"cc":["c@d.example"],"channel":"soporte@example.com","attachments":[{"name":"a.txt","type":"text/plain","data":"aGk="}]}`,
			header: []string{"Idempotency-Key", `"k-1"`, "If-Match", `"7"`, "Recado-As", "eva@example.com"},
			asked: []string{
				`Reply eva@example.com key=k-1 if-match=7 ` + protocolNumber + ` text="Hola" to=["a@b.example"] cc=["c@d.example"] channel="soporte@example.com" a.txt(text/plain, 2)="hi"`,
				"Entry eva@example.com " + messageID,
			}},
		{name: "mail", method: "POST", path: "/mails", status: 201, golden: "message", header: []string{"Idempotency-Key", "k", "Recado-As", "eva@example.com"},
			body:  `{"department":"care","to":"a@b.example","name":"Ana","subject":"Hola","text":"Texto","attachments":[{"name":"a.txt","data":"aGk="}]}`,
			asked: []string{`SendMail eva@example.com key=k care to="a@b.example" name="Ana" subject="Hola" text="Texto" a.txt(, 2)="hi"`, "Entry eva@example.com " + messageID}},
		{name: "recontact", method: "POST", path: "/protocols/" + protocolNumber + "/recontact", status: 201, golden: "message", header: []string{"If-Match", `"7"`},
			body:  `{"text":"Texto","subject":"Hola"}`,
			asked: []string{`Recontact operator if-match=7 ` + protocolNumber + ` subject="Hola" text="Texto"`, "Entry operator " + messageID}},
		{name: "history", method: "POST", path: "/protocols/" + protocolNumber + "/history", status: 201, golden: "message", body: `{"to":"a@b.example"}`,
			asked: []string{`SendHistory operator ` + protocolNumber + ` to="a@b.example"`, "Entry operator " + messageID}},
		{name: "history to the contact", method: "POST", path: "/protocols/" + protocolNumber + "/history", status: 201, golden: "message",
			asked: []string{`SendHistory operator ` + protocolNumber + ` to=""`, "Entry operator " + messageID}},
		{name: "note", method: "POST", path: "/protocols/" + protocolNumber + "/notes", body: `{"text":"n"}`, status: 201, golden: "message",
			asked: []string{`AddNote operator ` + protocolNumber + ` "n"`, "Entry operator " + messageID}},
		{name: "finalize", method: "POST", path: "/protocols/" + protocolNumber + "/finalize", body: `{"classification":"sale"}`, golden: "finalized",
			header: []string{"If-Match", "*"}, asked: []string{`Finalize operator ` + protocolNumber + ` "sale"`}},
		{name: "finalize without a body", method: "POST", path: "/protocols/" + protocolNumber + "/finalize", golden: "finalized",
			asked: []string{`Finalize operator ` + protocolNumber + ` ""`}},
		{name: "reopen", method: "POST", path: "/protocols/" + protocolNumber + "/reopen", body: `{}`, golden: "reopened",
			asked: []string{"Reopen operator " + protocolNumber}},
		{name: "split", method: "POST", path: "/protocols/" + protocolNumber + "/split", body: `{"message":"` + messageID + `"}`, golden: "reopened", status: 201,
			asked: []string{"Split operator " + protocolNumber + " " + messageID}},
		{name: "merge", method: "POST", path: "/protocols/" + protocolNumber + "/merge", body: `{"into":"20261120-000007"}`, golden: "reopened",
			header: []string{"If-Match", `"7"`, "Idempotency-Key", "k"}, asked: []string{"Merge operator key=k if-match=7 " + protocolNumber + " 20261120-000007"}},
		{name: "undo", method: "POST", path: "/protocols/" + protocolNumber + "/undo", golden: "reopened", asked: []string{"Undo operator " + protocolNumber}},
		{name: "assign", method: "POST", path: "/protocols/" + protocolNumber + "/assign", body: `{"agent":"eva@example.com"}`, golden: "finalized",
			header: []string{"If-Match", `"7"`}, asked: []string{`Assign operator if-match=7 ` + protocolNumber + ` "eva@example.com"`}},
		{name: "assign to nobody", method: "POST", path: "/protocols/" + protocolNumber + "/assign", body: `{"agent":""}`, golden: "finalized",
			asked: []string{`Assign operator ` + protocolNumber + ` ""`}},
		{name: "tags", method: "POST", path: "/protocols/" + protocolNumber + "/tags", body: `{"add":"a","remove":["b","c"]}`, golden: "finalized",
			asked: []string{`Tag operator ` + protocolNumber + ` {[] ["a"] ["b" "c"]}`}},
		{name: "all tags", method: "POST", path: "/protocols/" + protocolNumber + "/tags", body: `{"tags":[]}`, golden: "finalized",
			asked: []string{`Tag operator ` + protocolNumber + ` {[] [] []}`}},
		{name: "transfer", method: "POST", path: "/protocols/" + protocolNumber + "/transfer", body: `{"department":"hr","agent":"eva@example.com","reason":"hers"}`, golden: "finalized",
			header: []string{"Idempotency-Key", "k"}, asked: []string{`Transfer operator key=k ` + protocolNumber + ` {Department:hr Agent:eva@example.com Reason:hers}`}},
		{name: "held", path: "/held?reason=automatic&department=care", golden: "held",
			asked: []string{"HeldMails operator {Departments:[care] Reason:automatic Who:} {Cursor: Limit:50}"}},
		{name: "held mail", path: "/held/" + heldID, golden: "heldmail", asked: []string{"HeldMail operator " + heldID, "RawMail operator " + heldID}},
		{name: "accept", method: "POST", path: "/held/" + heldID + "/accept", golden: "message", asked: []string{"AcceptHeld operator " + heldID, "Entry operator " + heldID}},
		{name: "discard", method: "POST", path: "/held/" + heldID + "/discard", golden: "discarded", asked: []string{"DiscardHeld operator " + heldID}},
		{name: "journal", path: "/journal?receipt=" + receiptID + "&department=care", golden: "journal",
			asked: []string{"Journal operator {Receipt:" + receiptID + " Departments:[care] Address: Number:} {Cursor: Limit:50}"}},
		{name: "audit", path: "/audit?actor=eva@example.com&action=protocol&object=" + protocolNumber + "&department=care&since=2026-11-23&until=2026-11-23T09:00:00Z", golden: "audit",
			asked: []string{"Audit operator {Actor:eva@example.com Action:protocol Object:" + protocolNumber + " Department:care Since:2026-11-23 00:00:00 +0000 UTC Until:2026-11-23 09:00:00 +0000 UTC} {Cursor: Limit:50}"}},
		{name: "queue", path: "/queue?limit=1", golden: "queue", asked: []string{"Queue operator {Cursor: Limit:1}"}},
		{name: "more than a page holds", path: "/queue?limit=100000", golden: "queue", asked: []string{"Queue operator {Cursor: Limit:500}"}},
		{name: "queued", path: "/queue/" + queueID, golden: "queued", asked: []string{"QueueItem operator " + queueID}},
		{name: "retry", method: "POST", path: "/queue/" + queueID + "/retry", golden: "queued", asked: []string{"RetryQueued operator " + queueID}},
		{name: "cancel", method: "POST", path: "/queue/" + queueID + "/cancel", golden: "queued", asked: []string{"CancelQueued operator " + queueID}},
		{name: "contacts", path: "/contacts?prefix=AN", golden: "contacts", asked: []string{"Contacts operator {Sides:[] Prefix:an Find: Blocked:false} {Cursor: Limit:50}"}},
		{name: "contacts found", path: "/contacts?q=Pérez&blocked=true&limit=5", golden: "contacts", asked: []string{"Contacts operator {Sides:[] Prefix: Find:Pérez Blocked:true} {Cursor: Limit:5}"}},
		{name: "contact", path: "/contacts/ana%40customer.example", golden: "contact", asked: []string{"Contact operator ana@customer.example"}},
		{name: "protocols of a contact", path: "/contacts/ana%40customer.example/protocols", golden: "protocols", asked: []string{"ContactProtocols operator ana@customer.example {Cursor: Limit:50}"}},
		{name: "name a contact", method: "POST", path: "/contacts/ana@customer.example/name", body: `{"name":"Ana Pérez"}`, header: []string{"Idempotency-Key", "k"},
			golden: "contact", asked: []string{`NameContact operator key=k ana@customer.example department="" "Ana Pérez"`}},
		{name: "take a contact's name away", method: "POST", path: "/contacts/ana@customer.example/name", body: `{"name":"","department":"hr"}`,
			golden: "contact", asked: []string{`NameContact operator ana@customer.example department="hr" ""`}},
		{name: "link contacts", method: "POST", path: "/contacts/ana@customer.example/links", body: `{"add":"ana@work.example","remove":["bea@x.example"]}`,
			golden: "contact", asked: []string{`LinkContact operator ana@customer.example department="" add=["ana@work.example"] remove=["bea@x.example"]`}},
		{name: "note about a contact", method: "POST", path: "/contacts/ana@customer.example/notes", status: 201, body: `{"text":"A former colleague.","department":"hr"}`,
			golden: "contactnote", asked: []string{`AddContactNote operator ana@customer.example department="hr" "A former colleague."`}},
		{name: "delete a note about a contact", method: "DELETE", path: "/contacts/ana@customer.example/notes/" + heldID,
			golden: "contact", asked: []string{"DeleteContactNote operator ana@customer.example " + heldID}},
		{name: "block", method: "POST", path: "/contacts/ana@customer.example/block", body: `{"reason":"threats"}`, header: []string{"Recado-As", "eva@example.com"},
			golden: "contact", asked: []string{`BlockContact eva@example.com ana@customer.example department="" "threats"`}},
		{name: "unblock", method: "POST", path: "/contacts/ana@customer.example/unblock",
			golden: "contact", asked: []string{`UnblockContact operator ana@customer.example department=""`}},
		{name: "channels", path: "/channels", golden: "channels"},
		{name: "channels paged", path: "/channels?limit=1", golden: "channels-first"},
		{name: "channels, second page", path: "/channels?limit=1&cursor=1", golden: "channels-second"},
		{name: "channels without the isolated", path: "/channels", header: []string{"Recado-As", "eva@example.com"}, golden: "channels-eva"},
		{name: "departments", path: "/departments", golden: "departments"},
		{name: "departments without the isolated", path: "/departments", header: []string{"Recado-As", "eva@example.com"}, golden: "departments-eva"},
		{name: "agents", path: "/agents", golden: "agents", asked: []string{"Agents operator {Cursor: Limit:50}"}},
		{name: "add an agent", method: "POST", path: "/agents", status: 201, golden: "agent",
			body:  `{"email":"eva@example.com","name":"Eva","departments":["care"],"password":"secret words"}`,
			asked: []string{"AddAgent operator {Email:eva@example.com Name:Eva Role:agent Departments:[care] Language: Password:secret words}"}},
		{name: "password", method: "POST", path: "/agents/eva@example.com/password", body: `{"password":"p"}`, golden: "agent", asked: []string{"SetPassword operator eva@example.com p"}},
		{name: "tokens", path: "/tokens", golden: "tokens", asked: []string{"Tokens operator {Cursor: Limit:50}"}},
		{name: "add token", method: "POST", path: "/tokens", status: 201, golden: "token-made", header: []string{"Idempotency-Key", "k"},
			body: `{"name":"CRM","role":"supervisor","departments":["care"]}`, asked: []string{"AddToken operator key=k {Name:CRM Role:supervisor Departments:[care]}"}},
		{name: "revoke token", method: "POST", path: "/tokens/" + queueID + "/revoke", golden: "token", asked: []string{"RevokeToken operator " + queueID}},
		{name: "disable", method: "POST", path: "/agents/eva@example.com/disable", golden: "agent", asked: []string{"DisableAgent operator eva@example.com"}},
		{name: "sessions", path: "/agents/eva@example.com/sessions?limit=1", golden: "sessions", asked: []string{"Sessions operator eva@example.com {Cursor: Limit:1}"}},
		{name: "sign out", method: "POST", path: "/agents/eva@example.com/sign-out", golden: "signed-out", asked: []string{`EndSessions operator eva@example.com ""`}},
		{name: "end a session", method: "POST", path: "/agents/eva@example.com/sign-out", body: `{"session":"` + queueID + `"}`, golden: "signed-out", asked: []string{"EndAgentSession operator eva@example.com " + queueID}},
		{name: "turn a second step off", method: "POST", path: "/agents/eva@example.com/totp-reset", golden: "agent", asked: []string{"ResetSecondStep operator eva@example.com"}},
		{name: "enable", method: "POST", path: "/agents/eva@example.com/enable", golden: "agent", asked: []string{"EnableAgent operator eva@example.com"}},
		{name: "change an agent", method: "PATCH", path: "/agents/eva@example.com", body: `{"signature":"Eva","role":"supervisor","departments":["care"]}`, golden: "agent",
			asked: []string{`SetAgent operator eva@example.com name=false language=false signature="Eva" role="supervisor" departments=["care"]`}},
		{name: "explain a file", method: "POST", path: "/explain?rcpt=soporte@example.com&rcpt=x@example.com&from=r@c.example&ip=192.0.2.1&helo=h", golden: "explain",
			body: htmlMail, header: []string{"Content-Type", "message/rfc822"},
			asked: []string{`Explain from="r@c.example" rcpt=["soporte@example.com" "x@example.com"] ip="192.0.2.1" helo="h" verdict="unverified"`}},
		{name: "explain a file by itself", method: "POST", path: "/explain", golden: "explain", body: htmlMail, header: []string{"Content-Type", "message/rfc822"},
			asked: []string{`Explain from="ana@customer.example" rcpt=["soporte@example.com"] ip="" helo="" verdict="unverified"`}},
		{name: "explain a stored mail", path: "/messages/" + messageID + "/explain", golden: "explain",
			asked: []string{"StoredMail operator " + messageID, `Explain from="" rcpt=[] ip="" helo="" verdict=""`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &fakeDesk{mail: htmlMail}
			method, status := tt.method, tt.status
			if method == "" {
				method = http.MethodGet
			}
			if status == 0 {
				status = http.StatusOK
			}
			w := call(t, newHandler(d), method, v+tt.path, tt.body, tt.header...)
			if w.Code != status {
				t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type %q", got)
			}
			if diff := cmp.Diff(tt.asked, d.asked); diff != "" {
				t.Errorf("the desk was asked otherwise (-want +got):\n%s", diff)
			}
			golden(t, tt.golden, w.Body.Bytes())
			asDescribed(t, newHandler(d), tt.method, tt.path, w)
			if strings.Contains(w.Body.String(), "argon2id") || strings.Contains(w.Body.String(), "0123secret") {
				t.Error("a password or a token's hash came back")
			}
			if strings.Contains(w.Body.String(), "null") && !strings.Contains(tt.golden, "protocol") && !strings.Contains(tt.golden, "token") && !strings.Contains(tt.golden, "agent") && tt.golden != "reopened" {
				t.Errorf("null in %s", w.Body)
			}
		})
	}
}

func TestETag(t *testing.T) {
	for _, path := range []string{"/protocols/" + protocolNumber} {
		w := call(t, newHandler(&fakeDesk{}), "GET", api.Prefix+path, "")
		if got := w.Header().Get("ETag"); got != `"7"` {
			t.Errorf("GET %s: ETag %q", path, got)
		}
	}
	for _, verb := range []string{"finalize", "reopen", "assign", "tags", "transfer"} {
		body := map[string]string{"assign": `{"agent":""}`, "tags": `{"tags":[]}`}[verb]
		w := call(t, newHandler(&fakeDesk{}), "POST", api.Prefix+"/protocols/"+protocolNumber+"/"+verb, body)
		if got := w.Header().Get("ETag"); got != `"7"` {
			t.Errorf("%s: ETag %q", verb, got)
		}
	}
}

func TestProblems(t *testing.T) {
	number := "/protocols/" + protocolNumber
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		detail                   string
	}{
		{name: "no such address", path: "/nothing", status: 404, detail: "nothing is at this address"},
		{name: "empty segment", method: "POST", path: "/protocols//replies", status: 404, detail: "nothing is at this address"},
		{name: "dots", path: "/held/../protocols", status: 404, detail: "nothing is at this address"},
		{name: "final slash", path: "/protocols/", status: 404, detail: "nothing is at this address"},
		{name: "method", method: "DELETE", path: "/protocols", status: 405, detail: "this address takes GET, HEAD"},
		{name: "unknown parameter", path: "/protocols?stauts=open", status: 400, detail: `the parameter "stauts" is not known; there are status, department, contact, agent, number, classification, after, before, sort, q, cursor, limit`},
		{name: "unknown parameter of none", path: number + "?x=1", status: 400, detail: `the parameter "x" is not known; there are none here`},
		{name: "parameter twice", path: "/protocols?status=open&status=open", status: 400, detail: `the parameter "status" is given more than once`},
		{name: "escape", path: "/protocols?status=%zz", status: 400, detail: "the query of the address cannot be read: its escapes are wrong"},
		{name: "contacts that are not blocked", path: "/contacts?blocked=no", status: 400, detail: "blocked is one of true"},
		{name: "no name", method: "POST", path: "/contacts/ana@x.example/name", body: `{}`, status: 400, detail: `the field "name" is missing: a name, or "" to take it away`},
		{name: "no links", method: "POST", path: "/contacts/ana@x.example/links", body: `{"add":[]}`, status: 400, detail: "say which: the fields are add and remove, addresses of the same person"},
		{name: "no note", method: "DELETE", path: "/contacts/ana@x.example/notes/1", status: 404, detail: "nothing has this id; an id has 26 characters"},
		{name: "version of a contact", method: "POST", path: "/contacts/ana@x.example/block", header: []string{"If-Match", `"1"`}, status: 400, detail: "If-Match is for changes of a protocol: nothing else has a version"},
		{name: "sort", path: "/protocols?sort=oldest", status: 400, detail: "sort is one of newest, waiting, finalized"},
		{name: "after", path: "/protocols?after=23/11/2026", status: 400, detail: "after is a day, such as 2026-11-23, or a time, such as 2026-11-23T09:00:00Z"},
		{name: "before", path: "/protocols?before=2026-02-30", status: 400, detail: "before is a day, such as 2026-11-23, or a time, such as 2026-11-23T09:00:00Z"},
		{name: "agent", path: "/protocols?agent=nobody", status: 400, detail: "agent is an e-mail address"},
		{name: "status", path: "/protocols?status=closed", status: 400, detail: "status is one of open, finalized"},
		{name: "contact", path: "/protocols?contact=ana", status: 400, detail: "contact is an e-mail address"},
		{name: "limit", path: "/journal?limit=ten", status: 400, detail: "limit is a number from 1"},
		{name: "limit of nothing", path: "/journal?limit=0", status: 400, detail: "limit is a number from 1"},
		{name: "cursor of a list in memory", path: "/channels?cursor=x", status: 400, detail: conversation.ErrBadCursor.Error()},
		{name: "long cursor", path: "/journal?cursor=" + strings.Repeat("x", 2000), status: 400, detail: `the parameter "cursor" is too long`},
		{name: "receipt", path: "/journal?receipt=x", status: 400, detail: "receipt is the id that the sender was given with the 250: 26 characters"},
		{name: "reason", path: "/held?reason=x", status: 400, detail: "reason is one of policy, unverified, automatic, backscatter, loop, flood, spam, recovered"},
		{name: "number", path: "/protocols/42", status: 404, detail: "no protocol has this number; a number looks like 20261123-000042"},
		{name: "id", path: "/messages/42/raw", status: 404, detail: "nothing has this id; an id has 26 characters"},
		{name: "attachment", path: "/messages/" + messageID + "/attachments/9", status: 404, detail: "the message has no such attachment"},
		{name: "attachment that is none", path: "/messages/" + messageID + "/attachments/-1", status: 404, detail: "the message has no such attachment"},
		{name: "not JSON", method: "POST", path: number + "/notes", body: `{"text":}`, status: 400, detail: "the body is not JSON: byte 9 is not expected there"},
		{name: "half JSON", method: "POST", path: number + "/notes", body: `{"text":"`, status: 400, detail: "the body is not JSON: it ends too early"},
		{name: "unknown field", method: "POST", path: number + "/notes", body: `{"txt":""}`, status: 400, detail: `the field "txt" is not known`},
		{name: "type of a field", method: "POST", path: number + "/notes", body: `{"text":1}`, status: 400, detail: `the field "text" cannot be a JSON number`},
		{name: "no object", method: "POST", path: number + "/notes", body: `[]`, status: 400, detail: "the body is to be a JSON object"},
		{name: "two documents", method: "POST", path: number + "/notes", body: `{"text":"a"}{}`, status: 400, detail: "something follows the JSON document in the body"},
		{name: "fields where none are", method: "POST", path: number + "/reopen", body: `{"x":1}`, status: 400, detail: `the field "x" is not known`},
		{name: "split nowhere", method: "POST", path: number + "/split", status: 400, detail: "message is the id of the message that the new protocol begins with; an id has 26 characters"},
		{name: "merge into nothing", method: "POST", path: number + "/merge", body: `{"into":"x"}`, status: 400, detail: "into is the number of the protocol that takes the messages; a number looks like 20261123-000042"},
		{name: "content type", method: "POST", path: number + "/notes", body: `{"text":"a"}`, header: []string{"Content-Type", "text/plain"}, status: 415, detail: "the body is text/plain; it is to be application/json"},
		{name: "no content type", method: "POST", path: number + "/notes", body: `{"text":"a"}`, header: []string{"Content-Type", ""}, status: 415, detail: "Content-Type is missing; the body is to be application/json"},
		{name: "too large", method: "POST", path: number + "/notes", body: `{"text":"` + strings.Repeat("a", 2<<20) + `"}`, status: 413, detail: "the body is larger than the largest message that may be sent"},
		{name: "recipients", method: "POST", path: number + "/replies", body: `{"text":"a","to":7}`, status: 400, detail: `the field "to" cannot be a JSON number`},
		{name: "nameless attachment", method: "POST", path: number + "/replies", body: `{"text":"a","attachments":[{"data":""}]}`, status: 400, detail: "an attachment has no name"},
		{name: "bad base64", method: "POST", path: number + "/replies", body: `{"text":"a","attachments":[{"name":"a","data":"%"}]}`, status: 400, detail: "the body cannot be read"},
		{name: "If-Match", method: "POST", path: number + "/reopen", header: []string{"If-Match", "7"}, status: 400, detail: `If-Match is the version of a protocol in quotes, such as "3"`},
		{name: "If-Match of a mail", method: "POST", path: "/mails", body: "{}", header: []string{"If-Match", `"7"`}, status: 400, detail: "If-Match is for changes of a protocol: nothing else has a version"},
		{name: "mail to several", method: "POST", path: "/mails", body: `{"to":["a@b.example"]}`, status: 400, detail: `the field "to" cannot be a JSON array`},
		{name: "weak If-Match", method: "POST", path: number + "/reopen", header: []string{"If-Match", `W/"7"`}, status: 400, detail: `If-Match is the version of a protocol in quotes, such as "3"`},
		{name: "If-Match of no protocol", method: "POST", path: "/held/" + heldID + "/discard", header: []string{"If-Match", `"7"`}, status: 400, detail: "If-Match is for changes of a protocol: nothing else has a version"},
		{name: "Idempotency-Key", method: "POST", path: number + "/reopen", header: []string{"Idempotency-Key", "a b"}, status: 400, detail: "Idempotency-Key is one value of 1 to 255 visible ASCII characters"},
		{name: "assign to whom", method: "POST", path: number + "/assign", body: `{}`, status: 400, detail: `the field "agent" is missing: an agent's address, or "" for nobody`},
		{name: "tags of nothing", method: "POST", path: number + "/tags", body: `{}`, status: 400, detail: "say what to do: the fields are add, remove, and tags for all of them"},
		{name: "role", method: "POST", path: "/agents", body: `{"email":"a@b.example","role":"boss"}`, status: 400, detail: "role is one of agent, supervisor, admin"},
		{name: "unknown agent", path: "/protocols", header: []string{"Recado-As", "who@example.com"}, status: 403, detail: "no agent has the address who@example.com"},
		{name: "disabled agent", path: "/protocols", header: []string{"Recado-As", "old@example.com"}, status: 403, detail: "the agent old@example.com is disabled"},
		{name: "no agent's address", path: "/protocols", header: []string{"Recado-As", "eva"}, status: 400, detail: `"eva" is not an e-mail address`},
		{name: "explain for an agent", method: "POST", path: "/explain", body: "x", header: []string{"Content-Type", "message/rfc822", "Recado-As", "eva@example.com"}, status: 403, detail: "only the system's operator may ask this"},
		{name: "explain JSON", method: "POST", path: "/explain", body: "{}", status: 415, detail: "the body is application/json; it is to be message/rfc822"},
		{name: "explain for nobody", method: "POST", path: "/explain", body: "From: a@b.example\r\n\r\n", header: []string{"Content-Type", "message/rfc822"}, status: 400, detail: "the mail names no address of ours in To or Cc: say which it is for (rcpt)"},
		{name: "explain ip", method: "POST", path: "/explain?ip=x", body: "a", header: []string{"Content-Type", "message/rfc822"}, status: 400, detail: "ip is an IP address, such as 192.0.2.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &fakeDesk{}
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			w := call(t, newHandler(d), method, api.Prefix+tt.path, tt.body, tt.header...)
			checkProblem(t, w, tt.status, tt.detail)
			if method == http.MethodPost && len(d.asked) > 0 {
				t.Errorf("the desk was asked %q", d.asked)
			}
		})
	}
}

// checkProblem compares a problem document.
func checkProblem(t *testing.T, w *httptest.ResponseRecorder, status int, detail string) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if w.Code != status || p.Status != status || p.Detail != detail {
		t.Errorf("got %d %d %q, want %d %q", w.Code, p.Status, p.Detail, status, detail)
	}
	if p.Type != "about:blank" || p.Code == "" || p.Title != http.StatusText(status) {
		t.Errorf("incomplete: %+v", p)
	}
}

// TestDeskErrors: the mapper gives each code of the domain its status, and keeps every other error's words to the log.
func TestDeskErrors(t *testing.T) {
	tests := []struct {
		err    error
		status int
		detail string
	}{
		{&conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("w")}, 400, "w"},
		{fmt.Errorf("wrapped: %w", &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("w")}), 404, "w"},
		{&conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("w")}, 409, "w"},
		{&conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("w")}, 412, "w"},
		{&conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("w")}, 403, "w"},
		{&conversation.Error{Code: conversation.CodeTooMany, Sentence: say.Of("w")}, 429, "w"},
		{fmt.Errorf("list: %w", conversation.ErrBadCursor), 400, conversation.ErrBadCursor.Error()},
		{errors.New("open /var/lib/recado: secret path"), 500, "something failed on our side; the server's log says what"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			w := call(t, newHandler(&fakeDesk{err: tt.err}), "GET", api.Prefix+"/protocols/"+protocolNumber, "")
			checkProblem(t, w, tt.status, tt.detail)
		})
	}
}

func TestNextPage(t *testing.T) {
	w := call(t, newHandler(&fakeDesk{long: true}), "GET", api.Prefix+"/queue", "")
	var page api.List[api.QueueItem]
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || page.Next != "more" {
		t.Errorf("%v, next %q", err, page.Next)
	}
}

// TestLocalOnly: what makes agents is not on the public listener, whoever asks.
func TestLocalOnly(t *testing.T) {
	h := api.New(api.Options{Desk: &fakeDesk{}, Authenticate: api.OnSocket(agents)})
	for path, want := range map[string]int{"/agents": 405, "/agents/x@y.example/password": 404, "/agents/x@y.example/disable": 404, "/explain": 404} {
		if w := call(t, h, "POST", api.Prefix+path, "{}"); w.Code != want {
			t.Errorf("POST %s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestRawMail(t *testing.T) {
	w := call(t, newHandler(&fakeDesk{}), "GET", api.Prefix+"/messages/"+messageID+"/raw", "")
	if w.Code != 200 || w.Body.String() != htmlMail {
		t.Errorf("%d, %q", w.Code, w.Body)
	}
	want := map[string]string{
		"Content-Type": "message/rfc822", "Content-Disposition": "attachment; filename=" + messageID + ".eml",
		"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	}
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestAttachment(t *testing.T) {
	tests := []struct{ n, kind, disposition, body string }{
		{"0", "image/gif", "attachment; filename=logo.gif", "GIF89a"},
		{"1", "text/html", `attachment; filename*=utf-8''f%C3%A1ctura%20%221%22.html`, "<script>"},
	}
	for _, tt := range tests {
		w := call(t, newHandler(&fakeDesk{}), "GET", api.Prefix+"/messages/"+messageID+"/attachments/"+tt.n, "")
		if w.Code != 200 || w.Body.String() != tt.body || w.Header().Get("Content-Type") != tt.kind ||
			w.Header().Get("Content-Disposition") != tt.disposition || w.Header().Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Errorf("%s: %d %q %v", tt.n, w.Code, w.Body, w.Header())
		}
	}
}

// TestAttachmentBreaks: an attachment that cannot be read to its end breaks the connection, so that
// nobody takes half of it for the whole.
func TestAttachmentBreaks(t *testing.T) {
	s := httptest.NewServer(newHandler(&fakeDesk{}))
	defer s.Close()
	r, err := s.Client().Get(s.URL + api.Prefix + "/messages/" + messageID + "/attachments/2")
	if err == nil {
		defer r.Body.Close()
		_, err = io.ReadAll(r.Body)
	}
	if err == nil {
		t.Error("half an attachment came as a whole one")
	}
}

func TestReplyForm(t *testing.T) {
	form := func(fields [][2]string, files [][2]string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, f := range fields {
			_ = w.WriteField(f[0], f[1])
		}
		for _, f := range files {
			part, _ := w.CreateFormFile(f[0], f[1])
			_, _ = part.Write([]byte("content of " + f[1]))
		}
		w.Close()
		return b.String(), w.FormDataContentType()
	}
	path := api.Prefix + "/protocols/" + protocolNumber + "/replies"
	ask := func(t *testing.T, fields, files [][2]string) (*fakeDesk, *httptest.ResponseRecorder) {
		d := &fakeDesk{mail: htmlMail}
		body, kind := form(fields, files)
		return d, call(t, newHandler(d), "POST", path, body, "Content-Type", kind)
	}
	t.Run("whole", func(t *testing.T) {
		d, w := ask(t, [][2]string{{"text", "Hola"}, {"to", "a@b.example"}, {"to", "c@d.example"}}, [][2]string{{"attachments", "a.txt"}, {"file", "b.bin"}})
		want := []string{"Reply operator " + protocolNumber + ` text="Hola" to=["a@b.example" "c@d.example"] cc=[] channel=""` +
			` a.txt(, 16)="content of a.txt" b.bin(, 16)="content of b.bin"`, "Entry operator " + messageID}
		if diff := cmp.Diff(want, d.asked); diff != "" || w.Code != 201 {
			t.Errorf("%d %s %s", w.Code, w.Body, diff)
		}
	})
	for name, tt := range map[string]struct {
		fields, files [][2]string
		detail        string
	}{
		"unknown field": {fields: [][2]string{{"txt", "x"}}, detail: `the field "txt" is not known`},
		"text twice":    {fields: [][2]string{{"text", "x"}, {"text", "y"}}, detail: `the field "text" is given more than once`},
	} {
		t.Run(name, func(t *testing.T) {
			_, w := ask(t, tt.fields, tt.files)
			checkProblem(t, w, 400, tt.detail)
		})
	}
	t.Run("too large", func(t *testing.T) {
		_, w := ask(t, [][2]string{{"text", strings.Repeat("x", 2<<20)}}, nil)
		checkProblem(t, w, 413, "the body is larger than the largest message that may be sent")
	})
	t.Run("damaged", func(t *testing.T) {
		w := call(t, newHandler(&fakeDesk{}), "POST", path, "--x", "Content-Type", "multipart/form-data; boundary=x")
		checkProblem(t, w, 400, "the form in the body cannot be read")
	})
}
