package inbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static
var staticFiles embed.FS

// assets are the style sheet, the script and the icon. Their addresses carry a hash of what is in them,
// so that browsers keep them for good and take a new one at once.
type assets struct {
	content map[string][]byte
	hash    map[string]string
}

func loadAssets() (*assets, error) {
	a := &assets{content: map[string][]byte{}, hash: map[string]string{}}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b)
		a.content[e.Name()], a.hash[e.Name()] = b, hex.EncodeToString(sum[:6])
	}
	return a, nil
}

// path is the address of a file.
func (a *assets) path(name string) string { return "/static/" + name + "?v=" + a.hash[name] }

func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	b, ok := a.content[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		w.Header().Set("Content-Type", t)
	}
	if r.URL.Query().Get("v") == a.hash[name] {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.Header().Set("ETag", `"`+a.hash[name]+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}
