// Package message turns raw mail into what a person reads and the rules need,
// and composes the mail that goes out.
//
// It is tolerant: whatever the bytes are, Parse returns something readable, and
// no part of a mail is dropped; what cannot be read becomes an attachment with
// its bytes. It is bounded: the mail is read through small windows on an
// io.ReaderAt, each thing that a sender can make grow has a limit in Limits,
// and every step takes time linear in the size of the mail. All text that it
// returns is valid UTF-8.
//
// How a mail flows through it:
//
//	lines.go      io.Reader -> lines with their offsets, LF, CRLF or CR
//	header.go     lines -> Header: ordered raw fields, malformed lines kept
//	walk.go       one pass -> tree of parts, each a range of octets (RFC 2045, 2046)
//	body.go       tree -> which parts are the text; everything else is an attachment
//	transfer.go   base64, quoted-printable, uuencode -> octets, streamed
//	unpack.go     what stands within parts: uuencode.go; tnef.go, tnefprops.go, rtf.go;
//	              smime.go; multiparts that are encoded as a whole, by decodedat.go
//	standin.go    what a mail without text has instead: calendar.go (RFC 5545), pieces
//	charset.go    octets -> UTF-8 (WHATWG labels, supersets, wrong labels corrected);
//	              shifted.go: UTF-7, ISO-2022; detect.go,
//	              western.go: charsets that nobody states
//	quotes.go     text -> what was written, and what it quotes; signature.go: who signs;
//	              disclaimer.go: the legal notice below
//	words.go      RFC 2047; params.go: RFC 2231; address.go: RFC 5322 section 3.4
//	automatic.go  RFC 3834; report.go: RFC 3464 and 6522; bounce.go: those that are neither
//	safehtml.go   HTML of a stranger -> HTML that may be shown; htmltext.go: as text
//	compose.go    Draft -> RFC 5322 mail
//
// How malformed headers are read: a "From " line of an mbox is skipped; a line
// that is no field and is soon followed by a known field is joined to the field
// before it; else it begins the body.
package message
