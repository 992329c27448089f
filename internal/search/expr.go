package search

import (
	"strings"

	"recado/conversation"
)

// The columns that a term without a field is looked for in, and those of a field.
const anyColumn = "{body subject sender recipients files number}"

var columns = map[conversation.Field]string{
	conversation.AnyField: anyColumn, conversation.FieldFrom: "sender", conversation.FieldTo: "recipients",
	conversation.FieldSubject: "subject", conversation.FieldNumber: "number",
}

// markAttachment is the word in the column marks of a message that has a file.
const markAttachment = "attachment"

// expression is the query as FTS5 reads it; empty where it has no terms. Nothing of what was typed is syntax: each
// term is a string, in which a quote is doubled.
func expression(q *conversation.Query) string {
	var parts []string
	for _, t := range q.Terms {
		column, ok := columns[t.Field]
		if !ok {
			column = anyColumn
		}
		part := column + " : " + quoted(t.Text)
		if t.Prefix {
			part += " *"
		}
		parts = append(parts, part)
	}
	if q.Attachment {
		parts = append(parts, "marks : "+markAttachment)
	}
	return strings.Join(parts, " AND ")
}

func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", " "), `"`, `""`) + `"`
}
