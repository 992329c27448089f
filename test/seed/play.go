package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"recado/conversation"
	"recado/store"
)

// perCommit is how many steps share a transaction: the more, the fewer pages are written twice.
const perCommit = 10_000

// player carries a plan out.
type player struct {
	o       options
	house   *house
	plan    *plan
	store   *store.Store
	batch   *batch
	manager *conversation.Manager
	signer  *conversation.Signer
	active  map[int32]*thread // by protocol; while it is open
	mails   int               // received so far, for Message-IDs
	day     int64             // that was tidied up last
	notes   io.Writer
}

// thread is a protocol that goes on.
type thread struct {
	r          *rand.Rand
	topic      topic
	contact    contact
	number     string
	subject    string
	department string
	agent      string // whom it is assigned to
	said       string // our last answer, as a mail program quotes it
	answer     *conversation.Message
	theirs     int // mails of the customer's so far
}

var operator = conversation.Actor{Operator: true}

func open(h *house, o options, notes io.Writer) (*player, error) {
	p := &player{o: o, house: h, active: map[int32]*thread{}, notes: notes, signer: conversation.NewSigner(h.secret)}
	var err error
	if p.store, err = store.Open(store.Options{Dir: o.data, Filling: true}); err != nil {
		return nil, err
	}
	p.batch = &batch{Store: p.store}
	p.manager = conversation.NewManager(conversation.Options{
		Store: p.batch, Directory: h.directory, Signer: p.signer, Now: p.batch.now,
	})
	return p, nil
}

func (p *player) close() error { return p.store.Close() }

// play does everything, a batch after the other.
func (p *player) play(ctx context.Context) error {
	p.plan = newPlan(p.o)
	first := p.o.until.Add(-span)
	if err := p.commit(ctx, first, func() error { return p.hire(ctx) }); err != nil {
		return err
	}
	if err := p.commit(ctx, first, func() error { return p.manager.SetDirectory(ctx, p.house.directory) }); err != nil {
		return err
	}
	steps := p.plan.steps
	for done := 0; done < len(steps); {
		if err := ctx.Err(); err != nil {
			return err
		}
		some := steps[done:min(done+perCommit, len(steps))]
		err := p.commit(ctx, first, func() error {
			for _, s := range some {
				p.batch.at = time.Unix(s.at, 0).UTC()
				if err := p.step(ctx, s); err != nil {
					return fmt.Errorf("protocol %d, %s: %w", s.protocol, p.batch.at.Format(time.DateTime), err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += len(some)
		p.progress(done, len(steps))
	}
	return nil
}

func (p *player) commit(ctx context.Context, at time.Time, fn func() error) error {
	p.batch.at = at
	return p.batch.together(ctx, fn)
}

// progress is for who watches a terminal.
func (p *player) progress(done, of int) {
	f, ok := p.notes.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	fmt.Fprintf(f, "\r%3d %%  %s ", 100*done/of, p.batch.at.Format(time.DateOnly))
	if done == of {
		fmt.Fprintln(f)
	}
}

// hire makes the agents.
func (p *player) hire(ctx context.Context) error {
	for _, a := range p.house.agents {
		_, err := p.manager.AddAgent(ctx, conversation.Intent{Actor: operator}, conversation.AgentInput{
			Email: a.email, Name: a.name, Role: a.role, Departments: a.departments, Language: a.language, Password: p.house.password,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *player) step(ctx context.Context, s step) error {
	if day := s.at / 86400; day != p.day { // as a server does every minute
		p.day = day
		if err := p.manager.Housekeep(ctx); err != nil {
			return err
		}
	}
	if s.action == holds {
		return p.hold(ctx, int(s.protocol))
	}
	t := p.active[s.protocol]
	if t == nil {
		t = p.begin(s.protocol)
	}
	switch s.action {
	case opens, follows:
		return p.write(ctx, t)
	case begins:
		return p.first(ctx, t)
	case answers:
		return p.answer(ctx, t)
	case bounces:
		return p.bounce(ctx, t)
	case finalizes:
		delete(p.active, s.protocol)
		return p.finalize(ctx, t)
	}
	return p.handle(ctx, t, s.action)
}

func (p *player) begin(i int32) *thread {
	s := p.plan.protocols[i]
	c := p.plan.contacts[s.contact]
	t := &thread{r: rand.New(rand.NewPCG(p.o.seed, 1<<40+uint64(i))), contact: c, department: departments[s.department].id}
	t.topic = newTopic(t.r, c.language)
	t.subject = t.topic.say(t.r, pick(t.r, t.topic.w.subjects))
	p.active[i] = t
	return t
}

// write is a mail of the customer's.
func (p *player) write(ctx context.Context, t *thread) error {
	dep := departments[slices.IndexFunc(departments, func(d department) bool { return d.id == t.department })]
	m := p.mail(t.contact)
	m.to, m.subject = dep.address(), t.subject
	m.text = t.topic.letter(t.r, t.contact.name)
	m.plainOnly = t.r.IntN(10) < 4
	if t.answer != nil {
		m.inReplyTo, m.subject = t.answer.MessageID, t.answer.Subject
		if t.r.IntN(10) < 7 {
			m.quote = t.said
		}
	}
	if t.theirs == 0 && t.r.IntN(20) == 0 {
		m.cc = "colega." + t.contact.address
	}
	if t.r.IntN(8) == 0 {
		for range 1 + t.r.IntN(2) {
			m.attachments = append(m.attachments, t.topic.say(t.r, pick(t.r, t.topic.w.files)))
		}
	}
	t.theirs++
	out, err := p.manager.Receive(ctx, m.incoming(t.r))
	if err != nil {
		return err
	}
	number := out.Fates[0].Number
	if number == "" || t.number != "" && number != t.number {
		return fmt.Errorf("the mail of protocol %q became %s in %q", t.number, out.Fates[0].Fate, number)
	}
	t.number = number
	return p.deliver(ctx, t)
}

// mail begins one from the customer.
func (p *player) mail(c contact) *mail {
	p.mails++
	return &mail{at: p.batch.at, from: c, id: fmt.Sprintf("%d.%d@%s", p.batch.at.Unix(), p.mails, domainOf(c.address))}
}

// colleague is an agent who sees the protocol: mostly the one that it is assigned to.
func (p *player) colleague(t *thread) agent {
	list := p.house.of(t.department)
	if i := slices.IndexFunc(list, func(a agent) bool { return a.email == t.agent }); i >= 0 && t.r.IntN(10) > 0 {
		return list[i]
	}
	return pick(t.r, list)
}

func (p *player) answer(ctx context.Context, t *thread) error {
	a := p.colleague(t)
	if err := p.manager.MarkRead(ctx, a.actor(), t.number); err != nil {
		return err
	}
	text := t.topic.reply(t.r, t.contact.name, a.name)
	msg, err := p.manager.Reply(ctx, conversation.Intent{Actor: a.actor()}, t.number, conversation.ReplyRequest{Text: text})
	if err != nil {
		return err
	}
	t.sent(msg, text)
	return p.deliver(ctx, t)
}

// first is a mail of ours that opens a protocol.
func (p *player) first(ctx context.Context, t *thread) error {
	a := p.colleague(t)
	text := t.topic.reply(t.r, t.contact.name, a.name)
	msg, err := p.manager.SendMail(ctx, conversation.Intent{Actor: a.actor()}, conversation.MailRequest{
		Department: t.department, To: t.contact.address, Name: t.contact.name, Subject: t.subject, Text: text,
	})
	if err != nil {
		return err
	}
	t.number = msg.Number
	t.sent(msg, text)
	return p.deliver(ctx, t)
}

func (t *thread) sent(msg *conversation.Message, text string) {
	t.answer, t.said = msg, strings.ReplaceAll(t.topic.w.wrote, "{who}", msg.From.Name)+"\n"+text
}

// deliver lets the relay take what is due.
func (p *player) deliver(ctx context.Context, t *thread) error {
	const owner = "seed"
	items, err := p.manager.LeaseDue(ctx, conversation.LeasePolicy{Owner: owner, Limit: 10, Lease: time.Minute})
	if err != nil {
		return err
	}
	for _, item := range items {
		mail, err := p.manager.OutgoingMail(ctx, item) // an acknowledgement is composed now
		if err != nil {
			return err
		}
		if err := mail.Close(); err != nil {
			return err
		}
		if err := p.manager.MarkDot(ctx, item.ID, owner, time.Minute); err != nil {
			return err
		}
		a := conversation.Attempt{Item: item.ID, Owner: owner}
		for _, to := range item.Recipients {
			a.Results = append(a.Results, conversation.AttemptResult{Recipient: to, State: conversation.DeliverySent, Code: "250", Reason: "2.0.0 Ok: queued"})
		}
		if err := p.manager.Attempted(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// handle is what an agent does besides writing.
func (p *player) handle(ctx context.Context, t *thread, what action) error {
	a, w := p.colleague(t), t.topic.w
	intent := conversation.Intent{Actor: a.actor()}
	var err error
	switch what {
	case assigns:
		t.agent = a.email
		_, err = p.manager.Assign(ctx, intent, t.number, a.email)
	case tags:
		_, err = p.manager.Tag(ctx, intent, t.number, conversation.TagChange{Add: []string{pick(t.r, w.tags)}})
	case notes:
		_, err = p.manager.AddNote(ctx, intent, t.number, t.topic.say(t.r, pick(t.r, w.notes)))
	case transfers:
		to := map[string]string{"care": "billing", "billing": "care", "sales": "care"}[t.department]
		if to == "" {
			return nil
		}
		t.department, t.agent = to, ""
		_, err = p.manager.Transfer(ctx, intent, t.number, conversation.TransferRequest{Department: to, Reason: pick(t.r, w.reasons)})
	default:
		err = errors.New("there is no such step")
	}
	return err
}

func (p *player) finalize(ctx context.Context, t *thread) error {
	a := p.colleague(t)
	class := ""
	if list := p.house.directory.Department(t.department).Classifications; len(list) > 0 && t.r.IntN(10) < 8 {
		class = pick(t.r, list)
	}
	if err := p.manager.MarkRead(ctx, a.actor(), t.number); err != nil {
		return err
	}
	_, err := p.manager.Finalize(ctx, conversation.Intent{Actor: a.actor()}, t.number, class)
	return err
}
