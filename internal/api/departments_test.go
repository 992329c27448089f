package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/say"
)

func (f *fakeFile) AddDepartment(_ context.Context, a conversation.Actor, seen string, d conversation.DepartmentEdit, first conversation.ChannelEdit) (*conversation.Department, error) {
	f.asked = append(f.asked, "add "+who(a)+" "+seen+" "+*d.ID+" "+*first.Email)
	return &conversation.Department{ID: *d.ID}, f.err
}

func (f *fakeFile) SetDepartment(_ context.Context, a conversation.Actor, seen, id string, d conversation.DepartmentEdit) (*conversation.Department, error) {
	f.asked = append(f.asked, "set "+who(a)+" "+seen+" "+id)
	return &conversation.Department{ID: id}, f.err
}

func (f *fakeFile) RemoveDepartment(_ context.Context, a conversation.Actor, seen, id string, fate conversation.ChannelsFate) error {
	f.asked = append(f.asked, fmt.Sprintf("remove %s %s %s %q %t", who(a), seen, id, fate.To, fate.Remove))
	return f.err
}

func (f *fakeFile) SetDepartmentText(_ context.Context, a conversation.Actor, id string, kind conversation.DepartmentText, seen, text string) (*conversation.Department, error) {
	f.asked = append(f.asked, fmt.Sprintf("text %s %s %s %s %q", who(a), id, kind, seen, text))
	return &conversation.Department{ID: id, Language: "en", AcknowledgementText: text}, f.err
}

func TestDepartmentEdits(t *testing.T) {
	changed := &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed meanwhile")}
	open := conversation.StandsOpen(say.Of("department care cannot be removed"), []string{"20261123-000042"})
	const care, eva = "/api/v1/departments/care", "eva@example.com"
	const ack = care + "/texts/acknowledgement"
	tests := []struct {
		name, method, path, body string
		header                   []string
		err                      error
		status                   int
		words, asked             string
	}{
		{"show", "GET", care, "", nil, nil, 200, `"id":"care"`, ""},
		{"show none", "GET", "/api/v1/departments/nobody", "", nil, nil, 404, "there is no department", ""},
		{"show what is isolated", "GET", "/api/v1/departments/hr", "", []string{api.HeaderAs, eva}, nil, 404, "there is no department", ""},
		{"add", "POST", "/api/v1/departments", `{"id":"new","channel":{"email":"n@example.com"}}`, nil, nil, 201, `"id":"new"`, "add operator  new n@example.com"},
		{"an agent adds", "POST", "/api/v1/departments", `{"id":"new"}`, []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"set", "PATCH", care, `{"name":"Care"}`, []string{"If-Match", `"` + fileHash + `"`}, nil, 200, `"id":"care"`, "set operator " + fileHash + " care"},
		{"set a file", "PATCH", care, `{"signature_file":"/etc/motd"}`, nil, nil, 200, `"id":"care"`, "set operator  care"},
		{"changed meanwhile", "PATCH", care, `{"name":"Care"}`, nil, changed, 412, "changed meanwhile", "set operator  care"},
		{"an agent sets", "PATCH", care, `{}`, []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"remove", "DELETE", care + "?with_channels=true", "", nil, nil, 200, `"id":"care"`, `remove operator  care "" true`},
		{"remove and move", "DELETE", care + "?channels_to=hr", "", nil, nil, 200, `"id":"care"`, `remove operator  care "hr" false`},
		{"remove both ways", "DELETE", care + "?channels_to=hr&with_channels=true", "", nil, nil, 400, "not both", ""},
		{"protocols are open", "DELETE", care + "?with_channels=true", "", nil, open, 409, "20261123-000042: finalize or transfer", `remove operator  care "" true`},
		{"an agent removes", "DELETE", care, "", []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"read a text", "GET", ack, "", nil, nil, 200, `"built_in":true,"variables":["number","date","time","department"]`, ""},
		{"no such text", "GET", care + "/texts/other", "", nil, nil, 404, "acknowledgement and signature", ""},
		{"an agent reads a text", "GET", ack, "", []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"write a text", "PUT", ack, `{"text":"Hi\r\n{number}"}`, []string{"If-Match", `"` + fileHash + `"`}, nil, 200, `"text":"Hi\n{number}","built_in":false`, "text operator care acknowledgement " + fileHash + ` "Hi\n{number}"`},
		{"write nothing", "PUT", ack, `{"text":" "}`, nil, nil, 400, "DELETE goes back", ""},
		{"an agent writes a text", "PUT", ack, `{"text":"x"}`, []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"back to the built-in text", "DELETE", ack, "", nil, nil, 200, `"built_in":true`, `text operator care acknowledgement  ""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := &fakeFile{err: test.err}
			h := api.New(api.Options{Desk: &fakeDesk{}, File: file, Authenticate: api.OnSocket(agents), Local: true})
			w := call(t, h, test.method, test.path, test.body, test.header...)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.words) {
				t.Errorf("%d %s, want %d and %q", w.Code, w.Body, test.status, test.words)
			}
			if got := strings.Join(file.asked, "\n"); got != test.asked {
				t.Errorf("asked %q, want %q", got, test.asked)
			}
			if w.Code < 300 {
				asDescribed(t, h, test.method, test.path, w)
				if len(w.Header().Get("ETag")) != 66 {
					t.Errorf("ETag %s", w.Header().Get("ETag"))
				}
			}
		})
	}
}

// TestDepartmentFiles: a program names no files of the server, whose words it would then read.
func TestDepartmentFiles(t *testing.T) {
	admin := func(_ context.Context, email string) (*conversation.Agent, error) {
		return &conversation.Agent{Email: email, Role: conversation.RoleAdmin, Departments: []string{"care"}}, nil
	}
	file := &fakeFile{}
	h := api.New(api.Options{Desk: &fakeDesk{}, File: file, Authenticate: api.OnSocket(admin), Local: true})
	for _, body := range []string{`{"signature_file":"/etc/motd"}`, `{"acknowledgement_file":""}`} {
		if w := call(t, h, "PATCH", "/api/v1/departments/care", body, api.HeaderAs, "ada@example.com"); w.Code != 403 || len(file.asked) > 0 {
			t.Errorf("%s: %d %s, asked %v", body, w.Code, w.Body, file.asked)
		}
	}
}
