package conversation

import (
	"context"

	"recado/internal/say"
)

// DepartmentEdit is what to write into a department's row of the channel file; nil leaves a key as it is.
type DepartmentEdit struct {
	ID, Name, Language    *string // "" for a language: the server's
	Isolated, Acknowledge *bool
	Classifications       *[]string
	// Files of its texts, which only the operator names: what they say is shown. "" for none.
	AcknowledgementFile, SignatureFile *string
}

// ChannelsFate is what becomes of the channels of a department that is removed: it has one at least, and a channel
// must lead somewhere.
type ChannelsFate struct {
	To     string // the department that they lead to from then on
	Remove bool   // they go, too
}

// DepartmentRow finds a department that the actor may know of.
func (d *Directory) DepartmentRow(a Actor, id string) (*Department, error) {
	dep := d.Department(id)
	if dep == nil || !a.Knows(d, id) {
		return nil, errorf(CodeNotFound, "there is no department %q", id)
	}
	return dep, nil
}

// DepartmentChannels are the rows that lead to a department, in the file's order.
func (d *Directory) DepartmentChannels(id string) []*Channel {
	var out []*Channel
	for i := range d.Channels {
		if d.Channels[i].Department == id {
			out = append(out, &d.Channels[i])
		}
	}
	return out
}

// OpenOf are the numbers of open protocols of a department, up to one more than a refusal lists.
func (m *Manager) OpenOf(ctx context.Context, department string) (numbers []string, err error) {
	err = m.store.View(ctx, func(tx Tx) (err error) {
		numbers, err = openOf(tx, department)
		return err
	})
	return numbers, err
}

func openOf(tx Tx, department string) ([]string, error) {
	return openNumbers(tx, []string{department}, func(p *Protocol) bool { return p.Department == department })
}

// WasIsolated tells whether a department that the channel file does not name any more was isolated when it last did.
func (m *Manager) WasIsolated(ctx context.Context, department string) (was bool, err error) {
	err = m.store.View(ctx, func(tx Tx) error {
		before, err := keyingIn(tx)
		was = before.Isolated[department]
		return err
	})
	return was, err
}

// StandsOpen is why a department's row is not changed as asked while protocols of it are open (rule 5).
func StandsOpen(what say.Sentence, numbers []string) error {
	return errorf(CodeConflict, "%s while these protocols are open: %s: finalize or transfer them first", what, listed(numbers))
}

// WallStays begins the reason why a department does not become isolated, or why it stays so.
func WallStays(department string, isolated bool) say.Sentence {
	if isolated {
		return say.Of("department %s: isolated cannot become true", department)
	}
	return say.Of("department %s: isolated cannot become false", department)
}
