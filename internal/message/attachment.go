package message

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Attachment is a part of a mail that is not shown as its text.
type Attachment struct {
	Index        int    // its place in Message.Attachments, what OpenAttachment takes
	Name         string // safe as a file name, never ""
	OriginalName string // as stated, decoded but not made safe; may be ""
	Type         string // the stated media type, lower-case
	Sniffed      string // the media type that its first octets look like (WHATWG MIME Sniffing)
	Size         int64  // decoded octets; only with Options.Digest
	SHA256       string // of the decoded octets, hexadecimal; only with Options.Digest
	Inline       bool   // shown in the HTML: it names this ContentID (with Options.HTML), or may (without)
	ContentID    string // without <>
	Description  string // Content-Description, decoded; else what is to be known of a part of its kind
}

// ErrNoAttachment is returned by OpenAttachment for an index that the mail does not have.
var ErrNoAttachment = errors.New("no such attachment")

// OpenAttachment returns the attachment at index of the mail in r and a reader
// of its decoded octets, which reads from r as it goes. The index is that of a
// Message parsed with DefaultLimits. The errors are ErrNoAttachment and r's own.
func OpenAttachment(r io.ReaderAt, size int64, index int) (Attachment, io.Reader, error) {
	src := &faultReader{r: r}
	w := walk(newLineScanner(io.NewSectionReader(src, 0, size), size), DefaultLimits, func(*part) {})
	if src.err != nil {
		return Attachment{}, nil, fmt.Errorf("read mail: %w", src.err)
	}
	w.arrange(src)
	parts := attachmentParts(w.root, nil)
	if index < 0 || index >= len(parts) {
		return Attachment{}, nil, ErrNoAttachment
	}
	p := parts[index]
	a := describe(r, p, index)
	dec, _ := transferReader(p.encoded(r), p.encoding)
	return a, dec, nil
}

// attachmentParts lists the leaves that are not text, in the order of the mail;
// files found in a leaf follow it.
func attachmentParts(p *part, list []*part) []*part {
	if len(p.children) == 0 {
		if !p.isText && !(p.multipart() && p.end <= p.body) {
			list = append(list, p)
		}
		return append(list, p.contents...)
	}
	for _, c := range p.children {
		list = attachmentParts(c, list)
	}
	return list
}

func (b *bodyReader) readAttachments(root *part) {
	parts := attachmentParts(root, nil)
	if len(parts) == 0 {
		return
	}
	html := strings.ToLower(b.m.HTML)
	b.m.Attachments = make([]Attachment, 0, len(parts))
	for i, p := range parts {
		a := describe(b.r, p, i)
		if b.o.HTML {
			a.Inline = a.ContentID != "" && refersTo(html, a.ContentID)
		}
		if b.o.Digest {
			dec, _ := transferReader(p.encoded(b.r), p.encoding)
			sum := sha256.New()
			a.Size, _ = io.Copy(sum, dec) // a fault of the source is kept by its faultReader
			a.SHA256 = hex.EncodeToString(sum.Sum(nil))
		}
		b.m.Attachments = append(b.m.Attachments, a)
	}
}

// refersTo tells whether html, in lower case, names a content-ID.
func refersTo(html, id string) bool {
	id = strings.ToLower(id)
	return strings.Contains(html, "cid:"+id) || strings.Contains(html, "cid:"+strings.ReplaceAll(id, "@", "%40"))
}

// sniffBytes is how much of a part is looked at to tell its type.
const sniffBytes = 512

func describe(r io.ReaderAt, p *part, index int) Attachment {
	a := Attachment{
		Index:        index,
		OriginalName: partName(p),
		Type:         p.ctype.value,
		ContentID:    contentID(p),
		Description:  p.header.Get("Content-Description"),
	}
	if !utf8.ValidString(a.Type) || a.Type == "" {
		a.Type = "application/octet-stream"
	}
	head, _ := decodeHead(r, p, p.encoding, sniffBytes)
	a.Sniffed = sniff(head)
	a.Inline = a.ContentID != "" && (p.inRelated || p.dispo.value == "inline") && p.dispo.value != "attachment"
	name := a.OriginalName
	if name == "" && a.Type == "message/rfc822" {
		name = forwardedSubject(head)
	}
	if a.Type == "application/applefile" && name != "" {
		name += ".rsrc" // the file itself, which stands beside it, has this name
	}
	a.Name = safeName(name, a.Type, index)
	if a.Description == "" {
		a.Description = partRemark(p)
	}
	return a
}

// forwardedSubject names a mail within the mail after its subject.
func forwardedSubject(head []byte) string {
	hr := readHeader(newBytesScanner(head), HeaderLimits{sniffBytes, 20}, nil)
	if s := hr.header.Get("Subject"); s != "" {
		return s + ".eml"
	}
	return ""
}

func contentID(p *part) string {
	raw := p.header.Raw("Content-ID")
	if raw == "" {
		return ""
	}
	return cleanID(strings.Trim(raw, "<> "))
}

// partName returns the stated file name, decoded.
func partName(p *part) string {
	for _, name := range []string{p.dispo.param("filename"), p.ctype.param("name"), p.dispo.param("name"), p.ctype.param("filename")} {
		if strings.TrimSpace(name) != "" {
			return strings.ToValidUTF8(name, "\ufffd")
		}
	}
	return ""
}

// safeName makes of a stated name one that can be saved on any system: no path,
// no control, no character that turns the reading direction, not hidden, at most
// 150 octets with its extension kept.
func safeName(name, mediaType string, index int) string {
	name = strings.ReplaceAll(name, "\\", "/")
	name = path.Base("/" + name)
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || isBidi(r) || r == '\ufeff' || r == utf8.RuneError || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return -1
		case strings.ContainsRune(`<>:"/\|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimRight(cleanLine(name), ". "), ". ")
	if reservedName(name) {
		name = "_" + name
	}
	if len(name) > 150 {
		ext := path.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		name = string(cutRune([]byte(name[:150-len(ext)]))) + ext
	}
	if name == "" || name == "_" {
		return fmt.Sprintf("attachment-%d%s", index+1, extensionOf(mediaType))
	}
	return name
}

// reservedName recognises the device names of Windows.
func reservedName(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && stem[3] >= '0' && stem[3] <= '9'
}

func extensionOf(mediaType string) string {
	switch mediaType {
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/calendar":
		return ".ics"
	case "text/csv":
		return ".csv"
	case "image/jpeg":
		return ".jpg"
	case "image/png", "image/gif", "image/webp", "image/bmp":
		return "." + mediaType[6:]
	case "application/pdf":
		return ".pdf"
	case "application/zip":
		return ".zip"
	case "message/rfc822", "message/global":
		return ".eml"
	case "message/delivery-status", "text/rfc822-headers", "message/disposition-notification":
		return ".txt"
	case "application/pgp-signature":
		return ".asc"
	case "application/pkcs7-signature", "application/x-pkcs7-signature":
		return ".p7s"
	}
	return ".bin"
}

// sniff returns the media type that the first octets look like.
func sniff(head []byte) string {
	t := http.DetectContentType(head)
	if i := strings.IndexByte(t, ';'); i >= 0 {
		t = t[:i]
	}
	return t
}
