package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// auditModel adds lines of everything that they can be narrowed by, and returns them, oldest first. Some are of one moment.
func auditModel(e *env, n int) []conversation.AuditLine {
	r := rand.New(rand.NewPCG(7, 8))
	one := func(words ...string) string { return words[r.IntN(len(words))] }
	start := e.clock.now()
	var model []conversation.AuditLine
	e.update(func(tx conversation.Tx) error {
		model = nil
		for i := range n {
			l := conversation.AuditLine{
				ID: fmt.Sprint(i), At: start.Add(time.Duration(i/3) * time.Hour), Actor: one("eva@o", "leo@o", conversation.AuditOperator, ""),
				Action: conversation.AuditAction(one("protocol.reply", "protocol.note", "agent.add")),
				Object: one("20261123-000001", "20261123-000002", "ana@c", ""), Other: one("20261123-000001", "", ""), Department: append(modelDepartments, "")[r.IntN(len(modelDepartments)+1)],
			}
			if l.Actor == conversation.AuditOperator {
				l.As = one("", "eva@o")
			}
			if err := tx.AddAudit(&l); err != nil {
				return err
			}
			model = append(model, l)
		}
		return nil
	})
	return model
}

func auditLister(f conversation.AuditFilter) lister {
	return named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.AuditLine, string, error) {
		return tx.Audit(f, p)
	},
		func(l *conversation.AuditLine) string { return l.ID })
}

// ofModel are the ids of those lines that the filter takes, newest first.
func ofModel(model []conversation.AuditLine, f conversation.AuditFilter) []string {
	want := []string{}
	for _, l := range slices.Backward(model) {
		if f.Takes(&l) && (f.Departments == nil || slices.Contains(f.Departments, l.Department)) &&
			(f.Since.IsZero() || !l.At.Before(f.Since)) && (f.Until.IsZero() || l.At.Before(f.Until)) {
			want = append(want, l.ID)
		}
	}
	return want
}

func testAudit(e *env) {
	start := e.clock.now()
	model := auditModel(e, 120)
	for _, departments := range [][]string{nil, {}, {"care", ""}, {"hr", "sales", "hr"}} {
		for _, actor := range []string{"", "eva@o", conversation.AuditOperator, "nobody@o"} {
			for _, object := range []string{"", "20261123-000001", "ana@c", "20261123"} {
				for _, actions := range [][]conversation.AuditAction{nil, {"agent.add"}, {"protocol.reply", "protocol.note"}} {
					for _, within := range [][2]time.Time{{}, {start.Add(5 * time.Hour), {}}, {start.Add(5 * time.Hour), start.Add(20 * time.Hour)}, {{}, start}} {
						f := conversation.AuditFilter{Departments: departments, Actor: actor, Object: object, Actions: actions, Since: within[0], Until: within[1]}
						if diff := gocmp.Diff(ofModel(model, f), e.all(7, auditLister(f))); diff != "" {
							e.Errorf("%+v: %s", f, diff)
						}
					}
				}
			}
		}
	}
}

func testAuditTrim(e *env) {
	start := e.clock.now()
	model := auditModel(e, 60) // three an hour
	trim := func(before time.Time, limit int) (n int) {
		e.update(func(tx conversation.Tx) (err error) {
			n, err = tx.TrimAudit(before, limit)
			return err
		})
		return n
	}
	if n := trim(start.Add(5*time.Hour), 10); n != 10 {
		e.Errorf("%d lines went, of a limit of 10", n)
	}
	if n := trim(start.Add(5*time.Hour), 10); n != 5 {
		e.Errorf("then %d lines went, of 5 that were left", n)
	}
	if n := trim(start.Add(5*time.Hour), 10); n != 0 {
		e.Errorf("%d lines went that are not old", n)
	}
	for _, f := range []conversation.AuditFilter{{}, {Actor: "eva@o"}, {Object: "20261123-000001"}, {Actions: []conversation.AuditAction{"agent.add"}}, {Departments: []string{"care"}}} {
		if diff := gocmp.Diff(ofModel(model[15:], f), e.all(7, auditLister(f))); diff != "" {
			e.Errorf("%+v: %s", f, diff)
		}
	}
}
