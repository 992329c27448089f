package mailauth

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// signature is the tag list of a DKIM-Signature field, or of a key record (RFC 6376, 3.2).
type signature map[string]string

// tag is a value without its white space, all of which is folding where it matters to us.
func (s signature) tag(name string) string { return stripSpace(s[name]) }

// expired looks at x= (RFC 6376, 3.5).
func (s signature) expired(now time.Time) bool {
	x, err := strconv.ParseInt(s.tag("x"), 10, 64)
	return err == nil && now.Unix() > x
}

func stripSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// parseTags reads tag=value pairs; what is none is left out, and of a repeated tag the first counts. It
// judges nothing: the library, which does, refuses such lists.
func parseTags(s string) signature {
	out := signature{}
	for pair := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if _, dup := out[name]; ok && !dup {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

var errLargeHeader = errors.New("the header is too large to verify signatures")

// errWhichFrom: the library picks the From that was signed from the end of what it takes for the header.
// A more tolerant reader (RFC 5322, 4.5) may find the header's end, or another From, before it, and would
// show a stranger's words under the signer's name.
var errWhichFrom = errors.New("the header leaves open which From was signed")

// headerScan is what a look at the header of a mail finds.
type headerScan struct {
	sigs  []signature
	froms int  // fields called From
	odd   bool // a line that not every reader takes for the same
}

// readSignatures returns the tags of the DKIM-Signature fields, in the order of the header. It reads the
// header as the library does, and refuses one that would cost it too much. With errWhichFrom the
// signatures are returned, but say nothing.
func readSignatures(r Request) ([]signature, error) {
	in := bufio.NewReader(io.NewSectionReader(r.Mail, 0, min(r.Size, maxHeaderBytes+1)))
	var (
		scan  headerScan
		field []byte // the one being read, with its folded lines
		read  int
	)
	for lines := 0; ; lines++ {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			var more []byte
			line = bytes.Clone(line)
			more, err = in.ReadSlice('\n')
			line = append(line, more...)
			if len(line) > maxHeaderBytes {
				return nil, errLargeHeader
			}
		}
		read += len(line)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("read the header: %w", err)
		case read > maxHeaderBytes || lines > maxHeaderLines:
			return nil, errLargeHeader
		}
		text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(text) == 0 || err != nil {
			scan.field(field)
			return scan.sigs, scan.err()
		}
		scan.odd = scan.odd || isOddLine(text, lines == 0)
		if isFold(text) && lines > 0 {
			field = append(append(field, "\r\n"...), text...)
			continue
		}
		scan.field(field)
		field = append(field[:0], text...)
	}
}

// field takes a whole field, its folded lines included.
func (s *headerScan) field(field []byte) {
	name, value, _ := strings.Cut(string(field), ":")
	switch name = strings.TrimSpace(name); {
	case strings.EqualFold(name, "DKIM-Signature"):
		s.sigs = append(s.sigs, parseTags(value))
	case strings.EqualFold(name, "From"):
		s.froms++
	}
}

func (s *headerScan) err() error {
	if len(s.sigs) > 0 && (s.odd || s.froms != 1) {
		return errWhichFrom
	}
	return nil
}

func isFold(text []byte) bool { return text[0] == ' ' || text[0] == '\t' }

// isOddLine tells whether a line is neither a field nor a folded one as RFC 5322, 2.2 has them (white space
// before the colon, 4.5.8, is no matter), or holds a carriage return. The line that mailboxes put first
// is let pass.
func isOddLine(text []byte, first bool) bool {
	if bytes.IndexByte(text, '\r') >= 0 {
		return true
	}
	if isFold(text) {
		return first || len(bytes.Trim(text, " \t")) == 0
	}
	name, _, colon := bytes.Cut(text, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if colon && len(name) > 0 && bytes.IndexFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }) < 0 {
		return false
	}
	return !first || !bytes.HasPrefix(text, []byte("From "))
}
