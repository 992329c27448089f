package main

import (
	"strings"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/message"
)

// buildDirectory says in the domain's words who the channel file says that we are.
func buildDirectory(cfg *config.Config) *conversation.Directory {
	d := &conversation.Directory{
		Hostname: cfg.Server.Hostname, Language: string(cfg.Server.Language), Location: cfg.Server.Timezone,
		FoldPlusTags: cfg.Server.FoldPlusTags,
		Limits: conversation.Limits{
			MailsPerHour: cfg.Limits.MailsPerHour, AckPerHour: cfg.Limits.AckPerHour, HeldDays: cfg.Limits.HeldDays, AuditDays: cfg.Limits.AuditDays,
		},
	}
	for _, domain := range cfg.Domains {
		d.Domains = append(d.Domains, conversation.Domain{Name: domain.Name, Postmaster: domain.Postmaster, DKIMSelectors: domain.DKIMSelectors})
	}
	for _, dep := range cfg.Departments {
		d.Departments = append(d.Departments, conversation.Department{
			ID: dep.ID, Name: dep.Name, Isolated: dep.Isolated, Acknowledge: dep.Acknowledge,
			Language: string(dep.Language), AcknowledgementText: dep.Acknowledgement, Signature: dep.Signature,
			Classifications: dep.Classifications,
		})
	}
	for _, c := range cfg.Channels {
		d.Channels = append(d.Channels, conversation.Channel{
			Email: c.Email, Department: c.Department, Send: conversation.SendType(c.Send), Active: c.Active,
			HoldUnverified: c.Unverified == config.UnverifiedHold, DMARC: conversation.DMARCAction(c.DMARC), Robots: robots(c.Robots),
		})
	}
	for _, f := range cfg.Forms {
		d.Forms = append(d.Forms, message.Address{Address: f.From}.Key())
	}
	return d.Build()
}

// robots folds addresses for comparing; domains are lower-case ASCII already.
func robots(list []string) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r
		if strings.Contains(r, "@") {
			out[i] = message.Address{Address: r}.Key()
		}
	}
	return out
}
