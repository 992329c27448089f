package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/conversation"
)

// walled is a channel file with a department that is isolated.
const walled = `[server]
hostname = "mx.shop.test"
[relay]
address = "127.0.0.1:2587"
security = "none"
[[domain]]
name = "shop.test"
[[department]]
id = "care"
[[department]]
id = "hr"
isolated = true
[[channel]]
email = "care@shop.test"
department = "care"
[[channel]]
email = "People@shop.test"
department = "hr"
send = "receptive"
`

// noneStands knows of no protocol.
type noneStands struct{}

func (noneStands) OpenOf(context.Context, string) ([]string, error)  { return nil, nil }
func (noneStands) WasIsolated(context.Context, string) (bool, error) { return false, nil }

func walledFile(t *testing.T, text string, taken error) *channelFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recado.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state := func() conversation.ChannelFileState { return conversation.ChannelFileState{Path: path} }
	return &channelFile{path: path, standing: noneStands{}, state: state,
		takeUp: func(context.Context, *ownEdit) (conversation.ChannelFileState, error) { return state(), taken }}
}

// TestAddressBehindAWall: nobody else sends in the name of an isolated department, reads what is meant for it, or learns how
// its address is used.
func TestAddressBehindAWall(t *testing.T) {
	email, send, department := "people@shop.test", "active", "care"
	admin := conversation.Actor{Email: "ana@shop.test", Role: conversation.RoleAdmin, Departments: []string{"care"}}
	row := conversation.ChannelEdit{Email: &email, Department: &department, Send: &send}
	for _, tt := range []struct {
		name string
		edit func(*channelFile, conversation.Actor) error
	}{
		{"add", func(f *channelFile, a conversation.Actor) error {
			_, err := f.AddChannel(t.Context(), a, "", row)
			return err
		}},
		{"set", func(f *channelFile, a conversation.Actor) error {
			_, err := f.SetChannel(t.Context(), a, "", conversation.ChannelRow{Email: "care@shop.test"}, conversation.ChannelEdit{Email: &email, Send: &send})
			return err
		}},
		{"a new department's", func(f *channelFile, a conversation.Actor) error {
			id := "sales"
			_, err := f.AddDepartment(t.Context(), a, "", conversation.DepartmentEdit{ID: &id}, conversation.ChannelEdit{Email: &email, Send: &send})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var refusal conversation.ChannelFileRefusal
			err := tt.edit(walledFile(t, walled+"[[channel]]\nemail = \"more@shop.test\"\ndepartment = \"care\"\n", nil), admin)
			if !errors.As(err, &refusal) || refusal[0].Field != "email" || refusal.Error() != "people@shop.test is in use; choose another address" {
				t.Errorf("who is outside: %v", err)
			}
			member := admin
			member.Departments = []string{"care", "hr"}
			if err := tt.edit(walledFile(t, walled+"[[channel]]\nemail = \"more@shop.test\"\ndepartment = \"care\"\n", nil), member); err != nil {
				t.Errorf("who is of it: %v", err)
			}
		})
	}
}

// TestMistakesBehindAWall: what is wrong with the file may be about what an isolated department has.
func TestMistakesBehindAWall(t *testing.T) {
	inactive := "inactive"
	edit := func(a conversation.Actor, text string, taken error) string {
		_, err := walledFile(t, text, taken).SetChannel(t.Context(), a, "", conversation.ChannelRow{Email: "more@shop.test"}, conversation.ChannelEdit{Status: &inactive})
		if err == nil {
			t.Fatal("no error")
		}
		return err.Error()
	}
	const more = "[[channel]]\nemail = \"more@shop.test\"\ndepartment = \"care\"\n"
	refused := errors.New("department hr: isolated cannot become false while these protocols are open: 20261126-000001")
	for _, tt := range []struct {
		name, text string
		taken      error
		secret     string
	}{
		{"not valid", walled + "status = \"asleep\"\n" + more, nil, "asleep"},
		{"not taken up", walled + more, refused, "20261126-000001"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			admin := conversation.Actor{Email: "ana@shop.test", Role: conversation.RoleAdmin, Departments: []string{"care"}}
			if got := edit(admin, tt.text, tt.taken); strings.Contains(got, tt.secret) || !strings.Contains(got, "recado config check") {
				t.Errorf("who is outside is told %q", got)
			}
			if got := edit(conversation.Actor{Operator: true}, tt.text, tt.taken); !strings.Contains(got, tt.secret) {
				t.Errorf("the operator is told %q", got)
			}
		})
	}
}
