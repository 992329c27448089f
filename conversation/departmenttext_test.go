package conversation

import (
	"strings"
	"testing"
	"time"
)

func TestDepartmentTextCheck(t *testing.T) {
	tests := []struct {
		name, text, words string // no words: it is good
		kind              DepartmentText
	}{
		{"every variable", "{number} {date} {time} {department}", "", TextAcknowledgement},
		{"none", "Thank you :-{ and goodbye", "", TextAcknowledgement},
		{"misspelt", "Your number is {nummer}", "there is no variable {nummer}; the variables are {number}, {date}, {time}, {department}", TextAcknowledgement},
		{"a canned answer's", "{{number}}", "write {number} for {{number}}", TextAcknowledgement},
		{"with blanks", "{ number }", "write {number} for { number }", TextAcknowledgement},
		{"not closed", "{number, thank you", "write {number} for {number", TextAcknowledgement},
		{"a signature has none", "{anything}", "", TextSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.kind.Check(test.text)
			if test.words == "" && err != nil || test.words != "" && (err == nil || err.Error() != test.words) {
				t.Errorf("%v, want %q", err, test.words)
			}
		})
	}
}

// TestDepartmentTextBuiltIn: what we say by ourselves passes our own check, in every language.
func TestDepartmentTextBuiltIn(t *testing.T) {
	d := (&Directory{}).Build()
	for _, language := range Languages {
		dep := &Department{ID: "care", Name: "Care", Language: language}
		text := dep.BuiltInText(TextAcknowledgement)
		if err := TextAcknowledgement.Check(text); err != nil {
			t.Errorf("%s: %v", language, err)
		}
		shown := TextAcknowledgement.Preview(d, dep, text, time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC))
		if !strings.Contains(shown, "20261123-000042") || !strings.Contains(shown, "09:30 UTC") || !strings.Contains(shown, "Care") || strings.Contains(shown, "{") {
			t.Errorf("%s: %s", language, shown)
		}
	}
}
