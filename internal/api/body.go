package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxWords bounds a body without files, in octets.
const maxWords = 1 << 20

// decode reads the JSON body of r into v, which has the defaults. An empty body leaves v as it is.
func decode(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	body := http.MaxBytesReader(w, r.Body, limit)
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if kind := mediaType(r); kind != "application/json" {
		return unsupported(kind, "application/json")
	}
	if err != nil {
		return bodyProblem(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return invalid("something follows the JSON document in the body")
	}
	return nil
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func unsupported(kind, wanted string) error {
	if kind == "" {
		return problem(http.StatusUnsupportedMediaType, codeMediaType, "Content-Type is missing; the body is to be "+wanted)
	}
	return problem(http.StatusUnsupportedMediaType, codeMediaType, fmt.Sprintf("the body is %s; it is to be %s", kind, wanted))
}

// bodyProblem says what is wrong with a body in words that name no Go type.
func bodyProblem(err error) error {
	var (
		syntax  *json.SyntaxError
		kind    *json.UnmarshalTypeError
		tooLong *http.MaxBytesError
	)
	switch {
	case errors.As(err, &tooLong):
		return err
	case errors.As(err, &syntax):
		return invalid(fmt.Sprintf("the body is not JSON: byte %d is not expected there", syntax.Offset))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("the body is not JSON: it ends too early")
	case errors.As(err, &kind):
		field := kind.Field
		if field == "" {
			return invalid("the body is to be a JSON object")
		}
		return invalid(fmt.Sprintf("the field %q cannot be a JSON %s", field, kind.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid(fmt.Sprintf("the field %s is not known", name))
	}
	return invalid("the body cannot be read")
}
