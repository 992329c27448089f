package conversation

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxSignature bounds an agent's signature, in characters.
const maxSignature = 2000

// ProfileEdit is what is to become of how an agent is shown; nil keeps what there is.
type ProfileEdit struct {
	Name, Language, Signature *string
}

// SetProfile changes how an agent is shown: the name, the signature, the language of the inbox. An agent may change the
// own one, an admin everybody's.
func (m *Manager) SetProfile(ctx context.Context, intent Intent, email string, e ProfileEdit) (*Agent, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return m.changeAgent(ctx, intent, email, func(*Agent) (agentChange, error) {
		return func(_ Tx, a *Agent) error { e.apply(a); return nil }, nil
	}, false)
}

// check makes everything as it is kept.
func (e *ProfileEdit) check() error {
	if e.Name != nil {
		name := oneLine(*e.Name)
		if name == "" {
			return errorf(CodeInvalid, "the name is missing")
		}
		if !showable(name, maxAgentName) {
			return errorf(CodeInvalid, "the name has characters that cannot be shown, or more than %d of them", maxAgentName)
		}
		e.Name = &name
	}
	if e.Language != nil && *e.Language != "" && !slices.Contains(Languages, *e.Language) {
		return errorf(CodeInvalid, "there is no language %q: write es, pt or en", preview(*e.Language))
	}
	if e.Signature != nil {
		text := strings.TrimRight(strings.Trim(strings.ReplaceAll(*e.Signature, "\r\n", "\n"), "\n"), " \t")
		switch {
		case utf8.RuneCountInString(text) > maxSignature:
			return errorf(CodeInvalid, "the signature is longer than %d characters", maxSignature)
		case !plainText(text):
			return errorf(CodeInvalid, "the signature has characters that cannot be shown")
		}
		e.Signature = &text
	}
	return nil
}

func (e *ProfileEdit) apply(a *Agent) {
	for _, f := range []struct{ to, from *string }{{&a.Name, e.Name}, {&a.Language, e.Language}, {&a.Signature, e.Signature}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
}

// signatureOf is the actor's own; the operator has none.
func signatureOf(tx Tx, actor Actor) (string, error) {
	if actor.Email == "" {
		return "", nil
	}
	a, err := tx.Agent(actor.Email)
	if a == nil || err != nil {
		return "", err
	}
	return a.Signature, nil
}

// Closing is what stands below an agent's words in the protocol: its number with date and time (rule 2), the agent's
// signature, the department's.
func (d *Directory) Closing(department string, p *Protocol, signature string) string {
	dep := d.Department(department)
	if dep == nil {
		return signature
	}
	lines := []string{numberLine(dep, p, d.Location), signature, dep.Signature}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

// closed is the text above what closes it.
func closed(text, closing string) string {
	if closing == "" {
		return text
	}
	// The separator of RFC 3676 4.3, by which readers fold it.
	return strings.TrimRight(text, "\n") + "\n\n-- \n" + closing
}
