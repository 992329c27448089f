package api

import (
	"recado/conversation"
	"recado/internal/message"
)

// texts makes the words of any of the domain's string types, never nil.
func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = string(s)
	}
	return out
}

// each maps a list, never to nil.
func each[In, Out any](in []In, f func(In) Out) []Out {
	out := make([]Out, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func addressOf(a message.Address) Address { return Address{Address: a.Address, Name: a.Name} }

func refOf(r conversation.ContactRef) Address { return Address{Address: r.Address, Name: r.Name} }

func protocolOf(p *conversation.ProtocolItem) Protocol {
	return Protocol{
		Number: p.Number, Status: string(p.Status), Department: p.Department, Channel: p.Channel,
		Contact: refOf(p.Known()), Subject: p.Subject, Agent: p.Agent, Version: p.Version,
		Messages: p.Messages, Unread: p.Unread,
		OpenedAt: Time{p.OpenedAt}, UpdatedAt: Time{p.UpdatedAt}, FinalizedAt: Time{p.FinalizedAt},
		Links: each(p.Links, func(l conversation.Link) Link { return Link{Number: l.Number, Kind: string(l.Kind)} }),
		Tags:  texts(p.Tags), Classification: p.Classification,
	}
}

func conversationOf(c *conversation.Conversation) Conversation {
	return Conversation{
		Protocol: protocolOf(&c.ProtocolItem),
		Messages: each(c.Entries, func(e conversation.Entry) Message { return messageOf(&e) }),
	}
}

func messageOf(e *conversation.Entry) Message {
	m := e.Message
	out := Message{
		ID: m.ID, Number: m.Number, Kind: string(m.Kind), From: refOf(m.From),
		To: each(e.To, addressOf), Cc: each(e.Cc, addressOf), ReplyTo: each(e.ReplyTo, addressOf),
		Subject: m.Subject, MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: texts(e.References),
		Date: Time{m.Date}, ReceivedAt: Time{m.ReceivedAt},
		Text: e.Text, Quoted: e.Quoted, HTML: safeHTML(e.HTML, m.ID, e.Attachments),
		Attachments: each(e.Attachments, attachmentOf), Flags: texts(m.Flags), AlsoTo: texts(m.AlsoTo),
		Deliveries: each(m.Deliveries, deliveryOf), Channel: m.Channel, Receipt: m.Receipt,
		Mentions: each(m.Mentions, func(m conversation.Mention) string { return m.Agent }),
		Trace:    each(m.Trace, traceOf), Event: m.Event, Details: m.Details,
	}
	if out.Details == nil {
		out.Details = map[string]string{}
	}
	if out.Text == "" { // notes and events have no raw mail to be read from
		out.Text = m.Text
	}
	if m.Auth != nil {
		auth := authOf(*m.Auth)
		out.Auth = &auth
	}
	return out
}

func attachmentOf(a message.Attachment) Attachment {
	return Attachment{ID: a.Index, Name: a.Name, Type: a.Type, Size: a.Size, SHA256: a.SHA256, Inline: a.Inline, ContentID: a.ContentID}
}

func authOf(a conversation.Auth) Auth {
	return Auth{Verdict: string(a.Verdict), SPF: a.SPF, DKIM: a.DKIM, DMARC: a.DMARC, Evidence: texts(a.Evidence)}
}

func deliveryOf(d conversation.Delivery) Delivery {
	return Delivery{Recipient: d.Recipient, State: string(d.State), Code: d.Code, Reason: d.Reason, Attempts: d.Attempts, NextAt: Time{d.NextAt}}
}

func traceOf(s conversation.TraceStep) TraceStep { return TraceStep{Step: s.Step, Fact: s.Fact} }

func heldOf(h *conversation.Held) Held {
	return Held{
		ID: h.ID, Reason: string(h.Reason), From: refOf(h.From), To: texts(h.To), Subject: h.Subject,
		ReceivedAt: Time{h.ReceivedAt}, Auth: authOf(h.Auth), ExpiresAt: Time{h.ExpiresAt},
	}
}

// heldMailOf is the held mail and what its raw mail says.
func heldMailOf(h *conversation.Held, m *message.Message) HeldMail {
	return HeldMail{
		Held: heldOf(h), Channel: h.Channel, Department: h.Department, Sender: h.Envelope.From,
		MessageID: h.MessageID, Receipt: h.Receipt, Date: Time{m.Date},
		Text: m.Text, Quoted: m.Quoted, HTML: safeHTML(m.HTML, h.ID, m.Attachments),
		Attachments: each(m.Attachments, attachmentOf), Trace: each(h.Trace, traceOf),
	}
}

func journalOf(l *conversation.JournalLine) JournalLine {
	return JournalLine{
		At: Time{l.At}, Receipt: l.Receipt, Recipient: l.Recipient, Sender: l.Sender, MessageID: l.MessageID,
		Fate: string(l.Fate), Number: l.Number, Message: l.Message, Reason: l.Reason,
	}
}

func queueOf(q *conversation.QueueItem) QueueItem {
	return QueueItem{
		ID: q.ID, Number: q.Number, Message: q.Message, Kind: string(q.Kind), Recipients: texts(q.Recipients),
		State: string(q.State), Attempts: q.Attempts, NextAt: Time{q.NextAt}, Last: q.Last,
	}
}

func channelOf(c *conversation.Channel) Channel {
	out := Channel{
		Email: c.Email, Department: c.Department, Send: string(c.Send), Status: "inactive",
		Unverified: "accept", DMARC: string(c.DMARC), Robots: texts(c.Robots),
	}
	if c.Active {
		out.Status = "active"
	}
	if c.HoldUnverified {
		out.Unverified = "hold"
	}
	return out
}

func departmentOf(d *conversation.Department) Department {
	return Department{ID: d.ID, Name: d.Name, Isolated: d.Isolated, Acknowledge: d.Acknowledge, Language: d.Language, Classifications: texts(d.Classifications)}
}

func agentOf(a *conversation.Agent) Agent {
	out := Agent{
		Email: a.Email, Name: a.Name, Role: string(a.Role), Departments: texts(a.Departments),
		Language: a.Language, Signature: a.Signature, Status: "active", TOTP: a.SecondStep, CreatedAt: Time{a.CreatedAt}, LastSeenAt: Time{a.LastSeenAt},
	}
	if a.Disabled {
		out.Status = "disabled"
	}
	return out
}
