package inbox

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// client is a browser without a script.
type client struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]*http.Cookie
}

func newClient(t *testing.T, in *Inbox) *client {
	t.Helper()
	return &client{t: t, handler: in.Handler(), cookies: map[string]*http.Cookie{}}
}

// loggedIn is a client of the agent's, over the sample desk.
func loggedIn(t *testing.T, agent string) (*client, *fakeDesk) {
	t.Helper()
	desk := sampleDesk()
	c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	c.login(agent)
	return c, desk
}

func (c *client) login(agent string) {
	c.t.Helper()
	answer := c.post("/login", url.Values{"email": {agent}, "password": {password}})
	if answer.Code != http.StatusSeeOther || len(c.cookies) == 0 {
		c.t.Fatalf("log-in answered %d and set %v", answer.Code, c.cookies)
	}
}

func (c *client) do(r *http.Request) *httptest.ResponseRecorder {
	for _, cookie := range c.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		} else {
			c.cookies[cookie.Name] = cookie
		}
	}
	return w
}

func (c *client) get(path string) *httptest.ResponseRecorder {
	return c.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// page is the body of a page that must be there.
func (c *client) page(path string) string {
	c.t.Helper()
	w := c.get(path)
	if w.Code != http.StatusOK {
		c.t.Fatalf("GET %s answered %d: %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (c *client) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.do(r)
}

// upload posts a form with files, as a browser orders it: by the place in the form.
func (c *client) upload(path string, form url.Values, files map[string]string) *httptest.ResponseRecorder {
	c.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range form {
		if err := m.WriteField(name, values[0]); err != nil {
			c.t.Fatal(err)
		}
	}
	for name, content := range files {
		part, err := m.CreateFormFile("files", name)
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := io.WriteString(part, content); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.do(r)
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>.*?</form>`)
	inputPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// form are the hidden fields of the form on a page whose action has that in it.
func (c *client) form(page, action string) url.Values {
	c.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(m[1], action) {
			continue
		}
		values := url.Values{}
		for _, field := range inputPattern.FindAllStringSubmatch(m[0], -1) {
			values.Set(field[1], field[2])
		}
		return values
	}
	c.t.Fatalf("the page has no form to %s", action)
	return nil
}

func wantIn(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(page, p) {
			t.Errorf("the page has no %q", p)
		}
	}
}

func wantNotIn(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(page, p) {
			t.Errorf("the page has %q", p)
		}
	}
}

func request(method, path string) *http.Request { return httptest.NewRequest(method, path, nil) }
