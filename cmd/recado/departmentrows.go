package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/say"
)

// standing is what the store knows of departments that are edited.
type standing interface {
	// OpenOf are the numbers of open protocols of a department, up to some.
	OpenOf(ctx context.Context, department string) ([]string, error)
	// WasIsolated tells of one that the file does not name any more.
	WasIsolated(ctx context.Context, department string) (bool, error)
}

// AddDepartment adds a department with its first channel, without which it could not be reached.
func (f *channelFile) AddDepartment(ctx context.Context, a conversation.Actor, seen string, e conversation.DepartmentEdit, c conversation.ChannelEdit) (*conversation.Department, error) {
	for _, needed := range []struct {
		key   string
		value *string
	}{{"id", e.ID}, {"email", c.Email}} {
		if needed.value == nil || *needed.value == "" {
			return nil, conversation.ChannelFileRefusal{{Field: needed.key, Message: say.Of("%s is missing", needed.key)}}
		}
	}
	c.Department = e.ID
	may := func(d *conversation.Directory) error {
		if err := freeAddress(a, d, *c.Email); err != nil {
			return err
		}
		if e.Isolated != nil && *e.Isolated {
			return nil
		}
		// What was kept apart would be read by every admin.
		was, err := f.standing.WasIsolated(ctx, *e.ID)
		if was && err == nil {
			err = conversation.ChannelFileRefusal{{Field: "id", Message: say.Of("the id %q was used before", *e.ID), Hint: say.Of("choose another")}}
		}
		return err
	}
	row := config.Edit{Action: config.AddRow, Row: config.Row{Section: "department"}, Keys: departmentSettings(e, true)}
	channel := config.Edit{Action: config.AddRow, Row: config.Row{Section: "channel"}, Keys: settingsOf(c)}
	d, err := f.change(ctx, a, seen, may, row, channel)
	if err != nil {
		return nil, err
	}
	f.tellDepartment(a, "department added", *e.ID)
	return d.Department(*e.ID), nil
}

func (f *channelFile) SetDepartment(ctx context.Context, a conversation.Actor, seen, id string, e conversation.DepartmentEdit) (*conversation.Department, error) {
	before, err := f.department(a, id)
	if err != nil {
		return nil, err
	}
	if e.ID != nil && *e.ID != id {
		return nil, conversation.ChannelFileRefusal{{Field: "id", Message: say.Of("the id of a department stays: what is kept is kept by it"), Hint: say.Of("change its name")}}
	}
	if before != nil && e.Isolated != nil && *e.Isolated != before.Isolated {
		if err := f.noneOpen(ctx, id, conversation.WallStays(id, *e.Isolated)); err != nil {
			return nil, err
		}
	}
	edit := config.Edit{Action: config.SetRow, Row: config.Row{Section: "department", Key: id}, Keys: departmentSettings(e, false)}
	d, err := f.change(ctx, a, seen, knownDepartment(a, id), edit)
	if err != nil {
		return nil, err
	}
	f.tellDepartment(a, "department changed", id)
	return d.Department(id), nil
}

// RemoveDepartment takes a department out of the file, and its channels out or to another one.
func (f *channelFile) RemoveDepartment(ctx context.Context, a conversation.Actor, seen, id string, fate conversation.ChannelsFate) error {
	if _, err := f.department(a, id); err != nil {
		return err
	}
	if err := f.noneOpen(ctx, id, say.Of("department %s cannot be removed", id)); err != nil {
		return err
	}
	cfg, err := config.Load(f.path, nil)
	if err != nil {
		return editError(a, err)
	}
	d := buildDirectory(cfg)
	channels := d.DepartmentChannels(id)
	if err := checkFate(a, d, id, fate); err != nil {
		return err
	}
	var edits []config.Edit
	for _, c := range channels {
		edit := config.Edit{Action: config.RemoveRow, Row: rowOf(conversation.ChannelRow{Email: c.Email, Send: c.Send})}
		if fate.To != "" {
			edit.Action, edit.Keys = config.SetRow, []config.Setting{{Key: "department", Value: fate.To}}
		}
		edits = append(edits, edit)
	}
	if seen == "" {
		seen = cfg.Hash // the channels are those of this file
	}
	edits = append(edits, config.Edit{Action: config.RemoveRow, Row: config.Row{Section: "department", Key: id}})
	if _, err := f.change(ctx, a, seen, knownDepartment(a, id), edits...); err != nil {
		return err
	}
	f.tellDepartment(a, "department removed", id)
	return nil
}

// SetDepartmentText writes a text of a department's own; "" goes back to the built-in one. seen is the hash of the
// text of its own that the actor decided by, "" for any.
func (f *channelFile) SetDepartmentText(ctx context.Context, a conversation.Actor, id string, kind conversation.DepartmentText, seen, text string) (*conversation.Department, error) {
	if _, err := f.department(a, id); err != nil {
		return nil, err
	}
	if err := kind.Check(text); err != nil {
		return nil, err
	}
	if text = strings.TrimRight(text, "\n"); text != "" {
		text += "\n"
	}
	after, err := f.changeText(ctx, a, config.TextChange{Department: id, Key: string(kind) + "_file", Text: text, Seen: seen})
	if err != nil {
		return nil, err
	}
	f.tellDepartment(a, string(kind)+" changed", id)
	return after.Department(id), nil
}

// changeText is [channelFile.change] for a text that a department's row names.
func (f *channelFile) changeText(ctx context.Context, a conversation.Actor, c config.TextChange) (*conversation.Directory, error) {
	f.taking.Lock()
	defer f.taking.Unlock()
	var own ownEdit
	var err error
	if f.audit != nil {
		if own.before, err = config.Load(f.path, nil); err != nil {
			return nil, editError(a, err)
		}
	}
	if own.after, err = config.ChangeText(ctx, f.path, nil, c); err != nil {
		if errors.Is(err, config.ErrTextChanged) { // what is shown next should be what is there
			_, _ = f.takeUp(ctx, nil)
		}
		return nil, editError(a, err)
	}
	edit := config.Edit{Action: config.SetRow, Row: config.Row{Section: "department", Key: c.Department}, Keys: []config.Setting{{Key: c.Key}}}
	after := f.edited(ctx, a, &own, []config.Edit{edit})
	return after, f.takenUp(ctx, a, &own, after)
}

// checkFate wants to be told where a removed department's channels go, where an actor may let them go.
func checkFate(a conversation.Actor, d *conversation.Directory, id string, fate conversation.ChannelsFate) error {
	switch {
	case fate.To != "" && (fate.To == id || d.Department(fate.To) == nil || !a.Knows(d, fate.To)):
		return conversation.ChannelFileRefusal{{Field: "channels_to", Message: say.Of("there is no other department %q that its channels could go to", fate.To)}}
	case fate.To != "" || fate.Remove:
		return nil
	}
	const most = 6
	var emails []string
	for _, c := range d.DepartmentChannels(id) {
		if len(emails) == most {
			emails = append(emails, "…")
			break
		}
		emails = append(emails, c.Email)
	}
	return conversation.ChannelFileRefusal{{Message: say.Of("department %s cannot be removed while channels lead to it: %s", id, strings.Join(emails, ", ")),
		Hint: say.Of("say which department they go to, or that they are removed with it")}}
}

// department is the row as the file has it: nil where the file is not valid, which the edit may mend.
func (f *channelFile) department(a conversation.Actor, id string) (*conversation.Department, error) {
	if !a.MaySettle() {
		return nil, errSettles
	}
	cfg, err := config.Load(f.path, nil)
	switch {
	case err == nil:
		return buildDirectory(cfg).DepartmentRow(a, id)
	case a.Operator:
		return nil, nil
	}
	return nil, editError(a, err)
}

// knownDepartment holds isolated departments strictly.
func knownDepartment(a conversation.Actor, id string) func(*conversation.Directory) error {
	return func(d *conversation.Directory) error {
		_, err := d.DepartmentRow(a, id)
		return err
	}
}

func (f *channelFile) noneOpen(ctx context.Context, id string, what say.Sentence) error {
	numbers, err := f.standing.OpenOf(ctx, id)
	if err == nil && len(numbers) > 0 {
		err = conversation.StandsOpen(what, numbers)
	}
	return err
}

func (f *channelFile) tellDepartment(a conversation.Actor, what, id string) {
	if f.log != nil {
		f.log.Info(what, "department", id, "by", a.Label())
	}
}

// departmentSettings are the keys to write, in the order of the example. What is the default is no key: a new row
// leaves it out, an old one loses it.
func departmentSettings(e conversation.DepartmentEdit, fresh bool) []config.Setting {
	var out []config.Setting
	text := func(key string, value *string) {
		switch {
		case value != nil && *value != "":
			out = append(out, config.Setting{Key: key, Value: *value})
		case value != nil && !fresh:
			out = append(out, config.Setting{Key: key})
		}
	}
	flag := func(key string, value *bool, usual bool) {
		if value != nil && (!fresh || *value != usual) {
			out = append(out, config.Setting{Key: key, Value: *value})
		}
	}
	text("id", e.ID)
	text("name", e.Name)
	flag("isolated", e.Isolated, false)
	flag("acknowledge", e.Acknowledge, true)
	text("language", e.Language)
	text("acknowledgement_file", e.AcknowledgementFile)
	text("signature_file", e.SignatureFile)
	if e.Classifications != nil && (!fresh || len(*e.Classifications) > 0) {
		out = append(out, config.Setting{Key: "classifications", Value: slices.Clone(*e.Classifications)})
	}
	return out
}
