package main

import (
	"context"
	"strings"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/say"
)

// usualSelector names the DKIM key of a domain that is added without one.
const usualSelector = "recado"

func (f *channelFile) AddDomain(ctx context.Context, a conversation.Actor, seen string, e conversation.DomainEdit) (*conversation.Domain, error) {
	if e.Name == nil {
		return nil, conversation.ChannelFileRefusal{{Field: "name", Message: say.Of("name is missing")}}
	}
	if e.DKIMSelectors == nil {
		e.DKIMSelectors = &[]string{usualSelector}
	}
	keys := []config.Setting{{Key: "name", Value: *e.Name}}
	for _, s := range domainSettings(e) {
		if s.Value != nil {
			keys = append(keys, s)
		}
	}
	d, err := f.change(ctx, a, seen, mayEditDomain(a, e), config.Edit{Action: config.AddRow, Row: config.Row{Section: "domain"}, Keys: keys})
	if err != nil {
		return nil, err
	}
	return f.domainDone(a, "domain added", &d.Domains[len(d.Domains)-1])
}

func (f *channelFile) SetDomain(ctx context.Context, a conversation.Actor, seen, name string, e conversation.DomainEdit) (*conversation.Domain, error) {
	if e.Name != nil {
		return nil, conversation.ChannelFileRefusal{{Field: "name", Message: say.Of("a domain keeps its name"), Hint: say.Of("add another, and remove this one once no channel is of it")}}
	}
	d, err := f.change(ctx, a, seen, mayEditDomain(a, e), config.Edit{Action: config.SetRow, Row: config.Row{Section: "domain", Key: name}, Keys: domainSettings(e)})
	if err != nil {
		return nil, err
	}
	dom, err := d.Domain(name)
	if err != nil {
		return nil, err
	}
	return f.domainDone(a, "domain changed", dom)
}

// domainDone says what was done and sees to the domain's keys.
func (f *channelFile) domainDone(a conversation.Actor, what string, dom *conversation.Domain) (*conversation.Domain, error) {
	if f.log != nil {
		f.log.Info(what, "domain", dom.Name, "by", a.Label())
	}
	if f.makeKeys != nil {
		return dom, f.makeKeys(dom)
	}
	return dom, nil
}

// RemoveDomain takes a domain out that no channel is of. Its keys stay: mail that they signed is still to be verified.
func (f *channelFile) RemoveDomain(ctx context.Context, a conversation.Actor, seen, name string) error {
	cfg, err := config.Load(f.path, nil)
	if err != nil {
		return editError(a, err)
	}
	d := buildDirectory(cfg)
	dom, err := d.Domain(name)
	if err != nil {
		return err
	}
	if err := stillUsed(d, a, dom.Name); err != nil {
		return err
	}
	if _, err := f.change(ctx, a, seen, nil, config.Edit{Action: config.RemoveRow, Row: config.Row{Section: "domain", Key: name}}); err != nil {
		return err
	}
	if f.log != nil {
		f.log.Info("domain removed", "domain", dom.Name, "by", a.Label())
	}
	return nil
}

// stillUsed names the channels that stand in the way, to who may know of them.
func stillUsed(d *conversation.Directory, a conversation.Actor, domain string) error {
	const most = 5
	known, others := d.ChannelsIn(a, domain)
	if len(known) == 0 && !others {
		return nil
	}
	message := say.Of("%s is still used by channels", domain)
	if len(known) > 0 {
		var emails []string
		for _, c := range known[:min(most, len(known))] {
			emails = append(emails, c.Email)
		}
		message = say.Of("%s: %s", message, strings.Join(emails, ", "))
		if more := len(known) - most; more > 0 {
			message = say.Of("%s and %d more", message, more)
		}
	}
	return conversation.ChannelFileRefusal{{Message: message, Hint: say.Of("remove them, or give them an address of another domain, first")}}
}

func mayEditDomain(a conversation.Actor, e conversation.DomainEdit) func(*conversation.Directory) error {
	return func(d *conversation.Directory) error {
		if e.Postmaster == nil {
			return nil
		}
		return d.MayBePostmaster(a, *e.Postmaster)
	}
}

// domainSettings are the keys to write, in the order of the example; what says nothing goes.
func domainSettings(e conversation.DomainEdit) (out []config.Setting) {
	if e.DKIMSelectors != nil {
		s := config.Setting{Key: "dkim_selector"}
		switch list := *e.DKIMSelectors; len(list) {
		case 0:
		case 1:
			s.Value = list[0]
		default:
			s.Value = list
		}
		out = append(out, s)
	}
	if e.Postmaster != nil {
		s := config.Setting{Key: "postmaster"}
		if *e.Postmaster != "" {
			s.Value = *e.Postmaster
		}
		out = append(out, s)
	}
	return out
}
