package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/say"
)

func (f *fakeFile) editDomains(seen string, change func([]conversation.Domain) []conversation.Domain) error {
	if f.err != nil {
		return f.err
	}
	if seen != f.state.Hash {
		return &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed")}
	}
	next := *f.desk.dir
	next.Domains = change(slices.Clone(next.Domains))
	f.desk.dir = next.Build()
	f.state.Hash += "x"
	return nil
}

func (f *fakeFile) AddDomain(_ context.Context, _ conversation.Actor, seen string, e conversation.DomainEdit) (*conversation.Domain, error) {
	added := conversation.Domain{Name: *e.Name, Postmaster: "soporte@example.com", DKIMSelectors: []string{"recado"}}
	return &added, f.editDomains(seen, func(all []conversation.Domain) []conversation.Domain { return append(all, added) })
}

func (f *fakeFile) SetDomain(_ context.Context, _ conversation.Actor, seen, name string, e conversation.DomainEdit) (*conversation.Domain, error) {
	set := conversation.Domain{Name: name}
	return &set, f.editDomains(seen, func(all []conversation.Domain) []conversation.Domain {
		for i := range all {
			if all[i].Name == name {
				all[i].Postmaster = *e.Postmaster
			}
		}
		return all
	})
}

func (f *fakeFile) RemoveDomain(_ context.Context, _ conversation.Actor, seen, name string) error {
	return f.editDomains(seen, func(all []conversation.Domain) []conversation.Domain {
		return slices.DeleteFunc(all, func(d conversation.Domain) bool { return d.Name == name })
	})
}

// fakeDNS knows an MX and a key of every domain; its check finds what it is told to.
type fakeDNS struct {
	report *dnscheck.Report // of the next check
	last   *dnscheck.Report
	err    error // of the records
}

func (d *fakeDNS) Records(name string) ([]dnsrecords.Record, error) {
	return dnsrecords.Records(dnsrecords.Options{Domain: name, MXHost: "mx.example.com", Keys: []dnsrecords.Key{{Selector: "recado", Record: "v=DKIM1; p=" + strings.Repeat("A", 300)}}}), d.err
}

func (d *fakeDNS) Check(context.Context, string) (*dnscheck.Report, error) {
	d.last = d.report
	return d.report, nil
}

func (d *fakeDNS) LastCheck(string) *dnscheck.Report { return d.last }

// domainsInbox is an inbox with domains, and an admin who is logged in.
func domainsInbox(t *testing.T) (*fakeFile, *fakeDNS, *client) {
	t.Helper()
	desk, agents := newFakeDesk(), newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care"}, Language: "en"}
	file, dns := &fakeFile{desk: desk, state: conversation.ChannelFileState{Path: "recado.toml", Hash: "h"}}, &fakeDNS{}
	c := newClient(t, newInbox(t, desk, agents, func(o *Options) { o.ChannelFile, o.DNS = file, dns }))
	c.login("ada@example.com")
	return file, dns, c
}

func TestDomains(t *testing.T) {
	file, _, c := domainsInbox(t)
	if body := c.get("/settings/domains").Body.String(); !strings.Contains(body, `href="/settings/domains/example.com"`) || !strings.Contains(body, "not checked yet") {
		t.Errorf("the list: %s", body)
	}
	for name, tt := range map[string]struct{ form, words string }{
		"nothing":                  {"name=", "Enter the domain."},
		"an address":               {"name=soporte@example.com", "Write it as example.com."},
		"one word":                 {"name=localhost", "Write it as example.com."},
		"one that is there":        {"name=Example.COM.", "This domain is already here."},
		"a postmaster who is none": {"name=new.example&postmaster=x@example.com", "This is no channel."},
		"an isolated postmaster":   {"name=new.example&postmaster=personas@example.com", "This is no channel."},
	} {
		values, err := url.ParseQuery(tt.form + "&hash=h")
		if err != nil {
			t.Fatal(err)
		}
		if w := c.post("/settings/domains", values); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), tt.words) || !strings.Contains(w.Body.String(), `aria-invalid="true"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	file.err = conversation.ChannelFileRefusal{{Field: "name", Message: say.Of("it has an odd letter")}, {Field: "dkim_selector", Message: say.Of("elsewhere")}}
	if w := c.post("/settings/domains", url.Values{"name": {"new.example"}, "hash": {"h"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "It has an odd letter.") || !strings.Contains(w.Body.String(), "Elsewhere.") {
		t.Errorf("refused by the file: %d %s", w.Code, w.Body)
	}
	file.err = nil
	if w := c.post("/settings/domains", url.Values{"name": {"new.example"}, "hash": {"old"}}); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "changed meanwhile") || !strings.Contains(w.Body.String(), `value="new.example"`) {
		t.Errorf("by an older file: %d %s", w.Code, w.Body)
	}
	w := c.post("/settings/domains", url.Values{"name": {"new.example"}, "hash": {"h"}})
	if at := w.Header().Get("Location"); w.Code != http.StatusSeeOther || at != "/settings/domains/new.example?done=added" {
		t.Errorf("added: %d %s", w.Code, at)
	}
	if w := c.post("/settings/domains/new.example/delete", url.Values{"hash": {file.state.Hash}}); w.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", w.Code)
	}
	if w := c.post("/settings/domains/new.example/delete", url.Values{"hash": {"h"}}); w.Code != http.StatusSeeOther {
		t.Errorf("removed by a second click: %d", w.Code)
	}
}

func TestDomain(t *testing.T) {
	file, dns, c := domainsInbox(t)
	file.desk.dir.Domains[0].Postmaster = "soporte@example.com"
	const page = "/settings/domains/example.com"
	body := c.get(page).Body.String()
	for _, words := range []string{"Check now", "recado._domainkey.example.com.", "v=spf1 mx ~all", "10 mx.example.com.", `value="soporte@example.com"`} {
		if !strings.Contains(body, words) {
			t.Errorf("the page has no %q", words)
		}
	}
	if w := c.get("/settings/domains/elsewhere.test"); w.Code != http.StatusNotFound {
		t.Errorf("another's: %d", w.Code)
	}
	dns.report = &dnscheck.Report{Domain: "example.com", State: dnscheck.Wrong, CheckedAt: time.Now(), Findings: []dnscheck.Finding{
		{Name: "example.com.", Type: "MX", Purpose: dnsrecords.MX, State: dnscheck.Wrong, Reason: "mx.elsewhere", Found: []string{"5 <b>mail.other.test."}, Wanted: "10 mx.example.com.",
			Paste: "example.com. 3600 IN MX 10 mx.example.com.\n", Values: map[string]string{"others": "<i>mail.other.test", "domain": "example.com"}},
		{Name: "_dmarc.example.com.", Type: "TXT", Purpose: dnsrecords.DMARC, State: dnscheck.Unknown, Reason: "dns.timeout", Values: map[string]string{"name": "_dmarc.example.com"}},
	}}
	if w := c.post(page+"/check", url.Values{}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != page+"#check" {
		t.Errorf("check: %d %s", w.Code, w.Header().Get("Location"))
	}
	body = c.get(page).Body.String()
	for _, words := range []string{"Mail goes to &lt;i&gt;mail.other.test, not to this server.", "5 &lt;b&gt;mail.other.test.", "Wrong", "No answer", "The DNS did not answer for _dmarc.example.com in time.", "example.com. 3600 IN MX 10 mx.example.com."} {
		if !strings.Contains(body, words) {
			t.Errorf("after the check the page has no %q", words)
		}
	}
	if body := c.get("/settings/domains").Body.String(); !strings.Contains(body, "Wrong") {
		t.Error("the list does not tell the state")
	}
	if w := c.post(page, url.Values{"postmaster": {"nobody@example.com"}, "hash": {"h"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "This is no channel.") {
		t.Errorf("a postmaster who is none: %d", w.Code)
	}
	if w := c.post(page, url.Values{"postmaster": {""}, "hash": {"h"}}); w.Code != http.StatusSeeOther || file.desk.dir.Domains[0].Postmaster != "" {
		t.Errorf("no postmaster: %d", w.Code)
	}
	file.err = conversation.ChannelFileRefusal{{Message: say.Of("example.com is still used by channels: soporte@example.com"), Hint: say.Of("remove them first")}}
	if w := c.post(page+"/delete", url.Values{"hash": {file.state.Hash}}); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "example.com was not removed") || !strings.Contains(w.Body.String(), "remove them first") {
		t.Errorf("removed while it is used: %d %s", w.Code, w.Body)
	}
	dns.err = errors.New("damaged")
	if w := c.get(page); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "A key could not be read.") {
		t.Errorf("without a key: %d", w.Code)
	}
}

func TestDomainsAreForAdmins(t *testing.T) {
	desk, agents := newFakeDesk(), newFakeAgents()
	c := newClient(t, newInbox(t, desk, agents, func(o *Options) { o.ChannelFile, o.DNS = &fakeFile{desk: desk}, &fakeDNS{} }))
	c.login("ana@example.com")
	for _, path := range []string{"/settings/domains", "/settings/domains/example.com"} {
		if w := c.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := c.post("/settings/domains/example.com/check", url.Values{}); w.Code != http.StatusForbidden {
		t.Errorf("check: %d", w.Code)
	}
}
