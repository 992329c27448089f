package conversation_test

import (
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

func ptr[T any](v T) *T { return &v }

// addCanned makes a canned answer as the operator.
func (d *desk) addCanned(title, department string, texts map[string]string) *conversation.CannedAnswer {
	d.t.Helper()
	c, err := d.AddCanned(d.t.Context(), asOperator, conversation.CannedEdit{Title: &title, Department: &department, Texts: texts})
	if err != nil {
		d.t.Fatalf("add %q: %v", title, err)
	}
	return c
}

// cannedTitles are the titles that the actor may answer with in the department.
func (d *desk) cannedTitles(actor conversation.Actor, department string) []string {
	d.t.Helper()
	list, err := d.CannedTitles(d.t.Context(), actor, department)
	if err != nil {
		d.t.Fatal(err)
	}
	titles := []string{}
	for _, c := range list {
		titles = append(titles, c.Title)
	}
	return titles
}

func TestCannedIsOfItsDepartment(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	eva, hr := d.addAgent("eva@shop.test", "care"), d.addAgent("hr@people.test", "hr", "care")
	boss := conversation.Actor{Email: "boss@shop.test", Role: conversation.RoleAdmin}
	text := map[string]string{"en": "Hello"}
	d.addCanned("For all", "", text)
	d.addCanned("Care", "care", text)
	d.addCanned("Finance", "finance", text)
	secret := d.addCanned("Secret", "hr", text)

	for _, c := range []struct {
		name       string
		actor      conversation.Actor
		department string
		want       []string
	}{
		{"an agent", eva, "care", []string{"Care", "For all"}},
		{"an admin, without what is isolated", boss, "care", []string{"Care", "Finance", "For all"}},
		{"of both sides of a wall, outside", hr, "care", []string{"Care", "For all"}},
		{"of both sides of a wall, inside", hr, "hr", []string{"For all", "Secret"}},
		{"the operator in an isolated department", operator, "hr", []string{"For all", "Secret"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantEqual(t, "titles", d.cannedTitles(c.actor, c.department), c.want) })
	}
	for name, actor := range map[string]conversation.Actor{"an agent": eva, "an admin": boss} {
		if _, err := d.CannedAnswer(ctx, actor, secret.ID); codeOf(err) != conversation.CodeNotFound {
			t.Errorf("%s reads an isolated department's: %v", name, err)
		}
		if _, _, err := d.CannedText(ctx, actor, secret.ID, conversation.CannedRequest{}); codeOf(err) != conversation.CodeNotFound {
			t.Errorf("%s has an isolated department's words: %v", name, err)
		}
		if _, err := d.RemoveCanned(ctx, conversation.Intent{Actor: actor}, secret.ID); codeOf(err) != conversation.CodeNotFound {
			t.Errorf("%s removes an isolated department's: %v", name, err)
		}
	}
	n := d.accept(letter{from: "ana@c.test"}).Number
	if _, _, err := d.CannedText(ctx, hr, secret.ID, conversation.CannedRequest{Number: n}); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("an isolated department's words are said elsewhere: %v", err)
	}
	if _, _, err := d.CannedText(ctx, conversation.Actor{Email: "x@shop.test", Departments: []string{"finance"}}, d.addCanned("Other", "", text).ID,
		conversation.CannedRequest{Number: n}); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("a protocol is told to who does not see it: %v", err)
	}
	// Its department leaves the channel file: nobody but the operator has its answers any more.
	gone := directory(nil)
	gone.Departments, gone.Channels = gone.Departments[1:], slices.DeleteFunc(gone.Channels, func(c conversation.Channel) bool { return c.Department == "care" })
	d2 := conversation.NewManager(conversation.Options{Store: d.store, Directory: gone.Build(), Signer: d.signer})
	if list, _, err := d2.CannedAnswers(ctx, boss, conversation.Page{}); err != nil || len(list) != 3 {
		t.Errorf("after care left, an admin has %d: %v", len(list), err)
	}
	if list, _, err := d2.CannedAnswers(ctx, operator, conversation.Page{}); err != nil || len(list) != 5 {
		t.Errorf("after care left, the operator has %d: %v", len(list), err)
	}
}

func TestCannedIsChangedBy(t *testing.T) {
	d := newDesk(t, nil)
	as := func(role conversation.Role, departments ...string) conversation.Actor {
		return conversation.Actor{Email: string(role) + "@shop.test", Role: role, Departments: departments}
	}
	agent, supervisor, admin := as(conversation.RoleAgent, "care"), as(conversation.RoleSupervisor, "care"), as(conversation.RoleAdmin)
	for _, c := range []struct {
		name       string
		actor      conversation.Actor
		department string
		to         string // where it is moved to; "-": nowhere
		want       conversation.Code
	}{
		{"an agent, of the own department", agent, "care", "-", conversation.CodeForbidden},
		{"an agent, everybody's", agent, "", "-", conversation.CodeForbidden},
		{"a supervisor, of the own department", supervisor, "care", "-", ""},
		{"a supervisor, of another", supervisor, "finance", "-", conversation.CodeNotFound},
		{"a supervisor, everybody's", supervisor, "", "-", conversation.CodeForbidden},
		{"a supervisor makes it everybody's", supervisor, "care", "", conversation.CodeForbidden},
		{"a supervisor gives it to another department", supervisor, "care", "finance", conversation.CodeInvalid},
		{"an admin, of any department", admin, "finance", "care", ""},
		{"an admin, everybody's", admin, "", "-", ""},
		{"an admin, of an isolated one", admin, "hr", "-", conversation.CodeNotFound},
		{"an admin gives it to an isolated one", admin, "care", "hr", conversation.CodeInvalid},
		{"an admin gives it to none that there is", admin, "care", "nowhere", conversation.CodeInvalid},
		{"the operator", operator, "hr", "care", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := d.addCanned(c.name, c.department, map[string]string{"en": "Hello"})
			e := conversation.CannedEdit{Texts: map[string]string{"en": "Good day"}}
			if c.to != "-" {
				e.Department = &c.to
			}
			if _, err := d.SetCanned(t.Context(), conversation.Intent{Actor: c.actor}, a.ID, e); codeOf(err) != c.want {
				t.Errorf("changed: %v, want %q", err, c.want)
			}
			if c.to != "-" {
				return
			}
			if _, err := d.RemoveCanned(t.Context(), conversation.Intent{Actor: c.actor}, a.ID); codeOf(err) != c.want {
				t.Errorf("removed: %v, want %q", err, c.want)
			}
		})
	}
}

func TestCannedEdits(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	long := strings.Repeat("ñ", 20_000)
	for _, c := range []struct {
		name string
		edit conversation.CannedEdit
		want conversation.Code
		says string
	}{
		{"without a title", conversation.CannedEdit{Title: ptr("  "), Texts: map[string]string{"en": "a"}}, conversation.CodeInvalid, "title is missing"},
		{"a title that turns around", conversation.CannedEdit{Title: ptr("a\u202eb"), Texts: map[string]string{"en": "a"}}, conversation.CodeInvalid, "cannot be shown"},
		{"too long a title", conversation.CannedEdit{Title: ptr(strings.Repeat("ñ", 201)), Texts: map[string]string{"en": "a"}}, conversation.CodeInvalid, "200"},
		{"without a text", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"en": " \n"}}, conversation.CodeInvalid, "no text"},
		{"no such language", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"fr": "a"}}, conversation.CodeInvalid, "es, pt or en"},
		{"the longest text", conversation.CannedEdit{Title: ptr("longest"), Texts: map[string]string{"es": long}}, "", ""},
		{"too long a text", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"es": long + "ñ"}}, conversation.CodeInvalid, "20000"},
		{"controls", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"es": "a\x1bb"}}, conversation.CodeInvalid, "cannot be shown"},
		{"an unknown variable", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"es": "a", "en": "Hello {{contact.nombre}}"}}, conversation.CodeInvalid, "{{contact.first_name}}"},
		{"a variable that is not whole", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"en": "Hello {{number"}}, conversation.CodeInvalid, "not whole"},
		{"braces that close nothing", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"en": "number}}"}}, conversation.CodeInvalid, "not whole"},
		{"a variable within another", conversation.CannedEdit{Title: ptr("t"), Texts: map[string]string{"en": "{{num{{number}}ber}}"}}, conversation.CodeInvalid, "not whole"},
		{"the same title, folded", conversation.CannedEdit{Title: ptr("LONGEST "), Texts: map[string]string{"en": "a"}}, conversation.CodeConflict, "longest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := d.AddCanned(ctx, asOperator, c.edit)
			if codeOf(err) != c.want || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q with %q", err, c.want, c.says)
			}
		})
	}
	in := conversation.Intent{Actor: operator, IdempotencyKey: "k"}
	e := conversation.CannedEdit{Title: ptr(" Two   words "), Texts: map[string]string{"en": "\r\nHello\r\n{{ number }}\n", "es": "Hola"}}
	first, err := d.AddCanned(ctx, in, e)
	if err != nil || first.Title != "Two words" || first.Texts["en"] != "Hello\n{{ number }}" || first.Version != 1 {
		t.Fatalf("added %+v, %v", first, err)
	}
	if again, err := d.AddCanned(ctx, in, e); err != nil || again.ID != first.ID {
		t.Errorf("the second click: %+v, %v", again, err)
	}
	stale := first.Version
	set, err := d.SetCanned(ctx, asOperator, first.ID, conversation.CannedEdit{Texts: map[string]string{"es": ""}})
	if err != nil || set.Version != 2 || len(set.Texts) != 1 || set.Title != first.Title {
		t.Errorf("a language taken away: %+v, %v", set, err)
	}
	if _, err := d.SetCanned(ctx, conversation.Intent{Actor: operator, IfMatch: &stale}, first.ID, conversation.CannedEdit{Title: ptr("x")}); codeOf(err) != conversation.CodeChanged {
		t.Errorf("changed over another's change: %v", err)
	}
	if _, err := d.SetCanned(ctx, asOperator, first.ID, conversation.CannedEdit{Texts: map[string]string{"en": ""}}); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("the last text was taken away: %v", err)
	}
	for i := 0; ; i++ {
		_, err := d.AddCanned(ctx, asOperator, conversation.CannedEdit{Title: ptr(strings.Repeat("x", i/26+1) + string(rune('a'+i%26))), Texts: map[string]string{"en": "a"}})
		if codeOf(err) == conversation.CodeConflict {
			if list := d.cannedTitles(operator, "care"); len(list) != 500 {
				t.Errorf("bounded at %d", len(list))
			}
			break
		}
		if err != nil || i > 500 {
			t.Fatalf("the %d-th: %v", i, err)
		}
	}
}

func TestCannedText(t *testing.T) {
	const all = "Hi {{contact.name}} ({{contact.first_name}}, {{ contact.address }}): {{number}}, {{subject}}. {{department}}, {{agent.name}}."
	long := strings.Repeat("A", 10<<10)
	for _, c := range []struct {
		name, from, subject string
		want                string // NUMBER stands for the number
	}{
		{"plain", "Ana Pérez <ana@c.test>", "My order", "Hi Ana Pérez (Ana, ana@c.test): NUMBER, My order. Customer care, Eva."},
		{"last name first", `"Pérez, Ana" <ana@c.test>`, "My order", "Hi Pérez, Ana (Ana, ana@c.test): NUMBER, My order. Customer care, Eva."},
		{"no name, no subject", "ana@c.test", "", "Hi customer (customer, ana@c.test): NUMBER, your message. Customer care, Eva."},
		{"a name that is another address", "bank@bank.test <ana@c.test>", "Hi", "Hi customer (customer, ana@c.test): NUMBER, Hi. Customer care, Eva."},
		{"braces", "{{agent.name}} <ana@c.test>", "{{number}} }}{{", "Hi ((agent.name)) (((agent.name)), ana@c.test): NUMBER, ((number)) ))((. Customer care, Eva."},
		{"line ends", "=?utf-8?q?Ana=0D=0A=0D=0AP=C3=A9rez=E2=80=A8x?= <ana@c.test>", "a =?utf-8?q?=0Ab?=", "Hi Ana Pérez x (Ana, ana@c.test): NUMBER, a b. Customer care, Eva."},
		{"turned around", "=?utf-8?q?=E2=80=AEanA_=E2=81=A6x=E2=80=8B?= <ana@c.test>", "x", "Hi anA x (anA, ana@c.test): NUMBER, x. Customer care, Eva."},
		{"endless", long + " <ana@c.test>", long, "Hi " + long[:100] + "… (" + long[:100] + "…, ana@c.test): NUMBER, " + long[:200] + "…. Customer care, Eva."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			eva := d.addAgent("eva@shop.test", "care")
			a := d.addCanned("All", "", map[string]string{"en": all})
			n := d.accept(letter{from: c.from, subject: c.subject}).Number
			text, language, err := d.CannedText(t.Context(), eva, a.ID, conversation.CannedRequest{Number: n})
			if err != nil || language != "en" {
				t.Fatal(language, err)
			}
			if want := strings.ReplaceAll(c.want, "NUMBER", n); text != want {
				t.Errorf("%q\nwant %q", text, want)
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "}}") || strings.ContainsAny(text, "\r\n\u202e\u2066\u2028") {
				t.Errorf("it carries what it must not: %q", text)
			}
		})
	}
}

func TestCannedTextWithoutAProtocol(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[1].Language = "pt" })
	a := d.addCanned("All", "", map[string]string{
		"en": "{{contact.name}}|{{contact.address}}|{{number}}|{{subject}}|{{department}}|{{agent.name}}|{{date}}", "pt": "{{number}} {{date}}",
	})
	for _, c := range []struct {
		name, department, asked string
		language, want          string
		code                    conversation.Code
	}{
		{"of no department, the server's language", "", "", "en", "customer|customer|the one given below|your message|our team|the team|", ""},
		{"the department's language", "finance", "", "pt", "o que consta no rodapé ", ""},
		{"another that it has", "finance", "en", "en", "customer|customer|the one given below|your message|Finance|the team|", ""},
		{"one that it has not", "care", "es", "", "", conversation.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, language, err := d.CannedText(t.Context(), operator, a.ID, conversation.CannedRequest{Department: c.department, Language: c.asked})
			if codeOf(err) != c.code || language != c.language || !strings.HasPrefix(text, c.want) || err == nil && len(text) != len(c.want)+10 {
				t.Errorf("%q in %q, %v", text, language, err)
			}
		})
	}
	one := d.addCanned("One", "finance", map[string]string{"es": "Hola"})
	if _, language, err := d.CannedText(t.Context(), operator, one.ID, conversation.CannedRequest{}); err != nil || language != "es" {
		t.Errorf("in the only language that there is: %q, %v", language, err)
	}
}

func TestPreviewCanned(t *testing.T) {
	d := newDesk(t, nil)
	text, err := d.PreviewCanned(operator, "care", "es", "{{contact.first_name}}: {{subject}}")
	if err != nil || text != "Ana: Consulta sobre mi pedido" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := d.PreviewCanned(operator, "care", "es", "{{x}}"); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("an unknown variable is previewed: %v", err)
	}
	if _, err := d.PreviewCanned(conversation.Actor{Email: "e@x.test"}, "hr", "es", "{{department}}"); codeOf(err) != conversation.CodeInvalid {
		t.Errorf("an isolated department is named: %v", err)
	}
}
