package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"recado/conversation"
	"recado/internal/config"
)

// byFile is who saves the channel file with an editor, or has a command change it: whoever may write it is the operator.
var byFile = conversation.Actor{Operator: true, Via: conversation.ViaFile}

// maxFileLines bounds the lines of one save, of which a file with a thousand channels could make as many.
const maxFileLines = 50

// ownEdit is an edit of this server's, which has its lines already: the file as it was and as it then is.
type ownEdit struct{ before, after *config.Config }

// auditTakenUp tells what is different in a file that was taken up from the one that counted until then, but for the
// edit of ours, if it was one, among it.
func (s *server) auditTakenUp(ctx context.Context, before, after *config.Config, own *ownEdit) {
	var deeds []conversation.FileDeed
	if own == nil {
		deeds = fileChanges(before, after)
	} else { // what somebody else saved before it and, until it was read again, after it
		deeds = append(fileChanges(before, own.before), fileChanges(own.after, after)...)
	}
	s.file.audit(ctx, byFile, deeds...)
}

// fileChanges are the rows that were added, changed and removed, as edits of ours would tell of them, and what else is
// different, by the tables that it stands in.
func fileChanges(before, after *config.Config) []conversation.FileDeed {
	if before.Content == after.Content {
		return nil
	}
	edits, tables := rowChanges(fileRows(before), fileRows(after)), tableChanges(before, after)
	if len(edits) > maxFileLines {
		edits, tables = edits[:maxFileLines], append(tables, "further rows")
	}
	var deeds []conversation.FileDeed
	was, is := buildDirectory(before), buildDirectory(after)
	for _, e := range edits {
		deeds = append(deeds, fileDeed(was, is, e))
	}
	if len(tables) > 0 {
		deeds = append(deeds, conversation.FileDeed{Action: conversation.AuditFileReload, Detail: strings.Join(tables, ", ")})
	}
	return deeds
}

// tableChanges are the tables without rows whose values are different.
func tableChanges(before, after *config.Config) []string {
	var out []string
	for _, t := range []struct {
		name    string
		was, is any
	}{
		{"server", before.Server, after.Server}, {"smtp", before.SMTP, after.SMTP}, {"inbox", before.Inbox, after.Inbox}, {"relay", before.Relay, after.Relay},
		{"dns", before.DNS, after.DNS}, {"monitor", before.Monitor, after.Monitor}, {"limits", before.Limits, after.Limits}, {"spam", before.Spam, after.Spam},
	} {
		if fmt.Sprint(t.was) != fmt.Sprint(t.is) { // by its name, a time zone is the same when it is loaded again
			out = append(out, t.name)
		}
	}
	return out
}

// fileRow is a row of the file, with all its keys in the order of the file's documentation.
type fileRow struct {
	config.Row
	keys []config.Setting
}

func fileRows(c *config.Config) []fileRow {
	var out []fileRow
	add := func(row config.Row, keys ...config.Setting) {
		row.Key = keys[0].Value.(string)
		out = append(out, fileRow{row, keys})
	}
	for _, d := range c.Domains {
		add(config.Row{Section: "domain"}, config.Setting{Key: "name", Value: d.Name}, config.Setting{Key: "dkim_selector", Value: d.DKIMSelectors},
			config.Setting{Key: "postmaster", Value: d.Postmaster})
	}
	for _, d := range c.Departments {
		add(config.Row{Section: "department"}, config.Setting{Key: "id", Value: d.ID}, config.Setting{Key: "name", Value: d.Name},
			config.Setting{Key: "isolated", Value: d.Isolated}, config.Setting{Key: "acknowledge", Value: d.Acknowledge}, config.Setting{Key: "language", Value: d.Language},
			config.Setting{Key: "acknowledgement_file", Value: d.AcknowledgementFile + d.Acknowledgement},
			config.Setting{Key: "signature_file", Value: d.SignatureFile + d.Signature}, config.Setting{Key: "classifications", Value: d.Classifications})
	}
	for _, ch := range c.Channels {
		status := map[bool]string{true: "active", false: "inactive"}[ch.Active]
		add(config.Row{Section: "channel", Send: ch.Send}, config.Setting{Key: "email", Value: ch.Email}, config.Setting{Key: "department", Value: ch.Department},
			config.Setting{Key: "send", Value: ch.Send}, config.Setting{Key: "status", Value: status}, config.Setting{Key: "unverified", Value: ch.Unverified},
			config.Setting{Key: "dmarc", Value: ch.DMARC}, config.Setting{Key: "robots", Value: ch.Robots})
	}
	for _, f := range c.Forms {
		add(config.Row{Section: "form"}, config.Setting{Key: "from", Value: f.From})
	}
	return out
}

// rowChanges are the edits that would make the one file's rows the other's.
func rowChanges(before, after []fileRow) []config.Edit {
	was := map[config.Row]fileRow{}
	for _, row := range before {
		was[row.id()] = row
	}
	var out []config.Edit
	for _, row := range after {
		old, found := was[row.id()]
		delete(was, row.id())
		edit := config.Edit{Action: config.SetRow, Row: row.Row}
		if !found {
			edit.Action = config.AddRow
		}
		for i, k := range row.keys {
			if found && !reflect.DeepEqual(old.keys[i].Value, k.Value) || !found && !reflect.ValueOf(k.Value).IsZero() {
				edit.Keys = append(edit.Keys, k)
			}
		}
		if len(edit.Keys) > 0 {
			out = append(out, edit)
		}
	}
	for _, row := range before {
		if _, gone := was[row.id()]; gone {
			out = append(out, config.Edit{Action: config.RemoveRow, Row: row.Row})
		}
	}
	return out
}

// id is the row as it is known by, however its key is written.
func (r fileRow) id() config.Row {
	id := r.Row
	if r.Section == "channel" || r.Section == "form" {
		id.Key = config.EmailKey(r.Key)
	}
	return id
}
