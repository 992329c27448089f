package conversation

import (
	"slices"
	"strings"

	"recado/internal/message"
)

// sender is who a mail is from, as far as the mail and its verdict tell; the store is not asked.
type sender struct {
	address message.Address // whose protocol it is: From, or a form's Reply-To (rule 10)
	key     string
	named   bool   // rule 9: From names exactly one
	from    string // the key of From itself, which floods and ourselves are judged by
	form    bool
	auth    Auth // with the verdict that the message gets: a form's is unverified
}

// senderOf resolves who a mail is from.
func senderOf(d *Directory, in *Incoming) sender {
	a, ok := SenderOf(in.Parsed)
	s := sender{address: a, named: ok, auth: in.Auth}
	if !ok {
		s.address = message.Address{}
		if len(in.Parsed.From) > 0 {
			s.address = in.Parsed.From[0]
		}
	}
	s.key = d.SenderKey(s.address)
	s.from = s.key
	if warnings := warnings(s.address, in.Parsed, d.Hostname); len(warnings) > 0 {
		s.auth.Evidence = slices.Concat(s.auth.Evidence, warnings)
	}
	if ok && in.Auth.Verdict == Verified && d.IsForm(s.address.Key()) {
		if i := slices.IndexFunc(in.Parsed.ReplyTo, validSender); i >= 0 {
			s.form = true
			s.address = in.Parsed.ReplyTo[i]
			s.key = d.SenderKey(s.address)
			s.auth.Verdict = Unverified
			s.auth.Evidence = append(slices.Clone(s.auth.Evidence),
				"A contact form of ours sent it for this address, which nobody vouches for.")
		}
	}
	return s
}

// hasControls tells whether a field called name has octets that RFC 5322, 2.2 does not allow in it. Programs end
// a line or a string at them, each at another one, and so would read another sender. What is a fold or stands
// before a line's end is no matter.
func hasControls(h message.Header, name string) bool {
	for i := range h.Len() {
		field, raw := h.Field(i)
		if !strings.EqualFold(field, name) {
			continue
		}
		for line := range strings.SplitSeq(raw, "\n") {
			if strings.ContainsFunc(strings.TrimRight(line, "\r"), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return true
			}
		}
	}
	return false
}

// warnings say what a mail does to be taken for somebody else's, whoever vouches for it.
func warnings(a message.Address, mail *message.Message, hostname string) []string {
	var out []string
	for _, p := range a.Pretences() {
		switch p {
		case message.NameIsAddress:
			out = append(out, "the name looks like an address: it is not who sent this")
		case message.MixedAlphabets:
			out = append(out, "this domain mixes alphabets: "+a.Domain())
		case message.MixedInName:
			out = append(out, "this address mixes alphabets: "+a.Address)
		case message.LookAlike:
			out = append(out, "this domain is written in letters that only look like Latin ones: "+a.Domain())
		}
	}
	if mail.Header.HasResultsOf(hostname) {
		out = append(out, "the mail brought a result of authentication in our name, which is not ours and counts for nothing")
	}
	return out
}

// replyToElsewhere tells whether Reply-To names an address other than the sender's (rule 10).
func (s sender) replyToElsewhere(mail *message.Message) bool {
	return slices.ContainsFunc(mail.ReplyTo, func(a message.Address) bool { return a.Key() != s.address.Key() })
}
