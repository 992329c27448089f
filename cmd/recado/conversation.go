package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"recado/internal/api"
)

// facts writes lines of "name: value", leaving out empty ones.
func facts(b *bytes.Buffer, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if value := cleanLine(pairs[i+1]); value != "" {
			fmt.Fprintf(b, "%-12s %s\n", pairs[i]+":", value)
		}
	}
}

// writeConversation shows a protocol with its messages, oldest first.
func writeConversation(w io.Writer, c api.Conversation) error {
	var b bytes.Buffer
	var links []string
	for _, l := range c.Links {
		links = append(links, l.Kind+" "+l.Number)
	}
	facts(&b, "Protocol", c.Number, "Status", c.Status, "Department", c.Department, "Channel", c.Channel,
		"Contact", person(c.Contact), "Subject", c.Subject, "Agent", c.Agent, "Opened", moment(c.OpenedAt),
		"Finalized", moment(c.FinalizedAt), "Links", strings.Join(links, ", "), "Tags", strings.Join(c.Tags, ", "), "Classified", c.Classification)
	for _, m := range c.Messages {
		b.WriteByte('\n')
		writeMessage(&b, m)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// kinds are what entries are called.
var kinds = map[string]string{"in": "Received", "out": "Sent", "note": "Note", "event": "Event"}

func writeMessage(b *bytes.Buffer, m api.Message) {
	fmt.Fprintf(b, "--- %s %s  %s\n", kinds[m.Kind], moment(m.ReceivedAt), m.ID)
	facts(b, "From", person(m.From), "To", people(m.To), "Cc", people(m.Cc), "Subject", m.Subject)
	if m.Auth != nil {
		facts(b, "Sender", verdict(*m.Auth))
	}
	if m.Kind == "event" {
		facts(b, "Event", eventFacts(m))
	}
	facts(b, "Flags", strings.Join(m.Flags, ", "))
	for _, d := range m.Deliveries {
		facts(b, "Delivery", strings.Join([]string{d.Recipient, d.State, d.Code, d.Reason}, " "))
	}
	writeFiles(b, m.Attachments)
	writeBody(b, m.Text)
}

// eventFacts is what an event tells, in one line.
func eventFacts(m api.Message) string {
	parts := []string{m.Event}
	for _, name := range slices.Sorted(maps.Keys(m.Details)) {
		if m.Details[name] != "" && m.Details[name] != m.Text {
			parts = append(parts, name+"="+m.Details[name])
		}
	}
	return strings.Join(parts, " ")
}

// verdict is who vouches for a sender, and what warns of it.
func verdict(a api.Auth) string {
	text := a.Verdict
	if len(a.Evidence) > 0 {
		text += ": " + strings.Join(a.Evidence, "; ")
	}
	return text
}

func writeFiles(b *bytes.Buffer, files []api.Attachment) {
	for _, f := range files {
		facts(b, "Attachment", fmt.Sprintf("%d %s (%s, %s)", f.ID, f.Name, f.Type, octets(f.Size)))
	}
}

func writeBody(b *bytes.Buffer, text string) {
	if text = strings.TrimSpace(cleanText(text)); text != "" {
		b.WriteString("\n" + text + "\n")
	}
}

// octets shows a size.
func octets(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return count(int(n), "byte")
}
