package message

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// Outlook keeps the text of some mails as RTF only, compressed after [MS-OXRTFCP]. Here are its plain words.

// rtfBytes bounds RTF, compressed and not, in octets.
const rtfBytes = 1 << 20

// rtfDictionary is what the compression's window holds at first, [MS-OXRTFCP] section 2.1.2.1.
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArial` +
	"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// The kinds of compression, [MS-OXRTFCP] section 2.1.3.1.1.
const (
	rtfCompressed   = 0x75465a4c // "LZFu"
	rtfUncompressed = 0x414c454d // "MELA"
)

// unpackRTF returns up to limit octets of compressed RTF; what is broken is read as far as it goes. The checksum is not looked at.
func unpackRTF(b []byte, limit int) []byte {
	if len(b) < 16 {
		return nil
	}
	kind := binary.LittleEndian.Uint32(b[8:])
	limit = int(min(int64(limit), int64(binary.LittleEndian.Uint32(b[4:]))))
	switch b = b[16:]; kind {
	case rtfUncompressed:
		return b[:min(len(b), limit)]
	case rtfCompressed:
		return expandRTF(b, limit)
	}
	return nil
}

// expandRTF undoes the compression: for each bit of a control octet, the lowest first, a literal octet or a reference
// of 12 bits of offset into the window and 4 of length; one to where the window is written ends it.
func expandRTF(b []byte, limit int) []byte {
	var window [4096]byte
	at := copy(window[:], rtfDictionary)
	out := make([]byte, 0, min(limit, 4*len(b)))
	put := func(c byte) {
		window[at%len(window)] = c
		at++
		out = append(out, c)
	}
	for len(b) > 0 {
		control := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit, control = bit+1, control>>1 {
			if len(out) >= limit {
				return out[:limit]
			}
			if control&1 == 0 {
				put(b[0])
				b = b[1:]
			} else {
				if len(b) < 2 {
					return out
				}
				from, n := int(b[0])<<4|int(b[1])>>4, int(b[1]&15)+2
				b = b[2:]
				if from == at%len(window) {
					return out
				}
				for i := range min(n, limit-len(out)) {
					put(window[(from+i)%len(window)])
				}
			}
		}
	}
	return out
}

// rtfReader reads the words of an RTF document.
type rtfReader struct {
	src     string
	pos     int
	out     strings.Builder
	pending []byte // in the document's charset
	charset string
	group   rtfGroup
	outer   []rtfGroup // the groups around it, up to maxRTFGroups
	over    int        // groups deeper than that
	unread  int        // characters that stand in for the Unicode one before them
	high    rune       // the first half of a surrogate pair
}

// rtfGroup is what a group of RTF may set for itself.
type rtfGroup struct {
	hidden  bool
	standIn int // how many characters stand in for a Unicode one
}

const maxRTFGroups = 200

// rtfToText returns the plain words of RTF, as UTF-8.
func rtfToText(b []byte) string {
	r := &rtfReader{src: string(b), charset: "windows-1252", group: rtfGroup{standIn: 1}}
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		r.pos++
		switch c {
		case '{':
			r.open()
		case '}':
			r.close()
		case '\\':
			r.control()
		case '\r', '\n', 0:
		default:
			r.octet(c)
		}
	}
	r.flush()
	return r.out.String()
}

func (r *rtfReader) open() {
	r.unread = 0
	if len(r.outer) >= maxRTFGroups {
		r.over++
		return
	}
	r.outer = append(r.outer, r.group)
}

func (r *rtfReader) close() {
	r.unread = 0
	switch n := len(r.outer); {
	case r.over > 0:
		r.over--
	case n > 0:
		r.group, r.outer = r.outer[n-1], r.outer[:n-1]
	}
}

// octet takes an octet of text.
func (r *rtfReader) octet(c byte) {
	switch {
	case r.unread > 0:
		r.unread--
	case !r.group.hidden:
		r.pending = append(r.pending, c)
	}
}

func (r *rtfReader) flush() {
	if len(r.pending) > 0 {
		text, _ := decodeText(r.pending, r.charset)
		r.out.WriteString(text)
		r.pending = r.pending[:0]
	}
}

func (r *rtfReader) write(s string) {
	if !r.group.hidden {
		r.flush()
		r.out.WriteString(s)
	}
}

// control reads what follows a backslash.
func (r *rtfReader) control() {
	if r.pos >= len(r.src) {
		return
	}
	c := r.src[r.pos]
	if c|0x20 >= 'a' && c|0x20 <= 'z' {
		r.word(r.controlWord())
		return
	}
	r.pos++
	switch c {
	case '\'':
		if n, err := strconv.ParseUint(r.src[r.pos:min(r.pos+2, len(r.src))], 16, 8); err == nil {
			r.pos = min(r.pos+2, len(r.src))
			r.octet(byte(n))
		}
	case '*':
		r.group.hidden = true // a destination that older readers are to leave out
	case '~':
		r.octet(' ')
	case '_':
		r.octet('-')
	case '\r', '\n':
		r.write("\n")
	case '\\', '{', '}':
		r.octet(c)
	}
}

// controlWord reads a word and its number, and the space that ends them.
func (r *rtfReader) controlWord() (word string, n int, has bool) {
	start := r.pos
	for r.pos < len(r.src) && r.src[r.pos]|0x20 >= 'a' && r.src[r.pos]|0x20 <= 'z' {
		r.pos++
	}
	word = r.src[start:r.pos]
	start = r.pos
	if r.pos < len(r.src) && r.src[r.pos] == '-' {
		r.pos++
	}
	for r.pos < len(r.src) && isDigit(r.src[r.pos]) && r.pos-start < 11 {
		r.pos++
	}
	n, err := strconv.Atoi(r.src[start:r.pos])
	if r.pos < len(r.src) && r.src[r.pos] == ' ' {
		r.pos++
	}
	return word, n, err == nil
}

// rtfText is what some words stand for.
var rtfText = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "—", "endash": "–", "bullet": "•",
	"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
}

// rtfHidden are the destinations that hold no words of the text.
var rtfHidden = elementSet("fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable filetbl nonshppict")

func (r *rtfReader) word(word string, n int, has bool) {
	switch {
	case rtfText[word] != "":
		r.write(rtfText[word])
	case rtfHidden[word]:
		r.group.hidden = true
	case word == "ansicpg" && has && n > 0:
		r.charset = codepageLabel(uint32(n), r.charset)
	case word == "uc" && has:
		r.group.standIn = min(max(n, 0), 16)
	case word == "u" && has:
		r.unicode(rune(uint16(n)))
		r.unread = r.group.standIn
	case word == "bin" && has && n > 0:
		r.pos += min(n, len(r.src)-r.pos)
	}
}

// unicode writes a character that is stated in UTF-16, in one piece or two.
func (r *rtfReader) unicode(c rune) {
	high := r.high
	r.high = 0
	switch {
	case c >= 0xd800 && c < 0xdc00:
		r.high = c
	case c >= 0xdc00 && c < 0xe000:
		if high != 0 {
			r.write(string((high-0xd800)<<10 + (c - 0xdc00) + 0x10000))
		}
	default:
		r.write(string(c))
	}
}
