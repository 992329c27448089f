package message

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// Parse reads the mail of size octets in r. The only errors are r's own; what
// is malformed is repaired or noted in the Message, never refused.
func Parse(r io.ReaderAt, size int64, o Options) (*Message, error) {
	o.Limits = o.Limits.orDefault()
	src := &faultReader{r: r}
	r, size = inMemory(src, size)
	sum := sha256.New()
	s := newLineScanner(io.NewSectionReader(r, 0, size), size)
	w := walk(s, o.Limits, func(root *part) {
		hashHeader(sum, root.header)
		s.hashRest(sum)
	})
	b := w.arrange(r)
	m := &Message{Header: w.root.header, Truncated: w.cut, Unparsed: w.odd, Notes: w.notes}
	sum.Sum(m.ContentHash[:0])
	m.readFields()
	rd := &bodyReader{r: r, m: m, o: o}
	rd.readText(w.root, b)
	rd.readAttachments(w.root)
	m.Automatic = Classify(m.Header, unknownReturnPath)
	m.Notice = readNotice(r, w.root)
	if m.Notice == nil || m.Notice.Kind == NoticeDisposed { // some systems tell of a failure in a receipt's form
		if m.Report = readAnyReport(r, w.root, b, m, o); m.Report != nil {
			m.Notice = nil
		}
	}
	if src.err != nil {
		return nil, fmt.Errorf("read mail: %w", src.err)
	}
	return m, nil
}

// ParseBytes is Parse for a mail in memory.
func ParseBytes(raw []byte, o Options) *Message {
	m, err := Parse(bytes.NewReader(raw), int64(len(raw)), o)
	if err != nil { // a bytes.Reader has no errors but io.EOF
		return &Message{Unparsed: true}
	}
	return m
}

// smallMail is up to which size a mail is read at once instead of through windows.
const smallMail = 64 << 10

func inMemory(r io.ReaderAt, size int64) (io.ReaderAt, int64) {
	size = max(size, 0)
	if size > smallMail {
		return r, size
	}
	buf := make([]byte, size)
	n, _ := r.ReadAt(buf, 0) // a fault is kept by the faultReader
	return bytes.NewReader(buf[:n]), int64(n)
}

// faultReader remembers a genuine read error, so that tolerant decoders between
// it and Parse need not carry it.
type faultReader struct {
	r   io.ReaderAt
	err error
}

func (f *faultReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.r.ReadAt(p, off)
	if err != nil && err != io.EOF && f.err == nil {
		f.err = err
	}
	return n, err
}

// readFields fills what comes from the header alone.
func (m *Message) readFields() {
	h := &m.Header
	for i := range h.fields {
		switch name := h.fields[i].name; len(name) {
		case len("From"):
			if sameName(name, "From") {
				m.FromFields++
				if m.FromFields == 1 {
					m.From = m.addresses(i)
				}
			}
		case len("To"): // and Cc
			if sameName(name, "To") {
				m.To = append(m.To, m.addresses(i)...)
			} else if sameName(name, "Cc") {
				m.Cc = append(m.Cc, m.addresses(i)...)
			}
		case len("Received"): // and Reply-To
			if sameName(name, "Received") {
				m.Received++
			} else if sameName(name, "Reply-To") && m.ReplyTo == nil {
				m.ReplyTo = m.addresses(i)
			}
		case len("Sender"):
			if sameName(name, "Sender") && m.Sender == nil {
				m.Sender = m.addresses(i)
			}
		case len("Subject"):
			if sameName(name, "Subject") && m.Subject == "" {
				m.Subject = h.decode(unfold(h.fields[i].raw))
			}
		}
	}
	m.MessageID = firstID(h.Raw("Message-ID"))
	m.InReplyTo = ParseMessageIDs(h.Raw("In-Reply-To"))
	m.References = ParseMessageIDs(h.Raw("References"))
	m.Date, _ = ParseDate(h.Raw("Date"))
}

// addresses reads the i-th field, and says where it has more than are read.
func (m *Message) addresses(i int) []Address {
	h := &m.Header
	list := parseAddresses(unfold(h.fields[i].raw), h.charset)
	if len(list) >= maxAddresses {
		m.Truncated = true
		m.note("a field has more addresses than are read")
	}
	return list
}

// hashHeader feeds the fields that make the content of a mail, and not those
// that transport adds.
func hashHeader(sum hash.Hash, h Header) {
	block := make([]byte, 0, 1024)
	for _, name := range [...]string{"From", "To", "Cc", "Date", "Subject", "Message-ID"} {
		for i := range h.fields {
			if sameName(h.fields[i].name, name) {
				block = append(append(block, name...), ':')
				block = append(append(block, unfold(h.fields[i].raw)...), '\n')
			}
		}
	}
	sum.Write(append(block, '\n'))
}
