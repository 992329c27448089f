package message

import (
	"time"
)

// Message is a mail as a person reads it and as the rules need it. Every
// string in it is valid UTF-8.
type Message struct {
	Header     Header
	From       []Address // of the first From field
	Sender     []Address
	ReplyTo    []Address
	To         []Address // of all To fields
	Cc         []Address
	FromFields int // number of From fields; RFC 5322 section 3.6 allows one

	Subject    string
	MessageID  string   // without <>; "" when the mail has none
	InReplyTo  []string // Message-IDs without <>
	References []string // Message-IDs without <>, oldest first
	Date       time.Time
	Received   int // number of Received fields

	// Text is what was written, without Quoted; only with Options.Text. Of a mail
	// without text it is what its calendar, or the mail in it, says.
	Text    string
	Quoted  string // quotes and the closing signature; only with Options.Text
	HTML    string // as sent, only decoded: hostile until it went through SafeHTML; only with Options.HTML
	Preview string // the first words of Text on one line

	Attachments []Attachment // every part that is not in Text or HTML, in the order of the mail
	Automatic   Automatic    // as Classify judges without a return path
	Report      *Report      // set when the mail is a delivery report
	Notice      *Notice      // set when the mail is a complaint about another, or a receipt for it

	Truncated bool     // a limit was met: something is not shown, the raw mail has it
	Unparsed  bool     // the structure is broken; it was read as well as could be
	Notes     []string // what was cut or repaired, in words, for people
	Signed    bool     // multipart/signed (RFC 1847) at the top; the signature was not checked
	Encrypted bool     // multipart/encrypted (RFC 1847) or enveloped S/MIME: no text can be shown

	// ContentHash is what makes two copies of a mail the same whatever way they
	// came: SHA-256 of the unfolded From, To, Cc, Date, Subject and Message-ID
	// and of the raw body.
	ContentHash [32]byte
}

// Limits bounds what Parse reads of a mail. What exceeds a limit is noted in
// the Message; the mail is still read as far as the limit goes.
type Limits struct {
	HeaderBytes     int // octets of the mail's header
	HeaderLines     int // lines of the mail's header
	PartHeaderBytes int // octets of the header of one part
	PartHeaderLines int
	Parts           int // MIME parts in all
	Depth           int // of multiparts within one another
	TextBytes       int // decoded octets that are kept of all text, and of all HTML
}

// DefaultLimits is far above what honest mail has.
var DefaultLimits = Limits{
	HeaderBytes:     1 << 20,
	HeaderLines:     20000,
	PartHeaderBytes: 64 << 10,
	PartHeaderLines: 1000,
	Parts:           1000,
	Depth:           50,
	TextBytes:       1 << 20,
}

// Options says what Parse is to produce. The zero value yields what lists and
// rules need, at the least cost.
type Options struct {
	Limits Limits // zero fields: those of DefaultLimits
	Digest bool   // decode every attachment once for its Size and SHA256
	Text   bool   // fill Text and Quoted
	HTML   bool   // fill HTML

	enclosed bool // the mail is within another one
}

func (l Limits) orDefault() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.HeaderBytes, DefaultLimits.HeaderBytes)
	set(&l.HeaderLines, DefaultLimits.HeaderLines)
	set(&l.PartHeaderBytes, DefaultLimits.PartHeaderBytes)
	set(&l.PartHeaderLines, DefaultLimits.PartHeaderLines)
	set(&l.Parts, DefaultLimits.Parts)
	set(&l.Depth, DefaultLimits.Depth)
	set(&l.TextBytes, DefaultLimits.TextBytes)
	return l
}
