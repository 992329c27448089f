package inbox

import "testing"

func TestSpaced(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no empty line", "a\nb", "a\nb"},
		{"one", "a\n\nb", "a\n\nb"},
		{"several", "a\n\n\n\nb\n\n\nc", "a\n\nb\n\nc"},
		{"as the mail ends them", "a\r\n\r\n\r\nb", "a\r\n\nb"},
		{"with blanks", "a\n \t\n\u00a0\n  b", "a\n\n  b"},
		{"at the end", "a\n\n\n", "a\n\n"},
	} {
		if got := spaced(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
