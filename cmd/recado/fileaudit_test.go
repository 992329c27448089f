package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/config"
)

// directoryOf has ordinary departments care and sales, the isolated hr, and channels, by department.
func directoryOf(channels ...string) *conversation.Directory {
	d := &conversation.Directory{Departments: []conversation.Department{{ID: "care"}, {ID: "sales"}, {ID: "hr", Isolated: true}}}
	for i := 0; i < len(channels); i += 2 {
		d.Channels = append(d.Channels, conversation.Channel{Email: channels[i], Department: channels[i+1], Send: conversation.SendAll})
	}
	return d.Build()
}

func withoutDepartment(id string) *conversation.Directory {
	d := directoryOf()
	for i := range d.Departments {
		if d.Departments[i].ID == id {
			d.Departments = append(d.Departments[:i:i], d.Departments[i+1:]...)
			break
		}
	}
	return d.Build()
}

// TestFileDeedIsolation: what an isolated department has part in, before or after, is its own; what only a removed one
// had part in is nobody's.
func TestFileDeedIsolation(t *testing.T) {
	const x = "x@example.com"
	channel := config.Row{Section: "channel", Key: "X@example.com"}
	tests := []struct {
		name          string
		before, after *conversation.Directory
		edit          config.Edit
		want          conversation.FileDeed
	}{
		{"added to an ordinary one", directoryOf(), directoryOf(x, "care"),
			config.Edit{Action: config.AddRow, Row: config.Row{Section: "channel"}, Keys: []config.Setting{{Key: "email", Value: x}, {Key: "department", Value: "care"}, {Key: "send", Value: "active"}}},
			conversation.FileDeed{Action: "channel.add", Object: x, Department: "care", Detail: "department, send active"}},
		{"added to the isolated one", directoryOf(), directoryOf(x, "hr"),
			config.Edit{Action: config.AddRow, Row: config.Row{Section: "channel"}, Keys: []config.Setting{{Key: "email", Value: x}, {Key: "department", Value: "hr"}}},
			conversation.FileDeed{Action: "channel.add", Object: x, Department: "hr", Detail: "department"}},
		{"moved between ordinary ones", directoryOf(x, "care"), directoryOf(x, "sales"),
			config.Edit{Action: config.SetRow, Row: channel, Keys: []config.Setting{{Key: "department", Value: "sales"}}},
			conversation.FileDeed{Action: "channel.set", Object: "X@example.com", Department: "care", Named: []string{"sales"}, Detail: "department"}},
		{"moved behind the wall", directoryOf(x, "care"), directoryOf(x, "hr"),
			config.Edit{Action: config.SetRow, Row: channel, Keys: []config.Setting{{Key: "department", Value: "hr"}}},
			conversation.FileDeed{Action: "channel.set", Object: "X@example.com", Department: "hr", Detail: "department"}},
		{"moved out of it", directoryOf(x, "hr"), directoryOf(x, "care"),
			config.Edit{Action: config.SetRow, Row: channel, Keys: []config.Setting{{Key: "department", Value: "care"}}},
			conversation.FileDeed{Action: "channel.set", Object: "X@example.com", Department: "hr", Detail: "department"}},
		{"removed from it", directoryOf(x, "hr"), directoryOf(),
			config.Edit{Action: config.RemoveRow, Row: channel}, conversation.FileDeed{Action: "channel.remove", Object: "X@example.com", Department: "hr"}},
		{"one of two rows is its own", directoryOf(x, "care", x, "hr"), directoryOf(x, "care", x, "hr"),
			config.Edit{Action: config.SetRow, Row: channel, Keys: []config.Setting{{Key: "status", Value: "inactive"}}},
			conversation.FileDeed{Action: "channel.set", Object: "X@example.com", Department: "hr", Detail: "status inactive"}},
		{"the department itself", directoryOf(), directoryOf(),
			config.Edit{Action: config.SetRow, Row: config.Row{Section: "department", Key: "hr"}, Keys: []config.Setting{{Key: "name", Value: "Secret"}}},
			conversation.FileDeed{Action: "department.set", Object: "hr", Department: "hr", Detail: "name"}},
		{"the department goes", directoryOf(), withoutDepartment("hr"),
			config.Edit{Action: config.RemoveRow, Row: config.Row{Section: "department", Key: "hr"}}, conversation.FileDeed{Action: "department.remove", Object: "hr", Department: "hr"}},
		{"an ordinary one goes", directoryOf(), withoutDepartment("sales"),
			config.Edit{Action: config.RemoveRow, Row: config.Row{Section: "department", Key: "sales"}}, conversation.FileDeed{Action: "department.remove", Object: "sales"}},
		{"a domain's postmaster is not named", directoryOf(x, "hr"), directoryOf(x, "hr"),
			config.Edit{Action: config.SetRow, Row: config.Row{Section: "domain", Key: "example.com"}, Keys: []config.Setting{{Key: "postmaster", Value: x}}},
			conversation.FileDeed{Action: "domain.set", Object: "example.com", Detail: "postmaster"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fileDeed(tt.before, tt.after, tt.edit)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
