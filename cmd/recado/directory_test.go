package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/config"
)

func TestBuildDirectory(t *testing.T) {
	d := buildDirectory(&config.Config{
		Server:      config.Server{Hostname: "mx.example.com", Language: config.Spanish, FoldPlusTags: true},
		Limits:      config.Limits{MailsPerHour: 1, AckPerHour: 2, HeldDays: 3, AuditDays: 4},
		Domains:     []config.Domain{{Name: "example.com", Postmaster: "soporte@example.com"}},
		Departments: []config.Department{{ID: "hr", Name: "People", Isolated: true, Acknowledge: true, Language: config.Portuguese, Acknowledgement: "ack", Signature: "sig", Classifications: []string{"sale"}}},
		Channels: []config.Channel{{Email: "Soporte@example.com", Department: "hr", Send: config.SendReceptive, Active: true,
			Unverified: config.UnverifiedHold, DMARC: config.DMARCRefuse, Robots: []string{"Robot@b.example", "c.example"}}},
		Forms: []config.Form{{From: "Web@example.com"}},
	})
	if d.Hostname != "mx.example.com" || d.Language != "es" || !d.FoldPlusTags || d.Limits != (conversation.Limits{MailsPerHour: 1, AckPerHour: 2, HeldDays: 3, AuditDays: 4}) {
		t.Errorf("server: %+v", d)
	}
	dep := d.Department("hr")
	want := &conversation.Department{ID: "hr", Name: "People", Isolated: true, Acknowledge: true, Language: "pt", AcknowledgementText: "ack", Signature: "sig", Classifications: []string{"sale"}}
	if diff := cmp.Diff(want, dep); diff != "" {
		t.Errorf("department (-want +got):\n%s", diff)
	}
	c, status := d.Resolve("postmaster@example.com")
	if status != conversation.RecipientOK {
		t.Fatalf("postmaster: %v", status)
	}
	if c.Email != "Soporte@example.com" || c.Send != conversation.SendReceptive || !c.Active || !c.HoldUnverified || c.DMARC != conversation.DMARCRefuse ||
		c.Robots[0] != "robot@b.example" || c.Robots[1] != "c.example" {
		t.Errorf("channel: %+v", c)
	}
	if !d.IsForm("web@example.com") {
		t.Error("the form is not known")
	}
}
