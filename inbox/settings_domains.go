package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
	// Check asks the DNS, in bounded time, unless it just did.
	Check(ctx context.Context, name string) (*dnscheck.Report, error)
	// LastCheck is what the last one found; nil: there was none.
	LastCheck(name string) *dnscheck.Report
}

// domainsPage is how many domains a page lists.
const domainsPage = 100

// domainsView is Settings > Domains.
type domainsView struct {
	Hash         string // of the file that the list shows
	Rows         []domainRow
	Add          domainForm
	Older, Newer string
}

type domainRow struct {
	Name, URL, Postmaster, Keys string
	State                       *stateView // of the last check; nil: none was made
	At                          moment
}

// domainForm is what was typed, with what is wrong with it.
type domainForm struct {
	Open             bool
	Name, Postmaster string
	Errors           map[string]string // by field; "" for the whole
}

// domainView is one domain.
type domainView struct {
	Hash, Name, URL  string
	Keys, Postmaster string
	Records          []recordView
	Fragment         string // all of them, as a zone file has them
	Unread           string // why not all of them are there
	Check            *checkView
	Set              domainForm
	Complaint        []string // why the last edit was not made
}

type recordView struct{ Type, Name, Value, What string }

// checkView is what the DNS said.
type checkView struct {
	State    stateView
	At       moment
	Findings []findingView
	Paste    string // all that is to be pasted
}

type findingView struct {
	State         stateView
	Topic         string
	Type, Name    string
	Why           string
	Found         []string
	Wanted, Paste string
}

// stateView is a state as a sign and a word.
type stateView struct{ Class, Mark, Word string }

// signs are how states look. A word stands beside each, since colour alone tells nobody.
var signs = map[dnscheck.State]stateView{
	dnscheck.OK: {"verified", "✓", ""}, dnscheck.Advice: {"advice", "i", ""}, dnscheck.Unknown: {"unverified", "?", ""},
	dnscheck.Missing: {"failed", "–", ""}, dnscheck.Wrong: {"failed", "!", ""},
}

func (v *visit) state(s dnscheck.State) stateView {
	view := signs[s]
	view.Word = v.lang.word("dns.state.", string(s))
	return view
}

// domains lets admins alone through, where domains can be edited and checked.
func (in *Inbox) domains(h handler) http.HandlerFunc {
	return in.settles(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if in.dns == nil {
			return errNotFound
		}
		return h(w, r, v)
	})
}

func domainURL(name string) string { return "/settings/domains/" + url.PathEscape(name) }

func (in *Inbox) showDomains(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderDomains(w, r, v, http.StatusOK, domainForm{})
}

func (in *Inbox) renderDomains(w http.ResponseWriter, r *http.Request, v *visit, status int, form domainForm) error {
	view := &domainsView{Hash: in.file.State().Hash, Add: form} // the hash before the rows: never newer than they are
	v.dir = in.desk.Directory()
	p := page{Title: v.lang.T("domains.title"), Body: view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	all := v.dir.Domains
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || number < 0 || number*domainsPage >= len(all) {
		number = 0
	}
	for i := number * domainsPage; i < min((number+1)*domainsPage, len(all)); i++ {
		view.Rows = append(view.Rows, in.domainRow(v, &all[i]))
	}
	if number > 0 {
		view.Newer = "/settings/domains?page=" + strconv.Itoa(number-1)
	}
	if (number+1)*domainsPage < len(all) {
		view.Older = "/settings/domains?page=" + strconv.Itoa(number+1)
	}
	if r.URL.Query().Get("done") == "removed" {
		p.Notice = v.lang.T("domains.removed")
	}
	return in.render(w, v, status, "settings_domains", p)
}

func (in *Inbox) domainRow(v *visit, d *conversation.Domain) domainRow {
	row := domainRow{Name: d.Name, URL: domainURL(d.Name), Postmaster: v.dir.PostmasterFor(v.actor, d), Keys: strings.Join(d.DKIMSelectors, ", ")}
	if last := in.dns.LastCheck(d.Name); last != nil {
		state := v.state(last.State)
		row.State, row.At = &state, v.moment(last.CheckedAt)
	}
	return row
}

func (in *Inbox) addDomain(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := domainForm{Open: true, Name: strings.TrimSpace(r.PostForm.Get("name")), Postmaster: strings.TrimSpace(r.PostForm.Get("postmaster")), Errors: map[string]string{}}
	v.dir = in.desk.Directory()
	v.lookAtDomain(&f)
	if len(f.Errors) > 0 {
		return in.renderDomains(w, r, v, http.StatusUnprocessableEntity, f)
	}
	edit := conversation.DomainEdit{Name: &f.Name}
	if f.Postmaster != "" {
		edit.Postmaster = &f.Postmaster
	}
	d, err := in.file.AddDomain(r.Context(), v.actor, r.PostForm.Get("hash"), edit)
	if err == nil {
		http.Redirect(w, r, domainURL(d.Name)+"?done=added", http.StatusSeeOther)
		return nil
	}
	status, err := v.refuse(&f, err)
	if err != nil {
		return err
	}
	return in.renderDomains(w, r, v, status, f)
}

// refuse puts the reasons why an edit was not made at the fields that they are about.
func (v *visit) refuse(f *domainForm, err error) (status int, _ error) {
	var refusal conversation.ChannelFileRefusal
	if errors.As(err, &refusal) {
		for _, p := range refusal {
			field := p.Field
			if field != "name" && field != "postmaster" {
				field = ""
			}
			f.Errors[field] = v.told(p.Said())
		}
		return http.StatusUnprocessableEntity, nil
	}
	status, words, err := v.notEdited(err)
	f.Errors[""] = words
	return status, err
}

// lookAtDomain finds the mistakes that are made most, in the agent's language; the file has the last word.
func (v *visit) lookAtDomain(f *domainForm) {
	switch {
	case f.Name == "":
		f.Errors["name"] = v.lang.T("domains.noname")
	case strings.ContainsAny(f.Name, " @/:,") || !strings.Contains(strings.Trim(f.Name, "."), "."):
		f.Errors["name"] = v.lang.T("domains.badname")
	default:
		if _, err := v.dir.Domain(f.Name); err == nil {
			f.Errors["name"] = v.lang.T("domains.twice")
		}
	}
	v.lookAtPostmaster(f)
}

func (v *visit) lookAtPostmaster(f *domainForm) {
	if f.Postmaster != "" && v.dir.MayBePostmaster(v.actor, f.Postmaster) != nil {
		f.Errors["postmaster"] = v.lang.T("domains.nochannel")
	}
}

func (in *Inbox) showDomain(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderDomain(w, r, v, http.StatusOK, domainForm{}, nil)
}

// renderDomain is the page of the domain that the address names. form is nil-valued where nothing was typed.
func (in *Inbox) renderDomain(w http.ResponseWriter, r *http.Request, v *visit, status int, form domainForm, complaint []string) error {
	hash := in.file.State().Hash
	v.dir = in.desk.Directory()
	d, err := v.dir.Domain(r.PathValue("name"))
	if err != nil {
		return err
	}
	view := &domainView{Hash: hash, Name: d.Name, URL: domainURL(d.Name), Keys: strings.Join(d.DKIMSelectors, ", "),
		Postmaster: v.dir.PostmasterFor(v.actor, d), Set: form, Complaint: complaint}
	if form.Errors == nil {
		view.Set.Postmaster = view.Postmaster
	}
	p := page{Title: d.Name, Body: view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	in.fillRecords(v, view)
	if last := in.dns.LastCheck(d.Name); last != nil {
		view.Check = v.checkView(last)
	}
	switch done := r.URL.Query().Get("done"); done {
	case "added", "changed":
		p.Notice = v.lang.T("domains." + done)
	}
	return in.render(w, v, status, "settings_domain", p)
}

// fillRecords shows what to publish.
func (in *Inbox) fillRecords(v *visit, view *domainView) {
	records, err := in.dns.Records(view.Name)
	var told *conversation.Error
	switch {
	case errors.As(err, &told):
		view.Unread = v.reason(err)
	case err != nil:
		view.Unread = v.lang.T("domains.unread")
	}
	for i := range records {
		rec := &records[i]
		view.Records = append(view.Records, recordView{Type: rec.Type, Name: rec.Name, Value: rec.Value, What: v.lang.word("dns.record.", string(rec.Purpose))})
		rec.Why = "" // the table says it, in the agent's language
	}
	view.Fragment = dnsrecords.ZoneFragment(records)
}

func (v *visit) checkView(r *dnscheck.Report) *checkView {
	view := &checkView{State: v.state(r.State), At: v.moment(r.CheckedAt), Paste: r.Paste()}
	for _, f := range r.Findings {
		var pairs []string
		for name, value := range f.Values {
			pairs = append(pairs, name, value)
		}
		view.Findings = append(view.Findings, findingView{
			State: v.state(f.State), Topic: v.lang.word("dns.purpose.", string(f.Purpose)), Type: f.Type, Name: f.Name,
			Why: v.lang.T("dns.reason."+string(f.Reason), pairs...), Found: f.Found, Wanted: f.Wanted, Paste: f.Paste,
		})
	}
	return view
}

// checkDomain asks the DNS; the page then shows what it said.
func (in *Inbox) checkDomain(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := in.desk.Directory().Domain(r.PathValue("name"))
	if err != nil {
		return err
	}
	if _, err := in.dns.Check(r.Context(), d.Name); err != nil {
		return err
	}
	http.Redirect(w, r, domainURL(d.Name)+"#check", http.StatusSeeOther)
	return nil
}

// setDomain changes where mail to postmaster goes.
func (in *Inbox) setDomain(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := domainForm{Open: true, Postmaster: strings.TrimSpace(r.PostForm.Get("postmaster")), Errors: map[string]string{}}
	v.dir = in.desk.Directory()
	v.lookAtPostmaster(&f)
	if len(f.Errors) > 0 {
		return in.renderDomain(w, r, v, http.StatusUnprocessableEntity, f, nil)
	}
	d, err := in.file.SetDomain(r.Context(), v.actor, r.PostForm.Get("hash"), r.PathValue("name"), conversation.DomainEdit{Postmaster: &f.Postmaster})
	if err == nil {
		http.Redirect(w, r, domainURL(d.Name)+"?done=changed", http.StatusSeeOther)
		return nil
	}
	status, err := v.refuse(&f, err)
	if err != nil {
		return err
	}
	return in.renderDomain(w, r, v, status, f, nil)
}

func (in *Inbox) removeDomain(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	name := r.PathValue("name")
	err := in.file.RemoveDomain(r.Context(), v.actor, r.PostForm.Get("hash"), name)
	if err == nil {
		http.Redirect(w, r, "/settings/domains?done=removed", http.StatusSeeOther)
		return nil
	}
	if _, gone := in.desk.Directory().Domain(name); gone != nil { // by the first of two clicks
		http.Redirect(w, r, "/settings/domains?done=removed", http.StatusSeeOther)
		return nil
	}
	status, words, err := v.notEdited(err)
	if err != nil {
		return err
	}
	return in.renderDomain(w, r, v, status, domainForm{}, []string{v.lang.T("domains.notremoved", "name", name), words})
}
