package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"recado/conversation"
	"recado/internal/config"
)

// channelFile edits the channel file for the API, the inbox and the commands. The server's takes each change
// up itself; a command's asks the running server to.
type channelFile struct {
	path   string
	log    *slog.Logger // of who changed what; nil: silence
	state  func() conversation.ChannelFileState
	takeUp func(context.Context) (conversation.ChannelFileState, error)
}

func (f *channelFile) State() conversation.ChannelFileState { return f.state() }

// TakeUp tells by the state what became of it.
func (f *channelFile) TakeUp(ctx context.Context) conversation.ChannelFileState {
	state, err := f.takeUp(ctx)
	if err != nil && len(state.Problems) == 0 {
		state.Problems = problemsOf(err)
	}
	return state
}

func (f *channelFile) AddChannel(ctx context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error) {
	edit := config.Edit{Action: config.AddRow, Row: config.Row{Section: "channel"}, Keys: settingsOf(c)}
	for _, needed := range []struct {
		key   string
		value *string
	}{{"email", c.Email}, {"department", c.Department}} {
		if needed.value == nil {
			return nil, conversation.ChannelFileRefusal{{Field: needed.key, Message: needed.key + " is missing"}}
		}
	}
	d, err := f.change(ctx, a, seen, c, edit)
	if err != nil {
		return nil, err
	}
	f.tell(a, "channel added", conversation.ChannelRow{Email: *c.Email})
	return &d.Channels[len(d.Channels)-1], nil
}

func (f *channelFile) SetChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error) {
	d, err := f.change(ctx, a, seen, c, config.Edit{Action: config.SetRow, Row: rowOf(row), Keys: settingsOf(c)})
	if err != nil {
		return nil, err
	}
	f.tell(a, "channel changed", row)
	if c.Email != nil {
		row.Email = *c.Email
	}
	if c.Send != nil {
		row.Send = conversation.SendType(*c.Send)
	}
	return d.ChannelRow(conversation.Actor{Operator: true}, row)
}

func (f *channelFile) RemoveChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow) error {
	_, err := f.change(ctx, a, seen, conversation.ChannelEdit{}, config.Edit{Action: config.RemoveRow, Row: rowOf(row)})
	if err == nil {
		f.tell(a, "channel removed", row)
	}
	return err
}

func (f *channelFile) tell(a conversation.Actor, what string, row conversation.ChannelRow) {
	if f.log != nil {
		f.log.Info(what, "email", row.Email, "send", string(row.Send), "by", a.Label())
	}
}

// change makes an edit and has it taken up. It returns who we are by the file as it now is.
func (f *channelFile) change(ctx context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit, edit config.Edit) (*conversation.Directory, error) {
	if err := f.mayChange(a, c, edit); err != nil {
		return nil, err
	}
	cfg, err := config.Change(ctx, f.path, seen, nil, edit)
	if err != nil {
		if errors.Is(err, config.ErrChanged) { // what is shown next should be what is there
			_, _ = f.takeUp(ctx)
		}
		return nil, editError(err)
	}
	if _, err := f.takeUp(ctx); err != nil {
		return nil, &conversation.Error{Code: conversation.CodeConflict, Text: fmt.Sprintf("%s was changed, but it is not taken up: %v", f.path, err)}
	}
	return buildDirectory(cfg), nil
}

// mayChange holds isolated departments strictly: nobody else learns that they or their channels exist.
func (f *channelFile) mayChange(a conversation.Actor, c conversation.ChannelEdit, edit config.Edit) error {
	if !a.MaySettle() {
		return &conversation.Error{Code: conversation.CodeForbidden, Text: "only an admin changes the channels"}
	}
	if a.Operator {
		return nil
	}
	cfg, err := config.Load(f.path, nil)
	if err != nil {
		return editError(err)
	}
	d := buildDirectory(cfg)
	if edit.Action != config.AddRow {
		if _, err := d.ChannelRow(a, conversation.ChannelRow{Email: edit.Row.Key, Send: conversation.SendType(edit.Row.Send)}); err != nil {
			return err
		}
	}
	if c.Department != nil && !a.Knows(d, *c.Department) {
		return conversation.ChannelFileRefusal{{Field: "department", Message: fmt.Sprintf("there is no department %q", *c.Department)}}
	}
	return nil
}

func rowOf(row conversation.ChannelRow) config.Row {
	return config.Row{Section: "channel", Key: row.Email, Send: config.SendType(row.Send)}
}

// settingsOf are the keys to write, in the order of the example. A new row leaves out what is the default.
func settingsOf(c conversation.ChannelEdit) []config.Setting {
	var out []config.Setting
	for _, s := range []struct {
		key   string
		value *string
	}{{"email", c.Email}, {"department", c.Department}, {"send", c.Send}, {"status", c.Status}, {"unverified", c.Unverified}, {"dmarc", c.DMARC}} {
		if s.value != nil {
			out = append(out, config.Setting{Key: s.key, Value: *s.value})
		}
	}
	if c.Robots != nil {
		out = append(out, config.Setting{Key: "robots", Value: slices.Clone(*c.Robots)})
	}
	return out
}

// editError says in the domain's words why a file was not changed.
func editError(err error) error {
	var (
		row      *config.RowError
		refused  *config.RefusedError
		problems config.Problems
	)
	switch {
	case errors.Is(err, config.ErrChanged):
		return &conversation.Error{Code: conversation.CodeChanged, Text: "the channel file was changed meanwhile: look at it again"}
	case errors.As(err, &row) && row.Ambiguous():
		return &conversation.Error{Code: conversation.CodeInvalid, Text: row.Error()}
	case errors.As(err, &row):
		return &conversation.Error{Code: conversation.CodeNotFound, Text: row.Error()}
	case errors.As(err, &refused):
		out := problemsOf(refused.Problems)
		for i := range out {
			out[i].Field, out[i].Line, out[i].Column = refused.Fields[i], 0, 0 // of a file that is not there
		}
		return out
	case errors.As(err, &problems):
		return &conversation.Error{Code: conversation.CodeConflict, Text: "the channel file has mistakes, which are to be mended first:\n" + problems.Error()}
	}
	return &conversation.Error{Code: conversation.CodeConflict, Text: err.Error()}
}

// problemsOf lists why a file is not taken.
func problemsOf(err error) conversation.ChannelFileRefusal {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return conversation.ChannelFileRefusal{{Message: err.Error()}}
	}
	out := make(conversation.ChannelFileRefusal, len(problems))
	for i, p := range problems {
		out[i] = conversation.ChannelFileProblem{Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint}
	}
	return out
}
