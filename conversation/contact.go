package conversation

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Contact is a customer's address as one side of the walls of rule 5 knows it. A side is what the keys of
// protocols have in Department: empty for all departments that are not isolated, which share what they know,
// and an isolated department by itself. Nothing of a contact is seen, or acts, on another side.
type Contact struct {
	Key        string    `json:"key"`                  // as Key.Sender
	Department string    `json:"department,omitempty"` // as Key.Department
	Address    string    `json:"address"`
	Name       string    `json:"name"`              // the first that mails gave
	FirstAt    time.Time `json:"first_at,omitzero"` // zero where no mail came or went: an agent made it known
	LastAt     time.Time `json:"last_at,omitzero"`

	// What agents say of the address; of the person, it is what they say of all linked addresses together.
	Named   *Naming       `json:"named,omitempty"`
	Links   []ContactLink `json:"links,omitempty"` // every other address of the same person
	Blocked *Block        `json:"blocked,omitempty"`
	Notes   int           `json:"notes,omitempty"` // how many there are
	Acts    []ContactAct  `json:"acts,omitempty"`  // who did what, the newest last
}

// Author is who said something of a contact: an agent, a program, or the operator.
type Author struct {
	Agent string `json:"agent,omitempty"`   // the agent's address
	Token string `json:"token,omitempty"`   // the id of the program's token
	By    string `json:"by_name,omitempty"` // the name of either
}

func (a Actor) author() Author { return Author{Agent: a.Email, Token: a.Token, By: a.Name} }

// Label names the author as Actor.Label does.
func (a Author) Label() string { return Actor{Email: a.Agent, Token: a.Token, Name: a.By}.Label() }

// Naming is a name that an agent gave, or took away where it is empty. Of a person's the newest counts.
type Naming struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Author
}

// ContactLink is another address of the same person, which an agent said so. Links are never made otherwise.
type ContactLink struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"`
	Author
}

// Block lets mail of the address be held (rule 22).
type Block struct {
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	Author
}

// ContactNote is what an agent wrote down about a contact.
type ContactNote struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	Department string    `json:"department,omitempty"`
	Text       string    `json:"text"`
	At         time.Time `json:"at"`
	Author
}

// ContactAct is what somebody did to a contact.
type ContactAct struct {
	Act    string    `json:"act"`
	Detail string    `json:"detail,omitempty"` // the name, or the other address
	At     time.Time `json:"at"`
	Author
}

// What agents do to a contact.
const (
	ActNamed       = "named"
	ActUnnamed     = "unnamed"
	ActLinked      = "linked"
	ActUnlinked    = "unlinked"
	ActBlocked     = "blocked"
	ActUnblocked   = "unblocked"
	ActNoteDeleted = "note-deleted"
)

// maxActs bounds what a contact remembers of what was done to it: all of it is written with every mail.
const maxActs = 20

// did notes what an agent did.
func (c *Contact) did(tx Tx, actor Actor, act, detail string) {
	c.Acts = append(c.Acts, ContactAct{Act: act, Detail: detail, At: tx.Now(), Author: actor.author()})
	if n := len(c.Acts) - maxActs; n > 0 {
		c.Acts = slices.Clone(c.Acts[n:])
	}
}

// side is the key that the contact is kept under.
func (c *Contact) side() Key { return Key{Sender: c.Key, Department: c.Department} }

// ContactFilter narrows a list of contacts. Sides are as Contact.Department.
type ContactFilter struct {
	Sides   []string
	Prefix  string // of the key
	Find    string // as FoldFind makes it: what the address, or a word of a name, begins with
	Blocked bool
}

const (
	maxFound = 64 // octets of one text
	maxWords = 6  // of one name that it is found by
)

// FoundBy are the texts that the contact is found by: the address, and each of the names from each of its words on.
func (c *Contact) FoundBy() []string {
	out := []string{whole(c.Key, maxFound)}
	names := []string{c.Name}
	if c.Named != nil {
		names = append(names, c.Named.Name)
	}
	for _, name := range names {
		words := strings.Fields(FoldFind(name))
		for i := range min(len(words), maxWords) {
			out = append(out, whole(strings.Join(words[i:], " "), maxFound))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// FoldFind makes the form in which names and addresses are compared when somebody looks for one: lower case, without
// accents, single spaces.
func FoldFind(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(whole(s, 8*maxFound)))
	return whole(strings.Join(strings.Fields(s), " "), 8*maxFound)
}

// whole is at most limit octets of s, none of them half a character.
func whole(s string, limit int) string { return strings.ToValidUTF8(cut(s, limit), "") }

// noteContact keeps who writes to us, or is written to, among the contacts of the key's side, by the first name
// that was seen.
func noteContact(tx Tx, key Key, who ContactRef) error {
	c, err := tx.Contact(key)
	if err != nil {
		return err
	}
	if c == nil {
		c = &Contact{Key: key.Sender, Department: key.Department, Address: who.Address}
	}
	if c.FirstAt.IsZero() {
		c.FirstAt = tx.Now()
	}
	if c.Name == "" {
		c.Name = who.Name
	}
	c.LastAt = tx.Now()
	return tx.PutContact(c)
}
