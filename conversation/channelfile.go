package conversation

import (
	"strings"

	"recado/internal/say"
)

// ChannelRow names a row of the channel file: by its email and, where that has several, its send type.
type ChannelRow struct {
	Email string
	Send  SendType // "": the only one
}

// ChannelEdit is what to write into a row, in the words of the channel file; nil leaves a key as it is.
type ChannelEdit struct {
	Email, Department, Send, Status, Unverified, DMARC *string
	Robots                                             *[]string
}

// ChannelFileState tells whether the channel file that is there is the one that counts.
type ChannelFileState struct {
	Path     string
	Hash     string             // of the file that counts: an edit carries it to prove what it was decided by
	Problems ChannelFileRefusal // why the file that is there does not count; none: it does
}

// ChannelFileRefusal is why a channel file is not taken, whether it is there or an edit would make it.
type ChannelFileRefusal []ChannelFileProblem

// ChannelFileProblem is one mistake.
type ChannelFileProblem struct {
	Line, Column  int          // from 1; 0: it has no place
	Field         string       // the key of the edited row that it stands at, or ""
	Message, Hint say.Sentence // what is wrong, and what to write instead
}

// Said is the mistake in one line.
func (p ChannelFileProblem) Said() say.Sentence {
	if p.Hint.Text == "" {
		return p.Message
	}
	return say.Join("; ", p.Message, p.Hint)
}

func (r ChannelFileRefusal) Error() string { return r.Said().Text }

// Said is the mistakes, one a line.
func (r ChannelFileRefusal) Said() say.Sentence {
	lines := make([]say.Sentence, len(r))
	for i, p := range r {
		lines[i] = p.Said()
	}
	return say.Join("\n", lines...)
}

// Code tells a mistake in what was asked for from one that the rest of the file makes it.
func (r ChannelFileRefusal) Code() Code {
	for _, p := range r {
		if p.Field != "" {
			return CodeInvalid
		}
	}
	return CodeConflict
}

// Knows tells whether the actor may know of the department: an isolated one is named only to those who
// read it (rule 5).
func (a Actor) Knows(d *Directory, department string) bool {
	return !d.Isolated(department) || a.Sees(d, department)
}

// KnowsAll tells whether no department is hidden from the actor.
func (a Actor) KnowsAll(d *Directory) bool {
	for i := range d.Departments {
		if !a.Knows(d, d.Departments[i].ID) {
			return false
		}
	}
	return true
}

// MaySettle tells whether the actor may change settings.
func (a Actor) MaySettle() bool { return a.Operator || a.Role == RoleAdmin }

// ChannelRow finds a row that the actor may know of.
func (d *Directory) ChannelRow(a Actor, row ChannelRow) (*Channel, error) {
	var found []*Channel
	key := (&Channel{Email: row.Email}).Key()
	for _, c := range d.channels[key] {
		if a.Knows(d, c.Department) {
			found = append(found, c)
		}
	}
	sends := make([]string, len(found))
	for i, c := range found {
		if sends[i] = string(c.Send); row.Send == c.Send {
			return c, nil
		}
	}
	switch {
	case len(found) == 0:
		return nil, errorf(CodeNotFound, "there is no channel %q", row.Email)
	case row.Send != "":
		return nil, errorf(CodeNotFound, "there is no channel %q of send type %q; it has %s", row.Email, row.Send, strings.Join(sends, ", "))
	case len(found) > 1:
		return nil, errorf(CodeInvalid, "%s has %d rows: say which with its send type, one of %s", row.Email, len(found), strings.Join(sends, ", "))
	}
	return found[0], nil
}
