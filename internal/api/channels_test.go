package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/say"
)

// fakeFile is a channel file whose every edit succeeds, unless err is set.
type fakeFile struct {
	asked []string
	err   error
}

var fileHash = strings.Repeat("ab", 32)

func (f *fakeFile) State() conversation.ChannelFileState {
	return conversation.ChannelFileState{Path: "recado.toml", Hash: fileHash}
}

func (f *fakeFile) TakeUp(context.Context, conversation.Actor) conversation.ChannelFileState {
	s := f.State()
	s.Problems = conversation.ChannelFileRefusal{{Line: 3, Column: 1, Message: say.Of("no"), Hint: say.Of("yes")}}
	return s
}

func (f *fakeFile) AddChannel(_ context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error) {
	f.asked = append(f.asked, "add "+who(a)+" "+seen+" "+*c.Email)
	return &conversation.Channel{Email: *c.Email, Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold}, f.err
}

func (f *fakeFile) SetChannel(_ context.Context, a conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error) {
	f.asked = append(f.asked, "set "+who(a)+" "+seen+" "+row.Email+" "+string(row.Send)+" "+*c.Status)
	return &conversation.Channel{Email: row.Email, Send: conversation.SendAll, DMARC: conversation.DMARCHold}, f.err
}

func (f *fakeFile) RemoveChannel(_ context.Context, a conversation.Actor, seen string, row conversation.ChannelRow) error {
	f.asked = append(f.asked, "remove "+who(a)+" "+seen+" "+row.Email+" "+string(row.Send))
	return f.err
}

func TestChannelEdits(t *testing.T) {
	changed := &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed meanwhile")}
	unknown := conversation.ChannelFileRefusal{{Field: "department", Message: say.Of("there is no department"), Hint: say.Of("write one")}}
	last := conversation.ChannelFileRefusal{{Message: say.Of("the department care has no channel")}}
	const channel, eva = "/api/v1/channels/soporte@example.com", "eva@example.com"
	tests := []struct {
		name, method, path, body string
		header                   []string
		err                      error
		status                   int
		words, asked             string
	}{
		{"add", "POST", "/api/v1/channels", `{"email":"n@example.com","department":"care"}`, nil, nil, 201, `"n@example.com"`, "add operator  n@example.com"},
		{"add what was decided by", "POST", "/api/v1/channels", `{"email":"n@example.com"}`, []string{"If-Match", `"` + fileHash + `"`}, nil, 201, "n@", "add operator " + fileHash + " n@example.com"},
		{"set", "PATCH", channel + "?send=all", `{"status":"inactive"}`, nil, nil, 200, `"inactive"`, "set operator  soporte@example.com all inactive"},
		{"remove", "DELETE", channel, "", nil, nil, 200, `"soporte@example.com"`, "remove operator  soporte@example.com "},
		{"changed meanwhile", "PATCH", channel, `{"status":"inactive"}`, []string{"If-Match", `"` + fileHash + `"`}, changed, 412, "changed meanwhile", "set operator " + fileHash + " soporte@example.com  inactive"},
		{"mistaken", "PATCH", channel, `{"status":"inactive"}`, nil, unknown, 400, "there is no department; write one", "set operator  soporte@example.com  inactive"},
		{"in the way of the rest", "DELETE", channel, "", nil, last, 409, "has no channel", "remove operator  soporte@example.com "},
		{"not an ETag", "DELETE", channel, "", []string{"If-Match", `"3"`}, nil, 400, "If-Match", ""},
		{"no such send type", "DELETE", channel + "?send=x", "", nil, nil, 400, "send is one of", ""},
		{"no such field", "POST", "/api/v1/channels", `{"mail":"n@example.com"}`, nil, nil, 400, "mail", ""},
		{"an agent adds", "POST", "/api/v1/channels", `{"email":"n@example.com"}`, []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"an agent sets", "PATCH", channel, `{"status":"inactive"}`, []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"an agent removes", "DELETE", channel, "", []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"an agent has it taken up", "POST", "/api/v1/channel-file", "", []string{api.HeaderAs, eva}, nil, 403, "only an admin", ""},
		{"take it up", "POST", "/api/v1/channel-file", "", nil, nil, 200, `"line":3`, ""},
		{"how it stands", "GET", "/api/v1/channel-file", "", nil, nil, 200, fileHash, ""},
		{"show", "GET", channel, "", nil, nil, 200, `"soporte@example.com"`, ""},
		{"show what is isolated", "GET", "/api/v1/channels/people@example.com", "", []string{api.HeaderAs, eva}, nil, 404, "no channel", ""},
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
			if w.Code < 300 && strings.Contains(test.path, "channels") && w.Header().Get("ETag") != `"`+fileHash+`"` {
				t.Errorf("ETag %s", w.Header().Get("ETag"))
			}
		})
	}
}

// TestNoChannelFile: a handler without a file has no edits.
func TestNoChannelFile(t *testing.T) {
	if w := call(t, newHandler(&fakeDesk{}), http.MethodDelete, "/api/v1/channels/soporte@example.com", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d", w.Code)
	}
}
