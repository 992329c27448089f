package conversation

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of canned answers: how many there are in all, and characters.
const (
	maxCanned      = 500
	maxCannedTitle = 200
	maxCannedText  = 20_000
)

// CannedAnswer is a text that agents answer with again and again. Its variables (cannedtext.go) stand for what the
// protocol at hand knows.
type CannedAnswer struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Department is whose agents have it; empty: everybody's.
	Department string            `json:"department,omitempty"`
	Texts      map[string]string `json:"texts"`   // by language, one at least
	Version    uint64            `json:"version"` // grows by one with each change
	UpdatedAt  time.Time         `json:"updated_at"`
	UpdatedBy  string            `json:"updated_by,omitempty"` // the agent's address; empty: the operator
}

// CannedTitle is a canned answer as lists show it: without its texts, of which there may be megabytes.
type CannedTitle struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Department string   `json:"department,omitempty"`
	Languages  []string `json:"languages"` // that it has, in the order of Languages
}

// Heading is the answer as lists show it.
func (c *CannedAnswer) Heading() *CannedTitle {
	t := &CannedTitle{ID: c.ID, Title: c.Title, Department: c.Department}
	for _, l := range Languages {
		if c.Texts[l] != "" {
			t.Languages = append(t.Languages, l)
		}
	}
	return t
}

// CannedRecords is the part of a transaction that keeps canned answers.
type CannedRecords interface {
	CannedAnswer(id string) (*CannedAnswer, error)
	// CannedNamed is the one of the department whose title folds to the same (FoldTitle), nil where there is none.
	CannedNamed(department, title string) (*CannedTitle, error)
	// PutCannedAnswer inserts or replaces. Of one department's no two may fold to one title: ask CannedNamed first.
	PutCannedAnswer(c *CannedAnswer) error
	DeleteCannedAnswer(id string) error
	// CannedTitles are ordered by folded title. Departments as in ProtocolFilter; "" is everybody's.
	CannedTitles(departments []string, page Page) ([]*CannedTitle, string, error)
	CountCanned() (int, error)
}

// FoldTitle is what titles are ordered and compared by: without case, accents and double spaces.
func FoldTitle(title string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(title))
	return strings.ToLower(oneLine(bare))
}

// CannedEdit is what is to become of a canned answer; nil keeps what there is. An empty text takes a language away.
type CannedEdit struct {
	Title, Department *string
	Texts             map[string]string
}

// seesCanned tells whether the actor has the answer: everybody those of no department, of one its agents.
func (a Actor) seesCanned(d *Directory, department string) bool {
	return department == "" || a.Sees(d, department)
}

// MayEditCanned tells whether the actor may change the answers of the department: its supervisors and admins;
// everybody's only an admin.
func (a Actor) MayEditCanned(d *Directory, department string) bool {
	if department == "" {
		return a.administers()
	}
	return (a.administers() || a.Role == RoleSupervisor) && a.Sees(d, department)
}

// MayEditSomeCanned tells whether there are answers that the actor may change.
func (a Actor) MayEditSomeCanned() bool { return a.administers() || a.Role == RoleSupervisor }

var errCannedForbidden = errorf(CodeForbidden, "only a supervisor or an admin of the department changes its canned answers, and only an admin those of every department")

// cannedIn is the answer where the actor has it. Not to exist and not to be had are the same answer.
func (m *Manager) cannedIn(tx Tx, actor Actor, id string) (*CannedAnswer, error) {
	c, err := tx.CannedAnswer(id)
	if err == nil && (c == nil || !actor.seesCanned(m.Directory(), c.Department)) {
		return nil, errorf(CodeNotFound, "no canned answer has the id %s", id)
	}
	return c, err
}

// CannedAnswer is one canned answer.
func (m *Manager) CannedAnswer(ctx context.Context, actor Actor, id string) (*CannedAnswer, error) {
	var c *CannedAnswer
	err := m.store.View(ctx, func(tx Tx) (err error) { c, err = m.cannedIn(tx, actor, id); return err })
	return c, err
}

// CannedAnswers lists those that the actor has, by title.
func (m *Manager) CannedAnswers(ctx context.Context, actor Actor, page Page) ([]*CannedAnswer, string, error) {
	var list []*CannedAnswer
	var next string
	err := m.store.View(ctx, func(tx Tx) error {
		titles, cursor, err := tx.CannedTitles(m.cannedScope(actor), page)
		if err != nil {
			return err
		}
		list, next = nil, cursor
		for _, t := range titles {
			c, err := tx.CannedAnswer(t.ID)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	return list, next, listError(err)
}

// CannedTitles are those that the actor may answer with in one of the departments, by title: everybody's, and those of
// the actor's departments; but an isolated department's words are said by it alone (rule 5).
func (m *Manager) CannedTitles(ctx context.Context, actor Actor, departments ...string) ([]*CannedTitle, error) {
	d := m.Directory()
	elsewhere := func(t *CannedTitle) bool {
		return t.Department != "" && !slices.ContainsFunc(departments, func(id string) bool { return d.sameWall(t.Department, id) })
	}
	var list []*CannedTitle
	err := m.store.View(ctx, func(tx Tx) error {
		all, _, err := tx.CannedTitles(m.cannedScope(actor), Page{Limit: maxCanned})
		list = slices.DeleteFunc(all, elsewhere)
		return err
	})
	return list, err
}

// cannedScope is the filter of departments for lists of canned answers: nil for all.
func (m *Manager) cannedScope(actor Actor) []string {
	scope := actor.scope(m.Directory())
	if scope == nil {
		return nil
	}
	return append(scope, "")
}

// AddCanned makes a canned answer.
func (m *Manager) AddCanned(ctx context.Context, intent Intent, e CannedEdit) (*CannedAnswer, error) {
	e, err := e.checked()
	if err != nil {
		return nil, err
	}
	made := &CannedAnswer{ID: NewID(time.Now()), Texts: map[string]string{}}
	if err := made.edit(m.Directory(), intent.Actor, e); err != nil {
		return nil, err
	}
	var out *CannedAnswer
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if out, err = recall[CannedAnswer](tx, intent, "canned"); out != nil || err != nil {
			return err
		}
		n, err := tx.CountCanned()
		if err != nil {
			return err
		}
		if n >= maxCanned {
			return errorf(CodeConflict, "there are %d canned answers, and no more are kept: remove one first", n)
		}
		c := *made
		out = &c
		if err := putCanned(tx, intent, AuditCannedAdd, out); err != nil {
			return err
		}
		return keep(tx, intent, "canned", out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SetCanned changes a canned answer.
func (m *Manager) SetCanned(ctx context.Context, intent Intent, id string, e CannedEdit) (*CannedAnswer, error) {
	e, err := e.checked()
	if err != nil {
		return nil, err
	}
	var out *CannedAnswer
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if out, err = m.editableCanned(tx, intent, id); err != nil {
			return err
		}
		if err := out.edit(m.Directory(), intent.Actor, e); err != nil {
			return err
		}
		return putCanned(tx, intent, AuditCannedSet, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// RemoveCanned removes a canned answer and returns it as it was. What was sent with it stays as it was sent.
func (m *Manager) RemoveCanned(ctx context.Context, intent Intent, id string) (*CannedAnswer, error) {
	var out *CannedAnswer
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if out, err = m.editableCanned(tx, intent, id); err != nil {
			return err
		}
		if err := auditCanned(tx, intent.Actor, AuditCannedRemove, out); err != nil {
			return err
		}
		return tx.DeleteCannedAnswer(id)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// editableCanned is the answer that the actor may change, at the version that he saw.
func (m *Manager) editableCanned(tx Tx, intent Intent, id string) (*CannedAnswer, error) {
	c, err := m.cannedIn(tx, intent.Actor, id)
	switch {
	case err != nil:
		return nil, err
	case !intent.Actor.MayEditCanned(m.Directory(), c.Department):
		return nil, errCannedForbidden
	case intent.IfMatch != nil && *intent.IfMatch != c.Version:
		return nil, errorf(CodeChanged, "the canned answer %s was changed since you read it: read it again", id)
	}
	return c, nil
}

// putCanned stores the answer, unless another of its department has its title.
func putCanned(tx Tx, intent Intent, action AuditAction, c *CannedAnswer) error {
	other, err := tx.CannedNamed(c.Department, c.Title)
	if err != nil {
		return err
	}
	if other != nil && other.ID != c.ID {
		return errorf(CodeConflict, "there is a canned answer %q already (%s): change that one, or choose another title", other.Title, other.ID)
	}
	c.Version++
	c.UpdatedAt, c.UpdatedBy = tx.Now(), intent.Actor.Email
	if err := auditCanned(tx, intent.Actor, action, c); err != nil {
		return err
	}
	return tx.PutCannedAnswer(c)
}

// checked is the edit with everything as it is kept, looked at outside of any transaction.
func (e CannedEdit) checked() (CannedEdit, error) {
	if e.Title != nil {
		title := oneLine(*e.Title)
		if !showable(title, maxCannedTitle) {
			return e, errorf(CodeInvalid, "the title has characters that cannot be shown, or more than %d of them", maxCannedTitle)
		}
		e.Title = &title
	}
	texts := make(map[string]string, len(e.Texts))
	for language, text := range e.Texts {
		if !slices.Contains(Languages, language) {
			return e, errorf(CodeInvalid, "there is no language %q: write es, pt or en", preview(language))
		}
		text, err := checkCannedText(text)
		if err != nil {
			return e, errorf(CodeInvalid, "the text in %s: %s", language, err)
		}
		texts[language] = text
	}
	e.Texts = texts
	return e, nil
}

// edit applies a checked edit, where the actor may make what comes of it.
func (c *CannedAnswer) edit(d *Directory, actor Actor, e CannedEdit) error {
	if e.Title != nil {
		c.Title = *e.Title
	}
	if e.Department != nil {
		c.Department = *e.Department
	}
	maps.Copy(c.Texts, e.Texts)
	maps.DeleteFunc(c.Texts, func(_, text string) bool { return text == "" })
	switch {
	case c.Title == "":
		return errorf(CodeInvalid, "the title is missing: it is what agents choose the answer by")
	case c.Department != "" && (d.Department(c.Department) == nil || !actor.Sees(d, c.Department)):
		return errorf(CodeInvalid, "there is no department %q among yours", preview(c.Department))
	case !actor.MayEditCanned(d, c.Department):
		return errCannedForbidden
	case len(c.Texts) == 0:
		return errorf(CodeInvalid, "the answer has no text: write it in one language at least")
	}
	return nil
}

// checkCannedText is the text as it is kept.
func checkCannedText(text string) (string, error) {
	text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	switch {
	case strings.TrimSpace(text) == "":
		return "", nil
	case utf8.RuneCountInString(text) > maxCannedText:
		return "", errorf(CodeInvalid, "it is longer than %d characters", maxCannedText)
	case !plainText(text):
		return "", errorf(CodeInvalid, "it has characters that cannot be shown")
	}
	return text, checkVariables(text)
}

// plainText tells whether the text is UTF-8 without control characters other than line ends and tabs.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	})
}
