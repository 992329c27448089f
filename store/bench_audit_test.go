package store

import (
	"fmt"
	"testing"
	"time"

	"recado/conversation"
)

// BenchmarkAudit adds lines, in groups of a hundred, and reads pages of them as an admin does: the costs are the same
// however many there are.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000} {
		s := openTest(b, Options{Dir: b.TempDir(), Filling: true})
		at, i := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), 0
		add := func(count int) {
			err := s.Update(b.Context(), func(tx conversation.Tx) error {
				for range count {
					i++
					l := &conversation.AuditLine{
						ID: fmt.Sprintf("%026d", i), At: at.Add(time.Duration(i) * time.Second), Actor: fmt.Sprintf("agent%d@example.com", i%50), Name: "Somebody",
						Via: conversation.ViaInbox, From: "192.0.2.7", Action: conversation.AuditActions[i%10], Object: conversation.FormatNumber("20261123", uint64(i/5)),
						Department: []string{"care", "sales", "billing"}[i%3],
					}
					if err := tx.AddAudit(l); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		for i < n {
			add(1000)
		}
		b.Run(fmt.Sprintf("add/%d", n), func(b *testing.B) {
			for b.Loop() {
				add(100)
			}
		})
		all := []string{"care", "sales", "billing", ""}
		for name, f := range map[string]conversation.AuditFilter{
			"all": {Departments: all}, "actor": {Departments: all, Actor: "agent7@example.com"}, "object": {Departments: all, Object: "20261123-000100"},
			"kind": {Departments: all, Actions: conversation.AuditActions[:5]}, "day": {Departments: all, Since: at, Until: at.Add(100 * time.Second)},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					err := s.View(b.Context(), func(tx conversation.Tx) error {
						lines, _, err := tx.Audit(f, conversation.Page{})
						if err == nil && len(lines) == 0 {
							b.Error("no lines")
						}
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		closed(b, s)
	}
}
