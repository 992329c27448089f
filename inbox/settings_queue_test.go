package inbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// office is an inbox over the sample desk with an agent of each role, the admin logged in; language is English.
func office(t *testing.T, change func(*Options)) (*client, *fakeDesk, *fakeAgents) {
	t.Helper()
	desk, agents := sampleDesk(), newFakeAgents()
	for email, role := range map[string]conversation.Role{"ada@example.com": conversation.RoleAdmin, "sue@example.com": conversation.RoleSupervisor} {
		agents.agents[email] = &conversation.Agent{Email: email, Name: email[:3], Role: role, Departments: []string{"care"}, Language: "en", CreatedAt: today}
	}
	c := newClient(t, newInbox(t, desk, agents, change))
	c.login("ada@example.com")
	return c, desk, agents
}

// queued is a mail that waits.
func queued(n int, department string, state conversation.QueueState) *conversation.QueueItem {
	return &conversation.QueueItem{
		ID: fmt.Sprintf("01jd0000000000000000%06d", 900000+n), Number: "20261123-000001", Kind: conversation.QueueReply, Department: department,
		Recipients: []string{fmt.Sprintf("c%d@customer.example", n)}, State: state, Attempts: 3, CreatedAt: today.Add(-time.Hour),
		NextAt: today.Add(20 * time.Minute), Last: "451 4.7.1 <greylisted>",
	}
}

func TestSettingsQueue(t *testing.T) {
	c, desk, _ := office(t, nil)
	wantIn(t, c.page("/settings/queue"), "Nothing waits", "All of our mail has left.")
	desk.queue = []*conversation.QueueItem{queued(1, "care", conversation.QueueDeferred), queued(2, "care", conversation.QueueUncertain),
		queued(3, "care", conversation.QueueSending), queued(4, "hr", conversation.QueueDeferred)}
	page := c.page("/settings/queue")
	wantIn(t, page, "c1@customer.example", "delayed", "next try 12:24", "451 4.7.1 &lt;greylisted&gt;", "waits for a decision", "it may arrive twice", "It is being sent at this moment.")
	wantNotIn(t, page, "c4@customer.example", `action="/settings/queue/`+desk.queue[2].ID)
	for _, step := range []struct {
		name, item, act string
		status          int
		words           string // on the page that follows
	}{
		{"retry", desk.queue[0].ID, "retry", 303, "The mail leaves now."},
		{"retry again", desk.queue[0].ID, "retry", 303, "The mail leaves now."},
		{"retry what is being sent", desk.queue[2].ID, "retry", 409, "is being sent at this moment"},
		{"retry what others see", desk.queue[3].ID, "retry", 409, "not in the queue any more"},
		{"cancel", desk.queue[1].ID, "cancel", 303, "The mail will not be sent."},
		{"cancel again", desk.queue[1].ID, "cancel", 409, "not in the queue any more"},
		{"cancel nothing", "x", "cancel", 404, "There is nothing here"},
	} {
		w := c.post("/settings/queue/"+step.item+"/"+step.act, url.Values{})
		body := w.Body.String()
		if w.Code == http.StatusSeeOther {
			body = c.page(w.Header().Get("Location"))
		}
		if w.Code != step.status || !strings.Contains(strings.ToLower(body), strings.ToLower(step.words)) {
			t.Errorf("%s: %d without %q\n%s", step.name, w.Code, step.words, body)
		}
	}
	if len(desk.queue) != 3 {
		t.Errorf("%d are in the queue", len(desk.queue))
	}
}

// TestSettingsQueuePages: more than a page is reached, and one finds back.
func TestSettingsQueuePages(t *testing.T) {
	c, desk, _ := office(t, nil)
	for n := range listPage + 3 {
		desk.queue = append(desk.queue, queued(n, "care", conversation.QueueDeferred))
	}
	first := c.page("/settings/queue")
	if n := strings.Count(first, `<th scope="row"`); n != listPage {
		t.Errorf("the first page has %d rows", n)
	}
	next := "/settings/queue?cursor=" + desk.queue[listPage-1].ID
	wantIn(t, first, `href="`+next+`"`)
	second := c.page(next)
	if n := strings.Count(second, `<th scope="row"`); n != 3 || !strings.Contains(second, "Back to the oldest") {
		t.Errorf("the second page has %d rows", n)
	}
}

// TestSettingsQueueRelay: what keeps mail from leaving is said with what to do.
func TestSettingsQueueRelay(t *testing.T) {
	for _, c := range []struct {
		name  string
		state RelayState
		words []string
	}{
		{"nothing yet", RelayState{Address: "relay.example:587"}, []string{"relay.example:587", "Nothing was sent since the server started."}},
		{"works", RelayState{Answered: today, Failed: today.Add(-time.Hour), Stage: "connect", Words: "old"}, []string{"It takes our mail.", "sign verified"}},
		{"away", RelayState{Answered: today.Add(-time.Hour), Failed: today, Stage: "connect", Words: "connect: refused <x>"}, []string{"It cannot be reached.", "firewall", "connect: refused &lt;x&gt;", "sign failed"}},
		{"password", RelayState{Failed: today, Stage: "AUTH", Words: "AUTH: no (535 5.7.8)"}, []string{"does not take our username or password", "SIGHUP", "535 5.7.8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _, _ := office(t, func(o *Options) { o.Relay = func() RelayState { return c.state } })
			page := client.page("/settings/queue")
			wantIn(t, page, c.words...)
			wantNotIn(t, page, ">old<", "queue.relay")
		})
	}
}

func TestSettingsQueueAndJournalAreForSupervisors(t *testing.T) {
	c, desk, _ := office(t, nil)
	desk.queue = []*conversation.QueueItem{queued(1, "care", conversation.QueueDeferred), queued(2, "sales", conversation.QueueDeferred)}
	c.login("sue@example.com")
	page := c.page("/settings/queue")
	wantIn(t, page, "c1@customer.example", `href="/settings/journal"`)
	wantNotIn(t, page, "c2@customer.example", `href="/settings/tokens"`)
	c.login("eve@example.com")
	wantNotIn(t, c.page("/settings/you"), "/settings/queue", "/settings/journal")
	for _, path := range []string{"/settings/queue", "/settings/journal"} {
		if w := c.get(path); w.Code != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	for _, act := range []string{"retry", "cancel"} {
		if w := c.post("/settings/queue/"+desk.queue[0].ID+"/"+act, url.Values{}); w.Code != http.StatusForbidden || len(desk.queue) != 2 {
			t.Errorf("%s: %d", act, w.Code)
		}
	}
}
