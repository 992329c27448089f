package message

import (
	"io"
	"strings"
)

// NoticeKind is what a multipart/report other than a delivery report says of a mail.
type NoticeKind string

const (
	NoticeComplaint NoticeKind = "complaint" // the recipient called it spam (RFC 5965)
	NoticeRead      NoticeKind = "read"      // it was shown to the recipient (RFC 8098 3.2.6)
	NoticeDisposed  NoticeKind = "disposed"  // something else became of it: deleted, denied, processed
)

// Notice is a complaint about a mail, or a receipt for it. It says nothing of the delivery.
type Notice struct {
	Kind              NoticeKind
	By                string // the recipient of a receipt; the system that passes a complaint on
	OriginalMessageID string // without <>
}

// readNotice reads a complaint or a receipt, nil when the mail is neither.
func readNotice(r io.ReaderAt, root *part) *Notice {
	if root.ctype.value != "multipart/report" {
		return nil
	}
	if p := findType(root, "message/feedback-report"); p != nil {
		n := &Notice{Kind: NoticeComplaint}
		h := partFields(r, p)
		if n.By = typedText(h.Get("Reporting-MTA")); n.By == "" {
			n.By = h.Get("User-Agent")
		}
		n.By = short(n.By)
		if orig := findType(root, originalTypes...); orig != nil {
			n.OriginalMessageID = firstID(partFields(r, orig).Raw("Message-ID"))
		}
		return n
	}
	if p := findType(root, "message/disposition-notification", "message/global-disposition-notification"); p != nil {
		h := partFields(r, p)
		n := &Notice{Kind: NoticeDisposed, By: typedAddress(h.Get("Final-Recipient")), OriginalMessageID: firstID(h.Raw("Original-Message-ID"))}
		if displayed(h.Get("Disposition")) {
			n.Kind = NoticeRead
		}
		return n
	}
	return nil
}

// displayed tells whether a Disposition field has the type displayed: "mode; type/modifier" (RFC 8098 3.2.6).
func displayed(field string) bool {
	_, kind, _ := strings.Cut(field, ";")
	kind, _, _ = strings.Cut(kind, "/")
	return strings.EqualFold(strings.TrimSpace(kind), "displayed")
}

// partFields reads the fields that a part of a report begins with.
func partFields(r io.ReaderAt, p *part) Header {
	dec, _ := transferReader(p.encoded(r), p.encoding)
	s := newLineScanner(io.LimitReader(dec, reportBytes), p.end-p.body)
	return readHeader(s, HeaderLimits{reportBytes, 10000}, nil).header
}
