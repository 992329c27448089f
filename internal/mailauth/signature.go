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

// readSignatures returns the tags of the DKIM-Signature fields, in the order of the header. It reads the
// header as the library does, and refuses one that would cost it too much.
func readSignatures(r Request) ([]signature, error) {
	in := bufio.NewReader(io.NewSectionReader(r.Mail, 0, min(r.Size, maxHeaderBytes+1)))
	var (
		sigs  []signature
		field []byte // the one being read, with its folded lines
		read  int
	)
	done := func() {
		name, value, _ := strings.Cut(string(field), ":")
		if strings.EqualFold(strings.TrimSpace(name), "DKIM-Signature") {
			sigs = append(sigs, parseTags(value))
		}
	}
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
		switch {
		case len(text) == 0 || err != nil:
			done()
			return sigs, nil
		case (text[0] == ' ' || text[0] == '\t') && lines > 0:
			field = append(append(field, "\r\n"...), text...)
		default:
			done()
			field = append(field[:0], text...)
		}
	}
}
