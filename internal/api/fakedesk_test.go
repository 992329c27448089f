package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"recado/conversation"
	"recado/internal/message"
	"recado/internal/say"
)

// fakeDesk answers with what was recorded, and notes what it was asked.
type fakeDesk struct {
	asked []string // one line a call
	err   error    // answered to every call when set
	mail  string   // the raw mail of every message
	long  bool     // lists have a next page
	fault error    // of the search index
}

var (
	at      = time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.FixedZone("", -3*3600))
	later   = at.Add(90 * time.Minute)
	version = uint64(7)
)

const (
	protocolNumber = "20261123-000042"
	messageID      = "06f2s9mhq40000000000000001"
	heldID         = "06f2s9mhq40000000000000002"
	queueID        = "06f2s9mhq40000000000000003"
	receiptID      = "06f2s9mhq40000000000000004"
)

const htmlMail = "From: Ana <ana@customer.example>\r\nTo: soporte@example.com\r\nSubject: Hola\r\n" +
	"Date: Mon, 23 Nov 2026 09:29:00 -0300\r\nMessage-ID: <one@customer.example>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
	"<p onclick=\"x()\">Hola</p><script>x()</script><img src=\"cid:logo@c\"><img src=\"http://remote.example/p.gif\">\r\n" +
	"--b\r\nContent-Type: image/gif; name=logo.gif\r\nContent-ID: <logo@c>\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACw=\r\n--b--\r\n"

func (d *fakeDesk) ask(format string, args ...any) error {
	d.asked = append(d.asked, fmt.Sprintf(format, args...))
	return d.err
}

func (d *fakeDesk) next() string {
	if d.long {
		return "more"
	}
	return ""
}

func who(a conversation.Actor) string {
	if a.Operator {
		return "operator"
	}
	return a.Email
}

func intentOf(in conversation.Intent) string {
	text := who(in.Actor)
	if in.IdempotencyKey != "" {
		text += " key=" + in.IdempotencyKey
	}
	if in.IfMatch != nil {
		text += fmt.Sprintf(" if-match=%d", *in.IfMatch)
	}
	return text
}

func (d *fakeDesk) Directory() *conversation.Directory {
	return (&conversation.Directory{
		Hostname: "mx.example.com", Language: "es",
		Domains: []conversation.Domain{{Name: "example.com", Postmaster: "soporte@example.com"}},
		Departments: []conversation.Department{
			{ID: "care", Name: "Atención", Acknowledge: true, Language: "es"},
			{ID: "hr", Name: "People", Isolated: true, Language: "en"},
		},
		Channels: []conversation.Channel{
			{Email: "soporte@example.com", Department: "care", Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold},
			{Email: "people@example.com", Department: "hr", Send: conversation.SendReceptive, HoldUnverified: true, DMARC: conversation.DMARCRefuse, Robots: []string{"robot.example"}},
		},
	}).Build()
}

func protocolItem() *conversation.ProtocolItem {
	return &conversation.ProtocolItem{Unread: 1, Protocol: &conversation.Protocol{
		Number: protocolNumber, Status: conversation.Open, Department: "care", Channel: "soporte@example.com",
		Contact: conversation.ContactRef{Address: "ana@customer.example", Name: "Ana"}, Subject: "Hola",
		Version: version, Messages: 2, OpenedAt: at, UpdatedAt: later,
	}}
}

func finalizedItem() *conversation.ProtocolItem {
	p := protocolItem()
	p.Status, p.FinalizedAt, p.Agent = conversation.Finalized, later, "eva@example.com"
	p.Links = []conversation.Link{{Number: "20261120-000007", Kind: conversation.LinkPrevious}}
	p.Tags = []string{"billing"}
	return p
}

func (d *fakeDesk) Protocols(_ context.Context, a conversation.Actor, f conversation.ProtocolFilter, p conversation.Page) ([]conversation.ProtocolItem, string, error) {
	err := d.ask("Protocols %s %+v %+v", who(a), f, p)
	return []conversation.ProtocolItem{*protocolItem(), *finalizedItem()}, d.next(), err
}

func (d *fakeDesk) Search(_ context.Context, a conversation.Actor, r conversation.SearchRequest) (*conversation.SearchResult, error) {
	if err := d.ask("Search %s %+v", who(a), r); err != nil {
		return nil, err
	}
	hit := conversation.SearchHit{ProtocolItem: *protocolItem(), Message: &conversation.Message{ID: messageID, Kind: conversation.KindIn, ReceivedAt: at}, Snippet: []conversation.Span{{Text: "my "}, {Text: "invoice", Hit: true}}}
	return &conversation.SearchResult{Hits: []conversation.SearchHit{hit}, Next: d.next(), ByWords: true, Index: conversation.Progress{Building: d.long, Done: 2, Total: 5, Fault: d.fault}}, nil
}

func (d *fakeDesk) SearchProgress(context.Context) (conversation.Progress, error) {
	return conversation.Progress{Building: d.long, Done: 2, Total: 5, Fault: d.fault}, d.ask("SearchProgress")
}

func (d *fakeDesk) RebuildSearch(_ context.Context, in conversation.Intent) error {
	return d.ask("RebuildSearch %s", who(in.Actor))
}

func (d *fakeDesk) Protocol(_ context.Context, a conversation.Actor, number string) (*conversation.ProtocolItem, error) {
	if err := d.ask("Protocol %s %s", who(a), number); err != nil {
		return nil, err
	}
	if number != protocolNumber {
		return nil, &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no protocol has the number %s", number)}
	}
	return protocolItem(), nil
}

func (d *fakeDesk) Conversation(_ context.Context, a conversation.Actor, number string) (*conversation.Conversation, error) {
	if err := d.ask("Conversation %s %s", who(a), number); err != nil {
		return nil, err
	}
	in := entry(htmlMail)
	out := conversation.Entry{
		Message: &conversation.Message{
			ID: queueID, Number: number, Seq: 2, Kind: conversation.KindOut, From: conversation.ContactRef{Address: "soporte@example.com", Name: "Eva"},
			Subject: "Re: Hola [#" + number + "]", MessageID: "two@example.com", InReplyTo: "one@customer.example", Date: later, ReceivedAt: later,
			Channel:    "soporte@example.com",
			Deliveries: []conversation.Delivery{{Recipient: "ana@customer.example", State: conversation.DeliveryDeferred, Code: "451 4.2.0", Reason: "later", Attempts: 1, NextAt: later.Add(time.Hour)}},
		},
		To: []message.Address{{Name: "Ana", Address: "ana@customer.example"}}, References: []string{"one@customer.example"}, Text: "Gracias.\n",
	}
	note := conversation.Entry{Message: &conversation.Message{ID: heldID, Kind: conversation.KindNote, Seq: 3, Text: "ask billing", ReceivedAt: later, From: conversation.ContactRef{Address: "eva@example.com"}}}
	return &conversation.Conversation{ProtocolItem: *protocolItem(), Entries: []conversation.Entry{in, out, note}}, nil
}

// entry is the customer's message, read from a mail.
func entry(mail string) conversation.Entry {
	m := message.ParseBytes([]byte(mail), message.Options{Text: true, HTML: true, Digest: true})
	return conversation.Entry{
		Message: &conversation.Message{
			ID: messageID, Number: protocolNumber, Seq: 1, Kind: conversation.KindIn,
			From: conversation.ContactRef{Address: "ana@customer.example", Name: "Ana"}, Subject: m.Subject, MessageID: m.MessageID,
			Date: m.Date, ReceivedAt: at, Channel: "soporte@example.com", Receipt: receiptID,
			Auth:  &conversation.Auth{Verdict: conversation.Unverified, SPF: "none", DKIM: "none", DMARC: "none", Evidence: []string{"Nobody vouches."}},
			Flags: []conversation.Flag{conversation.FlagUnverified}, Trace: []conversation.TraceStep{{Step: "address", Fact: "soporte@example.com"}},
		},
		To: m.To, Text: m.Text, Quoted: m.Quoted, HTML: m.HTML, Attachments: m.Attachments,
	}
}

func (d *fakeDesk) Reply(_ context.Context, in conversation.Intent, number string, r conversation.ReplyRequest) (*conversation.Message, error) {
	files, err := filesOf(r.Attachments)
	if err != nil {
		return nil, err
	}
	return &conversation.Message{ID: messageID}, d.ask("Reply %s %s text=%q to=%q cc=%q channel=%q%s", intentOf(in), number, r.Text, r.To, r.Cc, r.Channel, files)
}

// filesOf is what was attached.
func filesOf(list []conversation.AttachmentInput) (string, error) {
	files := ""
	for _, a := range list {
		f, err := a.Open()
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return "", err
		}
		files += fmt.Sprintf(" %s(%s, %d)=%q", a.Name, a.Type, a.Size, content)
	}
	return files, nil
}

func (d *fakeDesk) SendMail(_ context.Context, in conversation.Intent, r conversation.MailRequest) (*conversation.Message, error) {
	files, err := filesOf(r.Attachments)
	if err != nil {
		return nil, err
	}
	return &conversation.Message{ID: messageID}, d.ask("SendMail %s %s to=%q name=%q subject=%q text=%q%s", intentOf(in), r.Department, r.To, r.Name, r.Subject, r.Text, files)
}

func (d *fakeDesk) Recontact(_ context.Context, in conversation.Intent, number string, r conversation.RecontactRequest) (*conversation.Message, error) {
	files, err := filesOf(r.Attachments)
	if err != nil {
		return nil, err
	}
	return &conversation.Message{ID: messageID}, d.ask("Recontact %s %s subject=%q text=%q%s", intentOf(in), number, r.Subject, r.Text, files)
}

func (d *fakeDesk) SendHistory(_ context.Context, in conversation.Intent, number string, r conversation.HistoryRequest) (*conversation.Message, error) {
	return &conversation.Message{ID: messageID}, d.ask("SendHistory %s %s to=%q", intentOf(in), number, r.To)
}

func (d *fakeDesk) Split(_ context.Context, in conversation.Intent, number, message string) (*conversation.ProtocolItem, error) {
	return protocolItem(), d.ask("Split %s %s %s", intentOf(in), number, message)
}

func (d *fakeDesk) Merge(_ context.Context, in conversation.Intent, number, into string) (*conversation.ProtocolItem, error) {
	return protocolItem(), d.ask("Merge %s %s %s", intentOf(in), number, into)
}

func (d *fakeDesk) Undo(_ context.Context, in conversation.Intent, number string) (*conversation.ProtocolItem, error) {
	return protocolItem(), d.ask("Undo %s %s", intentOf(in), number)
}

func (d *fakeDesk) AddNote(_ context.Context, in conversation.Intent, number, text string) (*conversation.Message, error) {
	return &conversation.Message{ID: messageID}, d.ask("AddNote %s %s %q", intentOf(in), number, text)
}

func (d *fakeDesk) Finalize(_ context.Context, in conversation.Intent, number, classification string) (*conversation.ProtocolItem, error) {
	return finalizedItem(), d.ask("Finalize %s %s %q", intentOf(in), number, classification)
}

func (d *fakeDesk) Reopen(_ context.Context, in conversation.Intent, number string) (*conversation.ProtocolItem, error) {
	return protocolItem(), d.ask("Reopen %s %s", intentOf(in), number)
}

func (d *fakeDesk) Assign(_ context.Context, in conversation.Intent, number, agent string) (*conversation.ProtocolItem, error) {
	return finalizedItem(), d.ask("Assign %s %s %q", intentOf(in), number, agent)
}

func (d *fakeDesk) Tag(_ context.Context, in conversation.Intent, number string, c conversation.TagChange) (*conversation.ProtocolItem, error) {
	return finalizedItem(), d.ask("Tag %s %s %q", intentOf(in), number, c)
}

func (d *fakeDesk) Transfer(_ context.Context, in conversation.Intent, number string, r conversation.TransferRequest) (*conversation.ProtocolItem, error) {
	return finalizedItem(), d.ask("Transfer %s %s %+v", intentOf(in), number, r)
}

// fakeMail is a raw mail.
type fakeMail struct{ *bytes.Reader }

func (m fakeMail) Close() error { return nil }
func (m fakeMail) Record() conversation.MailRecord {
	return conversation.MailRecord{ID: messageID, At: at}
}

func (d *fakeDesk) RawMail(_ context.Context, a conversation.Actor, id string) (conversation.Mail, error) {
	return fakeMail{bytes.NewReader([]byte(htmlMail))}, d.ask("RawMail %s %s", who(a), id)
}

func (d *fakeDesk) Attachment(_ context.Context, a conversation.Actor, id string, n int) (message.Attachment, io.ReadCloser, error) {
	if err := d.ask("Attachment %s %s %d", who(a), id, n); err != nil {
		return message.Attachment{}, nil, err
	}
	switch n {
	case 0:
		return message.Attachment{Name: "logo.gif", Type: "application/x-odd", Sniffed: "image/gif"}, io.NopCloser(strings.NewReader("GIF89a")), nil
	case 1:
		return message.Attachment{Name: "fáctura \"1\".html", Type: "text/html", Sniffed: "text/html"}, io.NopCloser(strings.NewReader("<script>")), nil
	case 2:
		return message.Attachment{Name: "x", Type: "not a type\r\nX: y"}, io.NopCloser(iotestErr{}), nil
	}
	return message.Attachment{}, nil, message.ErrNoAttachment
}

// iotestErr breaks after some octets.
type iotestErr struct{}

func (iotestErr) Read(b []byte) (int, error) { return copy(b, "half"), errors.New("the disk is gone") }

func held() *conversation.Held {
	return &conversation.Held{
		ID: heldID, Reason: conversation.HeldAutomatic, From: conversation.ContactRef{Address: "robot@customer.example"}, To: []string{"soporte@example.com"},
		Department: "care", Channel: "soporte@example.com", Subject: "Out of office", MessageID: "r@customer.example", ReceivedAt: at, ExpiresAt: at.AddDate(0, 0, 90),
		Receipt: receiptID, Auth: conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "none", DMARC: "pass"},
		Envelope: conversation.Envelope{From: "robot@customer.example"}, Trace: []conversation.TraceStep{{Step: "rule", Fact: "11: hold"}},
	}
}

func (d *fakeDesk) HeldMails(_ context.Context, a conversation.Actor, f conversation.HeldFilter, p conversation.Page) ([]*conversation.Held, string, error) {
	return []*conversation.Held{held()}, d.next(), d.ask("HeldMails %s %+v %+v", who(a), f, p)
}

func (d *fakeDesk) HeldMail(_ context.Context, a conversation.Actor, id string) (*conversation.Held, error) {
	return held(), d.ask("HeldMail %s %s", who(a), id)
}

func (d *fakeDesk) AcceptHeld(_ context.Context, in conversation.Intent, id string) (*conversation.Message, error) {
	return &conversation.Message{ID: id}, d.ask("AcceptHeld %s %s", intentOf(in), id)
}

func (d *fakeDesk) DiscardHeld(_ context.Context, in conversation.Intent, id string) (*conversation.Held, error) {
	return held(), d.ask("DiscardHeld %s %s", intentOf(in), id)
}

func (d *fakeDesk) Entry(_ context.Context, a conversation.Actor, id string) (*conversation.Entry, error) {
	e := entry(d.mail)
	return &e, d.ask("Entry %s %s", who(a), id)
}

func (d *fakeDesk) StoredMail(_ context.Context, a conversation.Actor, id string) (*conversation.Incoming, error) {
	return &conversation.Incoming{Receipt: id}, d.ask("StoredMail %s %s", who(a), id)
}

func (d *fakeDesk) Explain(_ context.Context, in *conversation.Incoming) ([]conversation.Explanation, error) {
	e := conversation.Explanation{
		Recipients: []string{"soporte@example.com"}, Department: "care", Channel: "soporte@example.com", Action: "hold",
		Reason: "automatic", Held: conversation.HeldAutomatic, Trace: []conversation.TraceStep{{Step: "rule", Fact: "11"}},
	}
	ip := ""
	if in.Envelope.RemoteIP.IsValid() {
		ip = in.Envelope.RemoteIP.String()
	}
	return []conversation.Explanation{e}, d.ask("Explain from=%q rcpt=%q ip=%q helo=%q verdict=%q", in.Envelope.From, in.Envelope.Recipients, ip, in.Envelope.HELO, in.Auth.Verdict)
}

func (d *fakeDesk) Journal(_ context.Context, a conversation.Actor, f conversation.JournalFilter, p conversation.Page) ([]*conversation.JournalLine, string, error) {
	l := &conversation.JournalLine{Seq: 1, At: at, Receipt: receiptID, Recipient: "soporte@example.com", Sender: "ana@customer.example", MessageID: "one@customer.example",
		Fate: conversation.FateOpened, Number: protocolNumber, Message: messageID, Department: "care"}
	return []*conversation.JournalLine{l}, d.next(), d.ask("Journal %s %+v %+v", who(a), f, p)
}

func (d *fakeDesk) Audit(_ context.Context, a conversation.Actor, r conversation.AuditRequest, p conversation.Page) ([]*conversation.AuditLine, string, error) {
	l := &conversation.AuditLine{ID: messageID, At: at, Actor: conversation.AuditOperator, As: "eva@example.com", Name: "Eva", Via: conversation.ViaSocket,
		Action: conversation.AuditTransfer, Object: protocolNumber, Other: "luis@example.com", Department: "care", Named: []string{"sales"}}
	return []*conversation.AuditLine{l}, d.next(), d.ask("Audit %s %+v %+v", who(a), r, p)
}

func queued() *conversation.QueueItem {
	return &conversation.QueueItem{ID: queueID, Number: protocolNumber, Message: messageID, Kind: conversation.QueueReply, Department: "care",
		ReturnPath: "b+x@example.com", Recipients: []string{"ana@customer.example"}, State: conversation.QueueDeferred, Attempts: 2, NextAt: later, Last: "451 4.2.0 later"}
}

func (d *fakeDesk) Queue(_ context.Context, a conversation.Actor, p conversation.Page) ([]*conversation.QueueItem, string, error) {
	return []*conversation.QueueItem{queued()}, d.next(), d.ask("Queue %s %+v", who(a), p)
}

func (d *fakeDesk) QueueItem(_ context.Context, a conversation.Actor, id string) (*conversation.QueueItem, error) {
	return queued(), d.ask("QueueItem %s %s", who(a), id)
}

func (d *fakeDesk) RetryQueued(_ context.Context, in conversation.Intent, id string) (*conversation.QueueItem, error) {
	return queued(), d.ask("RetryQueued %s %s", intentOf(in), id)
}

func (d *fakeDesk) CancelQueued(_ context.Context, in conversation.Intent, id string) (*conversation.QueueItem, error) {
	return queued(), d.ask("CancelQueued %s %s", intentOf(in), id)
}

func agent() *conversation.Agent {
	return &conversation.Agent{Email: "eva@example.com", Name: "Eva", Role: conversation.RoleAgent, Departments: []string{"care"}, Password: "$argon2id$secret", CreatedAt: at}
}

func (d *fakeDesk) Agents(_ context.Context, a conversation.Actor, p conversation.Page) ([]*conversation.Agent, string, error) {
	off := agent()
	off.SecondStep = true
	off.Email, off.Departments, off.Disabled, off.Role, off.Language = "old@example.com", nil, true, conversation.RoleAdmin, "pt"
	return []*conversation.Agent{agent(), off}, d.next(), d.ask("Agents %s %+v", who(a), p)
}

func (d *fakeDesk) AddAgent(_ context.Context, in conversation.Intent, i conversation.AgentInput) (*conversation.Agent, error) {
	return agent(), d.ask("AddAgent %s %+v", intentOf(in), i)
}

func (d *fakeDesk) SetPassword(_ context.Context, in conversation.Intent, email, password string) (*conversation.Agent, error) {
	return agent(), d.ask("SetPassword %s %s %s", intentOf(in), email, password)
}

func (d *fakeDesk) DisableAgent(_ context.Context, in conversation.Intent, email string) (*conversation.Agent, error) {
	return agent(), d.ask("DisableAgent %s %s", intentOf(in), email)
}

func token() *conversation.Token {
	return &conversation.Token{ID: queueID, Hash: "0123secret", Name: "CRM", Role: conversation.RoleAgent, Departments: []string{"care"},
		CreatedAt: at, CreatedBy: "Eva <eva@example.com>", LastUsedAt: later}
}

func (d *fakeDesk) Tokens(_ context.Context, a conversation.Actor, p conversation.Page) ([]*conversation.Token, string, error) {
	old := token()
	old.ID, old.Departments, old.LastUsedAt, old.RevokedAt, old.RevokedBy = heldID, nil, time.Time{}, later, "the operator"
	return []*conversation.Token{old, token()}, d.next(), d.ask("Tokens %s %+v", who(a), p)
}

func (d *fakeDesk) AddToken(_ context.Context, in conversation.Intent, i conversation.TokenInput) (*conversation.Token, string, error) {
	return token(), "recado_once", d.ask("AddToken %s %+v", intentOf(in), i)
}

func (d *fakeDesk) RevokeToken(_ context.Context, in conversation.Intent, id string) (*conversation.Token, error) {
	return token(), d.ask("RevokeToken %s %s", intentOf(in), id)
}
