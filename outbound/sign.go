package outbound

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Key signs the mail of a domain.
type Key struct {
	Selector string
	Signer   crypto.Signer // RSA or Ed25519 (RFC 8463)
}

// signedFields are what a signature covers (RFC 6376 5.4.1). From stands twice, and fields that a mail
// lacks once, so that nobody can add another one that readers would show (5.4.2).
var signedFields = []string{
	"From", "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
}

// prepared is a mail that is ready to be sent.
type prepared struct {
	raw    io.ReaderAt
	size   int64  // of raw
	fields string // signature fields that go before it
	form   form
}

// octets is how many will be sent, dot-stuffing not counted (RFC 1870 3).
func (p *prepared) octets() int64 { return int64(len(p.fields)) + p.size }

// reader reads what is to be sent.
func (p *prepared) reader() io.Reader {
	return io.MultiReader(strings.NewReader(p.fields), io.NewSectionReader(p.raw, 0, p.size))
}

// prepare reads the mail once: it checks its form and makes the signatures, holding none of it. The
// error is errForm's where the mail itself may not be sent.
func prepare(raw io.ReaderAt, size int64, domain string, keys []Key) (*prepared, error) {
	p := &prepared{raw: raw, size: size, form: newForm()}
	writers := []io.Writer{&p.form}
	signers := make([]*dkim.Signer, 0, len(keys))
	defer func() {
		for _, s := range signers {
			_ = s.Close() // ends the goroutine of one that was given up; harmless to a finished one
		}
	}()
	for _, k := range keys {
		s, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: domain, Selector: k.Selector, Signer: k.Signer, HeaderKeys: signedFields,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
		if err != nil {
			return nil, fmt.Errorf("sign for %s with selector %s: %w", domain, k.Selector, err)
		}
		signers = append(signers, s)
		writers = append(writers, s)
	}
	if _, err := io.CopyBuffer(io.MultiWriter(writers...), io.NewSectionReader(raw, 0, size), make([]byte, chunk)); err != nil {
		return nil, fmt.Errorf("read the mail: %w", err)
	}
	if err := p.form.end(); err != nil {
		return nil, err
	}
	for i, s := range signers {
		if err := s.Close(); err != nil {
			return nil, fmt.Errorf("sign for %s with selector %s: %w", domain, keys[i].Selector, err)
		}
		p.fields += s.Signature()
	}
	return p, nil
}

// errForm is a mail whose octets may not be sent.
var errForm = errors.New("the mail is damaged: nothing of it was sent")
