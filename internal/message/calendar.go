package message

import (
	"bytes"
	"strings"
)

// Bounds on what is told of a calendar.
const (
	calendarBytes     = 256 << 10 // decoded octets that are read
	calendarEvents    = 20
	calendarAttendees = 20
)

// calendarText tells what a calendar (RFC 5545) says: what is done with it, what
// takes place, when, where, and who asks. src is unfolded. The text is "" where there is no event.
// Times stand as they are written, with the time zone that they name.
func calendarText(src string) string {
	var out strings.Builder
	method := ""
	var event *calendarEvent
	events, within := 0, 0 // within: components inside of the event, such as alarms
	for line := range strings.SplitSeq(cleanText(src), "\n") {
		name, params, value := calendarLine(line)
		switch {
		case name == "BEGIN" && event != nil:
			within++
		case name == "END" && event != nil && within > 0:
			within--
		case name == "BEGIN" && isEvent(value):
			event = &calendarEvent{}
		case name == "END" && event != nil:
			if events++; events > calendarEvents {
				return out.String() + "\n…\n"
			}
			event.write(&out, method)
			event = nil
		case event != nil && within == 0:
			event.property(name, params, value)
		case name == "METHOD":
			method = cleanLine(value)
		}
	}
	if event != nil { // the end was cut off
		event.write(&out, method)
	}
	return out.String()
}

func isEvent(component string) bool {
	switch strings.ToUpper(strings.TrimSpace(component)) {
	case "VEVENT", "VTODO", "VJOURNAL":
		return true
	}
	return false
}

// unfoldCalendar joins folded lines (RFC 5545 section 3.1). A fold may stand
// within a character: it is taken out before the octets are read as text.
func unfoldCalendar(raw []byte) []byte {
	for _, fold := range [...]string{"\r\n ", "\r\n\t", "\n ", "\n\t"} {
		raw = bytes.ReplaceAll(raw, []byte(fold), nil)
	}
	return raw
}

// calendarLine cuts NAME;PARAM=value:value apart. A colon within quotes is part
// of a parameter.
func calendarLine(line string) (name string, params []param, value string) {
	quoted, start := false, 0
	field := func(end int) {
		piece := line[start:end]
		start = end + 1
		if name == "" {
			name = strings.ToUpper(strings.TrimSpace(piece))
			return
		}
		key, v, _ := strings.Cut(piece, "=")
		if len(params) < maxParams {
			params = append(params, param{strings.ToUpper(strings.TrimSpace(key)), uncaret(strings.Trim(v, `" `))})
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			field(i)
		case c == ':':
			field(i)
			return name, params, line[i+1:]
		}
	}
	return "", nil, ""
}

// uncaret undoes what RFC 6868 does to parameters.
func uncaret(s string) string {
	if strings.IndexByte(s, '^') < 0 {
		return s
	}
	return strings.NewReplacer("^n", " ", "^'", `"`, "^^", "^").Replace(s)
}

// unescapeCalendar undoes the escapes of a text (RFC 5545 section 3.3.11).
func unescapeCalendar(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'n' || s[i] == 'N' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(b.String())
}

// calendarEvent is what a person wants to know of an event or a task.
type calendarEvent struct {
	what, where, start, end, due, lasts, repeats string
	organiser, status, description, link         string
	attendees                                    []string
	more                                         bool // there are more attendees
}

func (e *calendarEvent) property(name string, params []param, value string) {
	switch name {
	case "SUMMARY":
		e.what = cleanLine(unescapeCalendar(value))
	case "LOCATION":
		e.where = cleanLine(unescapeCalendar(value))
	case "DTSTART":
		e.start = calendarTime(params, value)
	case "DTEND":
		e.end = calendarTime(params, value)
	case "DUE":
		e.due = calendarTime(params, value)
	case "DURATION":
		e.lasts = cleanLine(value)
	case "RRULE":
		e.repeats = cleanLine(value)
	case "STATUS":
		e.status = cleanLine(value)
	case "URL":
		e.link = cleanLine(value)
	case "DESCRIPTION":
		e.description = unescapeCalendar(value)
	case "ORGANIZER":
		e.organiser = calendarPerson(params, value)
	case "ATTENDEE":
		if len(e.attendees) >= calendarAttendees {
			e.more = true
			return
		}
		who := calendarPerson(params, value)
		m := mediaType{params: params}
		if answer := m.param("PARTSTAT"); answer != "" && !strings.EqualFold(answer, "NEEDS-ACTION") {
			who += ": " + cleanLine(answer)
		}
		e.attendees = append(e.attendees, who)
	}
}

func calendarPerson(params []param, value string) string {
	m := mediaType{params: params}
	address := cleanLine(value)
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	return Address{Name: cleanLine(m.param("CN")), Address: address}.String()
}

// calendarTime writes 20261123T090000 as 2026-11-23 09:00, with its time zone.
func calendarTime(params []param, value string) string {
	v := strings.TrimSpace(value)
	bare, utc := strings.CutSuffix(v, "Z")
	if strings.Trim(bare, "0123456789T") != "" || len(bare) != 8 && (len(bare) != 15 || bare[8] != 'T') {
		return cleanLine(v)
	}
	out := bare[:4] + "-" + bare[4:6] + "-" + bare[6:8]
	if len(bare) == 15 {
		out += " " + bare[9:11] + ":" + bare[11:13]
	}
	m := mediaType{params: params}
	if zone := cleanLine(m.param("TZID")); zone != "" {
		return out + " (" + zone + ")"
	}
	if utc {
		return out + " UTC"
	}
	return out
}

// write appends the event as lines of a label and a value.
func (e *calendarEvent) write(out *strings.Builder, method string) {
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	attendees := strings.Join(e.attendees, ", ")
	if e.more {
		attendees += ", …"
	}
	when := e.start
	if e.end != "" && e.end != e.start {
		when += " – " + e.end
	}
	for _, l := range [...][2]string{
		{"Calendar", method}, {"What", e.what}, {"When", when}, {"Due", e.due}, {"Lasts", e.lasts}, {"Repeats", e.repeats},
		{"Where", e.where}, {"Organiser", e.organiser}, {"Attendees", attendees}, {"Status", e.status}, {"Link", e.link},
	} {
		if l[1] != "" {
			out.WriteString(l[0] + ": " + l[1] + "\n")
		}
	}
	if e.description != "" {
		out.WriteString("\n" + e.description + "\n")
	}
}
