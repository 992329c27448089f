package conversation

import "strings"

// What user agents call themselves by; the first that is there counts, since each also claims to be those after it.
var (
	browsers = []struct{ sign, name string }{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []struct{ sign, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// Browser is what the session is used with, in words ("Firefox, Windows"), as far as it says so; else what it calls
// itself, cut short, which may be nothing.
func (s *Session) Browser() string {
	var words []string
	for _, list := range [][]struct{ sign, name string }{browsers, systems} {
		for _, b := range list {
			if strings.Contains(s.UserAgent, b.sign) {
				words = append(words, b.name)
				break
			}
		}
	}
	if len(words) == 0 {
		name, _, _ := strings.Cut(s.UserAgent, " ")
		return preview(cut(name, 60))
	}
	return strings.Join(words, ", ")
}
