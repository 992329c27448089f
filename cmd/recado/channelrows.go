package main

import (
	"context"
	"slices"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/say"
)

func (f *channelFile) AddChannel(ctx context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error) {
	edit := config.Edit{Action: config.AddRow, Row: config.Row{Section: "channel"}, Keys: settingsOf(c)}
	for _, needed := range []struct {
		key   string
		value *string
	}{{"email", c.Email}, {"department", c.Department}} {
		if needed.value == nil {
			return nil, conversation.ChannelFileRefusal{{Field: needed.key, Message: say.Of("%s is missing", needed.key)}}
		}
	}
	d, err := f.change(ctx, a, seen, mayEditRow(a, c, nil), edit)
	if err != nil {
		return nil, err
	}
	f.tellChannel(a, "channel added", conversation.ChannelRow{Email: *c.Email})
	return &d.Channels[len(d.Channels)-1], nil
}

func (f *channelFile) SetChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error) {
	d, err := f.change(ctx, a, seen, mayEditRow(a, c, &row), config.Edit{Action: config.SetRow, Row: rowOf(row), Keys: settingsOf(c)})
	if err != nil {
		return nil, err
	}
	f.tellChannel(a, "channel changed", row)
	if c.Email != nil {
		row.Email = *c.Email
	}
	if c.Send != nil {
		row.Send = conversation.SendType(*c.Send)
	}
	return d.ChannelRow(conversation.Actor{Operator: true}, row)
}

func (f *channelFile) RemoveChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow) error {
	_, err := f.change(ctx, a, seen, mayEditRow(a, conversation.ChannelEdit{}, &row), config.Edit{Action: config.RemoveRow, Row: rowOf(row)})
	if err == nil {
		f.tellChannel(a, "channel removed", row)
	}
	return err
}

func (f *channelFile) tellChannel(a conversation.Actor, what string, row conversation.ChannelRow) {
	if f.log != nil {
		f.log.Info(what, "email", row.Email, "send", string(row.Send), "by", a.Label())
	}
}

// mayEditRow holds isolated departments strictly: nobody else learns that they or their channels exist. A new
// row has no name yet.
func mayEditRow(a conversation.Actor, c conversation.ChannelEdit, row *conversation.ChannelRow) func(*conversation.Directory) error {
	return func(d *conversation.Directory) error {
		if row != nil {
			if _, err := d.ChannelRow(a, *row); err != nil {
				return err
			}
		}
		if c.Email != nil {
			if err := freeAddress(a, d, *c.Email); err != nil {
				return err
			}
		}
		if c.Department != nil && !a.Knows(d, *c.Department) {
			return conversation.ChannelFileRefusal{{Field: "department", Message: say.Of("there is no department %q", *c.Department)}}
		}
		return nil
	}
}

// freeAddress keeps others from an address of an isolated department: mail of theirs would leave in its name, or what is
// meant for it would reach them.
func freeAddress(a conversation.Actor, d *conversation.Directory, email string) error {
	for _, c := range d.ChannelsOf(email) {
		if !a.Knows(d, c.Department) {
			return conversation.ChannelFileRefusal{{Field: "email", Message: say.Of("%s is in use", email), Hint: say.Of("choose another address")}}
		}
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
