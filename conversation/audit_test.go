package conversation_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// audit are the lines that the actor is shown, newest first, all pages of them.
func (d *desk) audit(actor conversation.Actor, r conversation.AuditRequest) []*conversation.AuditLine {
	d.t.Helper()
	var out []*conversation.AuditLine
	for page := (conversation.Page{Limit: 100}); ; {
		lines, next, err := d.Audit(context.Background(), actor, r, page)
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, lines...)
		if page.Cursor = next; next == "" {
			return out
		}
	}
}

// said is what a line tells beside who and when.
func said(l *conversation.AuditLine) string {
	parts := []string{string(l.Action), l.Object}
	for _, p := range []struct{ sign, text string }{{">", l.Other}, {"@", l.Department}, {"+", strings.Join(l.Named, "+")}, {"", l.Detail}} {
		if p.text != "" {
			parts = append(parts, p.sign+p.text)
		}
	}
	if l.Count > 0 {
		parts = append(parts, fmt.Sprintf("x%d", l.Count))
	}
	return strings.Join(parts, " ")
}

func allSaid(lines []*conversation.AuditLine) []string {
	out := []string{}
	for _, l := range lines {
		out = append(out, said(l))
	}
	return out
}

// scene is a desk with one of everything that something may be done to.
type scene struct {
	*desk
	number, ended, part, held, canned, note, token, queued, session string
}

func newScene(t *testing.T) *scene {
	s := &scene{desk: newDesk(t, nil)}
	ctx, as := context.Background(), conversation.Intent{Actor: operator}
	s.addEva()
	s.addAgent("leo@shop.test", "care", "finance")
	s.number = s.accept(letter{from: "ana@c.test", id: "1@c.test", subject: "One"}).Number
	s.accept(letter{from: "ana@c.test", id: "2@c.test", subject: "Two"})
	s.ended = s.accept(letter{from: "bea@c.test", id: "3@c.test"}).Number
	s.finalize(s.ended)
	whole := s.accept(letter{from: "cleo@c.test", id: "4@c.test"}).Number
	s.accept(letter{from: "cleo@c.test", id: "5@c.test"})
	s.part = s.split(whole, 1).Number
	s.held = s.accept(letter{from: "robot@c.test", returnPath: "<>", id: "6@c.test", header: "Auto-Submitted: auto-replied\r\n"}).Message
	s.canned = s.addCanned("Hello", "care", map[string]string{"en": "Hello"}).ID
	note, err := s.AddContactNote(ctx, as, "ana@c.test", "care", "kind")
	if err != nil {
		t.Fatal(err)
	}
	s.note = note.ID
	made, _ := s.desk.token(conversation.TokenInput{Name: "CRM", Departments: []string{"care"}})
	s.token = made.ID
	s.queued = s.reply(s.number, "hello").ID
	if s.session, _, err = s.StartSession(ctx, conversation.SessionInput{Agent: "eva@shop.test", Life: time.Hour, RemoteIP: "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// fill puts the scene's ids into what a line should say.
func (s *scene) fill(want string) string {
	return strings.NewReplacer("NUMBER", s.number, "ENDED", s.ended, "PART", s.part, "HELD", s.held, "CANNED", s.canned, "TOKEN", s.token, "QUEUED", s.queued).Replace(want)
}

type deedTest struct {
	name  string
	do    func(s *scene, in conversation.Intent) error
	want  []string // newest first; * is anything
	again bool     // what is done a second time is done again
	loose bool     // that no line can be written is no error: there is nothing to write, or it is done by then
}

func errOf[T any](_ T, err error) error { return err }

var ctx = context.Background()

var deedTests = []deedTest{
	{name: "reply", want: []string{"protocol.reply NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Reply(ctx, in, s.number, conversation.ReplyRequest{Text: "secret words"}))
	}},
	{name: "first mail", want: []string{"mail.send * @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.SendMail(ctx, in, conversation.MailRequest{Department: "care", To: "new@c.test", Subject: "secret words", Text: "secret words"}))
	}},
	{name: "recontact", want: []string{"protocol.recontact * @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Recontact(ctx, in, s.ended, conversation.RecontactRequest{Text: "secret words"}))
	}},
	{name: "history to a stranger", want: []string{"protocol.history ENDED >judge@court.test @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.SendHistory(ctx, in, s.ended, conversation.HistoryRequest{To: "judge@court.test"}))
	}},
	{name: "take back", want: []string{"protocol.takeback NUMBER @care", "protocol.reply NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		m, err := s.Reply(ctx, in, s.number, conversation.ReplyRequest{Text: "x", Written: conversation.Written{Wait: time.Minute}})
		if err != nil {
			return err
		}
		return errOf(s.TakeBack(ctx, in, m.ID))
	}},
	{name: "note", want: []string{"protocol.note NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.AddNote(ctx, in, s.number, "secret words"))
	}},
	{name: "assign", want: []string{"protocol.assign NUMBER >leo@shop.test @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Assign(ctx, in, s.number, "leo@shop.test"))
	}},
	{name: "tag", want: []string{"protocol.tag NUMBER @care +new +vip"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Tag(ctx, in, s.number, conversation.TagChange{Add: []string{"vip", "new"}}))
	}},
	{name: "transfer", want: []string{"protocol.transfer NUMBER >leo@shop.test @care +finance"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Transfer(ctx, in, s.number, conversation.TransferRequest{Department: "finance", Agent: "leo@shop.test", Reason: "secret words"}))
	}},
	{name: "transfer across a wall", want: []string{"protocol.transfer NUMBER @hr +care", "protocol.transfer NUMBER @care +hr"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Transfer(ctx, in, s.number, conversation.TransferRequest{Department: "hr"}))
	}},
	{name: "finalize", want: []string{"protocol.finalize NUMBER @care sale"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Finalize(ctx, in, s.number, "sale"))
	}},
	{name: "reopen", want: []string{"protocol.reopen ENDED @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Reopen(ctx, in, s.ended))
	}},
	{name: "split", want: []string{"protocol.split NUMBER >* @care"}, do: func(s *scene, in conversation.Intent) error {
		c := s.show(s.number)
		return errOf(s.Split(ctx, in, s.number, c.Entries[1].ID))
	}},
	{name: "merge", want: []string{"protocol.merge PART >* @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Merge(ctx, in, s.part, s.show(s.part).SplitFrom))
	}},
	{name: "undo a split", want: []string{"protocol.undo * >PART @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.Undo(ctx, in, s.part))
	}},
	{name: "undo a merge", want: []string{"protocol.undo PART >* @care", "protocol.merge PART >* @care"}, do: func(s *scene, in conversation.Intent) error {
		whole := s.show(s.part).SplitFrom
		if _, err := s.Merge(ctx, in, s.part, whole); err != nil {
			return err
		}
		return errOf(s.Undo(ctx, in, whole))
	}},
	{name: "many, and undone", again: true, want: []string{"protocol.reopen NUMBER @care", "protocol.finalize NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		in.IdempotencyKey = conversation.NewID(s.clock())
		r := conversation.ManyRequest{Action: conversation.ManyFinalize, Items: []conversation.ManyItem{{Number: s.number, Incoming: s.show(s.number).Incoming}, {Number: s.ended, Incoming: 1}}}
		if _, err := s.ChangeMany(ctx, in, r); err != nil {
			return err
		}
		return errOf(s.UndoMany(ctx, in.Actor, in.IdempotencyKey))
	}},

	{name: "accept what is held", want: []string{"held.accept HELD >* @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.AcceptHeld(ctx, in, s.held))
	}},
	{name: "discard what is held", want: []string{"held.discard HELD @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.DiscardHeld(ctx, in, s.held))
	}},
	{name: "discard a group", want: []string{"held.discard HELD @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.DiscardHeldGroup(ctx, in, conversation.HeldFilter{Departments: []string{"care"}}, s.clock()))
	}},
	{name: "retry", again: true, want: []string{"queue.retry QUEUED >NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.RetryQueued(ctx, in, s.queued))
	}},
	{name: "cancel", want: []string{"queue.cancel QUEUED >NUMBER @care"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.CancelQueued(ctx, in, s.queued))
	}},

	{name: "name a contact", want: []string{"contact.name ana@c.test"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.NameContact(ctx, in, "Ana@C.test", "care", "Ana"))
	}},
	{name: "name a contact of an isolated department", want: []string{"contact.name ana@c.test @hr"}, do: func(s *scene, in conversation.Intent) error {
		in.Actor.Departments = append(in.Actor.Departments, "hr")
		return errOf(s.NameContact(ctx, in, "ana@c.test", "hr", "Ana"))
	}},
	{name: "link and unlink", want: []string{"contact.links ana@c.test", "contact.links ana@c.test"}, do: func(s *scene, in conversation.Intent) error {
		if err := errOf(s.LinkContact(ctx, in, "ana@c.test", "care", []string{"bea@c.test"}, nil)); err != nil {
			return err
		}
		in.IdempotencyKey += "2"
		return errOf(s.LinkContact(ctx, in, "ana@c.test", "care", nil, []string{"bea@c.test"}))
	}},
	{name: "note about a contact", want: []string{"contact.note ana@c.test"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.AddContactNote(ctx, in, "ana@c.test", "care", "secret words"))
	}},
	{name: "delete a note", want: []string{"contact.unnote ana@c.test"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.DeleteContactNote(ctx, in, "ana@c.test", s.note))
	}},
	{name: "block and unblock", want: []string{"contact.unblock ana@c.test", "contact.block ana@c.test"}, do: func(s *scene, in conversation.Intent) error {
		if err := errOf(s.BlockContact(ctx, in, "ana@c.test", "care", "secret words")); err != nil {
			return err
		}
		return errOf(s.UnblockContact(ctx, in, "ana@c.test", "care"))
	}},

	{name: "add a text", want: []string{"canned.add * @care Bye"}, do: func(s *scene, in conversation.Intent) error {
		title, department := "Bye", "care"
		return errOf(s.AddCanned(ctx, in, conversation.CannedEdit{Title: &title, Department: &department, Texts: map[string]string{"en": "secret words"}}))
	}},
	{name: "change a text", again: true, want: []string{"canned.set CANNED @care Hello"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.SetCanned(ctx, in, s.canned, conversation.CannedEdit{Texts: map[string]string{"en": "secret words"}}))
	}},
	{name: "remove a text", want: []string{"canned.remove CANNED @care Hello"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.RemoveCanned(ctx, in, s.canned))
	}},

	{name: "add an agent", want: []string{"agent.add mia@shop.test +care+hr supervisor"}, do: func(s *scene, in conversation.Intent) error {
		in.Actor.Departments = append(in.Actor.Departments, "hr")
		return errOf(s.AddAgent(ctx, in, conversation.AgentInput{Email: "mia@shop.test", Role: conversation.RoleSupervisor, Departments: []string{"care", "hr"}, Password: "secret horse battery"}))
	}},
	{name: "change an agent", want: []string{"agent.set leo@shop.test +care name, role supervisor, departments"}, do: func(s *scene, in conversation.Intent) error {
		name, role, departments := "Leonor", conversation.RoleSupervisor, []string{"care"}
		return errOf(s.SetAgent(ctx, in, "leo@shop.test", conversation.AgentEdit{ProfileEdit: conversation.ProfileEdit{Name: &name}, Role: &role, Departments: &departments}))
	}},
	{name: "one's own signature", want: []string{"agent.set eva@shop.test signature"}, do: func(s *scene, in conversation.Intent) error {
		text := "secret words"
		return errOf(s.SetProfile(ctx, in, "eva@shop.test", conversation.ProfileEdit{Signature: &text}))
	}},
	{name: "nothing of an agent", loose: true, want: []string{}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.SetLanguage(ctx, in, "leo@shop.test", ""))
	}},
	{name: "a password", again: true, want: []string{"agent.password leo@shop.test"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.SetPassword(ctx, in, "leo@shop.test", "secret horse battery"))
	}},
	{name: "disable and enable", again: true, want: []string{"agent.enable leo@shop.test", "agent.disable leo@shop.test"}, do: func(s *scene, in conversation.Intent) error {
		if err := errOf(s.DisableAgent(ctx, in, "leo@shop.test")); err != nil {
			return err
		}
		return errOf(s.EnableAgent(ctx, in, "leo@shop.test"))
	}},
	{name: "log out", want: []string{"session.end eva@shop.test"}, do: func(s *scene, in conversation.Intent) error {
		return s.EndSession(ctx, in.Actor, s.session)
	}},
	{name: "end a session of somebody's", want: []string{"session.end eva@shop.test"}, do: func(s *scene, in conversation.Intent) error {
		list, _, err := s.Sessions(ctx, in.Actor, "eva@shop.test", conversation.Page{})
		if err != nil || len(list) == 0 {
			return err
		}
		return errOf(s.EndAgentSession(ctx, in, "eva@shop.test", list[0].ID))
	}},
	{name: "end all sessions", want: []string{"session.endall eva@shop.test"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.EndSessions(ctx, in, "eva@shop.test", ""))
	}},
	{name: "add a token", want: []string{"token.add * +care ERP, agent"}, do: func(s *scene, in conversation.Intent) error {
		_, _, err := s.AddToken(ctx, in, conversation.TokenInput{Name: "ERP", Departments: []string{"care"}})
		if codeOf(err) == conversation.CodeConflict {
			return nil // the second time
		}
		return err
	}},
	{name: "revoke a token", want: []string{"token.revoke TOKEN +care CRM, agent"}, do: func(s *scene, in conversation.Intent) error {
		return errOf(s.RevokeToken(ctx, in, s.token))
	}},
	{name: "an edit of the channel file", again: true, loose: true, want: []string{"channel.set care@shop.test @care +finance status inactive"}, do: func(s *scene, in conversation.Intent) error {
		s.AuditFile(ctx, in.Actor, conversation.FileDeed{Action: conversation.AuditFileSet("channel"), Object: "care@shop.test", Department: "care", Named: []string{"finance"}, Detail: "status inactive"})
		return nil
	}},
}

// TestAuditLines: each deed leaves its lines, of who did it, by which door and from where; the same request again
// leaves none; no line has a text of a mail or a secret; and where the line cannot be written nothing else is.
func TestAuditLines(t *testing.T) {
	by := eva
	by.Via, by.Remote = conversation.ViaInbox, netip.MustParseAddr("::ffff:192.0.2.7")
	for _, tt := range deedTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			before := len(s.audit(operator, conversation.AuditRequest{}))
			in := conversation.Intent{Actor: by, IdempotencyKey: "k"}
			s.changesNothing(t, tt, in)
			if err := tt.do(s, in); err != nil {
				t.Fatal(err)
			}
			lines := s.audit(operator, conversation.AuditRequest{})
			lines = lines[:len(lines)-before]
			got := allSaid(lines)
			for i, want := range tt.want {
				if want = s.fill(want); i < len(got) && fits(want, got[i]) {
					got[i] = tt.want[i]
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\nof %q", diff, allSaid(lines))
			}
			for _, l := range lines {
				if l.Actor != "eva@shop.test" || l.Name != "Eva" || l.Via != conversation.ViaInbox || l.From != "192.0.2.7" || l.As != "" || !l.At.Equal(s.clock()) || !conversation.ValidID(l.ID) {
					t.Errorf("a line of %+v", l)
				}
				if strings.Contains(fmt.Sprint(*l), "secret") {
					t.Errorf("it tells what is not for it: %+v", l)
				}
				if !slices.Contains(conversation.AuditActions, l.Action) {
					t.Errorf("%s is not in AuditActions", l.Action)
				}
			}
			if tt.again {
				return
			}
			_ = tt.do(s, in)
			if again := s.audit(operator, conversation.AuditRequest{}); len(again) != before+len(lines) {
				t.Errorf("the same again left %q", allSaid(again[:len(again)-before-len(lines)]))
			}
		})
	}
}

// fits tells whether got is want, in which a * is a word.
func fits(want, got string) bool {
	a, b := strings.Fields(want), strings.Fields(got)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if prefix, any := strings.CutSuffix(a[i], "*"); a[i] != b[i] && !(any && strings.HasPrefix(b[i], prefix)) {
			return false
		}
	}
	return true
}

// TestAuditActors: a program is its token, the operator is told from whom he acts as.
func TestAuditActors(t *testing.T) {
	d := newDesk(t, nil)
	n := d.accept(letter{from: "ana@c.test"}).Number
	as := eva
	as.Via = conversation.ViaSocket
	made, secret := d.token(conversation.TokenInput{Name: "CRM", Departments: []string{"care"}})
	program, err := d.TokenActor(ctx, secret, office)
	if err != nil {
		t.Fatal(err)
	}
	for i, by := range []conversation.Actor{operator, as, program} {
		if _, err := d.AddNote(ctx, conversation.Intent{Actor: by}, n, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, l := range d.audit(operator, conversation.AuditRequest{Action: "protocol.note"}) {
		got = append(got, strings.Join([]string{l.Actor, l.Name, l.As, string(l.Via), l.From}, " "))
	}
	want := []string{made.ID + " CRM  api 192.0.2.10", "operator Eva eva@shop.test socket ", "operator    "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for actor, want := range map[string]int{"EVA@shop.test": 1, made.ID: 1, conversation.AuditOperator: 3, "nobody@shop.test": 0} {
		if got := d.audit(operator, conversation.AuditRequest{Actor: actor}); len(got) != want {
			t.Errorf("of %s: %q", actor, allSaid(got))
		}
	}
}

// TestAuditIsolation: lines of an isolated department, and its name in others, are for those alone who see it.
func TestAuditIsolation(t *testing.T) {
	d := newDesk(t, nil)
	as := conversation.Intent{Actor: operator}
	inside := conversation.Actor{Email: "ida@shop.test", Role: conversation.RoleAdmin, Departments: []string{"hr"}}
	n := d.accept(letter{from: "ana@c.test", to: "hr@shop.test"}).Number
	d.finalize(n)
	moved := d.accept(letter{from: "bea@c.test"}).Number
	d.must(d.Transfer(ctx, as, moved, conversation.TransferRequest{Department: "hr"}))
	if _, err := d.AddAgent(ctx, as, conversation.AgentInput{Email: "pia@shop.test", Departments: []string{"hr", "care"}, Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	outside := []string{"agent.add pia@shop.test +care agent", "protocol.transfer " + moved + " @care"}
	for _, tt := range []struct {
		name  string
		actor conversation.Actor
		ask   conversation.AuditRequest
		want  []string
	}{
		{"everything, of outside", eva, conversation.AuditRequest{}, outside},
		{"by number, of outside", eva, conversation.AuditRequest{Object: n}, []string{}},
		{"by department, of outside", eva, conversation.AuditRequest{Department: "hr"}, []string{}},
		{"by a department that there is not", eva, conversation.AuditRequest{Department: "x"}, []string{}},
		{"by action, of outside", eva, conversation.AuditRequest{Action: "protocol.finalize"}, []string{}},
		{"by actor, of outside", eva, conversation.AuditRequest{Actor: conversation.AuditOperator}, outside},
		{"everything, of inside", inside, conversation.AuditRequest{}, []string{"agent.add pia@shop.test +hr+care agent",
			"protocol.transfer " + moved + " @hr +care", "protocol.transfer " + moved + " @care +hr", "protocol.finalize " + n + " @hr"}},
		{"by department, of inside", inside, conversation.AuditRequest{Department: "hr"}, []string{"protocol.transfer " + moved + " @hr +care", "protocol.finalize " + n + " @hr"}},
	} {
		if diff := cmp.Diff(tt.want, allSaid(d.audit(tt.actor, tt.ask))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	for _, role := range []conversation.Role{conversation.RoleAgent, conversation.RoleSupervisor} {
		if _, _, err := d.Audit(ctx, conversation.Actor{Email: "x@shop.test", Role: role, Departments: []string{"care", "hr"}}, conversation.AuditRequest{}, conversation.Page{}); codeOf(err) != conversation.CodeForbidden {
			t.Errorf("%s: %v", role, err)
		}
	}
	// What left the file is nobody's but the operator's.
	if err := d.SetDirectory(ctx, directory(func(dir *conversation.Directory) {
		dir.Departments, dir.Channels = dir.Departments[1:], dir.Channels[1:]
		dir.Domains[0].Postmaster = "finance@shop.test"
	})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"agent.add pia@shop.test +care agent"}, allSaid(d.audit(eva, conversation.AuditRequest{}))); diff != "" {
		t.Error(diff)
	}
	if got := d.audit(operator, conversation.AuditRequest{}); len(got) != 4 {
		t.Errorf("the operator sees %q", allSaid(got))
	}
}

func TestAuditActionWords(t *testing.T) {
	d := newDesk(t, nil)
	d.finalize(d.accept(letter{from: "ana@c.test"}).Number)
	for word, want := range map[string]int{"": 1, "protocol": 1, "protocol.": 1, "protocol.finalize": 1, "protocol.reply": 0, "agent": 0} {
		if got := d.audit(operator, conversation.AuditRequest{Action: word}); len(got) != want {
			t.Errorf("%q: %q", word, allSaid(got))
		}
	}
	for _, word := range []string{"proto", "protocol.fin", "x", "."} {
		if _, _, err := d.Audit(ctx, operator, conversation.AuditRequest{Action: word}, conversation.Page{}); codeOf(err) != conversation.CodeInvalid {
			t.Errorf("%q: %v", word, err)
		}
	}
	if _, _, err := d.Audit(ctx, operator, conversation.AuditRequest{}, conversation.Page{Cursor: "x"}); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("a bad cursor: %v", err)
	}
}

// faulty is a store in which lines cannot be written.
type faulty struct{ conversation.Store }

type faultyTx struct{ conversation.Tx }

var errFull = errors.New("no line fits")

func (s faulty) Update(ctx context.Context, fn func(conversation.Tx) error) error {
	return s.Store.Update(ctx, func(tx conversation.Tx) error { return fn(faultyTx{tx}) })
}

func (faultyTx) AddAudit(*conversation.AuditLine) error { return errFull }

// changesNothing runs a deed over a store that takes no line: nothing else may be written then.
func (s *scene) changesNothing(t *testing.T, tt deedTest, in conversation.Intent) {
	t.Helper()
	changes, whole := s.lastChange(), s.Manager
	s.Manager = conversation.NewManager(conversation.Options{Store: faulty{s.store}, Directory: directory(nil), Signer: s.signer})
	err := tt.do(s, in)
	s.Manager = whole
	if !errors.Is(err, errFull) && !tt.loose {
		t.Errorf("without a line: %v", err)
	}
	if now := s.lastChange(); now != changes {
		t.Errorf("without a line there are %d changes", now-changes)
	}
}

// TestAuditPaging goes through ten thousand lines, each once, while others come.
func TestAuditPaging(t *testing.T) {
	d := newDesk(t, nil)
	const n = 10_000
	err := d.store.Update(ctx, func(tx conversation.Tx) error {
		for i := range n {
			if err := tx.AddAudit(&conversation.AuditLine{ID: fmt.Sprint(i), At: d.clock(), Action: conversation.AuditNote, Department: []string{"care", "finance", "hr", ""}[i%4]}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	met, last := 0, n
	for page := (conversation.Page{Limit: conversation.MaxLimit}); ; {
		lines, next, err := d.Audit(ctx, eva, conversation.AuditRequest{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			var i int
			fmt.Sscan(l.ID, &i)
			if i >= last || i%4 == 2 {
				t.Fatalf("%d after %d", i, last)
			}
			met, last = met+1, i
		}
		d.AuditFile(ctx, operator, conversation.FileDeed{Action: conversation.AuditFileReload})
		if page.Cursor = next; next == "" {
			break
		}
	}
	if met != n*3/4 {
		t.Errorf("met %d lines of %d", met, n*3/4)
	}
}

// TestHousekeepAudit: lines go after audit_days, and stay where that is 0.
func TestHousekeepAudit(t *testing.T) {
	for days, want := range map[int]int{0: 2, 10: 1} {
		d := newDesk(t, func(dir *conversation.Directory) { dir.Limits.AuditDays = days })
		d.AuditFile(ctx, operator, conversation.FileDeed{Action: conversation.AuditFileReload})
		d.pass(10*24*time.Hour + time.Second)
		d.AuditFile(ctx, operator, conversation.FileDeed{Action: conversation.AuditFileReload})
		if err := d.Housekeep(ctx); err != nil {
			t.Fatal(err)
		}
		if got := d.audit(operator, conversation.AuditRequest{}); len(got) != want {
			t.Errorf("%d days: %d lines, want %d", days, len(got), want)
		}
	}
}
