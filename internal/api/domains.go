package api

import (
	"context"
	"net/http"

	"recado/conversation"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
)

// DomainFile edits the domains of the channel file, as [ChannelFile] does its channels.
type DomainFile interface {
	AddDomain(ctx context.Context, a conversation.Actor, seen string, e conversation.DomainEdit) (*conversation.Domain, error)
	SetDomain(ctx context.Context, a conversation.Actor, seen, name string, e conversation.DomainEdit) (*conversation.Domain, error)
	RemoveDomain(ctx context.Context, a conversation.Actor, seen, name string) error
}

// DNS knows the records of our domains.
type DNS interface {
	// Records are those to publish; with an error, those that do not need what could not be read.
	Records(name string) ([]dnsrecords.Record, error)
	// Check asks the DNS, unless it just did.
	Check(ctx context.Context, name string) (*dnscheck.Report, error)
	// LastCheck is what the last one found; nil: there was none.
	LastCheck(name string) *dnscheck.Report
}

// Domain is one that we are the MX of.
type Domain struct {
	Name          string      `json:"name"`
	Postmaster    string      `json:"postmaster"`     // where mail to postmaster goes; "": nobody that the asker knows
	DKIMSelectors []string    `json:"dkim_selectors"` // the first signs; none: mail is not signed
	Records       []DNSRecord `json:"records"`        // to publish
	State         string      `json:"state"`          // of the last check, as DomainCheck has it; "": none was made
	CheckedAt     Time        `json:"checked_at"`
}

// DNSRecord is one to publish.
type DNSRecord struct {
	Name    string `json:"name"` // absolute, with its final dot
	Type    string `json:"type"` // MX, TXT
	TTL     int    `json:"ttl"`  // seconds
	Value   string `json:"value"`
	Purpose string `json:"purpose"` // mx, spf, dkim, dmarc
	Why     string `json:"why"`
}

// DomainCheck is what the DNS says of a domain's records.
type DomainCheck struct {
	Domain    string       `json:"domain"`
	CheckedAt Time         `json:"checked_at"`
	State     string       `json:"state"` // the worst of the findings': ok, advice, unknown, missing, wrong
	Findings  []DNSFinding `json:"findings"`
}

// DNSFinding is how one record stands. A record with several faults has several.
type DNSFinding struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`    // MX, A, AAAA, PTR, TXT
	Purpose string   `json:"purpose"` // mx, address, reverse, spf, dkim, dmarc
	State   string   `json:"state"`   // ok, advice, unknown, missing, wrong
	Answer  string   `json:"answer"`  // found, empty, nxdomain, servfail, timeout, failed
	Reason  string   `json:"reason"`  // a word for programs, such as mx.elsewhere
	Found   []string `json:"found"`   // the records that are there
	Wanted  string   `json:"wanted"`  // the value that should be; "": any that does
	Paste   string   `json:"paste"`   // for a zone file, with what is there merged; "": nothing
	Why     string   `json:"why"`     // the reason as a sentence
}

// DomainEdit is the body of POST and PATCH. What is left out keeps its value, or has its default.
type DomainEdit struct {
	Name          *string   `json:"name,omitempty"` // of a new domain only
	Postmaster    *string   `json:"postmaster,omitempty"`
	DKIMSelectors *[]string `json:"dkim_selectors,omitempty"`
}

func (e DomainEdit) domain() conversation.DomainEdit {
	return conversation.DomainEdit{Name: e.Name, Postmaster: e.Postmaster, DKIMSelectors: e.DKIMSelectors}
}

// domainRoutes are those of our domains, where this handler knows their records.
func (h *handler) domainRoutes(table map[string]methods) {
	if h.dns == nil {
		return
	}
	const path = "/domains/{name}"
	table["/domains"] = methods{http.MethodGet: admins(h.listDomains)}
	table[path] = methods{http.MethodGet: admins(h.showDomain)}
	table[path+"/dns"] = methods{http.MethodGet: admins(h.checkDomain)}
	if h.file == nil {
		return
	}
	table["/domains"][http.MethodPost] = h.addDomain
	table[path][http.MethodPatch] = h.setDomain
	table[path][http.MethodDelete] = h.removeDomain
}

// admins lets admins alone through.
func admins(next endpoint) endpoint {
	return func(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
		if !a.MaySettle() {
			return forbidden("only an admin sees the domains")
		}
		return next(w, r, a)
	}
}

func (h *handler) listDomains(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	h.tellFile(w)
	d := h.desk.Directory()
	all := make([]*conversation.Domain, len(d.Domains))
	for i := range d.Domains {
		all[i] = &d.Domains[i]
	}
	items, next, err := pageOf(all, page)
	if err != nil {
		return err
	}
	out := make([]Domain, len(items))
	for i, dom := range items {
		if out[i], err = h.domainOf(a, d, dom); err != nil {
			return err
		}
	}
	return list(w, out, next, func(d Domain) Domain { return d })
}

func (h *handler) showDomain(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	h.tellFile(w)
	d := h.desk.Directory()
	dom, err := d.Domain(r.PathValue("name"))
	if err != nil {
		return err
	}
	document, err := h.domainOf(a, d, dom)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, document)
}

func (h *handler) checkDomain(w http.ResponseWriter, r *http.Request, _ conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	report, err := h.dns.Check(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, checkOf(report))
}

func (h *handler) addDomain(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return h.editDomain(w, r, a, http.StatusCreated, func(seen string, e conversation.DomainEdit) (*conversation.Domain, error) {
		return h.file.AddDomain(r.Context(), a, seen, e)
	})
}

func (h *handler) setDomain(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return h.editDomain(w, r, a, http.StatusOK, func(seen string, e conversation.DomainEdit) (*conversation.Domain, error) {
		return h.file.SetDomain(r.Context(), a, seen, r.PathValue("name"), e)
	})
}

// removeDomain answers with the domain as it was.
func (h *handler) removeDomain(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	seen, err := fileEdit(w, r, a, &struct{}{})
	if err != nil {
		return err
	}
	d := h.desk.Directory()
	dom, err := d.Domain(r.PathValue("name"))
	if err != nil {
		return err
	}
	document, err := h.domainOf(a, d, dom)
	if err != nil {
		return err
	}
	if err := h.file.RemoveDomain(r.Context(), a, seen, dom.Name); err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusOK, document)
}

// editDomain reads an edit, has it made, and answers with what the domain now is.
func (h *handler) editDomain(w http.ResponseWriter, r *http.Request, a conversation.Actor, status int, edit func(seen string, e conversation.DomainEdit) (*conversation.Domain, error)) error {
	if _, err := query(r); err != nil {
		return err
	}
	var e DomainEdit
	seen, err := fileEdit(w, r, a, &e)
	if err != nil {
		return err
	}
	dom, err := edit(seen, e.domain())
	if err != nil {
		return err
	}
	h.tellFile(w)
	document, _ := h.domainOf(a, h.desk.Directory(), dom) // the edit is made, whatever could not be read for the answer
	return answer(w, status, document)
}

// domainOf is the document of a domain. With an error it lacks the records that could not be read.
func (h *handler) domainOf(a conversation.Actor, d *conversation.Directory, dom *conversation.Domain) (Domain, error) {
	records, err := h.dns.Records(dom.Name)
	out := Domain{Name: dom.Name, Postmaster: d.PostmasterFor(a, dom), DKIMSelectors: texts(dom.DKIMSelectors), Records: each(records, recordOf)}
	if last := h.dns.LastCheck(dom.Name); last != nil {
		out.State, out.CheckedAt = string(last.State), Time{last.CheckedAt}
	}
	return out, err
}

func recordOf(r dnsrecords.Record) DNSRecord {
	return DNSRecord{Name: r.Name, Type: r.Type, TTL: int(r.TTL), Value: r.Value, Purpose: string(r.Purpose), Why: r.Why}
}

func checkOf(r *dnscheck.Report) DomainCheck {
	return DomainCheck{Domain: r.Domain, CheckedAt: Time{r.CheckedAt}, State: string(r.State), Findings: each(r.Findings, findingOf)}
}

func findingOf(f dnscheck.Finding) DNSFinding {
	return DNSFinding{Name: f.Name, Type: f.Type, Purpose: string(f.Purpose), State: string(f.State), Answer: string(f.Answer), Reason: string(f.Reason),
		Found: texts(f.Found), Wanted: f.Wanted, Paste: f.Paste, Why: f.Why}
}

// Fine tells whether nothing is missing, wrong or unknown.
func (c DomainCheck) Fine() bool {
	return c.State == string(dnscheck.OK) || c.State == string(dnscheck.Advice)
}
