package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"recado/conversation"
)

// Problem is an error as a document (RFC 9457). The client returns it as an error too.
type Problem struct {
	Type   string `json:"type"`   // always "about:blank": Title is that of the status
	Title  string `json:"title"`  // the status in words
	Status int    `json:"status"` // as the response's
	Detail string `json:"detail"` // what happened and what to do
	Code   string `json:"code"`   // for programs; see codes
}

func (p *Problem) Error() string { return p.Detail }

// Codes beyond those of conversation.Code.
const (
	codeUnauthenticated = "unauthenticated"
	codeMethod          = "method-not-allowed"
	codeTooLarge        = "too-large"
	codeMediaType       = "unsupported-media-type"
	codeCancelled       = "cancelled"
	codeInternal        = "internal"
)

// ErrUnauthenticated is returned by Options.Authenticate for a request that does not say who asks.
var ErrUnauthenticated = errors.New("this needs a bearer token: Authorization: Bearer recado_…, made by recado token add or in the settings")

// problem is an error of this package that has its place in the mapper.
func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

func invalid(detail string) *Problem {
	return problem(http.StatusBadRequest, string(conversation.CodeInvalid), detail)
}

func notFound(detail string) *Problem {
	return problem(http.StatusNotFound, string(conversation.CodeNotFound), detail)
}

func forbidden(detail string) *Problem {
	return problem(http.StatusForbidden, string(conversation.CodeForbidden), detail)
}

// statusOf is the HTTP status of each of the domain's codes.
var statusOf = map[conversation.Code]int{
	conversation.CodeInvalid:   http.StatusBadRequest,
	conversation.CodeNotFound:  http.StatusNotFound,
	conversation.CodeConflict:  http.StatusConflict,
	conversation.CodeChanged:   http.StatusPreconditionFailed,
	conversation.CodeForbidden: http.StatusForbidden,
	conversation.CodeTooMany:   http.StatusTooManyRequests,
}

// statusClientGone is nginx's word for a client that did not wait; nobody reads it but the log.
const statusClientGone = 499

// problemOf is the one place that turns an error into what a client is told. Only errors that are
// meant for it keep their words.
func problemOf(err error) *Problem {
	var (
		p       *Problem
		file    conversation.ChannelFileRefusal
		domain  *conversation.Error
		tooLong *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &domain):
		if status, ok := statusOf[domain.Code]; ok {
			return problem(status, string(domain.Code), domain.Text)
		}
	case errors.As(err, &file):
		return problem(statusOf[file.Code()], string(file.Code()), file.Error())
	case errors.Is(err, conversation.ErrBadCursor):
		return invalid(conversation.ErrBadCursor.Error())
	case errors.Is(err, ErrUnauthenticated):
		return problem(http.StatusUnauthorized, codeUnauthenticated, ErrUnauthenticated.Error())
	case errors.Is(err, conversation.ErrBadToken):
		return problem(http.StatusUnauthorized, codeUnauthenticated, conversation.ErrBadToken.Error())
	case errors.As(err, &tooLong):
		return problem(http.StatusRequestEntityTooLarge, codeTooLarge, "the body is larger than the largest message that may be sent")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem(statusClientGone, codeCancelled, "the request ended before its answer")
	}
	return problem(http.StatusInternalServerError, codeInternal, "something failed on our side; the server's log says what")
}

// fail answers with the problem document of err. a is who asks, as far as it is known.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, a conversation.Actor, err error) {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		h.log.ErrorContext(r.Context(), "failed", slog.String("request", r.Method+" "+r.URL.Path), slog.Any("error", err))
	}
	if c := challenge(err, p.Status, a.Token != ""); c != "" {
		w.Header().Set("WWW-Authenticate", c)
	}
	var throttled *conversation.ThrottledError
	if errors.As(err, &throttled) {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(throttled.RetryAfter.Seconds())))))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		h.log.DebugContext(r.Context(), "failed", slog.String("request", r.URL.Path), slog.Any("error", err))
	}
}
