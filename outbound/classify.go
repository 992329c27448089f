package outbound

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"recado/conversation"
)

// stage is where in a session a reply or a fault came.
type stage string

const (
	stageConnect stage = "connect" // TCP and the banner
	stageEHLO    stage = "EHLO"
	stageTLS     stage = "TLS"
	stageAuth    stage = "AUTH"
	stageMail    stage = "MAIL"
	stageRcpt    stage = "RCPT"
	stageData    stage = "DATA" // the command, and the mail until its final dot
	stageDot     stage = "dot"  // after the final dot
)

// reply is an SMTP reply (RFC 5321 4.2), its enhanced status code (RFC 3463) apart.
type reply struct {
	code     int
	enhanced string // "5.1.1", empty where there is none
	text     string // its lines, joined by spaces; clean and bounded
}

func (r reply) positive() bool { return r.code/100 == 2 }

// status is the code as deliveries show it: "550 5.1.1", "550".
func (r reply) status() string {
	if r.enhanced == "" {
		return strconv.Itoa(r.code)
	}
	return strconv.Itoa(r.code) + " " + r.enhanced
}

// classify says what a reply at a stage means for the recipients that it is about. first tells that no
// recipient was accepted before.
func classify(at stage, r reply, first bool) conversation.DeliveryState {
	switch at {
	case stageConnect, stageEHLO, stageTLS, stageAuth:
		// The relay or our configuration is at fault, whatever the code: no mail fails for it.
		return conversation.DeliveryDeferred
	}
	switch {
	case r.positive() && at == stageDot:
		return conversation.DeliverySent
	case r.code/100 == 5 && isLogin(r):
		return conversation.DeliveryDeferred
	case at == stageRcpt && r.code == 552 && tooMany(r, first):
		// RFC 5321 4.5.3.1.10: some say 552 where 452 is meant.
		return conversation.DeliveryDeferred
	case r.code/100 == 5:
		return conversation.DeliveryFailed
	case at == stageDot && r.code/100 != 4:
		return conversation.DeliveryUncertain // no answer of SMTP
	}
	return conversation.DeliveryDeferred
}

// isLogin tells whether the relay wants another login or a better connection (RFC 4954 6, RFC 3207
// 4): our configuration, not the mail, is at fault.
func isLogin(r reply) bool {
	switch r.code {
	case 530, 534, 535, 538:
		return true
	}
	switch r.enhanced {
	case "5.7.8", "5.7.9", "5.7.11", "5.7.12":
		return true
	}
	return false
}

func tooMany(r reply, first bool) bool {
	return r.enhanced == "5.5.3" || r.enhanced == "" && !first
}

// parseReply makes a reply of its code and lines.
func parseReply(code int, lines []string) reply {
	r := reply{code: code}
	for i, l := range lines {
		word, rest, _ := strings.Cut(l, " ")
		if i == 0 && isEnhanced(word, code) {
			r.enhanced = word
		}
		if r.enhanced != "" && word == r.enhanced {
			lines[i] = rest
		}
	}
	r.text = clean(strings.Join(lines, " "))
	return r
}

// isEnhanced tells whether the word is an enhanced code of the reply's class (RFC 2034 4).
func isEnhanced(word string, code int) bool {
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != strconv.Itoa(code/100) {
		return false
	}
	for _, p := range parts[1:] {
		if len(p) == 0 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// maxReason bounds, in octets, what is stored of a relay's words.
const maxReason = 500

// clean makes words of a relay fit for storing and showing: valid UTF-8 on one line, without
// control and direction characters, bounded.
func clean(s string) string {
	if len(s) > 4*maxReason {
		s = s[:4*maxReason]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cc, r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxReason {
		return s
	}
	cut := maxReason - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
