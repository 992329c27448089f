package inbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/say"
)

func (f *fakeFile) departments(seen string, change func([]conversation.Department) []conversation.Department) error {
	return f.edit(seen, func(channels []conversation.Channel) []conversation.Channel {
		next := *f.desk.dir
		next.Departments = change(slices.Clone(next.Departments))
		f.desk.dir = &next
		return channels
	})
}

func (f *fakeFile) AddDepartment(_ context.Context, _ conversation.Actor, seen string, d conversation.DepartmentEdit, c conversation.ChannelEdit) (*conversation.Department, error) {
	added := conversation.Department{ID: *d.ID, Name: *d.Name, Isolated: *d.Isolated, Acknowledge: *d.Acknowledge, Language: "en"}
	f.asked = append(f.asked, "add "+*d.ID+" "+*c.Email+" "+*c.Send)
	return &added, f.departments(seen, func(all []conversation.Department) []conversation.Department { return append(all, added) })
}

func (f *fakeFile) SetDepartment(_ context.Context, _ conversation.Actor, seen, id string, d conversation.DepartmentEdit) (*conversation.Department, error) {
	return nil, f.departments(seen, func(all []conversation.Department) []conversation.Department {
		for i := range all {
			if all[i].ID != id {
				continue
			}
			if d.Name != nil {
				f.asked, all[i].Name = append(f.asked, "name "+*d.Name), *d.Name
			}
			if d.Language != nil {
				f.asked = append(f.asked, "language "+*d.Language)
			}
			if d.Acknowledge != nil {
				f.asked, all[i].Acknowledge = append(f.asked, "acknowledge"), *d.Acknowledge
			}
			if d.Isolated != nil {
				all[i].Isolated = *d.Isolated
			}
		}
		return all
	})
}

func (f *fakeFile) RemoveDepartment(_ context.Context, _ conversation.Actor, seen, id string, fate conversation.ChannelsFate) error {
	f.asked = append(f.asked, "remove "+id+" to "+fate.To)
	return f.departments(seen, func(all []conversation.Department) []conversation.Department {
		return slices.DeleteFunc(all, func(d conversation.Department) bool { return d.ID == id })
	})
}

func (f *fakeFile) SetDepartmentText(_ context.Context, _ conversation.Actor, id string, kind conversation.DepartmentText, seen, text string) (*conversation.Department, error) {
	f.asked = append(f.asked, "text "+id+" "+string(kind))
	if dep := f.desk.dir.Department(id); seen != dep.TextHash(kind) {
		return nil, &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed")}
	}
	return nil, f.departments(f.state.Hash, func(all []conversation.Department) []conversation.Department {
		for i := range all {
			if all[i].ID == id && kind == conversation.TextAcknowledgement {
				all[i].AcknowledgementText = text
			}
		}
		return all
	})
}

// formStep is a form that is sent, and what the page that follows says.
type formStep struct {
	name, path string
	form       url.Values
	status     int
	words      string
}

func (s formStep) take(t *testing.T, c *client) {
	t.Helper()
	w := c.post(s.path, s.form)
	body := w.Body.String()
	if w.Code == http.StatusSeeOther {
		body = c.page(w.Header().Get("Location"))
	}
	if w.Code != s.status || !strings.Contains(body, s.words) {
		t.Errorf("%s: %d without %q\n%s", s.name, w.Code, s.words, body)
	}
}

func TestSettingsDepartments(t *testing.T) {
	file, c := settingsInbox(t)
	page := c.page("/settings/departments")
	if !strings.Contains(page, "/settings/departments/sales") || strings.Contains(page, "/settings/departments/hr") {
		t.Error("the table lacks a department, or has an isolated one")
	}
	if w := c.get("/settings/departments/hr"); w.Code != http.StatusNotFound {
		t.Errorf("an isolated department: %d", w.Code)
	}
	const all, one = "/settings/departments", "/settings/departments/new"
	add := func(id, name, email string, more ...string) url.Values {
		v := url.Values{"hash": {file.state.Hash}, "id": {id}, "name": {name}, "email": {email}, "send": {"all"}, "language": {"en"}}
		for _, m := range more {
			v.Set(m, "yes")
		}
		return v
	}
	for _, s := range []formStep{
		{"no name", all, add("new", "", "new@example.com"), 422, "Enter the name"},
		{"no id", all, add("no spaces", "New", "new@example.com"), 422, `id="team-id-error">Write letters`},
		{"a foreign address", all, add("new", "New", "new@other.example"), 422, "one of our domains: example.com"},
		{"add", all, add("new", "New", "new@example.com", "acknowledge"), 303, "The department was added."},
	} {
		s.take(t, c)
	}
	hash := func() url.Values { return url.Values{"hash": {file.state.Hash}} }
	with := func(pairs ...string) url.Values {
		v := hash()
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	formStep{"nothing changed", one, with("name", "New", "language", "en", "acknowledge", "yes"), 303, "The department was changed."}.take(t, c)
	if got := strings.Join(file.asked, "; "); got != "add new new@example.com all" {
		t.Errorf("asked %s", got)
	}
	formStep{"change", one, with("name", "Newer", "language", "pt"), 303, "Newer"}.take(t, c)
	if got := strings.Join(file.asked[1:], "; "); got != "name Newer; language pt; acknowledge" {
		t.Errorf("asked %s", got)
	}
	formStep{"changed meanwhile", one, url.Values{"hash": {"old"}, "name": {"Mine"}, "language": {"en"}}, 409, `value="Mine"`}.take(t, c)
	file.err = conversation.StandsOpen(say.Of("department new cannot be removed"), []string{"20261123-000042"})
	formStep{"protocols are open", one + "/delete", with("channels", "remove"), 409, "20261123-000042: finalize or transfer them first"}.take(t, c)
	file.err = nil
	formStep{"remove", one + "/delete", with("channels", "to:sales"), 303, "The department was removed."}.take(t, c)
	if got := file.asked[len(file.asked)-1]; got != "remove new to sales" {
		t.Errorf("asked %s", got)
	}
	formStep{"isolate", "/settings/departments/sales/isolated", with("isolated", "true"), 303, "The department is isolated."}.take(t, c)
	if strings.Contains(c.page(all), "/settings/departments/sales") {
		t.Error("an isolated department is shown to an admin who is not of it")
	}
	formStep{"add one apart", all, add("apart", "Apart", "apart@example.com", "isolated"), 303, "you are not one of its agents"}.take(t, c)
}

func TestSettingsSaid(t *testing.T) {
	file, c := settingsInbox(t)
	const ack = "/settings/texts/departments/care/acknowledgement"
	if page := c.page("/settings/texts"); !strings.Contains(page, ack) || strings.Contains(page, "/departments/hr/") {
		t.Error("the texts of departments are not listed, or those of an isolated one are")
	}
	if w := c.get("/settings/texts/departments/hr/signature"); w.Code != http.StatusNotFound {
		t.Errorf("an isolated department's text: %d", w.Code)
	}
	if w := c.get("/settings/texts/departments/care/other"); w.Code != http.StatusNotFound {
		t.Errorf("no text: %d", w.Code)
	}
	if page := c.page(ack); !strings.Contains(page, "{number}") || !strings.Contains(page, "-000042") {
		t.Errorf("the built-in text and how it reads are missing\n%s", page)
	}
	form := func(text, do string) url.Values {
		return url.Values{"hash": {file.desk.dir.Department("care").TextHash(conversation.TextAcknowledgement)}, "text": {text}, "do": {do}}
	}
	formStep{"a misspelt variable", ack, form("{nummer}", "save"), 422, "There is no variable {nummer}"}.take(t, c)
	formStep{"nothing", ack, form(" \r\n", "save"), 422, "go back to the built-in one"}.take(t, c)
	formStep{"only a look", ack, form("Mine: {number}", "try"), 200, "Mine: 20"}.take(t, c)
	formStep{"the built-in text again", ack, form(file.desk.dir.Department("care").BuiltInText(conversation.TextAcknowledgement), "save"), 303, "It is the built-in text"}.take(t, c)
	formStep{"save", ack, form("Mine: {number}", "save"), 303, "The text was saved"}.take(t, c)
	formStep{"changed meanwhile", ack, url.Values{"hash": {"old"}, "text": {"Theirs"}, "do": {"save"}}, 409, "Theirs</textarea>"}.take(t, c)
	formStep{"back", ack, form("", "default"), 303, "no text of its own any more"}.take(t, c)
	if file.desk.dir.Department("care").AcknowledgementText != "" {
		t.Error("it has a text of its own")
	}
}

func TestDepartmentsAreForAdmins(t *testing.T) {
	_, c := settingsInbox(t)
	c.login("eve@example.com")
	if page := c.page("/settings/texts"); strings.Contains(page, "/settings/departments") || strings.Contains(page, "/texts/departments/") {
		t.Error("an agent is shown the way to what only admins settle")
	}
	for _, path := range []string{"/settings/departments", "/settings/departments/care", "/settings/texts/departments/care/signature"} {
		if w := c.get(path); w.Code != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, w.Code)
		}
		if w := c.post(path, url.Values{}); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}
