package inbox

import (
	"testing"

	"recado/conversation"
)

// TestPretencesAreShown: in the list, at the message and in the held tray, whatever the verdict is.
func TestPretencesAreShown(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	const short, name, domain = "no es quien parece", "El nombre parece una dirección: no es quien envió esto.", "Este dominio mezcla alfabetos: xn--pypal-4ve.com"
	wantNotIn(t, c.page("/inbox")+c.page("/protocols/"+martaNumber)+c.page("/held"), short, name, domain)

	liar := conversation.ContactRef{Name: "ceo@bank.com", Address: "x@xn--pypal-4ve.com"}
	for _, p := range desk.protocols {
		if p.Number == martaNumber {
			p.Contact, p.Verdict = liar, conversation.Verified
		}
	}
	for _, e := range desk.entries[martaNumber] {
		if e.Kind == conversation.KindIn {
			e.From = liar
		}
	}
	desk.held[0].From = liar
	wantIn(t, c.page("/inbox"), short, name, domain)
	wantIn(t, c.page("/protocols/"+martaNumber), `<p class="notice warn pretence">`, name, domain)
	wantIn(t, c.page("/held"), short, name, domain)
	wantIn(t, c.page("/held/"+desk.held[0].ID), `<p class="notice warn pretence">`, name, domain)
}
