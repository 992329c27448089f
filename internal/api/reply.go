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

// readReply reads the body in either of its forms. done frees what the request refers to.
func (h *handler) readReply(w http.ResponseWriter, r *http.Request) (request conversation.ReplyRequest, done func(), err error) {
	done = func() {}
	if mediaType(r) == "multipart/form-data" {
		return h.readReplyForm(w, r)
	}
	var body Reply
	// Base64 needs four octets for three.
	if err := decode(w, r, h.maxMessage/3*4+maxWords, &body); err != nil {
		return request, done, err
	}
	request = conversation.ReplyRequest{Text: body.Text, To: body.To, Cc: body.Cc, Channel: body.Channel}
	if len(body.Attachments) > maxFiles {
		return request, done, invalid(fmt.Sprintf("a message may have %d attachments", maxFiles))
	}
	for _, a := range body.Attachments {
		if a.Name == "" {
			return request, done, invalid("an attachment has no name")
		}
		request.Attachments = append(request.Attachments, conversation.AttachmentInput{
			Name: a.Name, Type: a.Type, Size: int64(len(a.Data)),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.Data)), nil },
		})
	}
	return request, done, nil
}

func (h *handler) readReplyForm(w http.ResponseWriter, r *http.Request) (request conversation.ReplyRequest, done func(), err error) {
	done = func() {}
	r.Body = http.MaxBytesReader(w, r.Body, h.maxMessage+maxWords)
	if err := r.ParseMultipartForm(formMemory); err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return request, done, err
		}
		return request, done, invalid("the form in the body cannot be read")
	}
	done = func() { _ = r.MultipartForm.RemoveAll() } // temporary files, that the system removes too
	if request, err = replyForm(r.MultipartForm); err != nil {
		done()
		return request, func() {}, err
	}
	return request, done, nil
}

func replyForm(form *multipart.Form) (conversation.ReplyRequest, error) {
	var request conversation.ReplyRequest
	for name, values := range form.Value {
		single := values[len(values)-1]
		switch name {
		case "text":
			request.Text = single
		case "channel":
			request.Channel = single
		case "to":
			request.To = values
			continue
		case "cc":
			request.Cc = values
			continue
		default:
			return request, invalid(fmt.Sprintf("the field %q is not known", name))
		}
		if len(values) > 1 {
			return request, invalid(fmt.Sprintf("the field %q is given more than once", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(form.File)) {
		for _, f := range form.File[name] {
			if len(request.Attachments) == maxFiles {
				return request, invalid(fmt.Sprintf("a message may have %d attachments", maxFiles))
			}
			request.Attachments = append(request.Attachments, conversation.AttachmentInput{
				Name: f.Filename, Type: statedType(f.Header.Get("Content-Type")), Size: f.Size,
				Open: func() (io.ReadCloser, error) { return f.Open() },
			})
		}
	}
	return request, nil
}

// statedType is the type of a file in a form. Programs that know none say application/octet-stream (RFC 7578 4.4).
func statedType(kind string) string {
	if kind == "application/octet-stream" {
		return ""
	}
	return kind
}
