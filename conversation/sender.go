package conversation

import (
	"slices"

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

// replyToElsewhere tells whether Reply-To names an address other than the sender's (rule 10).
func (s sender) replyToElsewhere(mail *message.Message) bool {
	return slices.ContainsFunc(mail.ReplyTo, func(a message.Address) bool { return a.Key() != s.address.Key() })
}
