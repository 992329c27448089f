package message

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	const from = "a@example.org"
	tests := []struct {
		name, header, returnPath string
		want                     Automatic // Reason is not compared
	}{
		{"a person", "Subject: hello", from, Automatic{}},
		{"said to be of a person", "Auto-Submitted: no", from, Automatic{}},
		{"reply", "Auto-Submitted: auto-replied", from, Automatic{Kind: "auto-replied", Robot: true, SuppressAck: true}},
		{"reply with parameters", "Auto-Submitted: Auto-Replied (vacation); owner=x", from, Automatic{Kind: "auto-replied", Robot: true, SuppressAck: true}},
		{"generated", "Auto-Submitted: auto-generated", from, Automatic{Kind: "auto-generated", Robot: true, SuppressAck: true}},
		{"unknown keyword", "Auto-Submitted: yes", from, Automatic{Kind: "auto-generated", Robot: true, SuppressAck: true}},
		{"forwarded", "Auto-Submitted: auto-forwarded", from, Automatic{Kind: "auto-forwarded", Forwarded: true, SuppressAck: true}},
		{"null sender", "Subject: x", "", Automatic{Kind: "null-sender", Robot: true, SuppressAck: true}},
		{"null sender in brackets", "Subject: x", "<>", Automatic{Kind: "null-sender", Robot: true, SuppressAck: true}},
		{"bulk", "Precedence: Bulk", from, Automatic{Kind: "bulk", Robot: true, SuppressAck: true}},
		{"bulk on a list", "Precedence: bulk\nList-Id: <l.example.org>", from, Automatic{Kind: "bulk", Robot: true, SuppressAck: true}},
		{"junk", "Precedence: junk", from, Automatic{Kind: "bulk", Robot: true, SuppressAck: true}},
		{"list", "Precedence: list", from, Automatic{Kind: "list", List: true, SuppressAck: true}},
		{"list by its id", "List-Id: x <l.example.org>", from, Automatic{Kind: "list", List: true, SuppressAck: true}},
		{"robot on a list", "List-Id: x\nAuto-Submitted: auto-generated", from, Automatic{Kind: "auto-generated", Robot: true, SuppressAck: true}},
		{"vacation header", "X-Autoreply: yes", from, Automatic{Kind: "auto-replied", Robot: true, SuppressAck: true}},
		{"vacation header that says no", "X-Autoreply: no", from, Automatic{}},
		{"vacation in Spanish", "Subject: =?utf-8?q?Respuesta_autom=C3=A1tica:_Hola?=", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"vacation in Portuguese", "Subject: Resposta automática: oi", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"vacation of Exchange", "Subject: Automatic reply: hello", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"vacation in German", "Subject: Abwesenheitsnotiz: Ihre Anfrage", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"vacation in French", "Subject: Absence du bureau : votre commande", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"vacation in Italian", "Subject: Fuori ufficio: Il suo ordine", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"absence in Spanish", "Subject: Ausencia temporal: Su pedido", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"absence in Portuguese", "Subject: Ausência temporária: Seu pedido", from, Automatic{Kind: "vacation", Robot: true, SuppressAck: true}},
		{"a customer who is away", "Subject: Estoy de vacaciones y no me llegó la factura", from, Automatic{}},
		{"a customer who asks of an absence", "Subject: Ausencia del técnico", from, Automatic{}},
		{"about a vacation", "Subject: Re: out of office: who answers?", from, Automatic{}},
		{"a car", "Subject: Auto: consulta por mi seguro", from, Automatic{}},
		{"suppression alone", "X-Auto-Response-Suppress: All", from, Automatic{SuppressAck: true}},
		{"suppression of nothing", "X-Auto-Response-Suppress: None", from, Automatic{}},
		{"report", "Content-Type: multipart/report; report-type=delivery-status; boundary=x", from, Automatic{Kind: "report", Robot: true, SuppressAck: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := ReadHeader(strings.NewReader(tt.header+"\n\n"), HeaderLimits{1000, 100})
			if err != nil {
				t.Fatal(err)
			}
			got := Classify(h, tt.returnPath)
			if (got.Reason == "") != (tt.want == Automatic{}) {
				t.Errorf("reason %q", got.Reason)
			}
			if got.Reason = ""; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	const raw = `From: MAILER-DAEMON@relay.example
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x

Sorry.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Original-Recipient: rfc822;Ana@Example.org
Final-Recipient: rfc822; ana@mailbox.example
Action: failed
Status: 5.1.1 (no such user)
Remote-MTA: dns; mx.example
Diagnostic-Code: smtp; 550 5.1.1 no
 such user

Final-Recipient: rfc822; bob@mailbox.example
Action: delayed
Status: 4.4.1

Final-Recipient: rfc822; eve@mailbox.example
Diagnostic-Code: smtp; 552 5.2.2 mailbox full
--x
Content-Type: text/rfc822-headers

Message-ID: <id.mac@example.com>
Subject: Su consulta
--x--
`
	m := ParseBytes([]byte(raw), Options{})
	if m.Report == nil {
		t.Fatal("no report")
	}
	want := []ReportRecipient{
		{"Ana@example.org", "ana@mailbox.example", "failed", "5.1.1", "550 5.1.1 no such user", "mx.example"},
		{"bob@mailbox.example", "", "delayed", "4.4.1", "", ""},
		{"eve@mailbox.example", "", "failed", "5.2.2", "552 5.2.2 mailbox full", ""},
	}
	if len(m.Report.Recipients) != len(want) {
		t.Fatalf("recipients %+v", m.Report.Recipients)
	}
	for i, w := range want {
		if m.Report.Recipients[i] != w {
			t.Errorf("recipient %d: %+v, want %+v", i, m.Report.Recipients[i], w)
		}
	}
	if m.Report.OriginalMessageID != "id.mac@example.com" || m.Report.OriginalHeader.Get("Subject") != "Su consulta" {
		t.Errorf("original %q", m.Report.OriginalMessageID)
	}
	if !m.Automatic.Robot || m.Automatic.Kind != "report" {
		t.Errorf("automatic: %+v", m.Automatic)
	}
}
