package message

import (
	"strconv"
	"strings"
	"time"
)

// looseDate finds day, month, year, time and zone among the words of s, in any order.
func looseDate(s string) (time.Time, bool) {
	if len(s) > 200 {
		s = s[:200]
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	var d dateWords
	if i := strings.IndexByte(s, '('); i > 0 {
		s = s[:i]
	}
	words := strings.FieldsFunc(strings.ToLower(toUTF8(s, "")), func(r rune) bool {
		return r == ' ' || r == ',' || r == '\t' || r == '/'
	})
	for _, w := range words {
		d.word(w)
	}
	return d.time()
}

type dateWords struct {
	day, month, year  int
	hour, minute, sec int
	clock, pm, am     bool
	zone              *time.Location
}

func (d *dateWords) word(w string) {
	if (w[0] == '+' || w[0] == '-') && len(w) > 2 {
		d.zoneWord(w)
		return
	}
	if strings.IndexByte(w, ':') > 0 {
		d.clockWord(w)
		return
	}
	if parts := strings.Split(strings.Trim(w, "."), "-"); len(parts) == 3 { // 23-Nov-2026
		for _, p := range parts {
			if p != "" {
				d.word(p)
			}
		}
		return
	}
	if n, err := strconv.Atoi(strings.TrimRight(w, ".ºª")); err == nil {
		d.number(n, len(w))
		return
	}
	switch w {
	case "pm", "p.m.":
		d.pm = true
		return
	case "am", "a.m.":
		d.am = true
		return
	case "gmt", "utc", "ut", "z":
		d.zone = time.UTC
		return
	}
	if off, ok := namedZones[w]; ok {
		d.zone = time.FixedZone(strings.ToUpper(w), off*3600)
		return
	}
	if m := monthOf(w); m > 0 { // the last one: mar. is Tuesday in Spanish, French and Italian
		d.month = m
	}
}

var namedZones = map[string]int{
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"cet": 1, "cest": 2, "met": 1, "mest": 2, "bst": 1, "eet": 2, "eest": 3, "wet": 0, "west": 1,
	"msk": 3, "jst": 9, "kst": 9, "brt": -3, "art": -3, "clt": -4, "ist": 5, "aest": 10,
}

func (d *dateWords) number(n, digits int) {
	switch {
	case digits >= 4 && d.year == 0 && n > 1900:
		d.year = n
	case d.day == 0 && n >= 1 && n <= 31:
		d.day = n
	case d.year == 0 && d.month > 0 && n < 100:
		if d.year = 2000 + n; n >= 70 {
			d.year = 1900 + n
		}
	case d.month == 0 && n >= 1 && n <= 12:
		d.month = n
	}
}

func (d *dateWords) clockWord(w string) {
	if strings.HasSuffix(w, "pm") {
		d.pm = true
	} else if strings.HasSuffix(w, "am") {
		d.am = true
	}
	if i := strings.IndexAny(w, "+-"); i > 0 {
		d.zoneWord(w[i:])
		w = w[:i]
	}
	parts := strings.Split(strings.TrimRight(w, "amp."), ":")
	values := []*int{&d.hour, &d.minute, &d.sec}
	for i, p := range parts {
		if i < len(values) {
			p, _, _ = strings.Cut(p, ".")
			*values[i], _ = strconv.Atoi(p)
		}
	}
	d.clock = true
}

func (d *dateWords) zoneWord(w string) {
	n, err := strconv.Atoi(strings.ReplaceAll(w[1:], ":", ""))
	if err != nil || n > 1500 {
		return
	}
	if len(w) <= 3 {
		n *= 100
	}
	off := n/100*3600 + n%100*60
	if w[0] == '-' {
		off = -off
	}
	d.zone = time.FixedZone("", off)
}

func (d *dateWords) time() (time.Time, bool) {
	if d.pm && d.hour < 12 {
		d.hour += 12
	}
	if d.am && d.hour == 12 {
		d.hour = 0
	}
	if d.day == 0 || d.month == 0 || d.year == 0 || d.hour > 24 || d.minute > 59 || d.sec > 60 || d.hour < 0 || d.minute < 0 || d.sec < 0 {
		return time.Time{}, false
	}
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.sec, 0, zone), true
}

// monthStems are the first letters of the months' names in the languages that
// mail programs write them in: en, es, pt, fr, de, it, nl, pl, ru.
var monthStems = [12][]string{
	{"jan", "ene", "gen", "jän", "sty", "янв"},
	{"feb", "fev", "fév", "lut", "фев"},
	{"mar", "mär", "maa", "mrz", "mrt", "мар"},
	{"apr", "abr", "avr", "kwi", "апр"},
	{"may", "mai", "mag", "mei", "maj", "мая", "май"},
	{"jun", "juin", "giu", "cze", "июн"},
	{"jul", "juil", "lug", "lip", "июл"},
	{"aug", "ago", "aoû", "aou", "sie", "авг"},
	{"sep", "set", "wrz", "сен"},
	{"oct", "out", "okt", "ott", "paź", "окт"},
	{"nov", "lis", "ноя"},
	{"dec", "dic", "dez", "déc", "gru", "дек"},
}

func monthOf(w string) int {
	for i, stems := range monthStems {
		for _, s := range stems {
			if strings.HasPrefix(w, s) {
				return i + 1
			}
		}
	}
	return 0
}
