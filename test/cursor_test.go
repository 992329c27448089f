package test

import (
	"net/http"
	"testing"
)

// TestJunkForACursor: an address that somebody cut short or made up is no fault of ours, on no page that lists.
func TestJunkForACursor(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	p.agent("boss@shop.test", "Boss", "--role", "admin", "--department", "care")
	s := p.session("boss@shop.test")
	for _, path := range []string{"/inbox", "/history", "/held", "/contacts", "/contacts/ana@verified.test", "/settings/agents", "/settings/queue",
		"/settings/journal", "/settings/audit", "/settings/texts"} {
		if status, _ := s.get(path + "?cursor=junk"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s answered %d", path, status)
		}
	}
}
