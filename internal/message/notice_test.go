package message

import (
	"strings"
	"testing"
)

func TestNotice(t *testing.T) {
	const receipt = "From: ana@c.test\nSubject: Read: Order\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nIt was read.\n--b\nContent-Type: message/disposition-notification\n\n" +
		"Final-Recipient: rfc822; ana@c.test\nOriginal-Message-ID: <1@shop.test>\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n"
	const complaint = "From: fbl@big.test\nSubject: complaint\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nAn abuse report.\n--b\nContent-Type: message/feedback-report\n\n" +
		"Feedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\nReporting-MTA: dns; mx.big.test\n\n" +
		"--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@shop.test>\nSubject: Order\n\nHello\n--b--\n"
	for _, tt := range []struct {
		name, raw string
		want      *Notice
	}{
		{"a receipt", receipt, &Notice{NoticeRead, "ana@c.test", "1@shop.test"}},
		{"deleted unread", strings.Replace(receipt, "displayed", "deleted/expired", 1), &Notice{NoticeDisposed, "ana@c.test", "1@shop.test"}},
		{"a complaint", complaint, &Notice{NoticeComplaint, "mx.big.test", "1@shop.test"}},
		{"a complaint without its sender", strings.Replace(complaint, "Reporting-MTA: dns; mx.big.test\n", "", 1), &Notice{NoticeComplaint, "Loop/1", "1@shop.test"}},
		{"no report at all", "Subject: x\n\ny", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := ParseBytes([]byte(tt.raw), Options{})
			if (m.Notice == nil) != (tt.want == nil) || m.Notice != nil && *m.Notice != *tt.want {
				t.Errorf("got %+v, want %+v", m.Notice, tt.want)
			}
			if m.Report != nil {
				t.Errorf("taken for a delivery report: %+v", m.Report)
			}
		})
	}
}
