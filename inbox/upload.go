package inbox

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"

	"recado/conversation"
)

// Bounds of a form with files.
const (
	maxField = 1<<20 + 1 // octets of a text, one more than the domain takes
	maxFiles = 50
	maxParts = 200
)

// encodedShare is how much of a mail its files may be as they are: base64 makes 3 octets 4, and breaks
// lines at 76 (RFC 2045 6.8).
const encodedShare = 0.73

// filesLimit is how many octets of files fit into one mail, with room for the text and the headers.
func (in *Inbox) filesLimit() int64 {
	return int64(float64(max(0, in.maxMessage-64<<10)) * encodedShare)
}

// upload is a form with files, these spooled to temporary files of their own.
type upload struct {
	fields   map[string]string
	files    []conversation.AttachmentInput
	paths    []string
	tooLarge bool // over the limit: what follows was not read
	had      bool // files were chosen
}

// close removes the spooled files.
func (u *upload) close() {
	for _, p := range u.paths {
		_ = os.Remove(p)
	}
}

// readUpload reads a form part by part, so that what was typed before too large a file is still known.
// The caller closes the upload, also after an error.
func (in *Inbox) readUpload(w http.ResponseWriter, r *http.Request) (*upload, error) {
	u := &upload{fields: map[string]string{}}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "multipart/form-data" {
		if err := form(w, r); err != nil {
			return u, err
		}
		for name := range r.PostForm {
			u.fields[name] = r.PostForm.Get(name)
		}
		return u, nil
	}
	// What is over the limit is read on for a while: a browser that is cut off in the middle of sending
	// shows an error of its own, and the text is lost.
	r.Body = http.MaxBytesReader(w, r.Body, 4*in.maxMessage+maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return u, errBadForm
	}
	left := in.filesLimit()
	for range maxParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return u, nil
		}
		if err != nil {
			return u, overLimit(u, err)
		}
		if left, err = u.read(part, left); err != nil {
			return u, overLimit(u, err)
		}
	}
	return u, errBadForm
}

// overLimit makes too large a body an outcome and everything else an error.
func overLimit(u *upload, err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		u.tooLarge = true
		return nil
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("spool an upload: %w", err)
	}
	return errBadForm
}

func (u *upload) read(part *multipart.Part, left int64) (int64, error) {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return left, err
		}
		if part.FormName() != "files" { // a browser sends an empty part where no file is chosen
			u.fields[part.FormName()] = string(b)
		}
		return left, nil
	}
	u.had = true
	if u.tooLarge || len(u.files) >= maxFiles {
		u.tooLarge = true
		_, err := io.Copy(io.Discard, part)
		return left, err
	}
	f, err := os.CreateTemp("", "recado-upload-*")
	if err != nil {
		return left, err
	}
	u.paths = append(u.paths, f.Name())
	n, err := io.Copy(f, io.LimitReader(part, left+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return left, err
	}
	if n > left {
		u.tooLarge = true
		_, err := io.Copy(io.Discard, part)
		return left, err
	}
	name := f.Name()
	u.files = append(u.files, conversation.AttachmentInput{
		Name: filepath.Base(filepath.ToSlash(part.FileName())), Type: uploadType(part), Size: n,
		Open: func() (io.ReadCloser, error) { return os.Open(name) },
	})
	return left - n, nil
}

// uploadType is what the browser says that the file is, where it says it well.
func uploadType(part *multipart.Part) string {
	t, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || t == "application/octet-stream" {
		return ""
	}
	return t
}
