package conversation_test

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	"recado/conversation"
)

var (
	admin   = conversation.Actor{Email: "ada@shop.test", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care"}}
	office  = netip.MustParseAddr("192.0.2.10")
	visitor = netip.MustParseAddr("198.51.100.7")
)

func (d *desk) token(in conversation.TokenInput) (*conversation.Token, string) {
	d.t.Helper()
	t, secret, err := d.AddToken(d.t.Context(), conversation.Intent{Actor: operator}, in)
	if err != nil {
		d.t.Fatal(err)
	}
	return t, secret
}

func (d *desk) tokens(actor conversation.Actor) []*conversation.Token {
	d.t.Helper()
	all, next, err := d.Tokens(d.t.Context(), actor, conversation.Page{Limit: conversation.MaxLimit})
	if err != nil || next != "" {
		d.t.Fatal(err, next)
	}
	return all
}

func TestToken(t *testing.T) {
	d, ctx := newDesk(t, nil), t.Context()
	made, secret := d.token(conversation.TokenInput{Name: " The  CRM ", Departments: []string{"care", "care"}})
	if !regexp.MustCompile(`^recado_[a-z2-7]{52}$`).MatchString(secret) {
		t.Errorf("the secret is %q", secret)
	}
	actor, err := d.TokenActor(ctx, secret, office)
	if err != nil || actor.Token != made.ID || actor.Name != "The CRM" || actor.Role != conversation.RoleAgent || !slices.Equal(actor.Departments, []string{"care"}) || actor.Operator {
		t.Fatalf("%+v, %v", actor, err)
	}
	for _, bad := range []string{"", "recado_", secret[:len(secret)-1], secret + "a", made.ID, made.Hash} {
		if _, err := d.TokenActor(ctx, bad, office); !errors.Is(err, conversation.ErrBadToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}

	used := d.clock()
	d.pass(59 * time.Minute)
	if _, err := d.TokenActor(ctx, secret, office); err != nil {
		t.Fatal(err)
	}
	if got := d.tokens(operator)[0]; !got.LastUsedAt.Equal(used) || got.Hash != "" || got.CreatedBy != "the operator" {
		t.Errorf("%+v, used at %v", got, used)
	}
	d.pass(time.Minute)
	if _, err := d.TokenActor(ctx, secret, office); err != nil {
		t.Fatal(err)
	}
	if got := d.tokens(operator)[0]; !got.LastUsedAt.Equal(d.clock()) {
		t.Errorf("used at %v, noted %v", d.clock(), got.LastUsedAt)
	}

	for range 2 { // the second changes nothing
		got, err := d.RevokeToken(ctx, conversation.Intent{Actor: admin}, made.ID)
		if err != nil || got.RevokedBy != "Ada <ada@shop.test>" || got.RevokedAt.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := d.TokenActor(ctx, secret, office); !errors.Is(err, conversation.ErrBadToken) {
		t.Errorf("a revoked token: %v", err)
	}
	if _, err := d.RevokeToken(ctx, conversation.Intent{Actor: admin}, conversation.NewID(d.clock())); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestTokenIsRefused(t *testing.T) {
	d := newDesk(t, nil)
	clerk := conversation.Actor{Email: "c@shop.test", Role: conversation.RoleSupervisor, Departments: []string{"care"}}
	tests := []struct {
		name  string
		actor conversation.Actor
		in    conversation.TokenInput
		code  conversation.Code
		text  string
	}{
		{"of a supervisor", clerk, conversation.TokenInput{Name: "CRM", Departments: []string{"care"}}, conversation.CodeForbidden, "only an admin may do this"},
		{"without a name", admin, conversation.TokenInput{Name: " ", Departments: []string{"care"}}, conversation.CodeInvalid, "a token needs a name: that of the program that uses it"},
		{"with a name that turns", admin, conversation.TokenInput{Name: "a\u202eb", Departments: []string{"care"}}, conversation.CodeInvalid, "the name has characters that cannot be shown, or more than 100 of them"},
		{"of no role", admin, conversation.TokenInput{Name: "CRM", Role: "boss", Departments: []string{"care"}}, conversation.CodeInvalid, `there is no role "boss": write agent, supervisor or admin`},
		{"without a department", admin, conversation.TokenInput{Name: "CRM"}, conversation.CodeInvalid, "the role agent needs a department, or there is nothing to see"},
		{"of an unknown department", admin, conversation.TokenInput{Name: "CRM", Departments: []string{"none"}}, conversation.CodeInvalid, `there is no department "none" in the channel file`},
		{"of an isolated department that is not the admin's", admin, conversation.TokenInput{Name: "CRM", Departments: []string{"hr"}}, conversation.CodeInvalid, `there is no department "hr" in the channel file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, secret, err := d.AddToken(t.Context(), conversation.Intent{Actor: tt.actor}, tt.in)
			if codeOf(err) != tt.code || err.Error() != tt.text || secret != "" {
				t.Errorf("%v, secret %q", err, secret)
			}
		})
	}
	if all := d.tokens(operator); len(all) != 0 {
		t.Errorf("%d tokens were made", len(all))
	}
	for _, who := range []conversation.Actor{clerk, {Token: "t", Role: conversation.RoleAgent, Departments: []string{"care"}}} {
		if _, _, err := d.Tokens(t.Context(), who, conversation.Page{}); codeOf(err) != conversation.CodeForbidden {
			t.Errorf("%+v lists them: %v", who, err)
		}
		if _, err := d.RevokeToken(t.Context(), conversation.Intent{Actor: who}, "t"); codeOf(err) != conversation.CodeForbidden {
			t.Errorf("%+v revokes: %v", who, err)
		}
	}
}

// TestPlacedBehindTheWall: an admin who is not of an isolated department makes no agent of it either, and is
// not told who is of it.
func TestPlacedBehindTheWall(t *testing.T) {
	d, ctx := newDesk(t, nil), t.Context()
	clerk := conversation.AgentInput{Email: "h@shop.test", Name: "Hal", Departments: []string{"care", "hr"}, Password: "cuatro caballos"}
	if _, err := d.AddAgent(ctx, conversation.Intent{Actor: admin}, clerk); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("an admin of care makes an agent of hr: %v", err)
	}
	if _, err := d.AddAgent(ctx, conversation.Intent{Actor: operator}, clerk); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetPassword(ctx, conversation.Intent{Actor: admin}, clerk.Email, "seis caballos"); codeOf(err) != conversation.CodeForbidden {
		t.Errorf("an admin of care gives one of hr a password: %v", err)
	}
	if got, err := d.DisableAgent(ctx, conversation.Intent{Actor: admin}, clerk.Email); err != nil || !slices.Equal(got.Departments, []string{"care"}) {
		t.Errorf("an admin of care disables %+v, %v", got, err)
	}
	d.token(conversation.TokenInput{Name: "Payroll", Departments: []string{"hr"}})
	people, _, err := d.Agents(ctx, admin, conversation.Page{})
	if err != nil || !slices.Equal(people[0].Departments, []string{"care"}) {
		t.Errorf("an admin of care is told of %v, %v", people, err)
	}
	if got := d.tokens(admin); len(got) != 1 || len(got[0].Departments) != 0 {
		t.Errorf("an admin of care is told of %+v", got)
	}
	if got := d.tokens(operator); !slices.Equal(got[0].Departments, []string{"hr"}) {
		t.Errorf("the operator is told of %+v", got[0])
	}
}

// TestTokenTwice: a request that is sent again makes no second token, and cannot show the first.
func TestTokenTwice(t *testing.T) {
	d := newDesk(t, nil)
	intent := conversation.Intent{Actor: admin, IdempotencyKey: "k"}
	in := conversation.TokenInput{Name: "CRM", Departments: []string{"care"}}
	if _, _, err := d.AddToken(t.Context(), intent, in); err != nil {
		t.Fatal(err)
	}
	if _, secret, err := d.AddToken(t.Context(), intent, in); codeOf(err) != conversation.CodeConflict || secret != "" {
		t.Errorf("%v, secret %q", err, secret)
	}
	if n := len(d.tokens(admin)); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

// TestTokensAreBounded: so many that are good, so many that were.
func TestTokensAreBounded(t *testing.T) {
	d, ctx, intent := newDesk(t, nil), t.Context(), conversation.Intent{Actor: operator}
	in := conversation.TokenInput{Name: "CRM", Departments: []string{"care"}}
	var ids []string
	for range 200 {
		made, _ := d.token(in)
		ids = append(ids, made.ID)
		d.pass(time.Second)
	}
	if _, _, err := d.AddToken(ctx, intent, in); codeOf(err) != conversation.CodeConflict {
		t.Errorf("one more: %v", err)
	}
	for i := range 201 {
		if i == 200 {
			made, _ := d.token(in)
			ids = append(ids, made.ID)
		}
		if _, err := d.RevokeToken(ctx, intent, ids[i]); err != nil {
			t.Fatal(err)
		}
		d.pass(time.Second)
	}
	if all := d.tokens(operator); len(all) != 200 || all[0].ID != ids[1] {
		t.Errorf("%d are kept, the first %s", len(all), all[0].ID)
	}
}

// TestBadTokensWait: who guesses waits; a good token from the same network does not.
func TestBadTokensWait(t *testing.T) {
	d, ctx := newDesk(t, nil), t.Context()
	_, secret := d.token(conversation.TokenInput{Name: "CRM", Departments: []string{"care"}})
	bad := 0
	var throttled *conversation.ThrottledError
	for i := range 100 {
		_, err := d.TokenActor(ctx, fmt.Sprint("recado_", i), visitor)
		if errors.As(err, &throttled) {
			break
		}
		bad++
	}
	if bad != 20 || throttled == nil || throttled.RetryAfter != 2*time.Second {
		t.Fatalf("after %d bad ones: %v", bad, throttled)
	}
	if _, err := d.TokenActor(ctx, secret, visitor); err != nil {
		t.Errorf("a good token from there: %v", err)
	}
	if _, err := d.TokenActor(ctx, "recado_x", office); !errors.Is(err, conversation.ErrBadToken) {
		t.Errorf("from elsewhere: %v", err)
	}
	d.pass(2 * time.Second)
	if _, err := d.TokenActor(ctx, "recado_x", visitor); !errors.Is(err, conversation.ErrBadToken) {
		t.Errorf("after the wait: %v", err)
	}
}

// TestProgramActs: what a program does bears its name and no agent's, within its departments alone.
func TestProgramActs(t *testing.T) {
	d, ctx := newDesk(t, nil), t.Context()
	one, secret := d.token(conversation.TokenInput{Name: "CRM", Departments: []string{"care"}})
	_, second := d.token(conversation.TokenInput{Name: "CRM", Departments: []string{"care"}})
	crm, err := d.TokenActor(ctx, secret, office)
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.TokenActor(ctx, second, office)
	if err != nil {
		t.Fatal(err)
	}
	care := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	hr := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "2@c.test"})
	if _, err := d.AddNote(ctx, conversation.Intent{Actor: crm}, hr.Number, "x"); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("a note behind the wall: %v", err)
	}
	intent := conversation.Intent{Actor: crm, IdempotencyKey: "k"}
	note, err := d.AddNote(ctx, intent, care.Number, "seen by the CRM")
	if err != nil {
		t.Fatal(err)
	}
	if note.From != (conversation.ContactRef{Name: "CRM"}) || note.Agent != "" || note.Program != "CRM" {
		t.Errorf("the note is of %+v, agent %q, program %q", note.From, note.Agent, note.Program)
	}
	again, err := d.AddNote(ctx, conversation.Intent{Actor: other, IdempotencyKey: "k"}, care.Number, "another program's")
	if err != nil || again.ID == note.ID {
		t.Errorf("the key of one program was another's: %v", err)
	}
	reply, err := d.Reply(ctx, conversation.Intent{Actor: crm}, care.Number, conversation.ReplyRequest{Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	if reply.From.Address != "care@shop.test" || reply.Agent != "" || reply.Program != "CRM" {
		t.Errorf("the reply is of %+v, agent %q, program %q", reply.From, reply.Agent, reply.Program)
	}
	if crm.Label() != "CRM (program)" || one.CreatedBy == "" {
		t.Errorf("it is called %q", crm.Label())
	}
}
