package message

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleCalendar = `BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:America/Sao_Paulo
BEGIN:STANDARD
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
SUMMARY:Visita técnica\, piso 3
DTSTART;TZID=America/Sao_Paulo:20261123T090000
DTEND;TZID="America/Sao_Paulo":20261123T100000
LOCATION:Rua das
  Flores\; 10
ORGANIZER;CN="Silva, Ana":mailto:ana@example.org
ATTENDEE;CN=Jo^'o;PARTSTAT=ACCEPTED:MAILTO:jo@example.com
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bo@example.com
DESCRIPTION:Primera línea.\nSegunda línea\, con \\ y lo que si
	gue.
RRULE:FREQ=WEEKLY;COUNT=3
BEGIN:VALARM
DESCRIPTION:Reminder
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
`

const sampleCalendarText = `Calendar: REQUEST
What: Visita técnica, piso 3
When: 2026-11-23 09:00 (America/Sao_Paulo) – 2026-11-23 10:00 (America/Sao_Paulo)
Repeats: FREQ=WEEKLY;COUNT=3
Where: Rua das Flores; 10
Organiser: Silva, Ana <ana@example.org>
Attendees: Jo"o <jo@example.com>: ACCEPTED, bo@example.com

Primera línea.
Segunda línea, con \ y lo que sigue.
`

func TestCalendarText(t *testing.T) {
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	tests := []struct{ name, in, want string }{
		{"invitation", sampleCalendar, sampleCalendarText},
		{"all day", event("SUMMARY:a\nDTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261124"), "What: a\nWhen: 2026-11-23 – 2026-11-24\n"},
		{"utc", event("DTSTART:20261123T093000Z"), "When: 2026-11-23 09:30 UTC\n"},
		{"floating, with duration", event("DTSTART:20261123T093000\nDURATION:PT1H"), "When: 2026-11-23 09:30\nLasts: PT1H\n"},
		{"a time that is none", event("DTSTART:tomorrow"), "When: tomorrow\n"},
		{"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a", "What: a\n"},
		{"a task", "BEGIN:VTODO\nSUMMARY:a\nDUE:20261123\nEND:VTODO", "What: a\nDue: 2026-11-23\n"},
		{"two", event("SUMMARY:a") + event("SUMMARY:b"), "What: a\n\nWhat: b\n"},
		{"colons and quotes within parameters", event(`ORGANIZER;X="a:b;c";CN=Ana:mailto:ana@x.org`), "Organiser: Ana <ana@x.org>\n"},
		{"a colon never comes", event(`SUMMARY;X="a`), ""},
		{"folded within a character", event("SUMMARY:a\xc3\n \xb1o"), "What: año\n"},
		{"none", "hello", ""},
		{"many", strings.Repeat(event("SUMMARY:a"), 30), strings.TrimSpace(strings.Repeat("What: a\n\n", 20)) + "\n\n…\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				if d := cmp.Diff(tt.want, calendarText(string(unfoldCalendar([]byte(strings.ReplaceAll(tt.in, "\n", eol)))))); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestStandIn(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"calendar alone", "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n" + sampleCalendar, strings.TrimSpace(sampleCalendarText)},
		{"calendar beside a text", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\ncome\n--x\nContent-Type: text/calendar\n\n" + sampleCalendar + "--x--\n", "come"},
		{"first piece", "Content-Type: message/partial; id=\"a@x\"; number=1; total=2\n\nFrom: a@x.org\nSubject: whole\n\nhello\n",
			"piece 1 of 2 of a mail that was sent in pieces (a@x)\n\nFrom: a@x.org\nSubject: whole\n\nhello"},
		{"second piece", "Content-Type: message/partial; id=\"a@x\"; number=2; total=2\n\nhello again\n",
			"piece 2 of 2 of a mail that was sent in pieces (a@x)\n\nhello again"},
		{"piece of a file", "Content-Type: message/partial; id=\"a@x\"; number=2\n\nJVBERgJVBERg\n", "piece 2 of a mail that was sent in pieces (a@x)"},
		{"kept elsewhere", "Content-Type: message/external-body; access-type=URL; url=\"https://example.org/\n a.pdf\"\n\nContent-Type: application/pdf\n\n",
			"kept elsewhere, access-type URL, url https://example.org/a.pdf"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := parse(t, tt.raw)
			if m.Text != tt.want || len(m.Attachments) != 1 {
				t.Errorf("%d attachments, text %q, want %q", len(m.Attachments), m.Text, tt.want)
			}
		})
	}
}

func TestPartRemarks(t *testing.T) {
	const raw = "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: multipart/appledouble; boundary=y\n\n" +
		"--y\nContent-Type: application/applefile; name=\"a.jpg\"\n\nFORK\n--y\nContent-Type: image/jpeg; name=\"a.jpg\"\n\nJPEG\n--y--\n" +
		"--x\nContent-Type: message/external-body; access-type=anon-ftp; site=ftp.example.org; name=b.ps\n\nContent-Type: application/postscript\n\n--x--\n"
	m := parse(t, raw)
	var got []string
	for _, a := range m.Attachments {
		got = append(got, a.Name+": "+a.Description)
	}
	want := []string{"a.jpg.rsrc: the resource fork of a Macintosh file", "a.jpg: ", "b.ps: kept elsewhere, access-type anon-ftp, site ftp.example.org, name b.ps"}
	if d := cmp.Diff(want, got); d != "" || m.Text != "see" {
		t.Errorf("text %q (-want +got):\n%s", m.Text, d)
	}
}
