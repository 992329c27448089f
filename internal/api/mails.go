package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// readWhole is what a person is shown of a mail.
var readWhole = message.Options{Text: true, HTML: true, Digest: true}

// answerMessage answers with the document of a message that was made.
func (h *handler) answerMessage(w http.ResponseWriter, r *http.Request, a conversation.Actor, status int, m *conversation.Message) error {
	if m == nil {
		return errors.New("the desk made no message")
	}
	entry, err := h.desk.Entry(r.Context(), a, m.ID)
	if err != nil {
		return err
	}
	return answer(w, status, messageOf(entry))
}

// parse reads the raw mail of a held mail.
func (h *handler) parse(r *http.Request, a conversation.Actor, id string) (*message.Message, error) {
	raw, err := h.desk.RawMail(r.Context(), a, id)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	m, err := message.Parse(raw, raw.Size(), readWhole)
	if err != nil {
		return nil, fmt.Errorf("read mail %s: %w", id, err)
	}
	return m, nil
}

// alone lets a browser that is led to a stranger's bytes do nothing with them but save them.
func alone(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

func (h *handler) rawMail(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	raw, err := h.desk.RawMail(r.Context(), a, id)
	if err != nil {
		return err
	}
	defer raw.Close()
	alone(w, id+".eml")
	w.Header().Set("Content-Type", "message/rfc822")
	record := raw.Record()
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, record.SHA256))
	http.ServeContent(w, r, "", record.At, io.NewSectionReader(raw, 0, raw.Size()))
	return nil
}

func (h *handler) attachment(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 {
		return notFound("the message has no such attachment")
	}
	attachment, body, err := h.desk.Attachment(r.Context(), a, id, n)
	switch {
	case errors.Is(err, message.ErrNoAttachment):
		return notFound("the message has no such attachment")
	case err != nil:
		return err
	}
	defer body.Close()
	alone(w, attachment.Name)
	w.Header().Set("Content-Type", servedType(attachment))
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, body); err != nil {
		// The status is on its way: a connection that breaks is all that can still tell the client.
		h.log.WarnContext(r.Context(), "failed", slog.String("message", id), slog.Int("attachment", n), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	return nil
}

// servedType is the type that an attachment is served with: that of its bytes for an image, so that it
// shows where the mail's HTML names it, else what its sender said.
func servedType(a message.Attachment) string {
	if strings.HasPrefix(a.Sniffed, "image/") {
		return a.Sniffed
	}
	if kind, _, err := mime.ParseMediaType(a.Type); err == nil && strings.Contains(kind, "/") {
		return kind
	}
	return "application/octet-stream"
}
