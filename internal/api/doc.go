// Package api is the JSON face of Recado: the documents, a handler that answers them over HTTP, and
// the client that the commands use.
//
//	other programs -> the inbox's listener, bearer token -+
//	recado COMMAND -> data/recado.sock (listen.go)       -+-> Handler -> Desk (conversation.Manager)
//	recado COMMAND -> InProcess(handler), no server runs -+
//
// The three ways meet in one handler, so that the same question gets the same answer. Who asks is
// told by Options.Authenticate; what he may see and do is decided by the Desk alone.
//
// # Documents
//
// Lists are {"items": […], "next": "cursor or empty"}. Arrays are always arrays, text is always text
// ("" where there is none); null stands only for a time that did not come (finalized_at of an open
// protocol, date of a mail without one) and for an auth that does not exist (notes, events, our own
// mail). Times are RFC 3339 in UTC, to the millisecond. The forms are in document.go.
//
// # Requests
//
// Bodies are JSON (RFC 8259) in application/json, for replies also multipart/form-data (RFC 7578).
// Unknown fields and unknown query parameters are refused, since what is silently ignored is
// something that somebody believes in. A POST may carry Idempotency-Key; If-Match (RFC 9110 13.1.1)
// takes the version that a protocol's ETag gave.
//
// # Errors
//
// Errors are problem documents (RFC 9457). problem.go is the only place that makes a status of an
// error; what is not a conversation.Error is logged, and the client learns only that it happened.
package api
