package message

import "strings"

// Automatic is how a mail that no person wrote, or that reaches many, is to be
// met. The zero value is a mail of a person.
type Automatic struct {
	// Kind is "" or one of auto-replied, auto-generated, auto-notified,
	// vacation, null-sender, bulk, report, list, auto-forwarded.
	Kind        string
	Robot       bool   // written by a program: an event if it answers a mail of ours, else held
	List        bool   // came through a mailing list: accepted
	Forwarded   bool   // passed on by a program, written by a person: accepted
	SuppressAck bool   // gets no acknowledgement: true for all kinds, and for X-Auto-Response-Suppress alone
	Reason      string // the field that shows it, for people
}

// unknownReturnPath is what Parse, which sees no envelope, classifies with.
const unknownReturnPath = "unknown"

// Classify judges by header and envelope whether a mail is automatic (RFC 3834
// and the custom before it). returnPath is the address of MAIL FROM, "" or "<>"
// for the null one.
func Classify(h Header, returnPath string) Automatic {
	if returnPath == unknownReturnPath {
		if rp := strings.TrimSpace(h.Raw("Return-Path")); rp == "<>" {
			returnPath = ""
		}
	}
	a := robot(h, returnPath)
	if a.Kind != "" {
		a.Robot, a.SuppressAck = true, true
		return a
	}
	if kind, _ := autoSubmitted(h); kind == "auto-forwarded" {
		return Automatic{Kind: kind, Forwarded: true, SuppressAck: true, Reason: "Auto-Submitted: auto-forwarded"}
	}
	if reason := list(h); reason != "" {
		return Automatic{Kind: "list", List: true, SuppressAck: true, Reason: reason}
	}
	if v := h.Get("X-Auto-Response-Suppress"); v != "" && !strings.EqualFold(v, "none") {
		return Automatic{SuppressAck: true, Reason: "X-Auto-Response-Suppress: " + short(v)}
	}
	return Automatic{}
}

// robot recognises what a program wrote.
func robot(h Header, returnPath string) Automatic {
	kind, value := autoSubmitted(h)
	if kind != "" && kind != "no" && kind != "auto-forwarded" {
		return Automatic{Kind: kind, Reason: "Auto-Submitted: " + short(value)}
	}
	if t := strings.ToLower(h.Raw("Content-Type")); strings.HasPrefix(t, "multipart/report") || strings.HasPrefix(t, "message/delivery-status") {
		return Automatic{Kind: "report", Reason: "Content-Type: multipart/report"}
	}
	if rp := strings.TrimSpace(returnPath); rp == "" || rp == "<>" {
		return Automatic{Kind: "null-sender", Reason: "empty return path"}
	}
	switch p := strings.ToLower(strings.TrimSpace(h.Get("Precedence"))); p {
	case "bulk", "junk":
		return Automatic{Kind: "bulk", Reason: "Precedence: " + p}
	case "auto_reply", "auto-reply":
		return Automatic{Kind: "auto-replied", Reason: "Precedence: " + p}
	}
	for _, f := range vacationFields {
		if v := h.Get(f.name); v != "" && !strings.EqualFold(v, "no") && (f.value == "" || strings.Contains(strings.ToLower(v), f.value)) {
			return Automatic{Kind: f.kind, Reason: f.name + ": " + short(v)}
		}
	}
	if s := vacationSubject(h.Get("Subject")); s != "" {
		return Automatic{Kind: "vacation", Reason: "Subject: " + s}
	}
	return Automatic{}
}

// autoSubmitted returns the keyword of Auto-Submitted (RFC 3834 section 5), in
// lower case and without parameters, and the value it stands in.
func autoSubmitted(h Header) (kind, value string) {
	value = h.Get("Auto-Submitted")
	kind, _, _ = strings.Cut(value, ";")
	kind, _, _ = strings.Cut(kind, "(")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch kind {
	case "", "no", "auto-replied", "auto-generated", "auto-forwarded", "auto-notified":
		return kind, value
	}
	return "auto-generated", value // RFC 3834 section 5.2: an unknown keyword is automatic
}

// vacationFields are what autoresponders set besides Auto-Submitted.
var vacationFields = []struct{ name, value, kind string }{
	{"X-Autoreply", "", "auto-replied"},
	{"X-Autorespond", "", "auto-replied"},
	{"X-Autoresponder", "", "auto-replied"},
	{"X-Auto-Reply", "", "auto-replied"},
	{"X-Mail-Autoreply", "", "auto-replied"},
	{"X-AutoReply-From", "", "auto-replied"},
	{"X-POST-MessageClass", "autoresponder", "auto-replied"},
	{"X-FC-MachineGenerated", "true", "auto-generated"},
	{"X-Vacation", "", "vacation"},
	{"X-Failed-Recipients", "", "report"},
	{"Delivered-To", "autoresponder", "auto-replied"},
	{"X-Cron-Env", "", "auto-generated"},
}

// vacationSubject returns the known start of an autoresponder's subject that s has.
func vacationSubject(s string) string {
	lower := strings.ToLower(strings.TrimSpace(s))
	for _, p := range vacationSubjects {
		if strings.HasPrefix(lower, p) {
			return p
		}
	}
	return ""
}

var vacationSubjects = []string{
	"out of the office:", "automatic response:", "respuesta automatizada", "estoy de vacaciones:", "fuera de la oficina:", "ausencia temporal:", "mensagem automática", "resposta automatizada", "fora da empresa:", "ausente do escritório", "em férias:",
	"abwesenheitsmeldung", "abwesenheitsagent", "automatische rückantwort", "réponse d'absence", "absence du bureau", "absent du bureau", "fuori sede:", "fuori ufficio:", "assente dall'ufficio", "automatische abwesenheitsnotiz",
	"out of office:", "out of office reply", "out of office autoreply", "out-of-office:", "automatic reply:", "auto-reply:", "autoreply:", "auto reply:",
	"auto response:", "autoresponse:", "vacation reply",
	"respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina", "ausente de la oficina", "ausente:",
	"resposta automática", "resposta automatica", "fora do escritório", "fora do escritorio", "ausência do escritório", "ausência temporária",
	"réponse automatique", "automatische antwort", "abwesenheitsnotiz", "abwesend:", "risposta automatica", "automatisch antwoord", "automatiskt svar",
	"autosvar:", "automatická odpověď", "autoodpowiedź", "odpowiedź automatyczna", "автоответ",
}

// list tells which field shows that a mail came through a mailing list (RFC 2919, RFC 2369).
func list(h Header) string {
	if v := h.Get("List-Id"); v != "" {
		return "List-Id: " + short(v)
	}
	if strings.EqualFold(strings.TrimSpace(h.Get("Precedence")), "list") {
		return "Precedence: list"
	}
	if h.Has("List-Post") {
		return "List-Post"
	}
	return ""
}

// short cuts a sender's words to what a reason needs.
func short(s string) string {
	if len(s) <= 100 {
		return s
	}
	return string(cutRune([]byte(s[:100]))) + "…"
}
