package inbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// pixel is a PNG of one dot.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

// hostile is what a stranger writes where a name, a subject or a text is expected.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>`

func plain(text string) string {
	return "From: x@y.example\nSubject: s\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n"
}

func verifiedBy(domain string) *conversation.Auth {
	return &conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "pass", DMARC: "pass",
		Evidence: []string{"DKIM: signature of " + domain + " is good and aligned with From."}}
}

var (
	unverifiedAuth = &conversation.Auth{Verdict: conversation.Unverified, SPF: "none", DKIM: "none", DMARC: "none",
		Evidence: []string{"SPF: the domain publishes no record.", "DKIM: the mail is not signed."}}
	failedAuth = &conversation.Auth{Verdict: conversation.Failed, SPF: "fail", DKIM: "none", DMARC: "fail", Policy: "reject",
		Evidence: []string{"SPF: 203.0.113.9 is not among the servers of the domain.", "DMARC: nothing aligns; the domain asks for reject."}}
)

// htmlMail has a picture of its own, one from elsewhere, a script and two attachments.
var htmlMail = `From: Marta Ríos <marta@rios.example>
Subject: Pedido 4471: llegó roto
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=inner

--inner
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain; charset=utf-8

Hola, buenas tardes:

El pedido 4471 llegó ayer, pero la tetera viene rota. Adjunto dos fotos y la factura.
Los datos están en https://tienda.example/pedidos/4471.

¿Me pueden enviar otra antes del viernes? Es un regalo.

Gracias,
Marta

> El 20 nov 2026, Tienda escribió:
> Su pedido 4471 ya está en camino.
--alt
Content-Type: text/html; charset=utf-8

<html><body><h2 style="color:#a33">Pedido 4471</h2><p>El pedido llegó ayer, pero la <b>tetera</b> viene rota.</p>
<p><img src="cid:foto1@rios.example" width="120" height="90" alt="la tetera"></p>
<p><img src="https://tracker.example/p.gif?u=marta" width="200" height="40" alt="fuera"></p>
<script>document.title='owned'</script><p>¿Me pueden enviar otra antes del viernes?</p></body></html>
--alt--
--inner
Content-Type: image/png; name="tetera.png"
Content-ID: <foto1@rios.example>
Content-Disposition: inline; filename="tetera.png"
Content-Transfer-Encoding: base64

` + pixel + `
--inner--
--outer
Content-Type: text/html; name="factura.html"
Content-Disposition: attachment; filename="factura.html"
Content-Transfer-Encoding: base64

` + base64.StdEncoding.EncodeToString([]byte("<script>alert(3)</script>")) + `
--outer--
`

const (
	martaNumber = "20261123-000042"
	hrNumber    = "20261123-000007"
	oldNumber   = "20261119-000003"
)

// sampleDesk is a day in the life of two departments, and one of a third that is nobody else's business.
func sampleDesk() *fakeDesk {
	d := newFakeDesk()
	at := func(minutes int) time.Time { return today.Add(-time.Duration(minutes) * time.Minute) }
	in := func(number, name, address, subject, text string, auth *conversation.Auth, ago int, raw string) *conversation.Message {
		if raw == "" {
			raw = plain(text)
		}
		return d.add(number, &conversation.Message{
			Kind: conversation.KindIn, From: conversation.ContactRef{Name: name, Address: address}, Subject: subject,
			Preview: strings.Join(strings.Fields(text), " "), ReceivedAt: at(ago), Auth: auth, Channel: d.protocols[number].Channel,
			Receipt: "01jd5c8v2q3n4m5p6r7s8t9v0w",
			Trace: []conversation.TraceStep{{Step: "address", Fact: d.protocols[number].Channel}, {Step: "department", Fact: d.protocols[number].Department},
				{Step: "verdict", Fact: string(auth.Verdict)}, {Step: "rule", Fact: "1, open-protocol"}, {Step: "protocol", Fact: number + ", appended"}},
		}, raw)
	}
	begin := func(number, department, name, address, subject, text string, auth *conversation.Auth, ago int, raw string) *conversation.Message {
		p := d.open(number, department, subject, conversation.ContactRef{Name: name, Address: address})
		p.OpenedAt = at(ago)
		return in(number, name, address, subject, text, auth, ago, raw)
	}

	begin(martaNumber, "care", "Marta Ríos", "marta@rios.example", "Pedido 4471: llegó roto",
		"Hola, buenas tardes: El pedido 4471 llegó ayer, pero la tetera viene rota. Adjunto dos fotos y la factura.", verifiedBy("rios.example"), 190, htmlMail)
	d.add(martaNumber, &conversation.Message{Kind: conversation.KindEvent, Event: conversation.EventAcknowledged, ReceivedAt: at(190)}, "")
	d.add(martaNumber, &conversation.Message{
		Kind: conversation.KindOut, From: conversation.ContactRef{Name: "Atención al cliente", Address: "soporte@example.com"},
		To: []message.Address{{Name: "Marta Ríos", Address: "marta@rios.example"}}, Subject: "Re: Pedido 4471", Agent: "ana@example.com",
		Preview: "Hola, Marta: lo sentimos mucho.", ReceivedAt: at(150), Channel: "soporte@example.com",
		Deliveries: []conversation.Delivery{{Recipient: "marta@rios.example", State: conversation.DeliverySent, Code: "250 2.0.0", Attempts: 1}},
	}, plain("Hola, Marta:\n\nLo sentimos mucho. Hoy mismo sale otra tetera hacia su dirección, y llegará el jueves.\nNo hace falta que devuelva la rota.\n\nUn saludo,\nAna\n\n-- \nAtención al cliente · Tienda"))
	d.add(martaNumber, &conversation.Message{
		Kind: conversation.KindNote, From: conversation.ContactRef{Name: "Eve Hall", Address: "eve@example.com"}, Agent: "eve@example.com",
		Text: "El almacén confirma: queda una azul y dos verdes. Reservada la azul.", ReceivedAt: at(120),
	}, "")
	in(martaNumber, "Marta Ríos", "marta@rios.example", "Re: Pedido 4471: llegó roto",
		"Muchas gracias, qué rapidez. ¿Puede ser la azul? Estaré en casa el jueves a partir de las 16.", verifiedBy("rios.example"), 12, "")

	begin("20261123-000041", "care", "João Pereira", "joao.pereira@correio.example", "Segunda via da fatura",
		"Boa tarde, preciso da segunda via da fatura de outubro. Podem enviar em PDF?", verifiedBy("correio.example"), 64, "")
	begin("20261123-000039", "sales", "", "compras@ferreteria-lopez.example", "Presupuesto para 40 unidades",
		"Buenos días, necesitamos presupuesto para 40 unidades del modelo T-20 con entrega en diciembre.", unverifiedAuth, 320, "")
	begin("20261122-000017", "care", "Oliver Grant", "oliver.grant@mail.example", "Refund still missing",
		"Hello, I was told a week ago that the refund was on its way, and it has not arrived. Order 3920.", verifiedBy("mail.example"), 1500, "")
	d.protocols["20261122-000017"].Agent = "ana@example.com"
	begin("20261121-000008", "care", "סארה לוי", "sara@levy.example", "שאלה על המשלוח", "שלום, רציתי לדעת מתי תגיע החבילה שלי. תודה רבה!", verifiedBy("levy.example"), 3100, "")
	d.unread["20261121-000008"] = 0
	begin("20261123-000036", "sales", hostile, "hostile@x.example", hostile, hostile, failedAuth, 400, "")
	begin("20261123-000031", "care", "Lucía Fernández Echeverría de los Santos", "lucia@fernandez.example",
		"Una pregunta muy larga sobre la garantía extendida del modelo anterior y su compatibilidad",
		"Quería saber si la garantía cubre también las piezas que se compraron aparte, porque en la tienda me dijeron que sí.", verifiedBy("fernandez.example"), 500, "")
	d.add("20261123-000031", &conversation.Message{
		Kind: conversation.KindOut, From: conversation.ContactRef{Name: "Atención al cliente", Address: "soporte@example.com"},
		To: []message.Address{{Address: "lucia@fernandez.example"}}, Agent: "eve@example.com", Preview: "Sí, las cubre durante dos años.", ReceivedAt: at(470), Channel: "soporte@example.com",
		Deliveries: []conversation.Delivery{{Recipient: "lucia@fernandez.example", State: conversation.DeliveryUndelivered, Code: "5.1.1", Reason: "mailbox unavailable", Attempts: 1}},
	}, plain("Sí, las cubre durante dos años."))
	d.unread["20261123-000031"] = 0

	begin(hrNumber, "hr", "Un empleado", "empleado@casa.example", "Asunto confidencial", "Esto es solo para Personas.", verifiedBy("casa.example"), 30, "")
	begin(oldNumber, "care", "Marta Ríos", "marta@rios.example", "Cambio de dirección", "Me mudé.", verifiedBy("rios.example"), 6000, "")
	old := d.protocols[oldNumber]
	old.Status, old.FinalizedAt, old.Classification = conversation.Finalized, at(5800), "Datos"
	d.unread[oldNumber] = 0
	d.protocols[martaNumber].Links = []conversation.Link{{Number: oldNumber, Kind: conversation.LinkPrevious}}

	for i, h := range []conversation.Held{
		{Reason: conversation.HeldPolicy, From: conversation.ContactRef{Name: "Banco Central", Address: "avisos@banco.example"}, Department: "care",
			Channel: "soporte@example.com", Subject: "Su cuenta será bloqueada", Preview: "Confirme sus datos en las próximas 24 horas.", Auth: *failedAuth},
		{Reason: conversation.HeldAutomatic, From: conversation.ContactRef{Name: "Newsletter", Address: "news@shop.example"}, Department: "sales",
			Channel: "ventas@example.com", Subject: "Black Friday", Preview: "Everything at half price.", Auth: *verifiedBy("shop.example"), ExpiresAt: today.Add(80 * 24 * time.Hour)},
		{Reason: conversation.HeldUnverified, From: conversation.ContactRef{Address: "x@hr.example"}, Department: "hr", Channel: "personas@example.com", Subject: "Solo para Personas", Auth: *unverifiedAuth},
	} {
		h.ID, h.To, h.ReceivedAt = d.id(), []string{h.Channel}, at(90*(i+1))
		h.Trace = []conversation.TraceStep{{Step: "rule", Fact: "9"}}
		d.raw[h.ID] = strings.ReplaceAll(plain(h.Preview), "\n", "\r\n")
		d.held = append(d.held, &h)
	}
	return d
}

// manyDesk has n open protocols of one department.
func manyDesk(n int) *fakeDesk {
	d := newFakeDesk()
	for i := range n {
		number := conversation.FormatNumber("20261123", uint64(i+1))
		d.now = today.Add(time.Duration(i-n) * time.Minute)
		d.open(number, "care", fmt.Sprintf("Asunto %d", i+1), conversation.ContactRef{Address: fmt.Sprintf("c%d@x.example", i+1)})
		d.add(number, &conversation.Message{Kind: conversation.KindIn, From: d.protocols[number].Contact, Preview: "Hola", Auth: unverifiedAuth}, plain("Hola"))
	}
	d.now = today
	return d
}
