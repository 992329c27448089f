package conversation

import (
	"strings"
	"time"

	"recado/internal/message"
)

// SendType says what a channel is for (rule 3).
type SendType string

const (
	SendAll       SendType = "all"       // receives, and sends everything
	SendActive    SendType = "active"    // first contact, from Contacts
	SendRecontact SendType = "recontact" // resuming contact, from History
	SendHistory   SendType = "history"   // sends a conversation's history
	SendReceptive SendType = "receptive" // receives
)

// Receives tells whether mail to a channel of the type is taken.
func (t SendType) Receives() bool { return t == SendAll || t == SendReceptive }

// DMARCAction is what mail meets that fails DMARC under a policy of reject (rule 9).
type DMARCAction string

const (
	DMARCHold   DMARCAction = "hold"
	DMARCRefuse DMARCAction = "refuse"
)

// Channel is one of our addresses with a send type and a department.
type Channel struct {
	Email          string // as the file writes it, domain in lower-case ASCII
	Department     string
	Send           SendType
	Active         bool
	HoldUnverified bool
	DMARC          DMARCAction
	Robots         []string // keys of addresses, or domains, whose automatic mail is a customer's
}

// Key is the address folded for comparing.
func (c *Channel) Key() string { return message.Address{Address: c.Email}.Key() }

// Domain is the part of the address after the @.
func (c *Channel) Domain() string { return domainOf(c.Email) }

// Department is a group of agents that channels lead to.
type Department struct {
	ID          string
	Name        string
	Isolated    bool // keys on sender and department, seen by nobody else (rule 5)
	Acknowledge bool // rule 14
	Language    string
	// AcknowledgementText replaces the built-in words; empty for those. {number}, {date}, {time} and {department} stand for their values.
	AcknowledgementText string
	Signature           string // closes outgoing mail; empty for none
	// Classifications are what a protocol may be finalized as; empty: anything.
	Classifications []string
}

// Domain is one that we are the MX of.
type Domain struct {
	Name          string   // lower-case ASCII
	Postmaster    string   // the channel that mail to postmaster goes to (RFC 5321 4.5.1)
	DKIMSelectors []string // of its keys: the first signs; none: mail is not signed
}

// Directory is who we are: domains, departments, channels and forms, as the channel file says. It does
// not change; a new file makes a new one.
type Directory struct {
	Hostname     string
	Language     string // es, pt, en
	Location     *time.Location
	FoldPlusTags bool
	Limits       Limits
	Domains      []Domain
	Departments  []Department
	Channels     []Channel // in the file's order
	Forms        []string  // keys of the addresses that contact forms write from (rule 10)

	domains     map[string]*Domain
	departments map[string]*Department
	channels    map[string][]*Channel // by key
	forms       map[string]bool
}

// Limits of the rules; zero turns one off.
type Limits struct {
	MailsPerHour int // of one sender (rule 15)
	AckPerHour   int // to one sender (rule 14)
	HeldDays     int // rule 19
	AuditDays    int // that audit lines are kept; 0: for good
}

// Build indexes the directory. It must be called once, before any other method.
func (d *Directory) Build() *Directory {
	d.domains = make(map[string]*Domain, len(d.Domains))
	for i := range d.Domains {
		d.domains[d.Domains[i].Name] = &d.Domains[i]
	}
	d.departments = make(map[string]*Department, len(d.Departments))
	for i := range d.Departments {
		d.departments[d.Departments[i].ID] = &d.Departments[i]
	}
	d.channels = make(map[string][]*Channel, len(d.Channels))
	for i := range d.Channels {
		c := &d.Channels[i]
		d.channels[c.Key()] = append(d.channels[c.Key()], c)
	}
	d.forms = make(map[string]bool, len(d.Forms))
	for _, f := range d.Forms {
		d.forms[f] = true
	}
	if d.Location == nil {
		d.Location = time.UTC
	}
	return d
}

// Department returns the department of the id, nil where there is none.
func (d *Directory) Department(id string) *Department { return d.departments[id] }

// IsDomain tells whether the domain (lower-case ASCII) is ours.
func (d *Directory) IsDomain(name string) bool { return d.domains[name] != nil }

// Isolated tells whether the department is one that nobody else sees. One that the file no longer
// names is taken for isolated: what is there is shown to nobody by mistake.
func (d *Directory) Isolated(department string) bool {
	dep := d.departments[department]
	return dep == nil || dep.Isolated
}

// RecipientStatus is what RCPT is answered (rule 4).
type RecipientStatus int

const (
	RecipientOK           RecipientStatus = iota
	RecipientNotOurs                      // a domain that is not ours: no relaying, ever
	RecipientUnknown                      // no such address
	RecipientInactive                     // an inactive channel
	RecipientNotReceiving                 // a channel that only sends
	RecipientAlways                       // taken whoever brings it: postmaster, and return paths of ours
)

// Resolve finds the channel that mail to address reaches. The plus-tag of a recipient is left out
// where the address with it is not a channel itself.
func (d *Directory) Resolve(address string) (*Channel, RecipientStatus) {
	key := message.Address{Address: address}.Key()
	local, domain, ok := cutAddress(key)
	if !ok { // a bare "postmaster" (RFC 5321 4.5.1)
		if strings.EqualFold(address, "postmaster") && len(d.Domains) > 0 {
			return d.postmaster(&d.Domains[0])
		}
		return nil, RecipientUnknown
	}
	dom := d.domains[domain]
	if dom == nil {
		return nil, RecipientNotOurs
	}
	for _, k := range []string{key, message.FoldPlus(key)} {
		if rows := d.channels[k]; len(rows) > 0 {
			return receivingRow(rows)
		}
	}
	if base, _, _ := strings.Cut(local, "+"); base == "postmaster" {
		return d.postmaster(dom)
	}
	return nil, RecipientUnknown
}

// receivingRow picks, of the rows of one e-mail, the one that receives (rule 3: at most one).
func receivingRow(rows []*Channel) (*Channel, RecipientStatus) {
	anyActive := false
	for _, c := range rows {
		if c.Send.Receives() {
			if !c.Active {
				return nil, RecipientInactive
			}
			return c, RecipientOK
		}
		anyActive = anyActive || c.Active
	}
	if !anyActive {
		return nil, RecipientInactive
	}
	return nil, RecipientNotReceiving
}

func (d *Directory) postmaster(dom *Domain) (*Channel, RecipientStatus) {
	if rows := d.channels[(message.Address{Address: dom.Postmaster}).Key()]; len(rows) > 0 {
		return receivingRow(rows)
	}
	return nil, RecipientUnknown
}

// IsOurs tells whether the address is one of our channels', with or without a plus-tag.
func (d *Directory) IsOurs(key string) bool {
	return len(d.channels[key]) > 0 || len(d.channels[message.FoldPlus(key)]) > 0
}

// IsForm tells whether a contact form writes from the address (rule 10).
func (d *Directory) IsForm(key string) bool { return d.forms[key] }

// ChannelsOf are the rows of an e-mail.
func (d *Directory) ChannelsOf(email string) []*Channel {
	return d.channels[message.Address{Address: email}.Key()]
}

// SendingChannel is the department's active channel of the send type, else its active `all` one, the
// first in the file's order (rule 3); nil where it has neither.
func (d *Directory) SendingChannel(department string, t SendType) *Channel {
	for _, want := range []SendType{t, SendAll} {
		for i := range d.Channels {
			c := &d.Channels[i]
			if c.Department == department && c.Send == want && c.Active {
				return c
			}
		}
	}
	return nil
}

// ReceivingChannel is the department's first active channel that receives; nil where it has none.
func (d *Directory) ReceivingChannel(department string) *Channel {
	for i := range d.Channels {
		c := &d.Channels[i]
		if c.Department == department && c.Send.Receives() && c.Active {
			return c
		}
	}
	return nil
}

// receives tells whether mail to the address reaches us today.
func (d *Directory) receives(address string) bool {
	_, status := d.Resolve(address)
	return status == RecipientOK
}

// SenderKey folds a customer's address for comparing (rule 1).
func (d *Directory) SenderKey(a message.Address) string {
	if d.FoldPlusTags {
		return message.FoldPlus(a.Key())
	}
	return a.Key()
}

// wantsRobot tells whether the channel takes automatic mail of the sender as a customer's (rule 11).
func (c *Channel) wantsRobot(key string) bool {
	domain := domainOf(key)
	for _, r := range c.Robots {
		if r == key || r == domain {
			return true
		}
	}
	return false
}

func domainOf(address string) string {
	_, domain, _ := cutAddress(address)
	return domain
}

// cutAddress splits at the last @, since a quoted local part may hold one (RFC 5321 4.1.2).
func cutAddress(address string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return address, "", false
	}
	return address[:i], address[i+1:], true
}
