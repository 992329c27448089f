package message

import (
	"net/mail"
	"strings"
	"time"
)

// ParseDate reads the value of a Date field (RFC 5322 section 3.3), also in the
// forms that senders made up. ok is false when it holds no date of the time
// since there is mail.
func ParseDate(s string) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false
	}
	t, ok = anyDate(s)
	if y := t.Year(); ok && y >= 100 && y < 200 { // a sender that counts from 1900
		t = t.AddDate(1900, 0, 0)
	}
	if !ok || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

func anyDate(s string) (time.Time, bool) {
	if t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", s); err == nil {
		return t, true // what nearly all mails have; the next step tries dozens of forms
	}
	if t, err := mail.ParseDate(s); err == nil {
		return t, true
	}
	return looseDate(s)
}
