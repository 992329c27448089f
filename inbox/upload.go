package inbox

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

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

// upload is a form with files, these kept with the draft that they belong to.
type upload struct {
	fields  map[string]string
	files   []conversation.DraftFile // those that came with the form
	kept    []conversation.DraftFile // those that it names
	leftOut []string                 // names of files that did not fit
	cut     bool                     // over every bound: what follows was not read

	keep func(name, mediaType string, content io.Reader) (*conversation.DraftFile, error)
	left int64 // octets
}

// tooLarge tells whether something that was chosen did not fit.
func (u *upload) tooLarge() bool { return u.cut || len(u.leftOut) > 0 }

// readUpload reads a form part by part, so that what was typed before too large a file is still known. Files are
// kept with the draft at the place, as far as they fit into one mail with those that are there.
func (in *Inbox) readUpload(w http.ResponseWriter, r *http.Request, v *visit, at conversation.Place) (*upload, error) {
	u := &upload{fields: map[string]string{}}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "multipart/form-data" {
		if err := form(w, r); err != nil {
			return u, err
		}
		for name, values := range r.PostForm {
			for _, value := range values {
				u.field(name, value)
			}
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
	before, _, err := in.desk.Draft(r.Context(), v.actor, at)
	if err != nil {
		return u, err
	}
	u.left = in.filesLimit()
	if before != nil {
		u.left -= sizeOf(before.Files)
	}
	u.keep = func(name, mediaType string, content io.Reader) (*conversation.DraftFile, error) {
		return in.desk.KeepFile(r.Context(), v.actor, at, name, mediaType, content)
	}
	for range maxParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return u, nil
		}
		if err == nil {
			err = u.read(part)
		}
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			u.cut = true
			return u, nil
		case err != nil:
			return u, err
		}
	}
	return u, errBadForm
}

// field takes one that is not a file. A file that was kept before is named by its id.
func (u *upload) field(name, value string) {
	if name != "file" {
		u.fields[name] = value
	} else if conversation.ValidID(value) && len(u.kept) < maxFiles {
		u.kept = append(u.kept, conversation.DraftFile{ID: value})
	}
}

// errFull is what a file over the limit ends with while it is read.
var errFull = errors.New("the file is over the limit")

// upTo reads at most left octets, and ends with errFull where there are more.
type upTo struct {
	r    io.Reader
	left int64
	err  error // of r itself, a fault of the browser's and not of the disk
}

func (l *upTo) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errFull
	}
	if err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
}

func (u *upload) read(part *multipart.Part) error {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, maxField))
		if err == nil && part.FormName() != "files" { // a browser sends an empty part where no file is chosen
			u.field(part.FormName(), string(b))
		}
		return broken(err)
	}
	content := &upTo{r: part, left: u.left}
	f, err := u.keep(part.FileName(), uploadType(part), content)
	switch {
	case content.err != nil:
		return broken(content.err)
	case errors.Is(err, errFull), hasCode(err, conversation.CodeInvalid):
		u.leftOut = append(u.leftOut, shownName(part.FileName()))
		_, err := io.Copy(io.Discard, part)
		return broken(err)
	case err != nil:
		return err
	}
	u.files = append(u.files, *f)
	u.left -= f.Size
	return nil
}

// broken makes a body that breaks off a bad form, but for one that is too large.
func broken(err error) error {
	var tooLarge *http.MaxBytesError
	if err == nil || errors.As(err, &tooLarge) {
		return err
	}
	return errBadForm
}

// shownName is a file's name as a sentence has it.
func shownName(name string) string {
	name, _ = cutText(strings.Join(strings.Fields(name), " "), 100)
	return name
}

func sizeOf(files []conversation.DraftFile) (n int64) {
	for _, f := range files {
		n += f.Size
	}
	return n
}

// uploadType is what the browser says that the file is, where it says it well.
func uploadType(part *multipart.Part) string {
	t, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || t == "application/octet-stream" {
		return ""
	}
	return t
}
