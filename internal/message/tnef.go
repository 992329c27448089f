package message

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"
)

// TNEF is how Outlook and Exchange wrap a mail's properties, text and files into
// one attachment, winmail.dat ([MS-OXTNEF]). Its files become attachments of the
// mail after it, and its text the mail's where the mail has none. Nothing is
// copied: each is a range of the wrapper's decoded octets, but text that is there as
// compressed RTF only (rtf.go). The wrapper itself stays listed.

// Bounds on what is read of one TNEF.
const (
	tnefAttributes = 20000
	tnefProperties = 5000 // of one list
	tnefFiles      = 200
	tnefDepth      = 4    // of mails wrapped within one another
	tnefString     = 1024 // octets of a name
)

const tnefSignature = 0x223e9f78

// The attributes that are read, [MS-OXTNEF] section 2.1.3.2.
const (
	attOemCodepage    = 0x00069007
	attMsgProps       = 0x00069003
	attBody           = 0x0002800c
	attAttachRendData = 0x00069002 // begins a file
	attAttachTitle    = 0x00018010
	attAttachData     = 0x0006800f
	attAttachment     = 0x00069005
)

// The properties that are read, [MS-OXPROPS].
const (
	propBody             = 0x1000
	propRTF              = 0x1009
	propHTML             = 0x1013
	propInternetCodepage = 0x3fde
	propDisplayName      = 0x3001
	propAttachData       = 0x3701
	propAttachFilename   = 0x3704
	propAttachLongName   = 0x3707
	propAttachMimeTag    = 0x370e
	propAttachContentID  = 0x3712
)

// isTNEF tells whether a part says that it is TNEF.
func isTNEF(p *part) bool {
	switch p.ctype.value {
	case "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	case "application/octet-stream":
		return strings.EqualFold(partName(p), "winmail.dat")
	}
	return false
}

// tnefContent is what was found in a TNEF.
type tnefContent struct {
	files       []*part
	plain, html *part
	cut         bool // there are more files
}

// choose makes the text of a TNEF the mail's.
func (t *tnefContent) choose() (s slot, ok bool) {
	s = slot{plain: t.plain, html: t.html}
	for _, p := range [...]*part{s.plain, s.html} {
		if p != nil {
			p.isText, ok = true, true
		}
	}
	return s, ok
}

// tnefReader reads one TNEF, attribute by attribute.
type tnefReader struct {
	tnefContent
	window   octetWindow
	left     int // attributes that may still be read
	depth    int
	codepage string // label of strings of octets
	internet string // of the HTML
	file     *tnefFile
	rtf      span // the text as compressed RTF
}

// tnefFile is an attachment as its attributes and properties state it.
type tnefFile struct {
	title, name, longName, display string
	mimeTag, contentID             string
	data                           span
	has                            bool
	object                         bool // data is an object: an interface identifier, then a TNEF or OLE
}

// readTNEF reads the TNEF whose octets are src, the decoded ones of p.
func readTNEF(src io.ReaderAt, p *part) *tnefContent {
	t := &tnefReader{window: octetWindow{src: src}, left: tnefAttributes, depth: p.depth + 1, codepage: "windows-1252"}
	t.read(span{0, p.end - p.body}, 1)
	if t.plain == nil && t.html == nil && t.rtf.to > t.rtf.from {
		t.plain = t.rtfText()
	}
	return &t.tnefContent
}

func (t *tnefReader) read(at span, level int) {
	if t.window.uint32(at.from) != tnefSignature {
		return
	}
	off := at.from + 6 // the signature, and a key that means nothing
	for ; t.left > 0; t.left-- {
		head := t.window.octets(off, 9) // level, id, length; data and a checksum of two octets follow
		if len(head) < 9 || off+9 > at.to {
			break
		}
		id, length := binary.LittleEndian.Uint32(head[1:]), int64(binary.LittleEndian.Uint32(head[5:]))
		data := span{off + 9, min(off+9+length, at.to)}
		t.attribute(id, data, level)
		off += 9 + length + 2
	}
	t.endFile(level)
}

func (t *tnefReader) attribute(id uint32, data span, level int) {
	if t.file == nil && (id == attAttachTitle || id == attAttachData || id == attAttachment) {
		t.file = &tnefFile{}
	}
	switch id {
	case attOemCodepage:
		t.codepage = codepageLabel(t.window.uint32(data.from), t.codepage)
	case attBody:
		if t.plain == nil && level == 1 {
			t.plain = t.text(data, "text/plain", t.codepage)
		}
	case attMsgProps:
		t.properties(data, func(id, kind uint16, v span) { t.messageProperty(id, kind, v, level) })
	case attAttachRendData:
		t.endFile(level)
		t.file = &tnefFile{}
	case attAttachTitle:
		t.file.title = t.string(data, propString8)
	case attAttachData:
		t.file.data, t.file.has = data, true
	case attAttachment:
		t.properties(data, t.file.property(t))
	}
}

func (t *tnefReader) messageProperty(id, kind uint16, v span, level int) {
	if level > 1 {
		return // of a wrapped mail: it is listed as a whole
	}
	switch {
	case id == propInternetCodepage && kind == propInt32:
		t.internet = codepageLabel(t.window.uint32(v.from), "")
		if t.html != nil && t.html.ctype.params == nil {
			t.html = t.text(span{t.html.body, t.html.end}, "text/html", t.internet)
		}
	case id == propBody && kind == propUnicode:
		t.plain = t.text(v, "text/plain", "utf-16le")
	case id == propBody && kind == propString8:
		t.plain = t.text(v, "text/plain", t.codepage)
	case id == propRTF && kind == propBinary:
		t.rtf = v
	case id == propHTML && kind == propUnicode:
		t.html = t.text(v, "text/html", "utf-16le")
	case id == propHTML && kind == propString8:
		t.html = t.text(v, "text/html", t.codepage)
	case id == propHTML && kind == propBinary:
		t.html = t.text(v, "text/html", t.internet)
	}
}

func (t *tnefReader) text(at span, mediaTypeValue, charset string) *part {
	p := t.part(at, mediaTypeValue)
	if charset != "" {
		p.ctype.params = []param{{"charset", charset}}
	}
	return p
}

// rtfText makes a part of the words of the RTF.
func (t *tnefReader) rtfText() *part {
	packed := make([]byte, min(t.rtf.to-t.rtf.from, rtfBytes))
	n, _ := t.window.src.ReadAt(packed, t.rtf.from) // a fault is kept by the faultReader
	text := rtfToText(unpackRTF(packed[:n], rtfBytes))
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return &part{
		src: strings.NewReader(text), end: int64(len(text)), depth: t.depth,
		ctype: mediaType{value: "text/plain", params: []param{{"charset", "utf-8"}}},
	}
}

func (t *tnefReader) part(at span, mediaTypeValue string) *part {
	return &part{src: t.window.src, body: at.from, end: max(at.to, at.from), depth: t.depth, ctype: mediaType{value: mediaTypeValue}}
}

// property returns what takes up the properties of f.
func (f *tnefFile) property(t *tnefReader) func(id, kind uint16, v span) {
	return func(id, kind uint16, v span) {
		switch id {
		case propAttachLongName:
			f.longName = t.string(v, kind)
		case propAttachFilename:
			f.name = t.string(v, kind)
		case propDisplayName:
			f.display = t.string(v, kind)
		case propAttachMimeTag:
			f.mimeTag = t.string(v, kind)
		case propAttachContentID:
			f.contentID = t.string(v, kind)
		case propAttachData:
			if kind == propBinary || kind == propObject {
				f.data, f.has, f.object = v, true, kind == propObject
			}
		}
	}
}

// endFile lists the file that was read, and what a wrapped mail holds after it.
func (t *tnefReader) endFile(level int) {
	f := t.file
	t.file = nil
	if f == nil || !f.has {
		return
	}
	if len(t.files) >= tnefFiles {
		t.cut = true
		return
	}
	if f.object {
		f.data.from = min(f.data.from+16, f.data.to) // the interface identifier
	}
	wrapped := f.object && t.window.uint32(f.data.from) == tnefSignature
	p := t.part(f.data, f.mediaType(wrapped))
	for _, name := range [...]string{f.longName, f.title, f.name, f.display} {
		if name != "" {
			p.ctype.params = []param{{"name", name}}
			break
		}
	}
	p.dispo.value = "attachment"
	if f.contentID != "" {
		p.dispo.value = "inline"
		p.header.fields = []field{{name: "Content-ID", raw: "<" + f.contentID + ">"}}
	}
	t.files = append(t.files, p)
	if wrapped && level < tnefDepth {
		codepage := t.codepage
		t.read(f.data, level+1)
		t.codepage = codepage
	}
}

func (f *tnefFile) mediaType(wrapped bool) string {
	if wrapped {
		return "application/ms-tnef"
	}
	m := parseMediaType(f.mimeTag, "")
	v := repairType(m.value, &mediaType{}, "application/octet-stream")
	if strings.HasPrefix(v, "multipart/") {
		return "application/octet-stream"
	}
	return v
}

// codepageLabel names the charset of a code page of Windows.
func codepageLabel(n uint32, otherwise string) string {
	switch {
	case n == 65001:
		return "utf-8"
	case n == 20127:
		return "us-ascii"
	case n == 1200:
		return "utf-16le"
	case n == 932:
		return "shift_jis"
	case n >= 50220 && n <= 50222:
		return "iso-2022-jp"
	case n == 51932:
		return "euc-jp"
	case n == 20866:
		return "koi8-r"
	case n == 21866:
		return "koi8-u"
	case n == 54936:
		return "gb18030"
	case n > 28590 && n <= 28605:
		return "iso-8859-" + strconv.Itoa(int(n-28590))
	case n == 874 || n >= 1250 && n <= 1258:
		return "windows-" + strconv.Itoa(int(n))
	case n == 936 || n == 949 || n == 950 || n == 437 || n == 850 || n == 852:
		return "cp" + strconv.Itoa(int(n))
	}
	return otherwise
}
