package inbox

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"recado/conversation"

	xlanguage "golang.org/x/text/language"
)

// language is one that the inbox speaks: its words, and how it writes times and numbers.
type language struct {
	code, name string
	words      map[string]string
	reasons    map[string]string // formats of the domain's sentences, by the English ones; nil: these are its own
	months     [12]string        // short, as in "23 nov"
	fullMonths [12]string
	weekdays   [7]string // from Sunday
	fullDate   string    // {weekday} {day} {month} {year}
	decimal    string
	zeroIsOne  bool // "0 mensagem": Portuguese counts nothing as one (CLDR)
}

func newLanguages() map[string]*language {
	all := map[string]*language{"es": spanish(), "pt": portuguese(), "en": english()}
	for code, l := range all {
		maps.Copy(l.words, domainWords(code))
		l.reasons = reasons(code)
	}
	return all
}

// T is the text of a key; {name} in it becomes the value that follows that name in pairs. A key that is
// missing is shown as itself; a test sees to it that none is.
func (l *language) T(key string, pairs ...string) string {
	text, ok := l.words[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// N is the text of a key for n things: key.one or key.other, with {n}.
func (l *language) N(key string, n int) string {
	form := ".other"
	if n == 1 || n == 0 && l.zeroIsOne {
		form = ".one"
	}
	return l.T(key+form, "n", l.number(n))
}

// word is the text of a key that is made of a prefix and a value of the domain, the value itself where
// the domain has grown a value that has no word yet.
func (l *language) word(prefix, value string) string {
	if text, ok := l.words[prefix+value]; ok {
		return text
	}
	return value
}

// number groups thousands from 10,000 on.
func (l *language) number(n int) string {
	s := strconv.Itoa(n)
	if n < 10000 {
		return s
	}
	separator := "."
	if l.decimal == "." {
		separator = ","
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(c)
	}
	return b.String()
}

// size writes octets for people, in decimal units.
func (l *language) size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	s := fmt.Sprintf("%.1f MB", float64(n)/1e6)
	return strings.Replace(s, ".", l.decimal, 1)
}

// span writes a length of time in its largest unit.
func (l *language) span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.T("span.seconds", "n", strconv.Itoa(max(0, int(d/time.Second))))
	case d < time.Hour:
		return l.T("span.minutes", "n", strconv.Itoa(int(d/time.Minute)))
	case d < 48*time.Hour:
		return l.T("span.hours", "n", strconv.Itoa(int(d/time.Hour)))
	}
	return l.T("span.days", "n", l.number(int(d/(24*time.Hour))))
}

// moment is a time as a page shows it.
type moment struct {
	Machine string // RFC 3339, for <time datetime>
	Short   string // "14:32", "ayer 14:32", "23 nov"
	Full    string // with the weekday and the year
}

// moment writes t as seen now, both in the zone of the protocols' numbers.
func (l *language) moment(t, now time.Time, zone *time.Location) moment {
	if t.IsZero() {
		return moment{}
	}
	t, now = t.In(zone), now.In(zone)
	m := moment{Machine: t.Format(time.RFC3339), Full: l.full(t)}
	clock := t.Format("15:04")
	switch {
	case sameDay(t, now):
		m.Short = clock
	case sameDay(t, now.AddDate(0, 0, -1)):
		m.Short = l.T("when.yesterday", "time", clock)
	case t.Year() == now.Year():
		m.Short = fmt.Sprintf("%d %s %s", t.Day(), l.months[t.Month()-1], clock)
	default:
		m.Short = fmt.Sprintf("%d %s %d", t.Day(), l.months[t.Month()-1], t.Year())
	}
	return m
}

func (l *language) full(t time.Time) string {
	return strings.NewReplacer("{weekday}", l.weekdays[t.Weekday()], "{day}", strconv.Itoa(t.Day()),
		"{month}", l.fullMonths[t.Month()-1], "{year}", strconv.Itoa(t.Year())).Replace(l.fullDate) + ", " + t.Format("15:04")
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// guestLanguage is that of somebody who has not logged in: chosen on the page, else the browser's, else
// the server's.
func (in *Inbox) guestLanguage(r *http.Request) *language {
	if l := in.languages[r.URL.Query().Get("lang")]; l != nil {
		return l
	}
	header := r.Header.Get("Accept-Language")
	if len(header) > 200 {
		header = header[:200]
	}
	tags, _, err := xlanguage.ParseAcceptLanguage(header)
	if err != nil {
		tags = nil
	}
	for _, t := range tags {
		base, _ := t.Base()
		for _, code := range conversation.Languages {
			if base.String() == code {
				return in.languages[code]
			}
		}
	}
	return in.languages[in.fallback]
}
