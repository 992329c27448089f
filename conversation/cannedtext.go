package conversation

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"recado/internal/message"
)

// Variables are what a canned answer may have between double braces.
var Variables = []string{
	"contact.name", "contact.first_name", "contact.address", "number", "subject", "department", "agent.name", "date",
}

var variablePattern = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// checkVariables refuses what would stand as it is in a customer's mail.
func checkVariables(text string) error {
	known := "{{" + strings.Join(Variables, "}}, {{") + "}}"
	for _, found := range variablePattern.FindAllStringSubmatch(text, -1) {
		if name := strings.TrimSpace(found[1]); !slices.Contains(Variables, name) {
			return errorf(CodeInvalid, "there is no variable {{%s}}: there are %s", preview(name), known)
		}
	}
	rest := variablePattern.ReplaceAllString(text, "")
	if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return errorf(CodeInvalid, "double braces are for variables alone, and one of them is not whole: there are %s", known)
	}
	return nil
}

// CannedRequest chooses the text of a canned answer.
type CannedRequest struct {
	// Number is the protocol that it is for; empty: none yet, as for a first mail.
	Number string
	// Department is whose words it is to be where there is no protocol; empty: the answer's own.
	Department string
	// Contact is whom it is for where there is no protocol.
	Contact ContactRef
	// Language, when given, must be one that the answer has. Empty: the department's, else the server's, else the first.
	Language string
}

// CannedText is the text with every variable replaced, and its language.
func (m *Manager) CannedText(ctx context.Context, actor Actor, id string, r CannedRequest) (text, language string, err error) {
	var c *CannedAnswer
	values := cannedValues{contact: r.Contact, department: r.Department, agent: actor.Name, at: time.Now()}
	err = m.store.View(ctx, func(tx Tx) (err error) {
		if c, err = m.cannedIn(tx, actor, id); err != nil {
			return err
		}
		if r.Number == "" {
			return nil
		}
		p, err := m.visible(tx, actor, r.Number)
		if err != nil {
			return err
		}
		values.contact, values.number, values.subject, values.department = p.Contact, p.Number, p.Subject, p.Department
		return nil
	})
	if err != nil {
		return "", "", err
	}
	d := m.Directory()
	if values.department == "" {
		values.department = c.Department
	}
	if c.Department != "" && values.department != "" && !d.sameWall(c.Department, values.department) {
		return "", "", errorf(CodeNotFound, "no canned answer for this department has the id %s", id)
	}
	if language, err = d.cannedLanguage(c, values.department, r.Language); err != nil {
		return "", "", err
	}
	return d.expand(c.Texts[language], language, values), language, nil
}

// cannedLanguage is the one of the answer's languages that the department says it in.
func (d *Directory) cannedLanguage(c *CannedAnswer, department, asked string) (string, error) {
	has := c.Heading().Languages
	if asked != "" {
		if c.Texts[asked] == "" {
			return "", errorf(CodeInvalid, "the canned answer has no text in %q: it has %s", preview(asked), strings.Join(has, ", "))
		}
		return asked, nil
	}
	if dep := d.Department(department); dep != nil && c.Texts[dep.Language] != "" {
		return dep.Language, nil
	}
	if c.Texts[d.Language] != "" {
		return d.Language, nil
	}
	return has[0], nil
}

// PreviewCanned is what a text that is being written would say, with a made-up contact. It is refused as it would
// be when it is saved.
func (m *Manager) PreviewCanned(actor Actor, department, language, text string) (string, error) {
	text, err := checkCannedText(text)
	if err != nil {
		return "", err
	}
	d := m.Directory()
	if department != "" && !actor.Sees(d, department) {
		return "", errorf(CodeInvalid, "there is no department %q among yours", preview(department))
	}
	now := time.Now()
	return d.expand(text, language, cannedValues{
		contact: ContactRef{Name: "Ana Pérez", Address: "ana@example.com"}, number: FormatNumber(NumberDay(now, d.Location), 42),
		subject: wordsOfCanned(language).sample, department: department, agent: actor.Name, at: now,
	}), nil
}

// cannedValues are what variables stand for. What is empty has a word that can stand in a sentence.
type cannedValues struct {
	contact    ContactRef
	number     string
	subject    string
	department string
	agent      string
	at         time.Time
}

// cannedWords stand where there is no value, in one language.
type cannedWords struct{ contact, number, subject, department, agent, sample string }

var cannedFallbacks = map[string]cannedWords{
	"es": {contact: "cliente", number: "el que figura al pie", subject: "su mensaje", department: "nuestro equipo", agent: "el equipo", sample: "Consulta sobre mi pedido"},
	"pt": {contact: "cliente", number: "o que consta no rodapé", subject: "a sua mensagem", department: "nossa equipe", agent: "a equipe", sample: "Dúvida sobre o meu pedido"},
	"en": {contact: "customer", number: "the one given below", subject: "your message", department: "our team", agent: "the team", sample: "A question about my order"},
}

func wordsOfCanned(language string) cannedWords {
	if words, ok := cannedFallbacks[language]; ok {
		return words
	}
	return cannedFallbacks["en"]
}

// expand replaces the variables, once: what a value says is never read as a variable.
func (d *Directory) expand(text, language string, v cannedValues) string {
	words := wordsOfCanned(language)
	layout, ok := acknowledgementWords[language]
	if !ok {
		layout = acknowledgementWords["en"]
	}
	name := contactName(v.contact)
	values := map[string]string{
		"contact.name":       orElse(tame(name, maxValueName), words.contact),
		"contact.first_name": orElse(tame(firstName(name), maxValueName), words.contact),
		"contact.address":    orElse(tame(v.contact.Address, maxAddress), words.contact),
		"number":             orElse(v.number, words.number),
		"subject":            orElse(tame(v.subject, maxValueSubject), words.subject),
		"department":         orElse(tame(d.nameOf(v.department), maxValueName), words.department),
		"agent.name":         orElse(tame(v.agent, maxValueName), words.agent),
		"date":               v.at.In(d.Location).Format(layout.date),
	}
	return variablePattern.ReplaceAllStringFunc(text, func(found string) string {
		return values[strings.TrimSpace(found[2:len(found)-2])]
	})
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// Bounds of what a stranger chose and a mail of ours repeats, in characters.
const (
	maxValueName    = 100
	maxValueSubject = 200
)

// tame makes a stranger's words fit for a sentence of ours: one line, nothing that cannot be seen, no braces, and
// no more than limit characters.
func tame(s string, limit int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case r == '{':
			r = '('
		case r == '}':
			r = ')'
		case r == unicode.ReplacementChar || !unicode.IsPrint(r): // controls of the reading direction, joiners, private use
			continue
		}
		if space && n > 0 {
			b.WriteByte(' ')
			n++
		}
		if space = false; n >= limit {
			return strings.TrimSpace(b.String()) + "…"
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// contactName is the contact's name, but not one that reads as an address: it may be somebody else's.
func contactName(c ContactRef) string {
	if slices.Contains(message.Address{Name: c.Name, Address: c.Address}.Pretences(), message.NameIsAddress) {
		return ""
	}
	return strings.Trim(c.Name, "\"' ")
}

// firstName is what a person is called by: the first word, of "Pérez, Ana" the one after the comma.
func firstName(name string) string {
	if _, after, ok := strings.Cut(name, ","); ok && strings.TrimSpace(after) != "" {
		name = after
	}
	if words := strings.Fields(tame(name, maxValueName)); len(words) > 0 {
		return words[0]
	}
	return ""
}
