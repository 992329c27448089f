package conversation

import "recado/internal/say"

// Code is the kind of an error that a caller acts on. Each boundary (SMTP, HTTP, command line) has one
// place that turns codes into its own.
type Code string

const (
	CodeInvalid   Code = "invalid"   // what was asked is not well formed
	CodeNotFound  Code = "not-found" // no such thing, or none that the asker may see
	CodeConflict  Code = "conflict"  // the state does not allow it
	CodeChanged   Code = "changed"   // the protocol moved on since the version that was given
	CodeForbidden Code = "forbidden"
	CodeTooMany   Code = "too-many"
)

// Error is an answer to the asker: a sentence that is safe to show and says what to do. Whoever speaks another language
// with the asker makes it anew of what it was made of.
type Error struct {
	Code Code
	say.Sentence
}

func (e *Error) Error() string { return e.Text }

func errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Sentence: say.Of(format, args...)}
}
