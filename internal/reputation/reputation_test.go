package reputation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/internal/mailauth"
	"recado/internal/mailtest"
)

// lists is what the blocklists of the tests answer.
const lists = `
2.0.0.127.one.test. A 127.0.0.2
2.0.0.127.two.test. A 127.0.0.10
1.2.0.192.one.test. A 127.0.0.4
1.2.0.192.two.test. A 127.0.0.2
1.2.0.192.two.test. A 127.0.0.11
2.2.0.192.one.test. A 127.255.255.254
2.2.0.192.two.test. A 203.0.113.7
3.2.0.192.one.test. TIMEOUT
3.2.0.192.two.test. A 127.0.0.2
4.2.0.192.one.test. SERVFAIL
5.2.0.192.one.test. A 127.255.255.255
5.2.0.192.one.test. A 127.0.0.3
10.2.0.192.one.test. A 127.0.0.1
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.one.test. A 127.0.0.2
6.2.0.192.in-addr.arpa. PTR mx.sender.test.
mx.sender.test. A 192.0.2.6
7.2.0.192.in-addr.arpa. PTR mx.bank.test.
mx.bank.test. A 192.0.2.99
`

func newChecker(t *testing.T, zones ...string) *Checker {
	t.Helper()
	dns, err := mailtest.ServeDNS("", mailtest.MustParseZone(lists))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dns.Close() })
	return &Checker{Resolver: mailauth.NewResolver(dns.Addr()), Zones: zones, Deadline: 20 * time.Second}
}

func TestClient(t *testing.T) {
	c := newChecker(t, "one.test", "two.test")
	tests := map[string]struct {
		ip   string
		want Client
	}{
		"not listed":           {"192.0.2.9", Client{}},
		"listed by two":        {"192.0.2.1", Client{Listed: []Listing{{"one.test", "127.0.0.4"}, {"two.test", "127.0.0.2"}}}},
		"mapped":               {"::ffff:192.0.2.1", Client{Listed: []Listing{{"one.test", "127.0.0.4"}, {"two.test", "127.0.0.2"}}}},
		"IPv6":                 {"2001:db8::1", Client{Listed: []Listing{{"one.test", "127.0.0.2"}}}},
		"no usable one":        {"192.0.2.2", Client{Silent: []string{"one.test does not answer us (127.255.255.254)", "two.test answered 203.0.113.7, which lists nothing"}}},
		"one is broken":        {"192.0.2.4", Client{Silent: []string{"one.test could not be asked"}}},
		"fault and entry":      {"192.0.2.5", Client{Listed: []Listing{{"one.test", "127.0.0.3"}}}},
		"refused as 127.0.0.1": {"192.0.2.10", Client{Silent: []string{"one.test answered 127.0.0.1, which lists nothing"}}},
		"the test point":       {"127.0.0.2", Client{Listed: []Listing{{"one.test", "127.0.0.2"}, {"two.test", "127.0.0.10"}}}},
		"no address":           {"", Client{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ip, _ := netip.ParseAddr(tt.ip)
			got := c.Client(context.Background(), ip)
			for i, l := range got.Listed { // of several entries in one list, DNS gives any first
				if l.Zone == "two.test" && l.Answer == "127.0.0.11" {
					got.Listed[i].Answer = "127.0.0.2"
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSilentList: the deadline ends the wait for it, and for it alone.
func TestSilentList(t *testing.T) {
	c := newChecker(t, "one.test", "two.test")
	c.Deadline = 500 * time.Millisecond
	want := Client{Listed: []Listing{{"two.test", "127.0.0.2"}}, Silent: []string{"one.test did not answer in time"}}
	if diff := cmp.Diff(want, c.Client(context.Background(), netip.MustParseAddr("192.0.2.3"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProbe(t *testing.T) {
	c := newChecker(t, "one.test", "gone.test")
	want := []string{"gone.test has no entry for 127.0.0.2, which every blocklist has"}
	if got := c.Probe(context.Background()); !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
}

// TestName: a name that does not lead back is anybody's claim.
func TestName(t *testing.T) {
	c := newChecker(t)
	c.Rspamd = NewRspamd("http://127.0.0.1:9")
	for ip, want := range map[string]string{"192.0.2.6": "mx.sender.test", "192.0.2.7": "", "192.0.2.8": ""} {
		if got := c.Client(context.Background(), netip.MustParseAddr(ip)).Name; strings.TrimSuffix(got, ".") != want {
			t.Errorf("%s is called %q, want %q", ip, got, want)
		}
	}
}

var spamRequest = Request{
	IP: netip.MustParseAddr("192.0.2.1"), HELO: "evil\r\nX: y", Hostname: "mx.sender.test", From: "eve@sender.test",
	Recipients: []string{"care@shop.test", "hr@shop.test"}, QueueID: "q1", Mail: strings.NewReader("Subject: x\r\n\r\nbuy\r\n"), Size: 19,
}

func TestRspamd(t *testing.T) {
	var body string
	var header http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, header = r.Method+" "+r.URL.Path+" "+string(b), r.Header
		_, _ = io.WriteString(w, `{"is_skipped":false,"score":15.25,"required_score":15,"action":"reject","symbols":{
			"BAYES_SPAM":{"name":"BAYES_SPAM","score":5.1,"options":["100%"]},"GTUBE":{"score":10},"R_DKIM_ALLOW":{"score":-0.2},"BAD\nNAME":{"score":99}}}`)
	}))
	defer s.Close()
	c := &Checker{Rspamd: NewRspamd(s.URL + "/")}
	got, silent, err := c.Mail(context.Background(), spamRequest)
	want := Score{Score: 15.25, Symbols: []string{"GTUBE 10", "BAYES_SPAM 5.1", "R_DKIM_ALLOW -0.2"}}
	if diff := cmp.Diff(want, got); diff != "" || silent != "" || err != nil {
		t.Errorf("%q, %v (-want +got):\n%s", silent, err, diff)
	}
	if body != "POST /checkv2 Subject: x\r\n\r\nbuy\r\n" {
		t.Errorf("it was asked %q", body)
	}
	for name, want := range map[string][]string{
		"Ip": {"192.0.2.1"}, "Helo": {"evil??X: y"}, "Hostname": {"mx.sender.test"}, "From": {"eve@sender.test"},
		"Queue-Id": {"q1"}, "Rcpt": {"care@shop.test", "hr@shop.test"}, "X": nil,
	} {
		if !slices.Equal(header[name], want) {
			t.Errorf("%s is %q, want %q", name, header[name], want)
		}
	}
}

// TestRspamdThatIsOfNoUse: whatever it does, there is a sentence, and an end.
func TestRspamdThatIsOfNoUse(t *testing.T) {
	tests := map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		"an error": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "rspamd could not be asked"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
		}, "rspamd could not be asked"},
		"another's": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }, "rspamd could not be asked"},
		"no score":  {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, "rspamd could not be asked"},
		"null":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "null") }, "rspamd could not be asked"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"score":1,"x":"`+strings.Repeat("x", maxResponse)+`"}`)
		}, "rspamd could not be asked"},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "rspamd did not answer in time"},
		"half of one": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"score":1`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "rspamd did not answer in time"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // then its context ends with the client
				tt.answer(w, r)
			}))
			defer s.Close()
			c := &Checker{Rspamd: NewRspamd(s.URL), Deadline: 20 * time.Second}
			if strings.Contains(tt.want, "in time") {
				c.Deadline = 200 * time.Millisecond
			}
			if _, silent, err := c.Mail(context.Background(), spamRequest); silent != tt.want || err == nil {
				t.Errorf("%q, %v; want %q", silent, err, tt.want)
			}
		})
	}
	c := &Checker{Rspamd: NewRspamd("http://127.0.0.1:1")}
	if _, silent, err := c.Mail(context.Background(), spamRequest); silent != "rspamd could not be asked" || err == nil {
		t.Errorf("nobody there: %q, %v", silent, err)
	}
}
