package api

import (
	"net/http"
	"strconv"
	"strings"

	"recado/conversation"
)

const maxIdempotencyKey = 255 // octets

// intent reads what goes with a change that is of no protocol: who asks, Idempotency-Key.
func intent(r *http.Request, a conversation.Actor) (conversation.Intent, error) {
	in, err := protocolIntent(r, a)
	if err == nil && in.IfMatch != nil {
		err = invalid("If-Match is for changes of a protocol: nothing else has a version")
	}
	return in, err
}

// protocolIntent is intent with If-Match.
func protocolIntent(r *http.Request, a conversation.Actor) (conversation.Intent, error) {
	in := conversation.Intent{Actor: a}
	if _, err := query(r); err != nil {
		return in, err
	}
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return in, err
	}
	in.IdempotencyKey = key
	in.IfMatch, err = ifMatch(r.Header)
	return in, err
}

// idempotencyKey reads Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a string in quotes,
// which most clients leave out.
func idempotencyKey(h http.Header) (string, error) {
	values := h.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(values[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.ContainsFunc(key, notVisible) {
		return "", invalid("Idempotency-Key is one value of 1 to 255 visible ASCII characters")
	}
	return key, nil
}

func notVisible(r rune) bool { return r < 0x21 || r > 0x7E }

// ifMatch reads If-Match (RFC 9110 13.1.1): the one ETag that a protocol was shown with, or * for any.
func ifMatch(h http.Header) (*uint64, error) {
	values := h.Values("If-Match")
	if len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "*" {
		return nil, nil
	}
	text := strings.TrimSpace(values[0])
	digits, ok := strings.CutPrefix(text, `"`)
	digits, ok2 := strings.CutSuffix(digits, `"`)
	version, err := strconv.ParseUint(digits, 10, 64)
	if len(values) > 1 || !ok || !ok2 || err != nil {
		return nil, invalid(`If-Match is the version of a protocol in quotes, such as "3"`)
	}
	return &version, nil
}

// setETag tells the version of a protocol.
func setETag(w http.ResponseWriter, version uint64) {
	w.Header().Set("ETag", `"`+strconv.FormatUint(version, 10)+`"`)
}

// number is the protocol that the address names. What has not the form of one cannot exist.
func number(r *http.Request) (string, error) {
	n := r.PathValue("number")
	if !conversation.ValidNumber(n) {
		return "", notFound("no protocol has this number; a number looks like 20261123-000042")
	}
	return n, nil
}

// id is the message, held mail or queue item that the address names.
func id(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if !conversation.ValidID(id) {
		return "", notFound("nothing has this id; an id has 26 characters")
	}
	return id, nil
}
