// Package say keeps a sentence together with what it was made of. Where it is shown to somebody who reads another
// language, it is made anew of a translated format and the same arguments; everywhere else (answers of the API, output of
// the commands, the log) it is its English text.
package say

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Sentence is an English sentence and what it was made of. A sentence that stands in another one is among its arguments.
type Sentence struct {
	Text   string `json:"text"` // as package fmt makes it of the other two
	Format string `json:"format,omitempty"`
	Args   Args   `json:"args,omitempty"`
}

// Of makes a sentence as fmt.Sprintf does. The format is a constant: translations are found by it.
func Of(format string, args ...any) Sentence {
	return Sentence{Text: fmt.Sprintf(format, args...), Format: format, Args: args}
}

// Join sets sentences one after another, with something between them.
func Join(between string, list ...Sentence) Sentence {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = s
	}
	format := strings.TrimSuffix(strings.Repeat("%s"+between, len(list)), between)
	return Sentence{Text: fmt.Sprintf(format, args...), Format: format, Args: args}
}

func (s Sentence) String() string { return s.Text }

// Said makes whatever embeds a sentence a [Teller].
func (s Sentence) Said() Sentence { return s }

// Teller is an error, or an argument of a sentence, that knows what it was made of.
type Teller interface{ Said() Sentence }

// Find is what an error says, or one that it wraps.
func Find(err error) (Sentence, bool) {
	var t Teller
	if errors.As(err, &t) {
		return t.Said(), true
	}
	return Sentence{}, false
}

// Error is an error that is a sentence.
type Error struct {
	Sentence
	causes error
}

// Errorf makes an error as fmt.Errorf does. What wraps an error there with %w says it here with %v.
func Errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Sentence: Sentence{Text: err.Error(), Format: strings.ReplaceAll(format, "%w", "%v"), Args: args}, causes: err}
}

func (e *Error) Error() string { return e.Text }
func (e *Error) Unwrap() error { return e.causes }

// Args are arguments of a sentence. Numbers, truth and sentences are kept in JSON as what they are, of everything else
// the text.
type Args []any

func (a Args) MarshalJSON() ([]byte, error) {
	out := make([]any, len(a))
	for i, arg := range a {
		switch arg := arg.(type) {
		case Teller:
			out[i] = arg.Said()
		case int, bool:
			out[i] = arg
		default:
			out[i] = fmt.Sprint(arg)
		}
	}
	return json.Marshal(out)
}

func (a *Args) UnmarshalJSON(data []byte) error {
	var kept []json.RawMessage
	if err := json.Unmarshal(data, &kept); err != nil {
		return err
	}
	*a = make(Args, len(kept))
	for i, raw := range kept {
		var s Sentence
		var n int
		switch {
		case json.Unmarshal(raw, &n) == nil:
			(*a)[i] = n
		case json.Unmarshal(raw, &s) == nil:
			(*a)[i] = s
		default:
			if err := json.Unmarshal(raw, &(*a)[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
