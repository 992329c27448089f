package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decodeText turns bytes that claim to be in charset label into valid UTF-8.
// ok is false when the label is unknown or wrong, so that the text is a guess.
// Like browsers (WHATWG Encoding) it reads a charset as its superset, and it
// believes bytes that are UTF-8 over a label that says otherwise.
func decodeText(b []byte, label string) (text string, ok bool) {
	label = normalLabel(label)
	ascii := isASCII7(b)
	if ascii && !isShifted(label) {
		return string(b), true
	}
	if s, bom := decodeBOM(b); bom {
		return s, true
	}
	switch label {
	case "", "us-ascii", "ascii", "utf-8", "iso-8859-1", "windows-1252", "unknown-8bit", "x-unknown", "binary", "8bit", "default":
		if utf8.Valid(b) {
			return string(b), true
		}
		return decodeGuess(b), label == "iso-8859-1" || label == "windows-1252"
	case "utf-7", "unicode-1-1-utf-7", "utf7":
		return decodeUTF7(b), true
	case "iso-2022-kr":
		return decodeShifted(b, korean.EUCKR), true
	case "iso-2022-cn", "iso-2022-cn-ext":
		return decodeShifted(b, simplifiedchinese.GB18030), true
	}
	enc := lookupCharset(label)
	if enc == nil {
		if utf8.Valid(b) {
			return string(b), false
		}
		return decodeGuess(b), false
	}
	out, err := enc.NewDecoder().Bytes(b)
	text = string(out)
	if err != nil || strings.ContainsRune(text, utf8.RuneError) {
		if utf8.Valid(b) {
			return string(b), false
		}
		return strings.ToValidUTF8(text, "\ufffd"), false
	}
	return strings.ToValidUTF8(text, "\ufffd"), true
}

// toUTF8 reads raw header text: UTF-8, else the charset of the body, else windows-1252.
func toUTF8(s, charset string) string {
	if utf8.ValidString(s) {
		return s
	}
	out, _ := decodeText([]byte(s), charset)
	return out
}

// decodeBOM honours a byte order mark, which outweighs any label.
func decodeBOM(b []byte) (string, bool) {
	var enc encoding.Encoding
	switch {
	case len(b) >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf:
		if utf8.Valid(b[3:]) {
			return string(b[3:]), true
		}
		return "", false
	case len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe:
		enc = xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM)
	case len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff:
		enc = xunicode.UTF16(xunicode.BigEndian, xunicode.ExpectBOM)
	default:
		return "", false
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return "", false
	}
	return strings.ToValidUTF8(string(out), "\ufffd"), true
}

// charsetAliases are labels that neither WHATWG nor IANA knows, and those that
// are better read as something else than what they know.
var charsetAliases = map[string]encoding.Encoding{
	"cp932": mustEncoding("shift_jis"), "ms932": mustEncoding("shift_jis"), "windows-932": mustEncoding("shift_jis"),
	"cp936": simplifiedchinese.GB18030, "gb2312": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GB18030,
	"gb-2312": simplifiedchinese.GB18030, "gb_2312-80": simplifiedchinese.GB18030, "euc-cn": simplifiedchinese.GB18030,
	"x-gbk": simplifiedchinese.GB18030, "gb18030": simplifiedchinese.GB18030,
	"hz-gb-2312": simplifiedchinese.HZGB2312, "hz": simplifiedchinese.HZGB2312,
	"cp949": korean.EUCKR, "ms949": korean.EUCKR, "windows-949": korean.EUCKR, "x-windows-949": korean.EUCKR, "uhc": korean.EUCKR,
	"ks_c_5601": korean.EUCKR, "ks_c_5601-1987": korean.EUCKR, "ksc5601": korean.EUCKR, "ks_c-5601-1987": korean.EUCKR,
	"cp950": mustEncoding("big5"), "ms950": mustEncoding("big5"), "big-5": mustEncoding("big5"),
	"cp437": charmap.CodePage437, "ibm437": charmap.CodePage437, "cp-437": charmap.CodePage437,
	"cp850": charmap.CodePage850, "ibm850": charmap.CodePage850, "cp-850": charmap.CodePage850,
	"cp852": charmap.CodePage852, "cp-852": charmap.CodePage852, "cp855": charmap.CodePage855,
	"cp858": charmap.CodePage858, "cp860": charmap.CodePage860, "cp862": charmap.CodePage862,
	"cp863": charmap.CodePage863, "cp865": charmap.CodePage865, "cp037": charmap.CodePage037,
	"macroman": charmap.Macintosh, "mac-roman": charmap.Macintosh, "x-mac-roman": charmap.Macintosh,
	"latin-1": charmap.Windows1252, "iso-8859-1-windows-3.1-latin-1": charmap.Windows1252, "iso8859_1": charmap.Windows1252,
	"ansi": charmap.Windows1252, "x-ansi": charmap.Windows1252, "cp-1252": charmap.Windows1252,
	"utf-32": utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	"utf-16":   xunicode.UTF16(xunicode.BigEndian, xunicode.UseBOM),
}

func mustEncoding(label string) encoding.Encoding {
	e, err := htmlindex.Get(label)
	if err != nil {
		panic(err) // a label of the WHATWG standard
	}
	return e
}

// lookupCharset returns the encoding for a normalised label, nil when there is none.
func lookupCharset(label string) encoding.Encoding {
	if e := charsetAliases[label]; e != nil {
		return e
	}
	if e, err := htmlindex.Get(label); err == nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(label); err == nil && e != nil {
		return e
	}
	for _, guess := range guessLabels(label) {
		if e, err := htmlindex.Get(guess); err == nil && e != encoding.Replacement {
			return e
		}
	}
	return nil
}

// guessLabels returns what an invented label may have meant.
func guessLabels(label string) []string {
	digits := strings.TrimLeftFunc(label, func(r rune) bool { return !unicode.IsDigit(r) })
	var out []string
	switch {
	case strings.HasPrefix(label, "x-"):
		out = append(out, label[2:])
	case strings.HasPrefix(label, "cp") || strings.HasPrefix(label, "win"):
		out = append(out, "windows-"+digits, "ibm"+digits)
	case strings.HasPrefix(label, "iso") && strings.Contains(label, "8859"):
		_, part, _ := strings.Cut(label, "8859")
		out = append(out, "iso-8859-"+strings.TrimLeft(part, "-_ "))
	case strings.HasPrefix(label, "utf8") || strings.HasPrefix(label, "utf_8") || strings.HasPrefix(label, "utf-8"):
		out = append(out, "utf-8")
	case strings.HasPrefix(label, "koi8"):
		out = append(out, "koi8-r")
	}
	return out
}

// normalLabel strips what senders put around a label and resolves the few
// aliases that decodeText tells apart itself.
func normalLabel(label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), "\"' \t;,"))
	switch label {
	case "utf8", "unicode-1-1-utf-8", "x-utf-8", "utf-8-sig":
		return "utf-8"
	case "ansi_x3.4-1968", "iso-ir-6", "iso646-us", "us", "usascii", "us_ascii":
		return "us-ascii"
	case "latin1", "l1", "iso8859-1", "iso_8859-1", "iso_8859-1:1987", "iso-8859-1 ", "iso88591", "iso-88591", "cp819":
		return "iso-8859-1"
	case "cp1252", "x-cp1252", "windows1252", "win-1252":
		return "windows-1252"
	}
	return label
}

// isShifted tells whether a charset writes other characters with 7-bit octets.
func isShifted(label string) bool {
	return strings.HasPrefix(label, "iso-2022") || strings.HasPrefix(label, "utf-7") || strings.HasPrefix(label, "unicode-1-1-utf-7") ||
		strings.HasPrefix(label, "hz") || strings.HasPrefix(label, "utf-16") || strings.HasPrefix(label, "utf-32") || label == "utf7" ||
		strings.HasPrefix(label, "ucs-") || strings.HasPrefix(label, "cp037") || label == "csiso2022jp"
}

func isASCII7(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
