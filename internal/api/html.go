package api

import (
	"fmt"

	"recado/internal/message"
)

// safeHTML is what of a mail's HTML may be shown. Images that the mail brings are addressed at the
// API itself; those from elsewhere are left out, since loading them tells the sender that it was read.
func safeHTML(src, id string, attachments []message.Attachment) string {
	if src == "" {
		return ""
	}
	byContentID := make(map[string]int, len(attachments))
	for _, a := range attachments {
		if _, taken := byContentID[a.ContentID]; !taken && a.ContentID != "" {
			byContentID[a.ContentID] = a.Index
		}
	}
	safe, _ := message.SafeHTML(src, message.HTMLOptions{CID: func(contentID string) string {
		n, ok := byContentID[contentID]
		if !ok {
			return ""
		}
		return attachmentPath(id, n)
	}})
	return safe
}

func attachmentPath(id string, n int) string {
	return fmt.Sprintf("%s/messages/%s/attachments/%d", Prefix, id, n)
}
