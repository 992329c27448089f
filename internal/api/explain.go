package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// Explanation is what would become of a mail today, for one target (rule 20).
type Explanation struct {
	Recipients []string    `json:"recipients"`
	Department string      `json:"department"`
	Channel    string      `json:"channel"`
	Action     string      `json:"action"` // refuse, later, hold, report, event, duplicate, open, append
	Reason     string      `json:"reason"`
	Held       string      `json:"held"`   // why it would be held
	Number     string      `json:"number"` // of the protocol that it would join, or of the original of a duplicate
	Trace      []TraceStep `json:"trace"`
}

func explanationOf(e conversation.Explanation) Explanation {
	return Explanation{
		Recipients: texts(e.Recipients), Department: e.Department, Channel: e.Channel, Action: e.Action,
		Reason: string(e.Reason), Held: string(e.Held), Number: e.Number, Trace: each(e.Trace, traceOf),
	}
}

// explain tells what would become of the mail in the body. Its envelope is in the query: rcpt (repeated),
// from, ip, helo. What is missing there is taken from the mail: our addresses in To and Cc, Return-Path
// or else From. Its verdict is asked for anew, and what blocklists and rspamd say.
func (h *handler) explain(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if err := operatorOnly(a); err != nil {
		return err
	}
	values, err := envelopeQuery(r)
	if err != nil {
		return err
	}
	if kind := mediaType(r); kind != "message/rfc822" {
		return unsupported(kind, "message/rfc822")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxMessage+maxWords))
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return err
		}
		return invalid("the body cannot be read")
	}
	now := time.Now()
	in := &conversation.Incoming{At: now, Receipt: conversation.NewID(now), Parsed: message.ParseBytes(raw, message.Options{Text: true})}
	if in.Envelope, err = h.envelope(values, in.Parsed); err != nil {
		return err
	}
	in.Auth = h.verify(r.Context(), in, bytes.NewReader(raw), int64(len(raw)))
	in.Spam = h.spam(r.Context(), in, bytes.NewReader(raw), int64(len(raw)))
	return h.answerExplanation(w, r, in)
}

// explainStored tells it for a message or held mail that is kept, with the envelope and the verdict of its record.
func (h *handler) explainStored(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if err := operatorOnly(a); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	if _, err := query(r); err != nil {
		return err
	}
	in, err := h.desk.StoredMail(r.Context(), a, id)
	if err != nil {
		return err
	}
	return h.answerExplanation(w, r, in)
}

func (h *handler) answerExplanation(w http.ResponseWriter, r *http.Request, in *conversation.Incoming) error {
	found, err := h.desk.Explain(r.Context(), in)
	if err != nil {
		return err
	}
	return list(w, found, "", explanationOf)
}

// operatorOnly guards what looks across all departments.
func operatorOnly(a conversation.Actor) error {
	if a.Operator {
		return nil
	}
	return forbidden("only the system's operator may ask this")
}

// envelopeQuery is query with one parameter that may be repeated.
func envelopeQuery(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query of the address cannot be read: its escapes are wrong")
	}
	for name, given := range values {
		if !slices.Contains([]string{"rcpt", "from", "ip", "helo"}, name) || name != "rcpt" && len(given) > 1 {
			return nil, invalid("the parameters are rcpt (once or more), from, ip and helo")
		}
	}
	return values, nil
}

// envelope is what SMTP would have told.
func (h *handler) envelope(values url.Values, m *message.Message) (conversation.Envelope, error) {
	env := conversation.Envelope{From: values.Get("from"), Recipients: values["rcpt"], HELO: values.Get("helo")}
	if text := values.Get("ip"); text != "" {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return env, invalid("ip is an IP address, such as 192.0.2.1")
		}
		env.RemoteIP = ip
	}
	if !values.Has("from") {
		env.From = returnPathOf(m)
	}
	if len(env.Recipients) == 0 {
		env.Recipients = oursOf(h.desk.Directory(), m)
	}
	if len(env.Recipients) == 0 {
		return env, invalid("the mail names no address of ours in To or Cc: say which it is for (rcpt)")
	}
	return env, nil
}

// returnPathOf is the Return-Path that a final delivery noted (RFC 5321 4.4), else the address in From.
func returnPathOf(m *message.Message) string {
	if m.Header.Has("Return-Path") {
		a, _ := message.ParseAddress(m.Header.Get("Return-Path"))
		return a.Address
	}
	if len(m.From) > 0 {
		return m.From[0].Address
	}
	return ""
}

func oursOf(d *conversation.Directory, m *message.Message) []string {
	var out []string
	for _, list := range [][]message.Address{m.To, m.Cc} {
		for _, a := range list {
			if d.IsOurs(a.Key()) && !slices.Contains(out, a.Address) {
				out = append(out, a.Address)
			}
		}
	}
	return out
}

// noVerdict is for handlers that were given no way to check: nothing is known of the sender.
func noVerdict(context.Context, *conversation.Incoming, io.ReaderAt, int64) conversation.Auth {
	return conversation.Auth{Verdict: conversation.Unverified, SPF: "none", DKIM: "none", DMARC: "none",
		Evidence: []string{"It was not checked who vouches for the sender."}}
}
