package conversation

import (
	"fmt"
	"strings"
)

// Spam is what blocklists and a filter said of a mail and of the host that brought it. Its zero value means that nobody
// was asked.
type Spam struct {
	Listed  []Listing `json:"listed,omitempty"`
	Refuse  bool      `json:"refuse,omitempty"`  // a listed host is refused at RCPT, as the channel file wants
	Score   *float64  `json:"score,omitempty"`   // rspamd's; nil: it was not asked, or did not answer
	Most    float64   `json:"most,omitempty"`    // the score from which on a mail is held
	Symbols []string  `json:"symbols,omitempty"` // why rspamd says so, the heaviest first
	Silent  []string  `json:"silent,omitempty"`  // sentences: who gave no usable answer
}

// Listing is a blocklist that lists the host, with its answer.
type Listing struct {
	Zone   string `json:"zone"`
	Answer string `json:"answer"`
}

// holds tells whether the mail is spam to one of them.
func (s *Spam) holds() bool {
	return s != nil && (len(s.Listed) > 0 || s.Score != nil && *s.Score >= s.Most)
}

// fact is what the trace says of it; empty where nobody was asked.
func (s *Spam) fact() string {
	if s == nil {
		return ""
	}
	var said []string
	for _, l := range s.Listed {
		said = append(said, fmt.Sprintf("listed by %s (%s)", l.Zone, l.Answer))
	}
	if s.Score != nil {
		text := fmt.Sprintf("rspamd %.4g of %.4g", *s.Score, s.Most)
		if len(s.Symbols) > 0 {
			text += " (" + strings.Join(s.Symbols, ", ") + ")"
		}
		said = append(said, text)
	}
	said = append(said, s.Silent...)
	if len(said) == 0 {
		return "not listed"
	}
	return strings.Join(said, "; ")
}
