package inbox

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestNobodyGetsInWithoutLoggingIn(t *testing.T) {
	desk := sampleDesk()
	in := newInbox(t, desk, newFakeAgents(), nil)
	for _, path := range []string{
		"/", "/inbox", "/history", "/held", "/protocols/" + martaNumber, "/held/" + desk.held[0].ID,
		"/messages/" + desk.entries[martaNumber][0].ID + "/raw", "/messages/" + desk.entries[martaNumber][0].ID + "/html",
		"/messages/" + desk.entries[martaNumber][0].ID + "/attachments/0",
	} {
		w := newClient(t, in).get(path)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("GET %s answered %d, Location %q", path, w.Code, w.Header().Get("Location"))
		}
		if strings.Contains(w.Body.String(), "Marta") {
			t.Errorf("GET %s tells something", path)
		}
	}
	for _, path := range []string{
		"/logout", "/language", "/protocols/" + martaNumber + "/replies", "/protocols/" + martaNumber + "/notes",
		"/protocols/" + martaNumber + "/finalize", "/protocols/" + martaNumber + "/reopen", "/held/" + desk.held[0].ID + "/discard",
	} {
		if w := newClient(t, in).post(path, url.Values{"text": {"x"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
			t.Errorf("POST %s answered %d, Location %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := newClient(t, in).get("/events"); w.Code != http.StatusUnauthorized {
		t.Errorf("GET /events answered %d", w.Code)
	}
	if len(desk.replies) != 0 || len(desk.held) != 3 {
		t.Error("a stranger changed something")
	}
}

func TestLogin(t *testing.T) {
	agents := newFakeAgents()
	c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
	w := c.post("/login?lang=en", url.Values{"email": {"ana@example.com"}, "password": {"wrong"}, "next": {"/held"}})
	if w.Code != http.StatusUnauthorized || len(c.cookies) != 0 {
		t.Errorf("a wrong password answered %d with cookies %v", w.Code, c.cookies)
	}
	wantIn(t, w.Body.String(), "The address or the password is not right", `value="ana@example.com"`, `name="next" value="/held"`)
	wantNotIn(t, w.Body.String(), `value="wrong"`)

	agents.throttle = 90 * time.Second
	w = c.post("/login", url.Values{"email": {"ana@example.com"}, "password": {password}})
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "90" || len(c.cookies) != 0 {
		t.Errorf("a throttled log-in answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	agents.throttle = 0

	w = c.post("/login", url.Values{"email": {"ana@example.com"}, "password": {password}, "next": {"/held"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/held" {
		t.Errorf("log-in answered %d, Location %q", w.Code, w.Header().Get("Location"))
	}
	cookie := c.cookies["recado"]
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Fatalf("the cookie is %+v", cookie)
	}
	if w := c.get("/login"); w.Code != http.StatusSeeOther {
		t.Errorf("the log-in page is shown to who is in: %d", w.Code)
	}
	if w := c.post("/logout", nil); w.Code != http.StatusSeeOther || len(c.cookies) != 0 {
		t.Errorf("log-out answered %d and left %v", w.Code, c.cookies)
	}
	c.cookies["recado"] = cookie
	if w := c.get("/inbox"); w.Code != http.StatusSeeOther {
		t.Errorf("the old cookie still works: %d", w.Code)
	}
}

func TestCookieOverHTTPS(t *testing.T) {
	c := newClient(t, newInbox(t, sampleDesk(), newFakeAgents(), func(o *Options) { o.URL = "https://inbox.example.com" }))
	c.login("ana@example.com")
	cookie := c.cookies["__Host-recado"]
	if cookie == nil || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("cookies %v, want __Host-recado, secure", c.cookies)
	}
	if w := c.get("/inbox"); w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security over https")
	}
}

func TestSafeNext(t *testing.T) {
	for given, want := range map[string]string{
		"":                                 "/inbox",
		"/inbox?view=mine":                 "/inbox?view=mine",
		"/protocols/20261123-000042#m-1":   "/protocols/20261123-000042",
		"//evil.example/inbox":             "/inbox",
		"/\\evil.example":                  "/inbox",
		"https://evil.example/inbox":       "/inbox",
		"javascript:alert(1)":              "/inbox",
		"/inbox/../../x":                   "/inbox",
		"/inbox//evil.example":             "/inbox",
		"/contacts/ana@shop.test?cursor=x": "/contacts/ana@shop.test?cursor=x",
		"/settings/channels":               "/settings/channels",
		"/logout":                          "/inbox",
		"/search?q=taza":                   "/search?q=taza",
		"/numbers":                         "/numbers",
		"/messages/x/raw":                  "/inbox",
		"/login?next=/inbox":               "/inbox",
		"/events":                          "/inbox",
		"/":                                "/inbox",
		"inbox":                            "/inbox",
		"/inbox\r\nSet-Cookie: a=b":        "/inbox",
		"/%2f/evil.example":                "/inbox",
	} {
		if got := safeNext(given); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestForeignRequestsAreRefused(t *testing.T) {
	for name, headers := range map[string]map[string]string{
		"another site":          {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"a neighbour":           {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.com"},
		"an old browser's form": {"Origin": "https://evil.example"},
	} {
		for _, path := range []string{"/login", "/logout", "/protocols/" + martaNumber + "/notes", "/held/x/discard"} {
			c, desk := loggedIn(t, "ana@example.com")
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("text=x&email=ana@example.com&password="+url.QueryEscape(password)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range headers {
				r.Header.Set(k, v)
			}
			before := len(desk.changes)
			if w := c.do(r); w.Code != http.StatusForbidden || len(desk.changes) != before {
				t.Errorf("%s: POST %s answered %d", name, path, w.Code)
			}
		}
	}
}

// A proxy that hands on another Host must not lock the agents out.
func TestOurOriginBehindAProxy(t *testing.T) {
	c := newClient(t, newInbox(t, sampleDesk(), newFakeAgents(), func(o *Options) { o.URL = "https://inbox.example.com" }))
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/login", strings.NewReader("email=ana@example.com&password="+url.QueryEscape(password)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://inbox.example.com")
	if w := c.do(r); w.Code != http.StatusSeeOther {
		t.Errorf("log-in from our own origin answered %d", w.Code)
	}
}

func TestRemoteAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	in := newInbox(t, sampleDesk(), newFakeAgents(), func(o *Options) { o.TrustedProxies = trusted })
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.5:999", nil, "203.0.113.5"},
		{"a stranger's word", "203.0.113.5:999", []string{"192.0.2.1"}, "203.0.113.5"},
		{"a proxy's word", "127.0.0.1:999", []string{"192.0.2.1"}, "192.0.2.1"},
		{"two proxies", "127.0.0.1:999", []string{"192.0.2.1, 10.1.1.1"}, "192.0.2.1"},
		{"a forged beginning", "127.0.0.1:999", []string{"198.51.100.9, 192.0.2.1"}, "192.0.2.1"},
		{"several fields", "127.0.0.1:999", []string{"198.51.100.9", "192.0.2.1"}, "192.0.2.1"},
		{"nonsense", "127.0.0.1:999", []string{"unknown"}, "127.0.0.1"},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:999", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		for _, f := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := in.Remote(r).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLanguageOfTheLogin(t *testing.T) {
	c := newClient(t, newInbox(t, sampleDesk(), newFakeAgents(), nil))
	for _, tt := range []struct{ path, accept, want string }{
		{"/login", "", "es"},
		{"/login", "pt-BR,pt;q=0.9,en;q=0.8", "pt"},
		{"/login", "de-CH, en-GB;q=0.5", "en"},
		{"/login", "fr", "es"},
		{"/login", ";;;q=", "es"},
		{"/login?lang=en", "pt", "en"},
		{"/login?lang=xx", "pt", "pt"},
	} {
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r.Header.Set("Accept-Language", tt.accept)
		wantIn(t, c.do(r).Body.String(), `<html lang="`+tt.want+`">`)
	}
}

func TestAgentsChooseTheirLanguage(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	wantIn(t, c.page("/inbox"), `<html lang="es">`, "Protocolos abiertos")
	if w := c.post("/language", url.Values{"language": {"pt"}, "next": {"/history"}}); w.Header().Get("Location") != "/history" {
		t.Errorf("led to %q", w.Header().Get("Location"))
	}
	wantIn(t, c.page("/history"), `<html lang="pt">`, "Protocolos encerrados")
}

// TestLoginReadsNoBodyOfAPage: what a stranger sends along with the question for a page is not kept: it
// would fill the memory and the disk of a server that he cannot log in to.
func TestLoginReadsNoBodyOfAPage(t *testing.T) {
	in := newInbox(t, sampleDesk(), newFakeAgents(), nil)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		body := strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"lang\"; filename=\"x\"\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n--b--\r\n")
		r := httptest.NewRequest(method, "/login?lang=pt", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		w := httptest.NewRecorder()
		in.Handler().ServeHTTP(w, r)
		if read := body.Size() - int64(body.Len()); read > 0 {
			t.Errorf("%s: %d octets of the body were read", method, read)
		}
		wantIn(t, w.Body.String(), `lang="pt"`, `action="/login?lang=pt"`)
	}
}

// TestLoginTakesASmallForm: a stranger's form is bounded by what a log-in needs, in memory and in the log.
func TestLoginTakesASmallForm(t *testing.T) {
	var log bytes.Buffer
	in := newInbox(t, sampleDesk(), newFakeAgents(), func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, name := range []string{"email", "password", "next"} {
		body := strings.NewReader(name + "=" + strings.Repeat("x", 1<<20))
		r := httptest.NewRequest(http.MethodPost, "/login", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		in.Handler().ServeHTTP(w, r)
		if read := body.Size() - int64(body.Len()); w.Code != http.StatusUnprocessableEntity || read > 64<<10 {
			t.Errorf("%s: answered %d after %d octets", name, w.Code, read)
		}
	}
	newClient(t, in).post("/login", url.Values{"email": {strings.Repeat("x", 3000)}, "password": {"wrong"}})
	if log.Len() > 1000 {
		t.Errorf("%d octets in the log", log.Len())
	}
}

// TestTheUseOfASessionIsNoted now and then, with the address that it comes from.
func TestTheUseOfASessionIsNoted(t *testing.T) {
	agents := newFakeAgents()
	now := today
	c := newClient(t, newInbox(t, newFakeDesk(), agents, func(o *Options) { o.Now = func() time.Time { return now } }))
	c.login("ana@example.com")
	s := agents.logins["token-1"]
	s.RemoteIP = "198.51.100.7"
	c.page("/settings/you")
	if s.RemoteIP != "198.51.100.7" {
		t.Error("a use right after another was noted")
	}
	now = now.Add(time.Hour)
	c.page("/settings/you")
	if s.RemoteIP != "192.0.2.1" {
		t.Errorf("noted is %q", s.RemoteIP)
	}
}
