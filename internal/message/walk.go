package message

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// part is a node of a mail's MIME tree: where it stands in the raw mail.
type part struct {
	header                   Header
	ctype                    mediaType
	dispo                    mediaType
	encoding                 string // Content-Transfer-Encoding, normalised
	body, end                int64  // offsets of the body's first octet and of the one after its last
	children                 []*part
	depth                    int
	boundary                 string
	seen                     bool // a delimiter line of boundary was met
	closed                   bool // its close-delimiter was met
	prolog                   span // multipart: what stands before the first part
	epilog                   span // and after the last
	prologWords, epilogWords bool // somebody wrote something there
	isText                   bool // chosen as something a person reads
	inRelated                bool // a child of multipart/related that is not its root

	src      io.ReaderAt // what body and end are offsets in; nil: the raw mail
	contents []*part     // files that were found in this part's octets
	gaps     []span      // where in the text they stood
	uuencode bool        // a line begins like a uuencoded file
}

// span is a range of octets of the raw mail.
type span struct{ from, to int64 }

// source is what the offsets of p are offsets in. r is the mail.
func (p *part) source(r io.ReaderAt) io.ReaderAt {
	if p.src != nil {
		return p.src
	}
	return r
}

// encoded reads the octets of p's body as they stand. r is the mail.
func (p *part) encoded(r io.ReaderAt) io.Reader {
	return section(p.source(r), p.body, p.end)
}

func (p *part) multipart() bool { return p.ctype.hasPrefix("multipart/") }

// walker builds the tree in one pass over the mail. Delimiters are looked up in
// a map, so the cost of a line does not depend on the depth.
type walker struct {
	s       *lineScanner
	limits  Limits
	open    []*part          // the multiparts that are open, outermost first
	active  map[string][]int // boundary -> indices in open
	current *part            // the leaf being read, or nil: prolog or epilog of the innermost
	pending *line            // a delimiter that ended the header of a part
	last    int64            // end of the last line, without its line end
	parts   int
	root    *part
	notes   []string
	cut     bool // a limit was met
	odd     bool // the structure is broken
}

// walk reads header and structure of the mail in s.
func walk(s *lineScanner, limits Limits, started func(*part)) *walker {
	w := &walker{s: s, limits: limits, active: map[string][]int{}}
	hr := readHeader(s, HeaderLimits{limits.HeaderBytes, limits.HeaderLines}, nil)
	w.noteHeader(hr)
	w.root = w.newPart(hr.header, 0, "text/plain")
	w.root.body = s.offset
	w.parts = 1
	started(w.root)
	if !w.root.multipart() {
		w.root.uuencode = s.skipSeeing(uuMark)
		w.root.end = s.offset
		return w
	}
	w.enter(w.root)
	w.run()
	w.last = s.offset
	w.closeFrom(0)
	return w
}

func (w *walker) noteHeader(hr headerRead) {
	if hr.truncated {
		w.cut = true
		w.note("a header is longer than is read")
	}
	if hr.cutLine {
		w.cut = true
		w.note("a line of a header is longer than is read")
	}
	if hr.junk {
		w.odd = true
	}
}

func (w *walker) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if !slices.Contains(w.notes, s) {
		w.notes = append(w.notes, s)
	}
}

func (w *walker) newPart(h Header, depth int, def string) *part {
	p := &part{header: h, depth: depth}
	if h.Has("Content-Type") {
		p.ctype = parseMediaType(h.Raw("Content-Type"), "")
		p.ctype.value = repairType(p.ctype.value, &p.ctype, def)
	} else {
		p.ctype.value = def
	}
	if h.Has("Content-Disposition") {
		p.dispo = parseMediaType(h.Raw("Content-Disposition"), p.ctype.param("charset"))
	}
	p.header.charset = p.ctype.param("charset")
	p.encoding = normalEncoding(h.Raw("Content-Transfer-Encoding"))
	p.boundary = strings.TrimRight(p.ctype.param("boundary"), " \t")
	return p
}

// repairType makes a media type of what may be half of one.
func repairType(v string, m *mediaType, def string) string {
	if major, minor, ok := strings.Cut(v, "/"); ok && major != "" && minor != "" {
		minor, _, _ = strings.Cut(minor, " ")
		return strings.TrimSpace(major) + "/" + strings.TrimSpace(strings.Trim(minor, `/"'`))
	}
	v = strings.Trim(v, "/ ")
	switch {
	case v == "" && m.param("boundary") != "" || v == "multipart":
		return "multipart/mixed"
	case v == "html":
		return "text/html"
	case v == "" || v == "text" || v == "plain":
		return def
	}
	return "application/octet-stream"
}

// enter opens a multipart: its delimiters count from now on.
func (w *walker) enter(p *part) {
	if p.encoding == "base64" || p.encoding == "quotedprintable" {
		// RFC 2045 section 6.4 forbids it; delimiters may stand there all the same.
		w.odd = true
	}
	w.active[p.boundary] = append(w.active[p.boundary], len(w.open))
	w.open = append(w.open, p)
	w.current = nil
	p.prolog.from = p.body
}

// uuMark is what the first line of a uuencoded file begins with.
var uuMark = []byte("begin ")

// run reads lines up to the end of the mail.
func (w *walker) run() {
	w.last = w.s.offset
	for {
		ln, ok := w.nextLine()
		if !ok {
			return
		}
		index, final := w.match(ln.text)
		if index < 0 {
			w.last = ln.next - int64(ln.eol)
			if w.current == nil {
				w.outside(ln.text)
			} else if bytes.HasPrefix(ln.text, uuMark) {
				w.current.uuencode = true
			}
			continue
		}
		if !w.delimiter(ln, index, final) {
			return
		}
	}
}

// nextLine returns the line that the header of a part ran into, else the next one.
func (w *walker) nextLine() (line, bool) {
	if ln := w.pending; ln != nil {
		w.pending = nil
		return *ln, true
	}
	return w.s.next()
}

// outside notes that text stands before the first or after the last part of the
// innermost multipart.
func (w *walker) outside(text []byte) {
	p := w.open[len(w.open)-1]
	switch {
	case p.closed && p.epilogWords, !p.seen && p.prologWords: // known already
	case len(bytes.TrimSpace(text)) == 0:
	case p.closed:
		p.epilogWords = true
	case !p.seen && !bytes.Contains(bytes.ToLower(text[:min(len(text), 200)]), []byte("mime")):
		p.prologWords = true // and not only "This is a multi-part message in MIME format"
	}
}

// match tells which open multipart's delimiter a line is, -1 for none, and
// whether it closes it (RFC 2046 section 5.1.1).
func (w *walker) match(text []byte) (index int, final bool) {
	if len(text) < 2 || text[0] != '-' || text[1] != '-' {
		return -1, false
	}
	body := bytes.TrimRight(text[2:], " \t\r")
	if at := w.active[string(body)]; len(at) > 0 {
		return at[len(at)-1], false
	}
	if cut, ok := bytes.CutSuffix(body, []byte("--")); ok {
		if at := w.active[string(cut)]; len(at) > 0 {
			return at[len(at)-1], true
		}
	}
	if i := w.guess(body); i >= 0 {
		return i, false
	}
	return -1, false
}

// guess adopts a line as the delimiter of the innermost multipart when that has
// none, or none that was met, and a part's header follows.
func (w *walker) guess(body []byte) int {
	i := len(w.open) - 1
	if i < 0 || len(body) == 0 || len(body) > 200 || w.current != nil {
		return -1
	}
	p := w.open[i]
	if p.seen || !startsPartHeader(w.s.peek(64)) {
		return -1
	}
	if p.encoding == "quotedprintable" && bytes.IndexByte(body, '=') >= 0 {
		return -1 // the delimiter itself is encoded: see decodeMultiparts
	}
	w.odd = true
	w.drop(i)
	p.boundary = string(body)
	w.active[p.boundary] = append(w.active[p.boundary], i)
	return i
}

func startsPartHeader(b []byte) bool {
	return len(b) > 8 && strings.EqualFold(string(b[:8]), "content-")
}

// drop takes the boundary of w.open[i] out of the active ones.
func (w *walker) drop(i int) {
	b := w.open[i].boundary
	at := w.active[b]
	for k := len(at) - 1; k >= 0; k-- {
		if at[k] == i {
			at = append(at[:k], at[k+1:]...)
			break
		}
	}
	if len(at) == 0 {
		delete(w.active, b)
	} else {
		w.active[b] = at
	}
}

// closeFrom ends what is open from w.open[index] on, at w.last.
func (w *walker) closeFrom(index int) {
	if w.current != nil {
		w.current.end = max(w.last, w.current.body)
		w.current = nil
	}
	for i := len(w.open) - 1; i >= index; i-- {
		p := w.open[i]
		w.drop(i)
		p.end = max(w.last, p.body)
		switch {
		case !p.seen:
			p.prolog.to = p.end
		case p.closed:
			p.epilog.to = max(p.end, p.epilog.from)
		default:
			w.odd = true
		}
		w.open = w.open[:i]
	}
}

// delimiter acts on a delimiter line of w.open[index]. It returns false when
// the limit on parts is reached.
func (w *walker) delimiter(ln line, index int, final bool) bool {
	w.closeFrom(index + 1)
	p := w.open[index]
	if !p.seen {
		p.seen = true
		p.prolog.to = max(min(w.last, ln.start), p.prolog.from)
	}
	w.last = ln.next - int64(ln.eol)
	if final {
		p.closed = true
		p.epilog.from = ln.next
		if len(w.active[p.boundary]) > 1 { // an outer multipart has the same boundary: the next one is its
			p.end = w.last
			w.drop(index)
			w.open = w.open[:index]
		}
		return true
	}
	if w.parts >= w.limits.Parts {
		w.rest()
		return false
	}
	w.pending = w.readPart(p)
	return true
}

// rest makes one part of everything after the limit.
func (w *walker) rest() {
	w.cut = true
	w.note("more than %d parts: what follows is one attachment", w.limits.Parts)
	p := w.open[len(w.open)-1]
	rest := &part{depth: p.depth + 1, body: w.s.offset}
	rest.ctype.value = "application/octet-stream"
	p.children = append(p.children, rest)
	w.s.skip()
	w.current, w.last = rest, w.s.offset
}

// readPart reads the header of a child of p and makes it current. It returns the
// delimiter line that the header ran into, if it did: the part is empty then.
func (w *walker) readPart(p *part) *line {
	def := "text/plain"
	if p.ctype.value == "multipart/digest" {
		def = "message/rfc822" // RFC 2046 section 5.1.5
	}
	hr := readHeader(w.s, HeaderLimits{w.limits.PartHeaderBytes, w.limits.PartHeaderLines}, func(text []byte) bool {
		i, _ := w.match(text)
		return i >= 0
	})
	w.noteHeader(hr)
	child := w.newPart(hr.header, p.depth+1, def)
	w.parts++
	p.children = append(p.children, child)
	child.body = w.s.offset
	w.last = child.body
	if hr.stop != nil {
		child.body, w.last = hr.stop.start, hr.stop.start
		w.current = child
		return hr.stop
	}
	if child.multipart() && child.depth >= w.limits.Depth {
		w.cut = true
		w.note("nested deeper than %d: what is inside is one attachment", w.limits.Depth)
	} else if child.multipart() {
		w.enter(child)
		return nil
	}
	w.current = child
	return nil
}

// section reads the raw octets of a span.
func section(r io.ReaderAt, from, to int64) *io.SectionReader {
	return io.NewSectionReader(r, from, max(to-from, 0))
}
