package conversation

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/internal/message"
)

// Bounds of what is asked for, since each term costs.
const (
	maxQuery      = 500 // octets
	maxQueryTerms = 20
)

// Field is what of a message a term is looked for in.
type Field string

const (
	AnyField     Field = ""
	FieldFrom    Field = "from"
	FieldTo      Field = "to" // and Cc
	FieldSubject Field = "subject"
	FieldNumber  Field = "number"
)

// Term is one thing to find: its words one after the other, accents and case left aside. Where Prefix is
// set the last may be the beginning of a longer one.
type Term struct {
	Field  Field
	Text   string
	Prefix bool
}

// Query is a search as it was typed: a message must have every term, and its protocol must be as the rest says.
type Query struct {
	Terms      []Term
	Attachment bool      // it has a file
	After      time.Time // it came at or after; zero: whenever
	Before     time.Time // it came before; zero: whenever
	Department string    // an id
	Status     Status
	Agent      string // an address, what stands before its @, or "none"

	// Within are the departments whose messages are looked at; nil: all. It is not typed: it says who asks.
	Within []string
}

// AgentNone stands for nobody where an agent is asked for. No address reads so.
const AgentNone = "none"

// QueryMistake is what is wrong with a query.
type QueryMistake string

const (
	QueryTooLong    QueryMistake = "long"
	QueryNoText     QueryMistake = "text" // it is not UTF-8
	QueryManyWords  QueryMistake = "many"
	QueryNothing    QueryMistake = "nothing"
	QueryNoValue    QueryMistake = "value" // a name has nothing after it
	QueryHas        QueryMistake = "has"
	QueryStatus     QueryMistake = "status"
	QueryDay        QueryMistake = "day"
	QueryDepartment QueryMistake = "department" // none that who asks sees
)

// QueryError is why a query cannot be read; the [Error] within it says so in words.
type QueryError struct {
	Mistake QueryMistake
	Part    string // of the query, cut
	Example string // how it is written; empty where there is none

	answer *Error
}

func (e *QueryError) Error() string { return e.answer.Text }
func (e *QueryError) Unwrap() error { return e.answer }

func queryError(mistake QueryMistake, part, example, format string, args ...any) error {
	return &QueryError{mistake, preview(part), example, errorf(CodeInvalid, format, args...)}
}

// queryHelp is what a query that cannot be read is answered with.
const queryHelp = `write words, "several together", or one of from: to: subject: number: department: agent: status: before: after: has:attachment`

// ParseQuery reads what was typed. Days begin at midnight in loc.
func ParseQuery(s string, loc *time.Location) (*Query, error) {
	if len(s) > maxQuery {
		return nil, queryError(QueryTooLong, "", "", "the search is longer than %d octets: use fewer words", maxQuery)
	}
	if !utf8.ValidString(s) {
		return nil, queryError(QueryNoText, "", "", "the search is not UTF-8 text")
	}
	q := &Query{}
	for rest := s; ; {
		var w word
		if w, rest = nextWord(rest); w == (word{}) {
			break
		}
		if err := q.add(w, loc); err != nil {
			return nil, err
		}
		if len(q.Terms) > maxQueryTerms {
			return nil, queryError(QueryManyWords, "", "", "the search has more than %d words: use fewer", maxQueryTerms)
		}
	}
	if q.empty() {
		return nil, queryError(QueryNothing, s, "", "there is nothing to search for in %q: %s", preview(s), queryHelp)
	}
	return q, nil
}

func (q *Query) empty() bool {
	return len(q.Terms) == 0 && !q.Attachment && q.After.IsZero() && q.Before.IsZero() && q.Department == "" && q.Status == "" && q.Agent == ""
}

// word is one piece of a query: name:value, or a value alone. A value in quotes may hold spaces.
type word struct {
	name, value string
	quoted      bool
}

// nextWord takes the first word off s; none is left where it is empty.
func nextWord(s string) (word, string) {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if s == "" {
		return word{}, ""
	}
	var w word
	if i := strings.IndexFunc(s, func(r rune) bool { return r == ':' || r == '"' || unicode.IsSpace(r) }); i > 0 && s[i] == ':' {
		if name := strings.ToLower(s[:i]); slices.Contains(queryNames, name) {
			w.name, s = name, s[i+1:]
		}
	}
	if rest, ok := strings.CutPrefix(s, `"`); ok {
		w.quoted = true
		w.value, s, _ = strings.Cut(rest, `"`) // one that is not closed goes on to the end
	} else {
		end := strings.IndexFunc(s, func(r rune) bool { return r == '"' || unicode.IsSpace(r) })
		if end < 0 {
			end = len(s)
		}
		w.value, s = s[:end], s[end:]
	}
	if w == (word{}) { // not to be taken for the end
		w.quoted = true
	}
	return w, s
}

// queryNames are those that a colon may follow. Any other word with a colon in it is looked for as it is.
var queryNames = []string{"from", "to", "subject", "number", "department", "agent", "status", "before", "after", "has"}

func (q *Query) add(w word, loc *time.Location) (err error) {
	value := strings.TrimSpace(w.value)
	if w.name != "" && value == "" {
		return queryError(QueryNoValue, w.name+":", queryExamples[w.name], "%s: has nothing after it: write it without a space, as %s", w.name, queryExamples[w.name])
	}
	switch w.name {
	case "has":
		if v := strings.ToLower(value); v != "attachment" && v != "attachments" {
			return queryError(QueryHas, "has:"+value, queryExamples["has"], "has:%s is not known: write has:attachment", preview(value))
		}
		q.Attachment = true
	case "after":
		q.After, err = queryDay(w.name, value, loc)
	case "before":
		q.Before, err = queryDay(w.name, value, loc)
	case "status":
		if q.Status = Status(strings.ToLower(value)); q.Status != Open && q.Status != Finalized {
			return queryError(QueryStatus, "status:"+value, queryExamples["status"], "status:%s is not known: write status:open or status:finalized", preview(value))
		}
	case "department":
		q.Department = value
	case "agent":
		q.Agent = strings.ToLower(value)
	default:
		q.addTerm(Field(w.name), value, w.quoted)
	}
	return err
}

// queryExamples are shown to who wrote a name with nothing after it.
var queryExamples = map[string]string{
	"from": "from:ana", "to": "to:soporte", "subject": "subject:factura", "number": "number:20261123-000042", "department": "department:care",
	"agent": "agent:ana@example.com", "status": "status:open", "before": "before:2026-11-23", "after": "after:2026-11-23", "has": "has:attachment",
}

// shortestPrefix is how many characters a word needs to stand for the longer ones that begin with it.
const shortestPrefix = 3

// addTerm leaves out what has nothing that could be found. Words that were not quoted find longer ones too: that is
// what plurals and endings need where there is no dictionary of the language.
func (q *Query) addTerm(f Field, value string, quoted bool) {
	words := FoldWords(value)
	if len(words) == 0 {
		return
	}
	last := words[len(words)-1]
	q.Terms = append(q.Terms, Term{Field: f, Text: strings.Join(words, " "), Prefix: !quoted && utf8.RuneCountInString(last) >= shortestPrefix})
}

// queryDay reads a day. It begins at midnight.
func queryDay(name, value string, loc *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, value, loc)
	if err != nil || t.Year() < 1970 {
		return t, queryError(QueryDay, name+":"+value, queryExamples[name], "%s:%s is no day: write it as %s", name, preview(value), queryExamples[name])
	}
	return t, nil
}

// department settles which department is meant, by its id or its name, of those that the actor sees. One that
// he does not see is as unknown as one that there is not.
func (q *Query) department(d *Directory, actor Actor) error {
	if q.Department == "" {
		return nil
	}
	var ids []string
	for i := range d.Departments {
		dep := &d.Departments[i]
		if !actor.Sees(d, dep.ID) {
			continue
		}
		if strings.EqualFold(dep.ID, q.Department) || slices.Equal(FoldWords(dep.Name), FoldWords(q.Department)) {
			q.Department = dep.ID
			return nil
		}
		ids = append(ids, dep.ID)
	}
	return queryError(QueryDepartment, q.Department, strings.Join(ids, ", "), "there is no department %q: write one of %s", preview(q.Department), strings.Join(ids, ", "))
}

// admits tells whether a protocol is as the query says.
func (q *Query) admits(p *Protocol) bool {
	switch {
	case q.Status != "" && q.Status != p.Status,
		q.Department != "" && !slices.Contains(p.Departments(), q.Department),
		q.Agent == AgentNone && p.Agent != "":
		return false
	case q.Agent == "", q.Agent == AgentNone:
		return true
	}
	local, _, _ := cutAddress(p.Agent)
	return p.Agent != "" && (q.Agent == local || message.Address{Address: q.Agent}.Key() == p.Agent)
}
