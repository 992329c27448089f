package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/api"
)

// TestSearchFault: everybody is told that the index does not go on; how many protocols there are and what the cause is, those
// who see all of them and who can mend it.
func TestSearchFault(t *testing.T) {
	d := &fakeDesk{long: true, fault: errors.New("/data/search.db: disk is full")}
	who := conversation.Actor{}
	h := api.New(api.Options{Desk: d, Authenticate: func(*http.Request) (conversation.Actor, error) { return who, nil }, Local: true})
	for _, c := range []struct {
		name        string
		actor       conversation.Actor
		count       string
		told, never string
	}{
		{"the operator", conversation.Actor{Operator: true}, `"protocols":2`, "disk is full", "\x00"},
		{"an admin", conversation.Actor{Email: "boss@example.com", Role: conversation.RoleAdmin}, `"protocols":0`, "disk is full", "\x00"},
		{"an agent", conversation.Actor{Email: "eva@example.com", Role: conversation.RoleAgent}, `"protocols":0`, "does not go on", "/data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			who = c.actor
			got := strings.ReplaceAll(call(t, h, "GET", api.Prefix+"/search", "").Body.String(), " ", "")
			told, never := strings.ReplaceAll(c.told, " ", ""), strings.ReplaceAll(c.never, " ", "")
			if !strings.Contains(got, c.count) || !strings.Contains(got, told) || strings.Contains(got, never) {
				t.Errorf("the index: %s", got)
			}
			got = call(t, h, "GET", api.Prefix+"/protocols?q=porcelain", "").Body.String()
			if !strings.Contains(got, "does not go on") || strings.Contains(got, "/data") {
				t.Errorf("a search: %s", got)
			}
		})
	}
}
