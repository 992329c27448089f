package outbound

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"recado/conversation"
)

// errStopping is why sends are interrupted when the server stops.
var errStopping = errors.New("the server is stopping")

// errLate is why a send is interrupted that took longer than its lease.
var errLate = errors.New("it took too long")

// envelope is what one attempt is about.
type envelope struct {
	returnPath string
	recipients []string
	mail       *prepared
	// markDot is called before the final dot, which is not written when it fails.
	markDot func(context.Context) error
	// unhurry is called after markDot: the time that the mail itself may take counts no more.
	unhurry func()
}

// transaction is one mail on one session; results has an entry for each recipient when it is over.
type transaction struct {
	*session
	envelope
	results map[string]conversation.AttemptResult
	utf8    bool // SMTPUTF8 is asked for
}

// usable tells whether the session can take another mail.
type usable bool

// transmit gives the mail to the relay. stale tells that the session, which had been left open by an
// earlier mail, turned out to be gone before this one was begun: nothing has happened, and another session is to be tried.
func (s *session) transmit(ctx context.Context, e envelope) (results map[string]conversation.AttemptResult, ok usable, stale bool) {
	unwatch := s.watch(ctx)
	defer unwatch()
	t := &transaction{session: s, envelope: e, results: map[string]conversation.AttemptResult{}}
	t.refuseAlone()
	if len(t.remaining()) == 0 {
		return t.results, true, false
	}
	reused := s.sent > 0
	s.sent++
	ok, err := t.begin()
	if err != nil {
		if reused && ctx.Err() == nil {
			return nil, false, true
		}
		t.deferAll(ctx, broken(stageMail, err))
		return t.results, false, false
	}
	if ok && len(t.remaining()) > 0 {
		ok = t.deliver(ctx)
	}
	return t.results, ok, false
}

// begin resets what an earlier mail left and gives MAIL. An error means that the connection is gone.
func (t *transaction) begin() (usable, error) {
	if t.open {
		r, err := t.command(t.timeouts.command, "RSET")
		if err != nil {
			return false, err
		}
		if !r.positive() {
			return false, fmt.Errorf("RSET was answered %s %s", r.status(), r.text)
		}
		t.open = false
	}
	r, err := t.command(t.timeouts.command, t.mailCommand())
	switch {
	case err != nil:
		return false, err
	case r.code == 421 && t.sent > 1: // it wants no more mails on this connection
		return false, fmt.Errorf("MAIL was answered %s %s", r.status(), r.text)
	case !r.positive():
		t.settle(t.remaining(), classify(stageMail, r, true), r)
		return r.code != 421, nil
	}
	t.open = true
	return true, nil
}

func (t *transaction) mailCommand() string {
	line := "MAIL FROM:<" + t.returnPath + ">"
	if t.offers("SIZE") {
		line += fmt.Sprintf(" SIZE=%d", t.mail.octets())
	}
	if t.mail.form.body8bit && t.offers("8BITMIME") {
		line += " BODY=8BITMIME"
	}
	if t.utf8 {
		line += " SMTPUTF8"
	}
	return line
}

// deliver goes from RCPT to the reply to the final dot.
func (t *transaction) deliver(ctx context.Context) usable {
	accepted, f := t.recipients()
	if f != nil {
		t.deferAll(ctx, f)
		return false
	}
	if len(accepted) == 0 {
		return true // RSET comes with the next mail, QUIT ends it otherwise
	}
	r, err := t.command(t.timeouts.data, "DATA")
	switch {
	case err != nil:
		t.deferAll(ctx, broken(stageData, err))
		return false
	case r.code != 354:
		t.settle(accepted, classify(stageData, r, false), r)
		return r.code != 421
	}
	if f := t.body(ctx); f != nil {
		t.deferAll(ctx, f)
		return false
	}
	if len(t.remaining()) == 0 {
		return false // the relay refused it before its end
	}
	if err := t.writeDot(); err != nil {
		t.deferAll(ctx, broken(stageData, err))
		return false
	}
	r, err = t.readReply()
	if err != nil {
		t.settle(accepted, conversation.DeliveryUncertain, reply{
			text: clean("the relay did not answer after it had the whole mail, and may have taken it: " + interruption(ctx, err)),
		})
		return false
	}
	t.open = false
	t.settle(accepted, classify(stageDot, r, false), r)
	return r.code != 421
}

// recipients gives each RCPT; those that are refused have their result. A fault is the end of the connection.
func (t *transaction) recipients() (accepted []string, f *fault) {
	for _, recipient := range t.remaining() {
		r, err := t.command(t.timeouts.command, "RCPT TO:<"+recipient+">")
		switch {
		case err != nil:
			return nil, broken(stageRcpt, err)
		case r.code == 421: // RFC 5321 3.8: it closes the connection, whatever was said before
			return nil, refused(stageRcpt, r, "the relay ended the session")
		case r.positive():
			accepted = append(accepted, recipient)
		default:
			t.settle([]string{recipient}, classify(stageRcpt, r, len(accepted) == 0), r)
		}
	}
	return accepted, nil
}

// body sends the mail up to its final dot, and marks it. A relay that hung up or refused by then is not given the dot.
func (t *transaction) body(ctx context.Context) *fault {
	writeErr := t.writeBody(t.mail.reader())
	if writeErr == nil {
		if err := t.markDot(ctx); err != nil {
			return &fault{at: stageData, err: err, reason: "the state before the final dot could not be stored: nothing was sent"}
		}
		t.unhurry()
	}
	if errors.Is(writeErr, errForm) {
		return &fault{at: stageData, err: writeErr, reason: clean(writeErr.Error())}
	}
	early, err := t.speaks()
	switch {
	case early != nil && err == nil && early.code >= 400:
		t.settle(t.remaining(), classify(stageData, *early, false), *early)
		return nil
	case writeErr != nil:
		return broken(stageData, writeErr)
	case err != nil:
		return broken(stageData, err)
	case early != nil:
		return &fault{at: stageData, code: early.status(), reason: clean("the relay answered before the mail ended: " + early.text)}
	}
	return nil
}

// remaining are the recipients that have no result yet.
func (t *transaction) remaining() []string {
	var left []string
	for _, r := range t.envelope.recipients {
		if _, done := t.results[r]; !done {
			left = append(left, r)
		}
	}
	return left
}

func (t *transaction) settle(recipients []string, state conversation.DeliveryState, r reply) {
	code := ""
	if r.code != 0 {
		code = r.status()
	}
	for _, recipient := range recipients {
		t.results[recipient] = conversation.AttemptResult{Recipient: recipient, State: state, Code: code, Reason: r.text}
	}
}

// deferAll leaves every recipient that has no result for another time.
func (t *transaction) deferAll(ctx context.Context, f *fault) {
	reason := f.reason
	if ctx.Err() != nil {
		reason = interruption(ctx, f)
	}
	for _, recipient := range t.remaining() {
		t.results[recipient] = conversation.AttemptResult{
			Recipient: recipient, State: conversation.DeliveryDeferred, Code: f.code, Reason: reason,
		}
	}
}

// interruption is why an exchange ended: our own reason where we ended it.
func interruption(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		return "interrupted: " + cause.Error()
	}
	return err.Error()
}

// refuseAlone settles what this relay cannot be given, before anything is said.
func (t *transaction) refuseAlone() {
	fail := func(recipients []string, code, reason string) {
		for _, r := range recipients {
			t.results[r] = conversation.AttemptResult{Recipient: r, State: conversation.DeliveryFailed, Code: code, Reason: reason}
		}
	}
	if limit := t.maxSize(); limit > 0 && t.mail.octets() > limit {
		fail(t.remaining(), "552 5.3.4", fmt.Sprintf("the mail has %d octets, and the relay takes %d", t.mail.octets(), limit))
		return
	}
	if t.mail.form.body8bit && !t.offers("8BITMIME") {
		fail(t.remaining(), "554 5.6.3", "the mail has octets that the relay does not take (it offers no 8BITMIME)")
		return
	}
	for _, r := range t.remaining() {
		if !validRecipient(r) {
			fail([]string{r}, "553 5.1.3", "this is no mail address")
		}
	}
	whole := t.mail.form.header8bit || !isASCII(t.returnPath)
	for _, r := range t.remaining() {
		if !whole && isASCII(r) {
			continue
		}
		if !t.offers("SMTPUTF8") { // RFC 6531 3.2; it makes no difference which of the codes of 3.5 is ours
			fail([]string{r}, "553 5.6.7", "the address needs SMTPUTF8, which the relay does not offer")
			continue
		}
		t.utf8 = true
	}
}

// validRecipient tells whether the address can stand in RCPT without becoming something else.
func validRecipient(a string) bool {
	at := strings.LastIndexByte(a, '@')
	if at <= 0 || at == len(a)-1 || len(a) > 512 || !utf8.ValidString(a) {
		return false
	}
	local, domain := a[:at], a[at+1:]
	for _, c := range a {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	quoted := len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"'
	return !strings.ContainsAny(domain, " <>") && (quoted || !strings.ContainsAny(local, " <>"))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
