package inbox

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// compose says, before anything is typed, from which address to whom an answer goes.
func (v *visit) compose(view *composeView, c *conversation.Conversation, last *conversation.Entry) {
	if view.Key == "" {
		view.Key = conversation.NewID(v.now)
	}
	wroteTo := c.Channel
	if last != nil && last.Channel != "" {
		wroteTo = last.Channel
	}
	channels := v.dir.AnswerChannels(v.actor, c.Protocol, wroteTo)
	if len(channels) == 0 {
		view.Impossible = v.lang.T("reply.nochannel")
		return
	}
	view.From = channels[0].Email
	v.chooseChannel(view, channels)
	if view.To == "" && !view.ToCleared {
		view.To = c.Contact.Address
	}
	if last != nil && slices.Contains(last.Flags, conversation.FlagReplyTo) && len(last.ReplyTo) > 0 && last.ReplyTo[0].Address != view.To {
		view.Instead = last.ReplyTo[0].Address
	}
}

// chooseChannel offers the addresses that an answer may leave from. The first is no choice but what becomes of none: it
// goes on to be the address that the customer wrote to.
func (v *visit) chooseChannel(view *composeView, channels []*conversation.Channel) {
	chosen := message.Address{Address: view.Channel}.Key()
	known := false
	for i, c := range channels {
		one := choice{Label: c.Email, Current: c.Key() == chosen || i == 0 && view.Channel == ""}
		if i > 0 {
			one.Value = c.Email
		}
		known = known || one.Current
		view.Channels = append(view.Channels, one)
	}
	if len(channels) == 1 {
		view.Channels = nil
	}
	if !known {
		view.mistake("channel", v.lang.T("reply.channel.gone", "address", view.Channel))
		view.Error = ""
	}
}

// mistake notes what is wrong at a field of the form.
func (view *composeView) mistake(field, words string) {
	if view.Mistakes == nil {
		view.Mistakes = map[string]string{}
	}
	view.Mistakes[field] = words
}

// readContact reads whose protocol is answered. That the answer goes to the contact needs no saying: a form in which nothing
// else stands is empty.
func (in *Inbox) readContact(ctx context.Context, v *visit, t *written) error {
	p, err := in.desk.Protocol(ctx, v.actor, t.at.Of)
	if err != nil {
		return err
	}
	t.contact = p.Contact
	if strings.EqualFold(t.draft.To, t.contact.Address) {
		t.draft.To = ""
	}
	return nil
}

// toCleared tells whether there is a field for whom the answer goes to, and nothing in it.
func (t *written) toCleared() bool {
	typed, there := t.fields["to"]
	return there && strings.TrimSpace(typed) == ""
}

// addressed reads whom an answer goes to, an empty to for the contact. The mistakes are by field, nil where there are none.
func (v *visit) addressed(t *written) (to, cc []string, mistakes map[string]string) {
	view := &composeView{}
	read := func(field, typed string) (out []string) {
		out, words := v.addressees(typed, t.contact)
		if words != "" {
			view.mistake(field, words)
		}
		return out
	}
	if t.toCleared() {
		view.mistake("to", v.lang.T("reply.to.empty"))
	}
	to, cc = read("to", t.draft.To), read("cc", t.draft.Cc)
	if n := len(to) + len(cc); n > conversation.MaxRecipients && view.Mistakes == nil {
		field := "to"
		if len(cc) > len(to) {
			field = "cc"
		}
		view.mistake(field, v.lang.T("reply.many", "n", v.lang.number(n), "most", v.lang.number(conversation.MaxRecipients)))
	}
	return to, cc, view.Mistakes
}

// addressees reads the addresses that stand in a field, with commas, semicolons or line ends between them. An answer to
// ourselves would come back and be held (rule 15), whoever has the address.
func (v *visit) addressees(typed string, contact conversation.ContactRef) (out []string, mistake string) {
	known := message.Address{Name: contact.Name, Address: contact.Address}
	for _, a := range message.ParseAddressList(strings.ReplaceAll(typed, "\n", ", ")) {
		switch {
		case !conversation.Writable(a):
			words, _ := cutText(a.String(), 100)
			return nil, v.lang.T("reply.to.invalid", "address", words)
		case a.Key() == known.Key():
			if a.Name == "" {
				a.Name = known.Name
			}
		case v.dir.IsHere(a):
			return nil, v.lang.T("reply.to.ours", "address", a.Address)
		}
		words := a.Address
		if a.Name != "" { // quoted, as commas in it would part it
			words = (&mail.Address{Name: a.Name, Address: a.Address}).String()
		}
		out = append(out, words)
	}
	return out, ""
}
