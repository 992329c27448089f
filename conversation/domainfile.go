package conversation

import (
	"strings"

	"golang.org/x/net/idna"

	"recado/internal/say"
)

// DomainEdit is what to write into a domain's table of the channel file; nil leaves a key as it is. A new domain
// without selectors has the usual one.
type DomainEdit struct {
	Name          *string // of a new domain
	Postmaster    *string // "": the file names none, and one is chosen
	DKIMSelectors *[]string
}

// Domain finds one of our domains by its name in any spelling.
func (d *Directory) Domain(name string) (*Domain, error) {
	key := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if ascii, err := idna.Lookup.ToASCII(key); err == nil {
		key = ascii
	}
	if dom := d.domains[key]; dom != nil {
		return dom, nil
	}
	return nil, errorf(CodeNotFound, "%q is no domain of ours", name)
}

// PostmasterFor is where mail to a domain's postmaster goes, as the actor may know it: "" where that is the
// channel of an isolated department whose mail somebody else reads (rule 5).
func (d *Directory) PostmasterFor(a Actor, dom *Domain) string {
	if !d.knowsChannel(a, dom.Postmaster) {
		return ""
	}
	return dom.Postmaster
}

// MayBePostmaster tells whether the actor may name the address as a postmaster: a channel that he may not know of
// is answered as one that is not there.
func (d *Directory) MayBePostmaster(a Actor, email string) error {
	if email == "" || d.knowsChannel(a, email) {
		return nil
	}
	return ChannelFileRefusal{{Field: "postmaster", Message: say.Of("postmaster leads to %s, which is no channel", email),
		Hint: say.Of("name a channel that is active and receives")}}
}

func (d *Directory) knowsChannel(a Actor, email string) bool {
	for _, c := range d.ChannelsOf(email) {
		if a.Knows(d, c.Department) {
			return true
		}
	}
	return false
}

// ChannelsIn are the channels of a domain that the actor may know of, and whether there are others.
func (d *Directory) ChannelsIn(a Actor, domain string) (known []*Channel, others bool) {
	for i := range d.Channels {
		c := &d.Channels[i]
		switch {
		case c.Domain() != domain:
		case a.Knows(d, c.Department):
			known = append(known, c)
		default:
			others = true
		}
	}
	return known, others
}
