package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"

	"recado/conversation"
)

const (
	maxFiles = 100
	// formMemory is what of a form is kept in memory, in octets; files beyond it go to temporary ones.
	formMemory = 1 << 20
)

// Reply is the body of POST /protocols/{number}/replies. In multipart/form-data text, to, cc and channel
// are fields (to and cc may be repeated), and each part with a file name is an attachment.
type Reply struct {
	Text        string     `json:"text"`
	To          OneOrMore  `json:"to,omitempty"` // empty: the contact
	Cc          OneOrMore  `json:"cc,omitempty"`
	Channel     string     `json:"channel,omitempty"` // "": the address that the customer wrote to
	Attachments []Enclosed `json:"attachments,omitempty"`
}

// OneOrMore is a list of texts in which a single one may stand by itself.
type OneOrMore []string

// UnmarshalJSON reads a text or a list of them.
func (o *OneOrMore) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*o = make(OneOrMore, 1)
		return json.Unmarshal(b, &(*o)[0])
	}
	return json.Unmarshal(b, (*[]string)(o))
}

// Enclosed is a file in a JSON body.
type Enclosed struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // media type; "": told from the name and the first bytes
	Data []byte `json:"data"`           // base64 (RFC 4648 4)
}

// mailBody is a body that makes a mail, in JSON or in multipart/form-data.
type mailBody interface {
	// field is where a form's field goes: a *string, or a *OneOrMore, which may be repeated; nil where there is none of the name.
	field(name string) any
	enclosed() []Enclosed
}

func (b *Reply) enclosed() []Enclosed { return b.Attachments }

func (b *Reply) field(name string) any {
	switch name {
	case "text":
		return &b.Text
	case "channel":
		return &b.Channel
	case "to":
		return &b.To
	case "cc":
		return &b.Cc
	}
	return nil
}

// readWritten reads the body in either of its forms, and its files. done frees what they refer to.
func (h *handler) readWritten(w http.ResponseWriter, r *http.Request, body mailBody) (files []conversation.AttachmentInput, done func(), err error) {
	done = func() {}
	if mediaType(r) == "multipart/form-data" {
		return h.readForm(w, r, body)
	}
	// Base64 needs four octets for three.
	if err := decode(w, r, h.maxMessage/3*4+maxWords, body); err != nil {
		return nil, done, err
	}
	if len(body.enclosed()) > maxFiles {
		return nil, done, invalid(fmt.Sprintf("a message may have %d attachments", maxFiles))
	}
	for _, a := range body.enclosed() {
		if a.Name == "" {
			return nil, done, invalid("an attachment has no name")
		}
		files = append(files, conversation.AttachmentInput{
			Name: a.Name, Type: a.Type, Size: int64(len(a.Data)),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.Data)), nil },
		})
	}
	return files, done, nil
}

func (h *handler) readForm(w http.ResponseWriter, r *http.Request, body mailBody) (files []conversation.AttachmentInput, done func(), err error) {
	done = func() {}
	r.Body = http.MaxBytesReader(w, r.Body, h.maxMessage+maxWords)
	if err := r.ParseMultipartForm(formMemory); err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return nil, done, err
		}
		return nil, done, invalid("the form in the body cannot be read")
	}
	done = func() { _ = r.MultipartForm.RemoveAll() } // temporary files, that the system removes too
	if err = formFields(r.MultipartForm, body); err == nil {
		files, err = formFiles(r.MultipartForm)
	}
	if err != nil {
		done()
		return nil, func() {}, err
	}
	return files, done, nil
}

func formFields(form *multipart.Form, body mailBody) error {
	for name, values := range form.Value {
		switch field := body.field(name).(type) {
		case *OneOrMore:
			*field = values
		case *string:
			if len(values) > 1 {
				return invalid(fmt.Sprintf("the field %q is given more than once", name))
			}
			*field = values[0]
		default:
			return invalid(fmt.Sprintf("the field %q is not known", name))
		}
	}
	return nil
}

func formFiles(form *multipart.Form) ([]conversation.AttachmentInput, error) {
	var files []conversation.AttachmentInput
	for _, name := range slices.Sorted(maps.Keys(form.File)) {
		for _, f := range form.File[name] {
			if len(files) == maxFiles {
				return nil, invalid(fmt.Sprintf("a message may have %d attachments", maxFiles))
			}
			files = append(files, conversation.AttachmentInput{
				Name: f.Filename, Type: statedType(f.Header.Get("Content-Type")), Size: f.Size,
				Open: func() (io.ReadCloser, error) { return f.Open() },
			})
		}
	}
	return files, nil
}

// statedType is the type of a file in a form. Programs that know none say application/octet-stream (RFC 7578 4.4).
func statedType(kind string) string {
	if kind == "application/octet-stream" {
		return ""
	}
	return kind
}
