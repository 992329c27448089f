package inbox

import (
	"html"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// imageTypes are shown as pictures where a file's first octets look like one; everything else is only
// ever saved. SVG is a document that runs scripts, and not among them.
var imageTypes = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// framePolicy is the Content-Security-Policy of a customer's HTML. Nothing runs, nothing loads but images
// of the mail itself, and from elsewhere once the agent asked for them. allow-same-origin lets those images
// be fetched with the agent's cookie and the page around measure the frame; without allow-scripts it gives
// the mail nothing. Links open apart, knowing nothing of where they were.
func framePolicy(images bool) string {
	sources := "'self' data:"
	if images {
		sources += " https: http:"
	}
	return "default-src 'none'; img-src " + sources + "; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'; " +
		"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
}

// frameHead stands before a customer's HTML. Mails are written for white paper: theirs stays white.
const frameHead = `<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="only light">` +
	`<meta name="referrer" content="no-referrer"><base target="_blank"><style>html{background:#fff;color:#1d1b18}` +
	`body{margin:12px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}` +
	`table{max-width:100%}pre{white-space:pre-wrap}.recado-held-back{font-size:13px;color:#5f5a52;margin:0 0 12px}</style></head><body>`

func (in *Inbox) showHTML(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	m, err := in.readMail(r, v, id, message.Options{HTML: true})
	if err != nil {
		return err
	}
	images := r.URL.Query().Get("images") == "1"
	parts := map[string]string{}
	for _, a := range m.Attachments {
		if a.ContentID != "" && imageTypes[a.Sniffed] {
			parts[strings.ToLower(a.ContentID)] = "/messages/" + id + "/attachments/" + strconv.Itoa(a.Index)
		}
	}
	safe, blocked := message.SafeHTML(m.HTML, message.HTMLOptions{
		Remote: images,
		CID:    func(contentID string) string { return parts[strings.ToLower(contentID)] },
	})
	h := w.Header()
	h.Set("Content-Security-Policy", framePolicy(images))
	h.Set("Content-Type", "text/html; charset=utf-8")
	heldBack := ""
	if blocked > 0 {
		heldBack = `<p class="recado-held-back">` + html.EscapeString(v.lang.N("message.blocked", blocked)) + "</p>"
	}
	_, _ = io.WriteString(w, frameHead+heldBack+safe+"</body></html>")
	return nil
}

// readMail reads a message or a held mail.
func (in *Inbox) readMail(r *http.Request, v *visit, id string, o message.Options) (*message.Message, error) {
	if !conversation.ValidID(id) {
		return nil, errNotFound
	}
	raw, err := in.desk.RawMail(r.Context(), v.actor, id)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	return message.Parse(raw, raw.Size(), o)
}

func (in *Inbox) downloadRaw(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	if !conversation.ValidID(id) {
		return errNotFound
	}
	raw, err := in.desk.RawMail(r.Context(), v.actor, id)
	if err != nil {
		return err
	}
	defer raw.Close()
	saved(w, id+".eml", "message/rfc822")
	w.Header().Set("Content-Length", strconv.FormatInt(raw.Size(), 10))
	_, err = io.Copy(w, io.NewSectionReader(raw, 0, raw.Size()))
	in.logBroken(r, err)
	return nil
}

// attachment opens the one that the address names, as far as the agent sees it. The caller closes it.
func (in *Inbox) attachment(r *http.Request, v *visit) (message.Attachment, io.ReadCloser, error) {
	id := r.PathValue("id")
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || !conversation.ValidID(id) {
		return message.Attachment{}, nil, errNotFound
	}
	return in.desk.Attachment(r.Context(), v.actor, id, n)
}

func (in *Inbox) downloadAttachment(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, content, err := in.attachment(r, v)
	if err != nil {
		return err
	}
	defer content.Close()
	mediaType := "application/octet-stream"
	if imageTypes[a.Sniffed] {
		mediaType = a.Sniffed
	}
	saved(w, a.Name, mediaType)
	w.Header().Set("Cache-Control", "private, max-age=3600") // what a mail holds never changes
	_, err = io.Copy(w, content)
	in.logBroken(r, err)
	return nil
}

// saved sets the headers of a file from a mail: a browser saves it, and would run nothing of it.
func saved(w http.ResponseWriter, name, mediaType string) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Security-Policy", filePolicy)
}

// disposition names the file for old and new clients (RFC 6266 appendix D, RFC 8187).
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	if ascii == name {
		return mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + url.PathEscape(name)
}

// logBroken notes a download that broke off for a reason of ours.
func (in *Inbox) logBroken(r *http.Request, err error) {
	if err != nil && r.Context().Err() == nil {
		in.log.Error("send a file", "path", r.URL.Path, "err", err)
	}
}
