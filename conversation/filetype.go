package conversation

import (
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
)

// mediaType is the type that the file is sent with: the stated one, else what its name says, else what its
// first octets look like (WHATWG MIME Sniffing). A file that cannot be read fails where it is composed.
func (a AttachmentInput) mediaType() string {
	if a.Type != "" {
		return a.Type
	}
	if kind := mime.TypeByExtension(strings.ToLower(filepath.Ext(a.Name))); kind != "" {
		return essence(kind)
	}
	f, err := a.Open()
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	return essence(http.DetectContentType(head[:n]))
}

// essence leaves the parameters out: what the charset of a file is, its name does not know.
func essence(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	return strings.TrimSpace(kind)
}
