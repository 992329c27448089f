package conversation

import (
	"slices"

	"recado/internal/message"
)

// PlaceKind is what is written at a place.
type PlaceKind string

const (
	PlaceReply     PlaceKind = "reply"
	PlaceRecontact PlaceKind = "recontact"
	PlaceMail      PlaceKind = "mail"
)

// Place is where an agent writes: at a protocol, or to a contact. Each agent has one draft at each.
type Place struct {
	Kind PlaceKind `json:"kind"`
	Of   string    `json:"of"` // the protocol's number; of PlaceMail the contact's address
}

// ReplyAt is where the protocol is answered.
func ReplyAt(number string) Place { return Place{PlaceReply, number} }

// RecontactAt is where contact is resumed from the finalized protocol.
func RecontactAt(number string) Place { return Place{PlaceRecontact, number} }

// MailTo is where a new mail to the address is written.
func MailTo(address string) Place { return Place{PlaceMail, address} }

// key tells places apart: an address in any spelling is one.
func (at Place) key(d *Directory) string {
	of := at.Of
	if at.Kind == PlaceMail {
		of = d.SenderKey(message.Address{Address: at.Of})
	}
	return string(at.Kind) + "/" + of
}

// enterable returns the protocol of the place where the actor may write there; none for a new mail, which is
// the business of its writer alone until it is sent.
func (m *Manager) enterable(tx Tx, actor Actor, at Place) (*Protocol, error) {
	switch {
	case actor.Email == "":
		return nil, errorf(CodeForbidden, "only an agent has drafts")
	case at.Kind == PlaceReply || at.Kind == PlaceRecontact:
		return m.visible(tx, actor, at.Of)
	case at.Kind != PlaceMail:
		return nil, errorf(CodeInvalid, "nothing is written at %q", at.Kind)
	}
	_, err := m.Directory().customer(at.Of)
	return nil, err
}

// maxMailDrafts bounds the new mails that an agent has begun: the oldest is forgotten for one more.
const maxMailDrafts = 50

// countMail keeps the list of an agent's drafts of new mails, the latest last, and forgets what is too many.
func (m *Manager) countMail(tx Tx, agent string, at Place, begun bool) error {
	name := "drafts/" + agent
	list, err := noted[[]Place](tx, name)
	if err != nil {
		return err
	}
	d := m.Directory()
	list = slices.DeleteFunc(list, func(p Place) bool { return p.key(d) == at.key(d) })
	if begun {
		list = append(list, at)
	}
	for len(list) > maxMailDrafts {
		if err := tx.PutNote(m.draftName(agent, list[0]), "", tx.Now()); err != nil {
			return err
		}
		if err := m.dropFilesAt(tx, agent, list[0]); err != nil {
			return err
		}
		list = list[1:]
	}
	return note(tx, name, list, len(list) == 0, tx.Now().Add(draftLife))
}
