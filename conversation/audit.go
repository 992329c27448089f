package conversation

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"recado/internal/message"
)

// deed is what an actor does, as its audit line tells of it.
type deed struct {
	action     AuditAction
	object     string
	other      string
	department string
	named      []string
	detail     string
	count      int
}

// maxAuditText bounds each text of a line, in characters: the longest that is an address.
const maxAuditText = maxAddress

// audit adds the line of a deed to the transaction that does it. Every method that changes something for an
// actor comes by here.
func audit(tx Tx, by Actor, d deed) error {
	l := &AuditLine{
		ID: NewID(tx.Now()), At: tx.Now(), Name: auditText(by.Name), Via: by.Via, Action: d.action,
		Object: auditText(d.object), Other: auditText(d.other), Department: d.department, Named: slices.Clone(d.named), Detail: auditText(d.detail),
		Count: d.count,
	}
	switch {
	case by.Operator:
		l.Actor = AuditOperator
	case by.Token != "":
		l.Actor = by.Token
	case by.Via == ViaSocket:
		l.Actor, l.As = AuditOperator, by.Email
	default:
		l.Actor = by.Email
	}
	if by.Remote.IsValid() {
		l.From = by.Remote.Unmap().String()
	}
	return tx.AddAudit(l)
}

// auditText is a text as a line keeps it: on one line, of characters that can be shown, and bounded.
func auditText(s string) string {
	s = oneLine(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > maxAuditText {
		return string(r[:maxAuditText-1]) + "…"
	}
	return s
}

// auditProtocol is audit for what is done to a protocol.
func auditProtocol(tx Tx, by Actor, action AuditAction, p *Protocol, other, detail string) error {
	return audit(tx, by, deed{action: action, object: p.Number, other: other, department: p.Department, detail: detail})
}

// FileDeed is an edit of the channel file, or that it was taken up.
type FileDeed struct {
	Action     AuditAction
	Object     string
	Department string   // as AuditLine.Department
	Named      []string // as AuditLine.Named
	Detail     string
}

// AuditFile adds the lines of edits of the channel file, which is no part of the store: they come right after. What
// cannot be written is said in the log, since the edits stand.
func (m *Manager) AuditFile(ctx context.Context, by Actor, deeds ...FileDeed) {
	if len(deeds) == 0 {
		return
	}
	err := m.store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		for _, f := range deeds {
			d := deed{action: f.Action, object: f.Object, department: f.Department, named: f.Named, detail: f.Detail}
			if err := audit(tx, by, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.log.Error("edits of the channel file have no audit lines", slog.String("action", string(deeds[0].Action)),
			slog.String("object", deeds[0].Object), slog.Int("edits", len(deeds)), slog.String("by", by.Label()), slog.Any("error", err))
	}
}

// AuditRequest asks for lines. Empty fields do not narrow.
type AuditRequest struct {
	Actor      string // an agent's address, the id of a token, or AuditOperator
	Action     string // an action, or a kind of them
	Object     string
	Department string
	Since      time.Time // that moment too
	Until      time.Time // not that moment
}

// Audit lists what was done, newest first, for admins. Lines of departments that the actor does not see are left out,
// and so are those departments' names in others.
func (m *Manager) Audit(ctx context.Context, actor Actor, r AuditRequest, page Page) ([]*AuditLine, string, error) {
	if !actor.administers() {
		return nil, "", errAdminOnly
	}
	d := m.Directory()
	f := AuditFilter{Actor: strings.TrimSpace(r.Actor), Object: strings.TrimSpace(r.Object), Since: r.Since, Until: r.Until, Departments: actor.scope(d)}
	switch {
	case r.Department != "":
		f.Departments = m.narrow(actor, []string{r.Department})
	case f.Departments != nil:
		f.Departments = append(f.Departments, "")
	}
	for _, named := range []*string{&f.Actor, &f.Object} { // as they are kept, however they are written
		if a, ok := message.ParseAddress(*named); ok && validSender(a) {
			*named = a.Key()
		}
	}
	if r.Action != "" {
		var err error
		if f.Actions, err = auditActions(r.Action); err != nil {
			return nil, "", err
		}
	}
	var lines []*AuditLine
	var next string
	err := m.store.View(ctx, func(tx Tx) (err error) {
		lines, next, err = tx.Audit(f, page)
		return err
	})
	if err != nil {
		return nil, "", listError(err)
	}
	for _, l := range lines {
		l.Named = known(actor, d, l.Named)
	}
	return lines, next, nil
}

// failedMemory is how long failures to get in are counted together.
const failedMemory = time.Hour

// auditFailure counts one more failure to get in within the hour, of an account or of all strangers together. The first,
// second, fourth, eighth and so on leave a line: a million of them leave twenty.
func auditFailure(tx Tx, by Actor, d deed) error {
	f, err := failures(tx, d)
	if err != nil {
		return err
	}
	if f.N == 0 {
		f.Since = tx.Now()
	}
	f.N++
	if err := note(tx, failuresName(d), f, false, f.Since.Add(failedMemory)); err != nil {
		return err
	}
	if f.N&(f.N-1) != 0 {
		return nil
	}
	d.count = f.N
	return audit(tx, by, d)
}

// failureCount is how many failures there were since a moment.
type failureCount struct {
	N     int       `json:"n"`
	Since time.Time `json:"since"`
}

func failuresName(d deed) string { return "audit/failures/" + string(d.action) + "/" + d.object }

// failures are what auditFailure has counted for the deed.
func failures(tx Tx, d deed) (*failureCount, error) {
	f, err := noted[*failureCount](tx, failuresName(d))
	if err == nil && (f == nil || tx.Now().Sub(f.Since) >= failedMemory) {
		f = &failureCount{}
	}
	return f, err
}

// expireAudit forgets lines that are older than audit_days, and tells how many.
func (m *Manager) expireAudit(ctx context.Context) (n int, err error) {
	days := m.Directory().Limits.AuditDays
	if days <= 0 {
		return 0, nil
	}
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		n, err = tx.TrimAudit(tx.Now().AddDate(0, 0, -days), housekeepBatch)
		return err
	})
	return n, err
}
