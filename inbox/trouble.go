package inbox

import (
	"slices"
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

// basicTroubles say one thing each; 550, 552 and 554 say several, and the server's words which (RFC 5321 4.2.3).
var basicTroubles = map[string]trouble{"551": troubleMailbox, "553": troubleMailbox, "521": troubleDomain, "556": troubleDomain}

// spokenTroubles are words that servers use, the more telling first.
var spokenTroubles = []struct {
	words []string
	means trouble
}{
	{[]string{"spam", "policy", "blocked", "blacklist", "reputation"}, troublePolicy},
	{[]string{"quota", "full", "over limit"}, troubleFull},
	{[]string{"size", "too large", "too big"}, troubleLarge},
	{[]string{"unknown user", "user unknown", "no such", "not exist", "not found", "invalid recipient", "unavailable"}, troubleMailbox},
}

// troubleOf reads a code as a delivery has it, "550 5.1.1", "5.1.1", "550" or nothing, and the server's words.
func troubleOf(code, reason string) trouble {
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
	reason = strings.ToLower(reason)
	for _, s := range spokenTroubles {
		if slices.ContainsFunc(s.words, func(w string) bool { return strings.Contains(reason, w) }) {
			return s.means
		}
	}
	return troubleOther
}

// explain says on a delivery that did not arrive why, and what to do.
func (v *visit) explain(view *deliveryView, d conversation.Delivery) {
	switch d.State {
	case conversation.DeliveryFailed, conversation.DeliveryUndelivered:
		why := string(troubleOf(d.Code, d.Reason))
		view.Why, view.Advice = v.lang.word("trouble.", why), v.lang.word("trouble.", why+".do")
	}
}
