package message

import (
	"strings"
)

// standIn returns what can be said of a mail that has no text of its own: what
// the mail in it says, or its calendar, or which piece of a larger one it is, or
// that it is encrypted.
func (b *bodyReader) standIn(root *part) string {
	if p := findType(root, "text/calendar", "application/ics"); p != nil {
		raw, _ := decodeHead(b.r, p, p.encoding, calendarBytes)
		text, _ := decodeText(unfoldCalendar(raw), p.ctype.param("charset"))
		if t := calendarText(text); t != "" {
			return t
		}
	}
	if p := findType(root, "message/partial"); p != nil {
		return b.pieceText(p)
	}
	if p := findType(root, "message/external-body"); p != nil {
		return elsewhere(p)
	}
	if p := findType(root, "multipart/encrypted"); p != nil {
		return "This mail is encrypted (OpenPGP) and cannot be read here. What was written is in the attachments.\n"
	}
	if isSMIME(root) && isEncrypted(root) {
		return "This mail is encrypted (S/MIME) and cannot be read here. What was written is in the attachment.\n"
	}
	if b.o.enclosed {
		return ""
	}
	return b.enclosedText(root)
}

// partRemark says of a part what its type and name do not tell a person.
func partRemark(p *part) string {
	switch p.ctype.value {
	case "message/partial":
		return pieceRemark(p)
	case "message/external-body":
		return elsewhere(p)
	case "application/applefile":
		return "the resource fork of a Macintosh file" // RFC 1740
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return "a signature, not checked"
	case "application/pgp-encrypted":
		return "says that the part beside it is encrypted" // RFC 3156 section 4
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		if isEncrypted(p) {
			return "an encrypted mail"
		}
		return "a signed mail, its signature not checked"
	}
	return ""
}

// pieceRemark says which piece of a mail a message/partial is (RFC 2046 section 5.2.2).
func pieceRemark(p *part) string {
	s := "piece " + p.ctype.param("number")
	if total := p.ctype.param("total"); total != "" {
		s += " of " + total
	}
	s += " of a mail that was sent in pieces"
	if id := p.ctype.param("id"); id != "" {
		s += " (" + id + ")"
	}
	return cleanLine(s)
}

// pieceText returns that, and what the piece says: the first one begins with the
// header of the whole mail.
func (b *bodyReader) pieceText(p *part) string {
	out := pieceRemark(p) + "\n"
	if p.ctype.param("number") == "1" && !b.o.enclosed {
		return out + "\n" + b.mailText(p)
	}
	if text := b.plainText(p, b.o.Limits.TextBytes); strings.IndexByte(text[:min(len(text), 200)], ' ') >= 0 {
		out += "\n" + text // and not the middle of an encoded file
	}
	return out
}

// elsewhere says where the octets of a message/external-body are kept
// (RFC 2046 section 5.2.3, RFC 2017). Nothing is ever fetched.
func elsewhere(p *part) string {
	s := "kept elsewhere"
	for _, name := range [...]string{"access-type", "url", "server", "site", "directory", "name", "subject", "expiration", "size"} {
		if v := p.ctype.param(name); v != "" {
			s += ", " + name + " " + strings.Join(strings.Fields(v), "")
		}
	}
	return cleanLine(s)
}
