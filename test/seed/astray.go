package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"recado/conversation"
)

// hold is the i-th mail that waits for a decision: of each reason some.
func (p *player) hold(ctx context.Context, i int) error {
	r := rand.New(rand.NewPCG(p.o.seed, 1<<41+uint64(i)))
	dep := departments[r.IntN(len(departments)-1)]
	c := newContact(r, i%40, dep.language) // some of them send many
	t := newTopic(r, dep.language)
	m := p.mail(c)
	m.to, m.subject, m.plainOnly = dep.address(), t.say(r, pick(r, t.w.subjects)), r.IntN(2) == 0
	m.text = t.letter(r, c.name)
	switch i % 4 {
	case 0:
		m.failed = true
	case 1:
		m.header = "Precedence: bulk\r\nAuto-Submitted: auto-generated\r\nList-Unsubscribe: <mailto:baja@boletin.example>\r\n"
	case 2:
		m.from = contact{name: "Mail Delivery System", address: "mailer-daemon@" + domainOf(c.address), language: "en", vouched: true}
		m.envelopeIsNobody, m.plainOnly = true, true
		m.subject, m.text = "Undelivered Mail Returned to Sender", "The mailbox of <nobody@"+domainOf(c.address)+"> does not exist.\n"
	case 3:
		m.from = contact{name: dep.name, address: dep.address(), language: dep.language}
	}
	out, err := p.manager.Receive(ctx, m.incoming(r))
	if err != nil {
		return err
	}
	if fate := out.Fates[0].Fate; fate != conversation.FateHeld {
		return fmt.Errorf("a mail that was to be held was %s", fate)
	}
	return nil
}

// bounce is the report (RFC 3464) that our last answer did not arrive.
func (p *player) bounce(ctx context.Context, t *thread) error {
	if t.answer == nil {
		return nil
	}
	m := p.mail(contact{name: "Mail Delivery System", address: "mailer-daemon@" + domainOf(t.contact.address), vouched: true})
	m.to = p.signer.ReturnPath(t.answer.ID, domain)
	m.subject, m.envelopeIsNobody = "Undelivered Mail Returned to Sender", true
	m.header = "Auto-Submitted: auto-replied\r\n"
	m.report = fmt.Sprintf("Reporting-MTA: dns; mx.%s\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 The mailbox is full\r\n",
		domainOf(t.contact.address), t.contact.address)
	m.text = "The mailbox of <" + t.contact.address + "> is full.\n"
	out, err := p.manager.Receive(ctx, m.incoming(t.r))
	if err != nil {
		return err
	}
	if fate := out.Fates[0].Fate; fate != conversation.FateEvent {
		return fmt.Errorf("a report was %s", fate)
	}
	return nil
}
