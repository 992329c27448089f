package inbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/message"
	"recado/internal/say"
)

// The tests' day, and one who works in it.
var (
	today = time.Date(2026, 11, 23, 15, 4, 0, 0, time.UTC)
	zone  = time.FixedZone("-03", -3*3600)
)

const password = "cuatro caballos"

// fakeDesk keeps a few protocols in memory, with the observable behaviour of the domain that the inbox
// leans on: who may see what, versions, idempotency keys, changes.
type fakeDesk struct {
	mu          sync.Mutex
	dir         *conversation.Directory
	now         time.Time
	searchIndex conversation.Progress
	searchError error
	protocols   map[string]*conversation.Protocol
	entries     map[string][]*conversation.Message
	raw         map[string]string
	held        []*conversation.Held
	unread      map[string]int
	done        map[string]*conversation.Message
	changes     []*conversation.Change
	forgotten   uint64 // changes up to this one are no longer kept
	watchers    map[chan struct{}]bool
	replies     []conversation.ReplyRequest
	badChannel  string                               // that no reply may leave from
	files       map[string]string                    // of replies, by name
	moves       []string                             // splits, merges and undos that were asked for
	people      map[string]*conversation.ContactSide // what was said of contacts
	undone      map[string]*conversation.Undone      // what can be undone, by message
	drafts      map[string]conversation.Draft        // by draftName
	many        map[string]*conversation.Many        // by agent and key
	kept        map[string][]conversation.DraftFile
	keptContent map[string]string // by the id of a file
	serial      int
	expiring    int // held mails that go by themselves within a week
	canned      []*conversation.CannedAnswer
	queue       []*conversation.QueueItem   // oldest first
	journal     []*conversation.JournalLine // newest first
	audit       []*conversation.AuditLine   // newest first
	asked       conversation.AuditRequest   // for lines of the audit, last
	mentioned   map[string]bool
}

func newFakeDesk() *fakeDesk {
	d := &conversation.Directory{
		Hostname: "mx.example.com", Language: "es", Location: zone,
		Domains: []conversation.Domain{{Name: "example.com"}},
		Departments: []conversation.Department{
			{ID: "care", Name: "Atención al cliente"}, {ID: "sales", Name: "Ventas"}, {ID: "hr", Name: "Personas", Isolated: true},
		},
		Channels: []conversation.Channel{
			{Email: "soporte@example.com", Department: "care", Send: conversation.SendAll, Active: true},
			{Email: "ventas@example.com", Department: "sales", Send: conversation.SendAll, Active: true},
			{Email: "personas@example.com", Department: "hr", Send: conversation.SendAll, Active: true},
		},
	}
	return &fakeDesk{
		dir: d.Build(), now: today, protocols: map[string]*conversation.Protocol{}, entries: map[string][]*conversation.Message{},
		raw: map[string]string{}, unread: map[string]int{}, done: map[string]*conversation.Message{}, watchers: map[chan struct{}]bool{},
		files: map[string]string{}, undone: map[string]*conversation.Undone{}, drafts: map[string]conversation.Draft{},
		kept: map[string][]conversation.DraftFile{}, keptContent: map[string]string{},
	}
}

func notFound(what string) error {
	return &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no such %s", what)}
}

func (d *fakeDesk) id() string {
	d.serial++
	return fmt.Sprintf("01jd0000000000000000%06d", d.serial)
}

func (d *fakeDesk) visible(a conversation.Actor, number string) (*conversation.Protocol, error) {
	p := d.protocols[number]
	if p == nil || !slices.ContainsFunc(p.Departments(), func(id string) bool { return a.Sees(d.dir, id) }) {
		return nil, notFound("protocol")
	}
	return p, nil
}

func (d *fakeDesk) message(id string) *conversation.Message {
	for _, list := range d.entries {
		for _, m := range list {
			if m.ID == id {
				return m
			}
		}
	}
	return nil
}

// open begins a protocol with nothing in it.
func (d *fakeDesk) open(number, department, subject string, contact conversation.ContactRef) *conversation.Protocol {
	p := &conversation.Protocol{
		Number: number, Status: conversation.Open, Contact: contact, Department: department, Channel: d.dir.ReceivingChannel(department).Email,
		Subject: subject, Version: 1, OpenedAt: d.now, UpdatedAt: d.now,
	}
	d.protocols[number] = p
	return p
}

// add appends an entry; a mail comes with its raw form.
func (d *fakeDesk) add(number string, m *conversation.Message, raw string) *conversation.Message {
	p := d.protocols[number]
	p.LastSeq++
	p.Version++
	m.ID, m.Number, m.Seq = d.id(), number, p.LastSeq
	if m.ReceivedAt.IsZero() {
		m.ReceivedAt = d.now
	}
	p.UpdatedAt = m.ReceivedAt
	if raw != "" {
		d.raw[m.ID] = strings.ReplaceAll(raw, "\n", "\r\n")
		m.Raw = conversation.MailRef{Segment: 1, Length: int64(len(raw))}
	}
	kind := conversation.ChangeEvent
	switch m.Kind {
	case conversation.KindIn:
		kind = conversation.ChangeMessage
		p.Messages, p.Incoming = p.Messages+1, p.Incoming+1
		p.Preview, p.PreviewKind = m.Preview, m.Kind
		d.unread[number]++
		if p.WaitingSince.IsZero() {
			p.WaitingSince = m.ReceivedAt
		}
		if m.Auth != nil {
			p.Verdict = m.Auth.Verdict
		}
	case conversation.KindOut:
		kind = conversation.ChangeReply
		p.Messages++
		p.Preview, p.PreviewKind, p.WaitingSince = m.Preview, m.Kind, time.Time{}
	case conversation.KindNote:
		kind = conversation.ChangeNote
	}
	d.entries[number] = append(d.entries[number], m)
	d.change(kind, p.Departments(), number, m.Agent)
	return m
}

func (d *fakeDesk) change(kind conversation.ChangeKind, departments []string, number, agent string) {
	d.changes = append(d.changes, &conversation.Change{
		Seq: uint64(len(d.changes) + 1), At: d.now, Kind: kind, Number: number, Departments: departments, Agent: agent,
	})
	for w := range d.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func (d *fakeDesk) Directory() *conversation.Directory { return d.dir }

func (d *fakeDesk) Counts(_ context.Context, a conversation.Actor) ([]conversation.DepartmentCount, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []conversation.DepartmentCount
	for i := range d.dir.Departments {
		id := d.dir.Departments[i].ID
		if !a.Sees(d.dir, id) {
			continue
		}
		c := conversation.DepartmentCount{Department: id}
		for _, p := range d.protocols {
			if p.Department == id && p.Status == conversation.Open {
				c.Open++
			}
		}
		for _, h := range d.held {
			if h.Department == id {
				c.Held++
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func (d *fakeDesk) ListCounts(_ context.Context, a conversation.Actor) (conversation.ListCounts, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out conversation.ListCounts
	for n, p := range d.protocols {
		if _, err := d.visible(a, n); err != nil || p.Status != conversation.Open {
			continue
		}
		out.Open++
		switch p.Agent {
		case "":
			out.Unassigned++
		case a.Email:
			out.Mine++
		}
	}
	return out, nil
}

// Search finds the words in subjects and last words.
func (d *fakeDesk) Search(_ context.Context, a conversation.Actor, r conversation.SearchRequest) (*conversation.SearchResult, error) {
	if d.searchError != nil {
		return nil, d.searchError
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	q, err := conversation.ParseQuery(r.Query, time.UTC)
	if err != nil {
		return nil, err
	}
	out := &conversation.SearchResult{ByWords: true, Index: d.searchIndex}
	for n, p := range d.protocols {
		if _, err := d.visible(a, n); err != nil {
			continue
		}
		for _, line := range []string{p.Preview, p.Subject} {
			if spans := q.Mark(line); slices.ContainsFunc(spans, func(s conversation.Span) bool { return s.Hit }) {
				out.Hits = append(out.Hits, conversation.SearchHit{ProtocolItem: conversation.ProtocolItem{Protocol: p, Given: d.given(p)}, Message: &conversation.Message{}, Subject: q.Mark(p.Subject), Snippet: spans})
				break
			}
		}
	}
	return out, nil
}

func (d *fakeDesk) Protocols(_ context.Context, a conversation.Actor, f conversation.ProtocolFilter, page conversation.Page) ([]conversation.ProtocolItem, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []conversation.ProtocolItem
	for n, p := range d.protocols {
		if _, err := d.visible(a, n); err != nil || f.Status != "" && p.Status != f.Status || f.Contact != "" && p.Contact.Address != f.Contact || f.Agent != "" && p.Agent != f.Agent || f.Unassigned && p.Agent != "" {
			continue
		}
		if f.Departments != nil && !slices.Contains(f.Departments, p.Department) || !strings.HasPrefix(p.Number, f.Number) || !f.Ended(p) {
			continue
		}
		c := *p
		all = append(all, conversation.ProtocolItem{Protocol: &c, Unread: d.unread[n], Given: d.given(p)})
	}
	slices.SortFunc(all, func(x, y conversation.ProtocolItem) int {
		if f.Sort == conversation.SortWaiting && !x.WaitingSince.Equal(y.WaitingSince) {
			switch {
			case x.WaitingSince.IsZero():
				return 1
			case y.WaitingSince.IsZero():
				return -1
			}
			return x.WaitingSince.Compare(y.WaitingSince)
		}
		if f.Sort == conversation.SortFinalized {
			x.UpdatedAt, y.UpdatedAt = x.FinalizedAt, y.FinalizedAt
		}
		if c := y.UpdatedAt.Compare(x.UpdatedAt); c != 0 {
			return c
		}
		return strings.Compare(y.Number, x.Number)
	})
	if i := slices.IndexFunc(all, func(p conversation.ProtocolItem) bool { return p.Number == page.Cursor }); i >= 0 {
		all = all[i+1:]
	}
	if len(all) > page.Size() {
		return all[:page.Size()], all[page.Size()-1].Number, nil
	}
	return all, "", nil
}

func (d *fakeDesk) Protocol(_ context.Context, a conversation.Actor, number string) (*conversation.ProtocolItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := d.visible(a, number)
	return &conversation.ProtocolItem{Protocol: p}, err
}

func (d *fakeDesk) ConversationWindow(ctx context.Context, a conversation.Actor, number string, w conversation.Window) (*conversation.Windowed, error) {
	c, err := d.conversation(ctx, a, number)
	if err != nil {
		return nil, err
	}
	out := &conversation.Windowed{Conversation: c}
	first := max(0, len(c.Entries)-w.Newest)
	if i := slices.IndexFunc(c.Entries, func(e conversation.Entry) bool { return e.ID == w.From }); i >= 0 {
		first = i
	}
	if first > 0 {
		out.Earlier = c.Entries[max(0, first-100)].ID
	}
	for i := range c.Entries {
		if c.Entries[i].Kind == conversation.KindIn {
			out.LastIn = &c.Entries[i]
		}
	}
	c.Entries = c.Entries[first:]
	return out, nil
}

func (d *fakeDesk) conversation(_ context.Context, a conversation.Actor, number string) (*conversation.Conversation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := d.visible(a, number)
	if err != nil {
		return nil, err
	}
	c := *p
	out := &conversation.Conversation{ProtocolItem: conversation.ProtocolItem{Protocol: &c, Unread: d.unread[number], Given: d.given(p)}}
	for _, m := range d.entries[number] {
		e := conversation.Entry{Message: m, To: m.To, Cc: m.Cc, ReplyTo: m.ReplyTo, Text: m.Text}
		if raw, ok := d.raw[m.ID]; ok && m.Kind != conversation.KindEvent {
			mail, err := message.Parse(strings.NewReader(raw), int64(len(raw)), message.Options{Text: true, HTML: true, Digest: true})
			if err != nil {
				return nil, err
			}
			e.Text, e.Quoted, e.HTML, e.Attachments = mail.Text, mail.Quoted, mail.HTML, mail.Attachments
			if m.Kind == conversation.KindIn {
				e.To, e.Cc, e.ReplyTo = mail.To, mail.Cc, mail.ReplyTo
			}
		}
		out.Entries = append(out.Entries, e)
	}
	return out, nil
}

func (d *fakeDesk) MarkRead(_ context.Context, a conversation.Actor, number string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := d.visible(a, number)
	if err == nil && d.unread[number] > 0 {
		d.unread[number] = 0
		d.change(conversation.ChangeRead, p.Departments(), number, a.Email)
	}
	return err
}

// changeable is the protocol, or the message that the same request made before.
func (d *fakeDesk) changeable(i conversation.Intent, number string) (*conversation.Protocol, *conversation.Message, error) {
	p, err := d.visible(i.Actor, number)
	if err != nil {
		return nil, nil, err
	}
	if m := d.done[i.IdempotencyKey]; m != nil && i.IdempotencyKey != "" {
		return p, m, nil
	}
	if i.IfMatch != nil && *i.IfMatch != p.Version {
		return nil, nil, &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("moved on")}
	}
	return p, nil, nil
}

func (d *fakeDesk) Reply(_ context.Context, i conversation.Intent, number string, r conversation.ReplyRequest) (*conversation.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, before, err := d.changeable(i, number)
	if before != nil || err != nil {
		return before, err
	}
	if p.Status != conversation.Open {
		return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("finalized")}
	}
	if r.Channel != "" && r.Channel == d.badChannel {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("%s is no active channel of ours", r.Channel)}
	}
	to := message.Address{Name: p.Contact.Name, Address: p.Contact.Address}
	if len(r.To) > 0 {
		to = message.Address{Address: r.To[0]}
	}
	raw := "From: soporte@example.com\nSubject: Re\nContent-Type: text/plain; charset=utf-8\n\n" + r.Text + "\n"
	d.replies = append(d.replies, r)
	m := d.add(number, &conversation.Message{
		Kind: conversation.KindOut, From: conversation.ContactRef{Address: p.Channel, Name: "Atención al cliente"}, To: []message.Address{to},
		Subject: p.Subject, Preview: r.Text, Agent: i.Actor.Email, Channel: p.Channel,
		Deliveries: []conversation.Delivery{{Recipient: to.Address, State: conversation.DeliveryQueued}},
	}, raw)
	if err := d.leave(i.Actor, conversation.ReplyAt(number), r.Written, m); err != nil {
		return nil, err
	}
	d.done[i.IdempotencyKey] = m
	return m, nil
}

// Recontact opens the protocol 20261123-000901; a text with "nada" cannot be sent.
func (d *fakeDesk) Recontact(_ context.Context, i conversation.Intent, number string, r conversation.RecontactRequest) (*conversation.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, before, err := d.changeable(i, number)
	if before != nil || err != nil {
		return before, err
	}
	if old.Status == conversation.Open || strings.Contains(r.Text, "nada") {
		return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("protocol %s is open: answer in it", number)}
	}
	p := d.open("20261123-000901", old.Department, r.Subject, old.Contact)
	d.moves = append(d.moves, "recontact "+number+" "+r.Subject+" "+r.Text)
	m := d.add(p.Number, &conversation.Message{Kind: conversation.KindOut, Agent: i.Actor.Email, Subject: r.Subject}, plain(r.Text))
	if err := d.leave(i.Actor, conversation.RecontactAt(number), r.Written, m); err != nil {
		return nil, err
	}
	d.done[i.IdempotencyKey] = m
	return m, nil
}

func (d *fakeDesk) SendHistory(_ context.Context, i conversation.Intent, number string, r conversation.HistoryRequest) (*conversation.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, before, err := d.changeable(i, number)
	if before != nil || err != nil {
		return before, err
	}
	to := r.To
	if to != "" && !strings.Contains(to, "@") {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("%q is not an e-mail address", r.To)}
	}
	d.moves = append(d.moves, "history "+number+" "+to)
	m := d.add(number, &conversation.Message{Kind: conversation.KindEvent, Event: conversation.EventHistory, Agent: i.Actor.Email, Text: to,
		From: conversation.ContactRef{Address: i.Actor.Email, Name: i.Actor.Name}}, "")
	if err := d.leave(i.Actor, conversation.Place{}, conversation.Written{Wait: r.Wait}, m); err != nil {
		return nil, err
	}
	d.done[i.IdempotencyKey] = m
	return m, nil
}

// SendMail opens the protocol 20261123-000902; a text with "nada" cannot be sent.
func (d *fakeDesk) SendMail(_ context.Context, i conversation.Intent, r conversation.MailRequest) (*conversation.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.done[i.IdempotencyKey]; m != nil {
		return m, nil
	}
	if !i.Actor.Sees(d.dir, r.Department) || strings.Contains(r.Text, "nada") {
		return nil, &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("not one of yours")}
	}
	p := d.open("20261123-000902", r.Department, r.Subject, conversation.ContactRef{Address: r.To})
	d.moves = append(d.moves, "mail "+r.Department+" "+r.To+" "+r.Subject+" "+r.Text)
	m := d.add(p.Number, &conversation.Message{Kind: conversation.KindOut, Agent: i.Actor.Email, Subject: r.Subject}, plain(r.Text))
	if err := d.leave(i.Actor, conversation.MailTo(r.To), r.Written, m); err != nil {
		return nil, err
	}
	d.done[i.IdempotencyKey] = m
	return m, nil
}

// draftName is where the fake keeps a draft.
func draftName(a conversation.Actor, at conversation.Place) string {
	return string(at.Kind) + " " + at.Of + " " + a.Email
}

func (d *fakeDesk) mayWrite(a conversation.Actor, at conversation.Place) error {
	if at.Kind == conversation.PlaceMail {
		return nil
	}
	_, err := d.visible(a, at.Of)
	return err
}

func (d *fakeDesk) SaveDraft(_ context.Context, a conversation.Actor, at conversation.Place, draft conversation.Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.mayWrite(a, at); err != nil {
		return err
	}
	d.putDraft(a, at, draft)
	return nil
}

func (d *fakeDesk) putDraft(a conversation.Actor, at conversation.Place, draft conversation.Draft) {
	delete(d.drafts, draftName(a, at))
	if strings.TrimSpace(draft.Text+draft.To+draft.Cc+draft.Channel) != "" {
		draft.At = d.now
		d.drafts[draftName(a, at)] = draft
	}
}

func (d *fakeDesk) Draft(_ context.Context, a conversation.Actor, at conversation.Place) (*conversation.Draft, []string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.mayWrite(a, at); err != nil {
		return nil, nil, err
	}
	var own *conversation.Draft
	var others []string
	for name, draft := range d.drafts {
		if agent, found := strings.CutPrefix(name, string(conversation.PlaceReply)+" "+at.Of+" "); found && agent != a.Email {
			others = append(others, agent)
		}
		if name == draftName(a, at) {
			own = &draft
		}
	}
	slices.Sort(others)
	if files := d.kept[draftName(a, at)]; len(files) > 0 {
		if own == nil {
			own = &conversation.Draft{At: d.now}
		}
		own.Files = slices.Clone(files)
	}
	return own, others, nil
}

func (d *fakeDesk) KeepFile(_ context.Context, a conversation.Actor, at conversation.Place, name, mediaType string, content io.Reader) (*conversation.DraftFile, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.mayWrite(a, at); err != nil {
		return nil, err
	}
	f := conversation.DraftFile{ID: d.id(), Name: name, Type: mediaType, Size: int64(len(b)), At: d.now, Image: strings.HasPrefix(http.DetectContentType(b), "image/")}
	d.keptContent[f.ID] = string(b)
	d.kept[draftName(a, at)] = append(d.kept[draftName(a, at)], f)
	return &f, nil
}

func (d *fakeDesk) DropFile(_ context.Context, a conversation.Actor, at conversation.Place, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept[draftName(a, at)] = slices.DeleteFunc(d.kept[draftName(a, at)], func(f conversation.DraftFile) bool { return f.ID == id })
	return nil
}

// leave ends the draft that is sent, and notes what can be undone.
func (d *fakeDesk) leave(a conversation.Actor, at conversation.Place, w conversation.Written, m *conversation.Message) error {
	var sent []conversation.DraftFile
	if w.Draft != nil {
		for _, asked := range w.Draft.Files {
			i := slices.IndexFunc(d.kept[draftName(a, at)], func(f conversation.DraftFile) bool { return f.ID == asked.ID })
			if i < 0 {
				return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("a file is gone")}
			}
			f := d.kept[draftName(a, at)][i]
			sent = append(sent, f)
			d.files[f.Name] = d.keptContent[f.ID]
		}
		delete(d.drafts, draftName(a, at))
		delete(d.kept, draftName(a, at))
	}
	if w.Wait > 0 {
		m.Deliveries = []conversation.Delivery{{Recipient: "x", State: conversation.DeliveryQueued, NextAt: d.now.Add(w.Wait)}}
		u := &conversation.Undone{Place: at}
		if w.Draft != nil {
			draft := *w.Draft
			draft.Files = sent
			u.Draft = &draft
		}
		d.undone[m.ID] = u
	}
	return nil
}

func (d *fakeDesk) TakeBack(_ context.Context, i conversation.Intent, id string) (*conversation.Undone, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.message(id)
	if m == nil || m.Agent != i.Actor.Email || d.undone[id] == nil {
		return nil, notFound("answer")
	}
	if m.Event != conversation.EventTakenBack {
		if m.Deliveries[0].Attempts > 0 {
			return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("on its way")}
		}
		m.Kind, m.Event, m.Deliveries, m.Raw = conversation.KindEvent, conversation.EventTakenBack, nil, conversation.MailRef{}
		m.From = conversation.ContactRef{Address: i.Actor.Email, Name: i.Actor.Name}
		d.protocols[m.Number].Version++
		d.change(conversation.ChangeEvent, d.protocols[m.Number].Departments(), m.Number, m.Agent)
		if u := d.undone[id]; u.Draft != nil {
			d.putDraft(i.Actor, u.Place, *u.Draft)
			d.kept[draftName(i.Actor, u.Place)] = u.Draft.Files
		}
	}
	return d.undone[id], nil
}

func (d *fakeDesk) Undone(_ context.Context, a conversation.Actor, id string) (*conversation.Undone, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.message(id); m == nil || m.Agent != a.Email || m.Event != conversation.EventTakenBack {
		return nil, notFound("answer")
	}
	return d.undone[id], nil
}

func (d *fakeDesk) AddNote(_ context.Context, i conversation.Intent, number, text string) (*conversation.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, before, err := d.changeable(i, number)
	if before != nil || err != nil {
		return before, err
	}
	m := d.add(number, &conversation.Message{
		Kind: conversation.KindNote, From: conversation.ContactRef{Address: i.Actor.Email, Name: i.Actor.Name}, Text: text, Agent: i.Actor.Email,
	}, "")
	d.done[i.IdempotencyKey] = m
	return m, nil
}

func (d *fakeDesk) turn(i conversation.Intent, number string, s conversation.Status, event string) (*conversation.ProtocolItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, before, err := d.changeable(i, number)
	if err != nil {
		return nil, err
	}
	if before == nil && p.Status != s {
		p.Status = s
		p.FinalizedAt, p.WaitingSince = time.Time{}, time.Time{}
		if s == conversation.Finalized {
			p.FinalizedAt = d.now
		}
		m := d.add(number, &conversation.Message{
			Kind: conversation.KindEvent, Event: event, From: conversation.ContactRef{Address: i.Actor.Email, Name: i.Actor.Name}, Agent: i.Actor.Email,
		}, "")
		d.done[i.IdempotencyKey] = m
	}
	return &conversation.ProtocolItem{Protocol: p}, nil
}

func (d *fakeDesk) Finalize(_ context.Context, i conversation.Intent, number, classification string) (*conversation.ProtocolItem, error) {
	item, err := d.turn(i, number, conversation.Finalized, conversation.EventFinalized)
	if err == nil {
		item.Classification = classification
	}
	return item, err
}

func (d *fakeDesk) Reopen(_ context.Context, i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
	return d.turn(i, number, conversation.Open, conversation.EventReopened)
}

// ChangeMany finalizes, or only notes the rest; it fails for what the actor does not see.
func (d *fakeDesk) ChangeMany(ctx context.Context, i conversation.Intent, r conversation.ManyRequest) (*conversation.Many, error) {
	name := i.Actor.Email + " " + i.IdempotencyKey
	if d.many[name] != nil {
		return d.many[name], nil
	}
	out := &conversation.Many{Action: r.Action, Value: r.Value, Whole: true}
	for _, item := range r.Items {
		if _, err := d.conversation(ctx, i.Actor, item.Number); err != nil {
			out.Failed = append(out.Failed, conversation.ManyFailure{Number: item.Number, Code: conversation.CodeNotFound, Sentence: say.Of("%s", err)})
			continue
		}
		if r.Action == conversation.ManyFinalize {
			if _, err := d.Finalize(ctx, conversation.Intent{Actor: i.Actor}, item.Number, r.Value); err != nil {
				return nil, err
			}
		}
		gone := r.Action == conversation.ManyTransfer && !i.Actor.Sees(d.dir, r.Value)
		d.locked(func() {
			d.moves = append(d.moves, fmt.Sprintf("%s %s/%d %s", r.Action, item.Number, item.Incoming, r.Value))
		})
		out.Done = append(out.Done, conversation.ManyDone{Number: item.Number, Gone: gone})
	}
	if d.many == nil {
		d.many = map[string]*conversation.Many{}
	}
	d.many[name] = out
	return out, nil
}

func (d *fakeDesk) ManyDone(_ context.Context, a conversation.Actor, key string) (*conversation.Many, error) {
	return d.many[a.Email+" "+key], nil
}

func (d *fakeDesk) UndoMany(ctx context.Context, a conversation.Actor, key string) (*conversation.Many, error) {
	out := d.many[a.Email+" "+key]
	if out == nil || out.Undoable() == 0 {
		return out, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("too late")}
	}
	out.Undo = &conversation.ManyUndo{Whole: true}
	for _, done := range out.Done {
		if _, err := d.Reopen(ctx, conversation.Intent{Actor: a}, done.Number); err != nil {
			return nil, err
		}
		out.Undo.Done++
	}
	return out, nil
}

func (d *fakeDesk) Split(_ context.Context, i conversation.Intent, number, message string) (*conversation.ProtocolItem, error) {
	return d.moved("split "+number+" "+message, number)
}

func (d *fakeDesk) Merge(_ context.Context, i conversation.Intent, number, into string) (*conversation.ProtocolItem, error) {
	return d.moved("merge "+number+" "+into, into)
}

func (d *fakeDesk) Undo(_ context.Context, i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
	return d.moved("undo "+number, number)
}

func (d *fakeDesk) Assign(_ context.Context, i conversation.Intent, number, agent string) (*conversation.ProtocolItem, error) {
	return d.moved("assign "+number+" "+agent, number)
}

func (d *fakeDesk) Transfer(_ context.Context, i conversation.Intent, number string, r conversation.TransferRequest) (*conversation.ProtocolItem, error) {
	d.locked(func() {
		if p := d.protocols[number]; p != nil && r.Department != "" {
			p.Department = r.Department
		}
	})
	return d.moved("transfer "+number+" "+r.Department+" "+r.Reason, number)
}

func (d *fakeDesk) Tag(_ context.Context, i conversation.Intent, number string, c conversation.TagChange) (*conversation.ProtocolItem, error) {
	return d.moved("tag "+number+" "+strings.Join(c.Set, "+"), number)
}

// moved notes what was asked for, and answers with the protocol, or that it cannot be.
func (d *fakeDesk) moved(asked, number string) (*conversation.ProtocolItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moves = append(d.moves, asked)
	for _, p := range d.protocols {
		if p.Number == number {
			return &conversation.ProtocolItem{Protocol: p}, nil
		}
	}
	return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("a protocol cannot be merged into itself")}
}

// fakeMail is a raw mail in memory.
type fakeMail struct{ *bytes.Reader }

func (fakeMail) Close() error                    { return nil }
func (fakeMail) Record() conversation.MailRecord { return conversation.MailRecord{} }

func (d *fakeDesk) RawMail(_ context.Context, a conversation.Actor, id string) (conversation.Mail, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.message(id); m != nil {
		if _, err := d.visible(a, m.Number); err != nil {
			return nil, err
		}
	} else if !slices.ContainsFunc(d.held, func(h *conversation.Held) bool { return h.ID == id && a.Sees(d.dir, h.Department) }) {
		return nil, notFound("message")
	}
	raw, ok := d.raw[id]
	if !ok {
		return nil, notFound("mail")
	}
	return fakeMail{bytes.NewReader([]byte(raw))}, nil
}

func (d *fakeDesk) Attachment(ctx context.Context, a conversation.Actor, id string, n int) (message.Attachment, io.ReadCloser, error) {
	raw, err := d.RawMail(ctx, a, id)
	if err != nil {
		return message.Attachment{}, nil, err
	}
	att, r, err := message.OpenAttachment(raw, raw.Size(), n)
	if err != nil {
		return att, nil, notFound("attachment")
	}
	return att, io.NopCloser(r), nil
}

func (d *fakeDesk) HeldGroups(ctx context.Context, a conversation.Actor, f conversation.HeldFilter, p conversation.Page) ([]*conversation.HeldGroup, string, error) {
	all, _, _ := d.HeldMails(ctx, a, f, p)
	var out []*conversation.HeldGroup
	for _, h := range all {
		i := slices.IndexFunc(out, func(g *conversation.HeldGroup) bool {
			return g.Reason == h.Reason && g.Who == h.Who() && g.Department == h.Department
		})
		if i < 0 {
			i = len(out)
			out = append(out, &conversation.HeldGroup{Reason: h.Reason, Who: h.Who(), Department: h.Department, First: h.ReceivedAt, Last: h.ReceivedAt, Newest: h.ID})
		}
		out[i].Count++
	}
	return out, "", nil
}

func (d *fakeDesk) AcceptHeldGroup(context.Context, conversation.Intent, conversation.HeldFilter, time.Time) (int, error) {
	return 0, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("no channel receives this mail any more")}
}

func (d *fakeDesk) DiscardHeldGroup(_ context.Context, i conversation.Intent, f conversation.HeldFilter, until time.Time) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := len(d.held)
	d.held = slices.DeleteFunc(d.held, func(h *conversation.Held) bool {
		return h.Who() == f.Who && h.Reason == f.Reason && slices.Contains(f.Departments, h.Department) && i.Actor.Sees(d.dir, h.Department) && !h.ReceivedAt.After(until)
	})
	return before - len(d.held), nil
}

func (d *fakeDesk) HeldExpiring(context.Context, conversation.Actor) (int, time.Time, error) {
	if d.expiring == 0 {
		return 0, time.Time{}, nil
	}
	return d.expiring, d.now.Add(48 * time.Hour), nil
}

func (d *fakeDesk) HeldMails(_ context.Context, a conversation.Actor, f conversation.HeldFilter, _ conversation.Page) ([]*conversation.Held, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []*conversation.Held
	for _, h := range d.held {
		if a.Sees(d.dir, h.Department) && (f.Who == "" || f.Who == h.Who()) {
			out = append(out, h)
		}
	}
	return out, "", nil
}

func (d *fakeDesk) HeldMail(ctx context.Context, a conversation.Actor, id string) (*conversation.Held, error) {
	all, _, _ := d.HeldMails(ctx, a, conversation.HeldFilter{}, conversation.Page{})
	for _, h := range all {
		if h.ID == id {
			return h, nil
		}
	}
	return nil, notFound("held mail")
}

func (d *fakeDesk) decide(ctx context.Context, i conversation.Intent, id string) (*conversation.Held, error) {
	h, err := d.HeldMail(ctx, i.Actor, id)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = slices.DeleteFunc(d.held, func(x *conversation.Held) bool { return x == h })
	d.change(conversation.ChangeDecided, []string{h.Department}, "", i.Actor.Email)
	return h, nil
}

func (d *fakeDesk) AcceptHeld(ctx context.Context, i conversation.Intent, id string) (*conversation.Message, error) {
	h, err := d.decide(ctx, i, id)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.open("20261123-000900", h.Department, h.Subject, h.From)
	return d.add(p.Number, &conversation.Message{Kind: conversation.KindIn, From: h.From, Auth: &h.Auth, Channel: h.Channel}, d.raw[id]), nil
}

func (d *fakeDesk) DiscardHeld(ctx context.Context, i conversation.Intent, id string) (*conversation.Held, error) {
	return d.decide(ctx, i, id)
}

func (d *fakeDesk) LastChange(context.Context) (uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return uint64(len(d.changes)), nil
}

func (d *fakeDesk) Changes(_ context.Context, a conversation.Actor, after uint64, limit int) ([]*conversation.Change, uint64, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if after < d.forgotten || after > uint64(len(d.changes)) {
		return nil, uint64(len(d.changes)), false, nil
	}
	var out []*conversation.Change
	last := after
	for _, c := range d.changes[after:] {
		if last-after == uint64(limit) {
			break
		}
		last = c.Seq
		if slices.ContainsFunc(c.Departments, func(id string) bool { return a.Sees(d.dir, id) }) {
			out = append(out, c)
		}
	}
	return out, last, true, nil
}

func (d *fakeDesk) Subscribe(ctx context.Context) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := make(chan struct{}, 1)
	d.watchers[w] = true
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, w)
		close(w)
	})
	return w
}

// fakeAgents logs in everybody that it knows with the one password.
type fakeAgents struct {
	mu       sync.Mutex
	agents   map[string]*conversation.Agent
	sessions map[string]string
	tries    []netip.Addr
	tokens   []*conversation.Token
	tokenKey string // of the last that was made
	throttle time.Duration
	serial   int
	fakeSessions
	steps   fakeSteps
	changed []string // passwords, by whom
}

func newFakeAgents() *fakeAgents {
	a := &fakeAgents{agents: map[string]*conversation.Agent{}, sessions: map[string]string{}, steps: newFakeSteps()}
	for _, agent := range []*conversation.Agent{
		{Email: "ana@example.com", Name: "Ana Núñez", Role: conversation.RoleAgent, Departments: []string{"care", "sales"}, Language: "es"},
		{Email: "rui@example.com", Name: "Rui Prado", Role: conversation.RoleAgent, Departments: []string{"sales"}, Language: "pt"},
		{Email: "eve@example.com", Name: "Eve Hall", Role: conversation.RoleAgent, Departments: []string{"care", "sales"}, Language: "en"},
		{Email: "new@example.com", Name: "New One", Role: conversation.RoleAgent},
	} {
		a.agents[agent.Email] = agent
	}
	return a
}

var errWrong = func() error {
	// The real answer to a wrong log-in, from the real domain.
	m := conversation.NewManager(conversation.Options{Store: noStore{}, Directory: (&conversation.Directory{}).Build()})
	_, err := m.Authenticate(context.Background(), "", "", netip.Addr{})
	return err
}()

// noStore runs a function with a transaction that has no times and no notes, and forgets what it is given.
type noStore struct{ conversation.Store }
type noTx struct{ conversation.Tx }

func (noStore) Update(_ context.Context, fn func(conversation.Tx) error) error { return fn(noTx{}) }
func (noTx) Now() time.Time                                                    { return today }
func (noTx) Times(string) ([]time.Time, error)                                 { return nil, nil }
func (noTx) PutTimes(string, []time.Time, time.Time) error                     { return nil }
func (noTx) Note(string) (string, error)                                       { return "", nil }
func (noTx) PutNote(string, string, time.Time) error                           { return nil }
func (noTx) AddAudit(*conversation.AuditLine) error                            { return nil }

func (a *fakeAgents) Authenticate(_ context.Context, email, pass string, remote netip.Addr) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tries = append(a.tries, remote)
	if a.throttle > 0 {
		return nil, &conversation.ThrottledError{RetryAfter: a.throttle}
	}
	if agent := a.agents[email]; agent != nil && pass == password {
		return agent, nil
	}
	return nil, errWrong
}

func (a *fakeAgents) StartSession(_ context.Context, in conversation.SessionInput) (string, *conversation.Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	token := fmt.Sprintf("token-%d", a.serial)
	a.sessions[token] = in.Agent
	return token, a.begin(token, in), nil
}

func (a *fakeAgents) SessionAgent(_ context.Context, token string) (*conversation.Agent, *conversation.Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if agent := a.agents[a.sessions[token]]; agent != nil {
		c := *agent
		s := *a.logins[token]
		return &c, &s, nil
	}
	return nil, nil, conversation.ErrNoSession
}

func (a *fakeAgents) EndSession(_ context.Context, _ conversation.Actor, token string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, token)
	return nil
}

func (a *fakeAgents) Agents(context.Context, conversation.Actor, conversation.Page) ([]*conversation.Agent, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*conversation.Agent
	for _, agent := range a.agents {
		out = append(out, agent)
	}
	return out, "", nil
}

func (a *fakeAgents) SetLanguage(_ context.Context, i conversation.Intent, email, language string) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.agents[email].Language = language
	return a.agents[email], nil
}

func (a *fakeAgents) SetProfile(_ context.Context, i conversation.Intent, email string, e conversation.ProfileEdit) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if *e.Name == "" {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("the name is missing")}
	}
	agent := a.agents[email]
	agent.Name, agent.Language, agent.Signature = *e.Name, *e.Language, *e.Signature
	return agent, nil
}

// newInbox makes an inbox over fakes whose clock stands still.
func newInbox(t testing.TB, desk *fakeDesk, agents *fakeAgents, change func(*Options)) *Inbox {
	t.Helper()
	o := Options{Desk: desk, Agents: agents, Language: "es", Now: func() time.Time { return today }}
	if change != nil {
		change(&o)
	}
	in, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// brokenAgents cannot reach their store.
type brokenAgents struct{ *fakeAgents }

func (brokenAgents) SessionAgent(context.Context, string) (*conversation.Agent, *conversation.Session, error) {
	return nil, nil, fmt.Errorf("open /var/lib/recado/recado.db: input/output error")
}

// What the fake has of tokens is one list.
func (a *fakeAgents) Tokens(context.Context, conversation.Actor, conversation.Page) ([]*conversation.Token, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.tokens), "", nil
}

func (a *fakeAgents) AddToken(_ context.Context, intent conversation.Intent, in conversation.TokenInput) (*conversation.Token, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokenKey == intent.IdempotencyKey {
		return nil, "", &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("there are %d tokens already: revoke one that is not used any more", 100)}
	}
	a.tokenKey = intent.IdempotencyKey
	t := &conversation.Token{ID: conversation.NewID(time.Now()), Name: in.Name, Role: in.Role, Departments: in.Departments, CreatedAt: time.Now(), CreatedBy: intent.Actor.Label()}
	a.tokens = append(a.tokens, t)
	return t, "recado_once", nil
}

func (a *fakeAgents) RevokeToken(_ context.Context, intent conversation.Intent, id string) (*conversation.Token, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.tokens {
		if t.ID == id {
			t.RevokedAt, t.RevokedBy = time.Now(), intent.Actor.Label()
			return t, nil
		}
	}
	return nil, &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no such token")}
}
