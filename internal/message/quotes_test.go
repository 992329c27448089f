package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

func TestQuotesOfCrisp(t *testing.T) {
	dir := filepath.Join(corpora(t), "quotes", "crisp")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		MustContain    []string `json:"must_contain"`
		MustNotContain []string `json:"must_not_contain"`
		Visible        *string  `json:"visible_trimmed"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(cases))
	for name := range cases {
		names = append(names, name)
	}
	sort.Strings(names)
	exact, exactOK, loose, looseOK := 0, 0, 0, 0
	for _, name := range names {
		c := cases[name]
		text, err := os.ReadFile(filepath.Join(dir, "test", "fixtures", name))
		if err != nil {
			t.Fatal(err)
		}
		said, quoted := SplitQuotes(cleanText(string(text)))
		checkNothingLost(t, name, string(text), said, quoted)
		if c.Visible != nil {
			exact++
			if squeeze(said) == squeeze(*c.Visible) {
				exactOK++
			} else {
				t.Logf("%s: differs from what is expected:\n%s\n-- want:\n%s", name, tail(said), tail(*c.Visible))
			}
		}
		if len(c.MustContain)+len(c.MustNotContain) > 0 {
			loose++
			if matchesAll(t, said, c.MustContain, true) && matchesAll(t, said, c.MustNotContain, false) {
				looseOK++
			} else {
				t.Logf("%s: want %q, not %q, in:\n%s", name, c.MustContain, c.MustNotContain, said)
			}
		}
	}
	t.Logf("exact: %d of %d; by pattern: %d of %d", exactOK, exact, looseOK, loose)
	if exactOK*10 < exact*9 || looseOK*10 < loose*9 {
		t.Errorf("fewer than nine of ten match")
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func tail(s string) string {
	if len(s) > 300 {
		return "…" + s[len(s)-300:]
	}
	return s
}

func matchesAll(t *testing.T, s string, patterns []string, want bool) bool {
	t.Helper()
	for _, p := range patterns {
		re, err := regexp.Compile("(?m)" + strings.ReplaceAll(p, `\/`, "/"))
		if err != nil {
			t.Fatal(err)
		}
		if re.MatchString(s) != want {
			return false
		}
	}
	return true
}

// checkNothingLost compares the words of text with those of its two halves.
func checkNothingLost(t *testing.T, name, text, said, quoted string) {
	t.Helper()
	if got, want := squeeze(said+"\n"+quoted), squeeze(cleanText(text)); got != want {
		t.Errorf("%s: lines were lost:\n%s\n-- want:\n%s", name, got, want)
	}
}
