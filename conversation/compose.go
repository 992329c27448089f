package conversation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"recado/internal/message"
)

// compose writes a mail to the log and returns when it is durable. The mail is composed twice, first to
// learn its length and hash and then into the log, so that it is never whole in memory; message.Compose
// makes the same bytes of the same draft.
func (m *Manager) compose(ctx context.Context, id string, draft message.Draft, env Envelope) (MailRef, error) {
	var count counter
	hash := sha256.New()
	if err := message.Compose(io.MultiWriter(&count, hash), draft); err != nil {
		return MailRef{}, fmt.Errorf("compose: %w", err)
	}
	if m.maxMessage > 0 && int64(count) > m.maxMessage {
		return MailRef{}, errorf(CodeInvalid, "the message is %d octets long with its attachments encoded, over the limit of %d: send less, or a link", count, m.maxMessage)
	}
	record := MailRecord{ID: id, Kind: KindOut, At: draft.Date.UTC(), Size: int64(count), Envelope: env}
	hash.Sum(record.SHA256[:0])
	r, w := io.Pipe()
	composed := make(chan error, 1)
	go func() {
		err := message.Compose(w, draft)
		w.CloseWithError(err)
		composed <- err
	}()
	ref, err := m.store.AppendMail(ctx, record, r)
	r.CloseWithError(io.ErrClosedPipe) // ends the composer where the log stopped reading
	if cerr := <-composed; err == nil && cerr != nil && !errors.Is(cerr, io.ErrClosedPipe) {
		err = fmt.Errorf("compose: %w", cerr)
	}
	return ref, err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
