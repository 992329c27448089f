package inbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestPresence(t *testing.T) {
	p := newPresence()
	now := today
	looks := func(want ...string) {
		t.Helper()
		if got := p.lookers("1", now); !slices.Equal(got, want) {
			t.Errorf("%v look, want %v", got, want)
		}
	}
	heard := func(signal <-chan struct{}) bool {
		select {
		case <-signal:
			return true
		default:
			return false
		}
	}
	p.load("1", "eve", now) // no script
	signal, leave := p.begin("1", "ana", now)
	p.load("1", "rui", now)
	looks("ana", "eve", "rui")
	if !heard(signal) || heard(signal) {
		t.Error("Ana did not hear once that Rui came")
	}
	p.load("2", "rui", now)
	p.load("1", "rui", now)
	if heard(signal) {
		t.Error("Ana heard of what is no news to her")
	}
	_, first := p.begin("1", "rui", now)
	_, second := p.begin("1", "rui", now) // two tabs
	first()
	looks("ana", "eve", "rui")
	p.load("1", "rui", now) // a reload: the new page comes before the old one's stream ends
	second()
	looks("ana", "eve", "rui")
	_, last := p.begin("1", "rui", now)
	heard(signal)
	last()
	looks("ana", "eve")
	if !heard(signal) {
		t.Error("Ana did not hear that Rui left")
	}
	now = now.Add(lookingLife)
	looks("ana")
	leave()
	looks()
	for i := range 2 * maxLooking {
		p.load(fmt.Sprint(i), "eve", now)
	}
	if p.pairs > maxLooking || len(p.at) > maxLooking || len(p.wake) != 0 {
		t.Errorf("%d pairs and %d streams are kept", p.pairs, len(p.wake))
	}
	now = now.Add(lookingLife)
	p.load("1", "ana", now)
	looks("ana")
}

// Who looks is told to those who look too, and names only who may see the protocol.
func TestWhoElseLooks(t *testing.T) {
	desk, agents := sampleDesk(), newFakeAgents()
	in := newInbox(t, desk, agents, nil)
	server := httptest.NewServer(in.Handler())
	t.Cleanup(server.Close)
	ana, eve := newClient(t, in), newClient(t, in)
	ana.login("ana@example.com")
	eve.login("eve@example.com")
	wantNotIn(t, ana.page(martaPath), `class="looking"`)
	l := listen(t, server, ana.cookies, fmt.Sprintf("/events?after=%d&at=%s", len(desk.changes), martaNumber), "")
	wantIn(t, eve.page(martaPath), `<p class="looking">Ana Núñez is looking.</p>`)
	for event := range l.events { // she also read it
		if event == `change [{"kind":"looking","number":"`+martaNumber+`"}]` {
			break
		}
	}
	wantIn(t, ana.page(martaPath), `<p class="looking">Eve Hall está mirando.</p>`)
	fetched := request(http.MethodGet, oldPath)
	fetched.Header.Set("Sec-Fetch-Dest", "empty")
	eve.do(fetched)
	wantNotIn(t, ana.page(oldPath), "Eve Hall está mirando") // what a script fetches is no look
	eve.get("/protocols/20261123-000036")
	if err := eve.do(request(http.MethodGet, "/events?at="+hrNumber)).Code; err != http.StatusNotFound {
		t.Errorf("a stream of what is not to be seen answered %d", err)
	}
	// The protocol went where Eve may not look.
	desk.locked(func() { desk.protocols[martaNumber].Department = "hr" })
	agents.agents["ana@example.com"].Departments = append(agents.agents["ana@example.com"].Departments, "hr")
	wantNotIn(t, ana.page(martaPath), "Eve Hall está mirando")
}
