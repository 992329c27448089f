package inbox

import (
	"strings"

	"recado/conversation"
)

// trouble is why a message did not arrive, told from the status code of a report or a reply: the enhanced one
// (RFC 3463 section 3) where there is one, else the basic one (RFC 5321 section 4.2.3). Each has a sentence
// and an advice in the words of every language.
type trouble string

const (
	troubleMailbox   trouble = "mailbox"   // there is no such mailbox, or it is closed
	troubleDomain    trouble = "domain"    // the domain receives no mail
	troubleFull      trouble = "full"      // the mailbox is full
	troubleLarge     trouble = "large"     // the message is too large
	troublePolicy    trouble = "policy"    // refused by policy, or as spam
	troubleExpired   trouble = "expired"   // tried until time was up
	troubleTemporary trouble = "temporary" // refused for now
	troubleOther     trouble = "other"
)

var troubles = []trouble{
	troubleMailbox, troubleDomain, troubleFull, troubleLarge, troublePolicy, troubleExpired, troubleTemporary, troubleOther,
}

// enhancedTroubles are subject and detail of RFC 3463, whatever the class.
var enhancedTroubles = map[string]trouble{
	"1.1": troubleMailbox, "1.3": troubleMailbox, "1.6": troubleMailbox, "2.1": troubleMailbox,
	"1.2": troubleDomain, "1.10": troubleDomain, "4.4": troubleDomain, // 1.10: a null MX (RFC 7505)
	"2.2": troubleFull, "2.3": troubleLarge, "3.4": troubleLarge, "4.7": troubleExpired,
}

var basicTroubles = map[string]trouble{
	"550": troubleMailbox, "551": troubleMailbox, "553": troubleMailbox, "552": troubleFull, "521": troubleDomain, "556": troubleDomain,
}

// troubleOf reads a code as a delivery has it: "550 5.1.1", "5.1.1", "550" or nothing.
func troubleOf(code string) trouble {
	for _, word := range strings.Fields(code) {
		class, rest, ok := strings.Cut(word, ".")
		if !ok {
			continue
		}
		subject, _, _ := strings.Cut(rest, ".")
		if t, known := enhancedTroubles[rest]; known {
			return t
		}
		switch {
		case subject == "7":
			return troublePolicy
		case class == "4":
			return troubleTemporary
		}
		return troubleOther
	}
	basic, _, _ := strings.Cut(strings.TrimSpace(code), " ")
	switch t, known := basicTroubles[basic]; {
	case known:
		return t
	case len(basic) == 3 && basic[0] == '4':
		return troubleTemporary
	}
	return troubleOther
}

// explain says on a delivery that did not arrive why, and what to do.
func (v *visit) explain(view *deliveryView, d conversation.Delivery) {
	switch d.State {
	case conversation.DeliveryFailed, conversation.DeliveryUndelivered:
		why := string(troubleOf(d.Code))
		view.Why, view.Advice = v.lang.word("trouble.", why), v.lang.word("trouble.", why+".do")
	}
}
