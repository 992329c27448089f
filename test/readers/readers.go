package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	_ "github.com/emersion/go-message/charset" // go-message reads other charsets than UTF-8 with it only
	"github.com/emersion/go-message/mail"
	"github.com/jhillyerd/enmime/v2"

	"recado/internal/message"
)

// reading is what a reader made of one mail.
type reading struct {
	subject, text string
	names         []string // of the attachments
	octets        int64    // of the attachments, decoded
}

// reader is one way to read a mail: what could be read is returned with the error.
type reader struct {
	name string
	read func(raw []byte) (reading, error)
}

var readers = []reader{
	{"recado", readRecado},
	{"go-message", readGoMessage},
	{"enmime", readEnmime},
}

func readRecado(raw []byte) (reading, error) {
	m, err := message.Parse(bytes.NewReader(raw), int64(len(raw)), message.Options{Text: true, HTML: true, Digest: true})
	if err != nil {
		return reading{}, err
	}
	got := reading{subject: m.Subject, text: m.Text + m.Quoted + m.HTML}
	for _, a := range m.Attachments {
		got.names = append(got.names, a.Name)
		got.octets += a.Size
	}
	return got, nil
}

// readGoMessage is the loop that its documentation shows: the first error ends it.
func readGoMessage(raw []byte) (got reading, err error) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return got, err
	}
	if got.subject, err = r.Header.Subject(); err != nil {
		return got, err
	}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		body, readErr := io.ReadAll(p.Body)
		switch h := p.Header.(type) {
		case *mail.AttachmentHeader:
			name, _ := h.Filename() // an error is that of the name alone: the octets are there
			got.names = append(got.names, name)
			got.octets += int64(len(body))
		default:
			got.text += string(body)
		}
		if readErr != nil {
			return got, readErr
		}
	}
}

func readEnmime(raw []byte) (got reading, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		return got, err
	}
	got.subject, got.text = e.GetHeader("Subject"), e.Text+e.HTML
	for _, parts := range [][]*enmime.Part{e.Attachments, e.Inlines, e.OtherParts} {
		for _, p := range parts {
			got.names = append(got.names, p.FileName)
			got.octets += int64(len(p.Content))
		}
	}
	return got, nil
}
