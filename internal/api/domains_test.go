package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/say"
)

func (f *fakeFile) AddDomain(_ context.Context, a conversation.Actor, seen string, e conversation.DomainEdit) (*conversation.Domain, error) {
	f.asked = append(f.asked, "add "+who(a)+" "+seen+" "+*e.Name)
	return &conversation.Domain{Name: *e.Name, DKIMSelectors: []string{"recado"}}, f.err
}

func (f *fakeFile) SetDomain(_ context.Context, a conversation.Actor, seen, name string, e conversation.DomainEdit) (*conversation.Domain, error) {
	f.asked = append(f.asked, "set "+who(a)+" "+seen+" "+name+" "+strings.Join(*e.DKIMSelectors, ","))
	return &conversation.Domain{Name: name}, f.err
}

func (f *fakeFile) RemoveDomain(_ context.Context, a conversation.Actor, seen, name string) error {
	f.asked = append(f.asked, "remove "+who(a)+" "+seen+" "+name)
	return f.err
}

// fakeDNS has one record for every domain, and finds it missing.
type fakeDNS struct{ checked []string }

func (d *fakeDNS) Records(name string) ([]dnsrecords.Record, error) {
	return []dnsrecords.Record{{Name: name + ".", Type: "MX", TTL: 3600, Value: "10 mx.example.com.", Purpose: dnsrecords.MX, Why: "Mail."}}, nil
}

func (d *fakeDNS) Check(_ context.Context, name string) (*dnscheck.Report, error) {
	if name != "example.com" {
		return nil, &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no such domain")}
	}
	d.checked = append(d.checked, name)
	return &dnscheck.Report{Domain: name, CheckedAt: time.Unix(0, 0), State: dnscheck.Missing, Findings: []dnscheck.Finding{{Name: name + ".", Type: "MX", State: dnscheck.Missing}}}, nil
}

func (d *fakeDNS) LastCheck(string) *dnscheck.Report {
	if len(d.checked) == 0 {
		return nil
	}
	return &dnscheck.Report{State: dnscheck.Missing, CheckedAt: time.Unix(0, 0)}
}

func TestDomains(t *testing.T) {
	used := conversation.ChannelFileRefusal{{Message: say.Of("example.com is still used by channels")}}
	const domain, eva = "/api/v1/domains/Example.com.", "eva@example.com"
	tests := []struct {
		name, method, path, body, as string
		err                          error
		status                       int
		words, asked                 string
	}{
		{"list", "GET", "/api/v1/domains", "", "", nil, 200, `"value":"10 mx.example.com."`, ""},
		{"show", "GET", domain, "", "", nil, 200, `"name":"example.com"`, ""},
		{"show another's", "GET", "/api/v1/domains/elsewhere.test", "", "", nil, 404, "no domain of ours", ""},
		{"check", "GET", "/api/v1/domains/example.com/dns", "", "", nil, 200, `"state":"missing"`, ""},
		{"check another's", "GET", "/api/v1/domains/elsewhere.test/dns", "", "", nil, 404, "", ""},
		{"add", "POST", "/api/v1/domains", `{"name":"help.example.com"}`, "", nil, 201, `"dkim_selectors":["recado"]`, "add operator  help.example.com"},
		{"set", "PATCH", domain, `{"dkim_selectors":["a","b"]}`, "", nil, 200, `"name"`, "set operator  Example.com. a,b"},
		{"remove", "DELETE", domain, `{}`, "", nil, 200, `"name":"example.com"`, "remove operator  example.com"},
		{"remove what is used", "DELETE", domain, `{}`, "", used, 409, "still used", "remove operator  example.com"},
		{"an agent lists", "GET", "/api/v1/domains", "", eva, nil, 403, "", ""},
		{"an agent checks", "GET", "/api/v1/domains/example.com/dns", "", eva, nil, 403, "", ""},
		{"an agent adds", "POST", "/api/v1/domains", `{"name":"help.example.com"}`, eva, nil, 403, "", ""},
		{"an agent removes", "DELETE", domain, `{}`, eva, nil, 403, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := &fakeFile{err: tt.err}
			h := api.New(api.Options{Desk: &fakeDesk{}, File: file, DNS: &fakeDNS{}, Authenticate: api.OnSocket(agents), Local: true})
			var header []string
			if tt.as != "" {
				header = []string{api.HeaderAs, tt.as}
			}
			w := call(t, h, tt.method, tt.path, tt.body, header...)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if got := strings.Join(file.asked, ";"); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if w.Code < 300 {
				asDescribed(t, h, tt.method, tt.path, w)
			}
		})
	}
}

// TestDomainTellsLastCheck: who lists the domains sees how they stood.
func TestDomainTellsLastCheck(t *testing.T) {
	h := api.New(api.Options{Desk: &fakeDesk{}, DNS: &fakeDNS{}, Authenticate: api.OnSocket(agents)})
	if w := call(t, h, http.MethodGet, "/api/v1/domains", ""); !strings.Contains(w.Body.String(), `"state":"","checked_at":null`) {
		t.Errorf("before: %s", w.Body)
	}
	call(t, h, http.MethodGet, "/api/v1/domains/example.com/dns", "")
	if w := call(t, h, http.MethodGet, "/api/v1/domains", ""); !strings.Contains(w.Body.String(), `"state":"missing","checked_at":"1970`) {
		t.Errorf("after: %s", w.Body)
	}
}
