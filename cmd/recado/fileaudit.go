package main

import (
	"context"
	"fmt"
	"strings"

	"recado/conversation"
	"recado/internal/config"
)

// auditEdits adds a line for each edit that was made, by the file as it was and as it is. A command has no store to
// add to: the server that it asks to take the file up notes that.
func (f *channelFile) auditEdits(ctx context.Context, a conversation.Actor, before, after *conversation.Directory, edits []config.Edit) {
	var deeds []conversation.FileDeed
	for _, e := range edits {
		deeds = append(deeds, fileDeed(before, after, e))
	}
	f.audit(ctx, a, deeds...)
}

// fileDeed tells of an edit. Only values that are one of a few words are named: others may be secret, or of somebody
// who is none of the readers' business.
func fileDeed(before, after *conversation.Directory, e config.Edit) conversation.FileDeed {
	d := conversation.FileDeed{Object: e.Row.Key}
	switch e.Action {
	case config.AddRow:
		d.Action, d.Object = conversation.AuditFileAdd(e.Row.Section), addedKey(e)
	case config.SetRow:
		d.Action = conversation.AuditFileSet(e.Row.Section)
	case config.RemoveRow:
		d.Action = conversation.AuditFileRemove(e.Row.Section)
	}
	d.Department, d.Named = fileDepartments(before, after, e.Row.Section, d.Object)
	var keys []string
	for _, k := range e.Keys {
		switch k.Key {
		case "send", "status", "unverified", "dmarc":
			keys = append(keys, fmt.Sprintf("%s %v", k.Key, k.Value))
		case config.KeyOf(e.Row.Section):
		default:
			keys = append(keys, k.Key)
		}
	}
	d.Detail = strings.Join(keys, ", ")
	return d
}

// addedKey is what a new row is known by.
func addedKey(e config.Edit) string {
	for _, k := range e.Keys {
		if s, ok := k.Value.(string); ok && k.Key == config.KeyOf(e.Row.Section) {
			return s
		}
	}
	return ""
}

// fileDepartments are whose the line is, and which it names besides: what an isolated department has part in, before or
// after, is that one's. What only removed departments have part in is of no department: no directory knows them any more.
func fileDepartments(before, after *conversation.Directory, section, key string) (department string, named []string) {
	for _, d := range []*conversation.Directory{before, after} {
		for _, id := range departmentsOf(d, section, key) {
			switch {
			case d.Isolated(id):
				return id, nil
			case after.Department(id) != nil && department == "":
				department = id
			case after.Department(id) != nil && department != id:
				named = append(named, id)
			}
		}
	}
	return department, named
}

// departmentsOf are those that the row is of.
func departmentsOf(d *conversation.Directory, section, key string) []string {
	var out []string
	switch section {
	case "department":
		if d.Department(key) != nil {
			out = append(out, key)
		}
	case "channel":
		email := (&conversation.Channel{Email: key}).Key()
		for i := range d.Channels {
			if c := &d.Channels[i]; c.Key() == email {
				out = append(out, c.Department)
			}
		}
	}
	return out
}
