package say_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"recado/internal/say"
)

func TestASentenceIsKept(t *testing.T) {
	type id string
	inner := say.Errorf("it is longer than %d characters", 9)
	for name, s := range map[string]say.Sentence{
		"bare":          say.Of("the note is empty"),
		"with per cent": say.Of("more than 5 %% of it"),
		"arguments":     say.Of("%s has %d rows, %t: %q", id("care"), 2, true, "a\"b"),
		"a sentence":    say.Of("the text in %s: %s", "es", inner),
		"joined":        say.Join("; ", say.Of("one of %d", 2), say.Of("other")),
		"an error":      say.Of("write it: %v", fs.ErrPermission),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var back say.Sentence
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			if back.Text != s.Text || back.Format != s.Format || fmt.Sprintf(back.Format, back.Args...) != s.Text {
				t.Errorf("kept as %s, it is %q with %v, not %q", b, back.Text, back.Args, s.Text)
			}
		})
	}
}

func TestFind(t *testing.T) {
	err := fmt.Errorf("add: %w", say.Errorf("after the @: %w", fs.ErrPermission))
	if s, ok := say.Find(err); !ok || s.Text != "after the @: permission denied" || s.Format != "after the @: %v" {
		t.Errorf("found %v, %v", s, ok)
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Error("the cause is lost")
	}
	if _, ok := say.Find(fs.ErrPermission); ok {
		t.Error("an error of the system's is no sentence")
	}
}
