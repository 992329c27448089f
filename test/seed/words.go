package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// words are what is written in one language. In them {p} is a product, {n} an order, {c} a city, {q} a number.
type words struct {
	subjects, hello, about, detail, ask, bye []string // the customer's
	answer, more, regards                    []string // ours
	notes, reasons, tags                     []string
	products, cities, files                  []string
	wrote                                    string // above what an answer quotes: {who}
}

var languages = map[string]*words{
	"es": {
		subjects: []string{"Pedido {n} no ha llegado", "Devolución de {p}", "Duda sobre {p}", "Factura del pedido {n}", "Presupuesto para {q} unidades de {p}", "Cambio de dirección, pedido {n}", "{p} llegó roto", "¿Cuándo estará disponible {p}?", "Reclamación por el pedido {n}", "Garantía de {p}"},
		hello:    []string{"Hola:", "Buenos días:", "Buenas tardes:", "Estimados señores:", "Hola, ¿qué tal?"},
		about:    []string{"Hice el pedido {n} hace {q} días y todavía no ha llegado a {c}.", "Compré {p} en su tienda de {c} y no funciona como esperaba.", "Quisiera saber si tienen {p} en existencias y cuánto tarda el envío a {c}.", "Ayer recibí {p}, pero la caja venía abierta y faltaban piezas.", "Necesito la factura del pedido {n} a nombre de mi empresa.", "Me han cobrado {q} euros de más en el pedido {n}.", "La dirección de entrega del pedido {n} es incorrecta: ahora vivo en {c}."},
		detail:   []string{"Según el seguimiento, el paquete está en el almacén de {c} desde hace {q} días.", "Llamé por teléfono y me dijeron que escribiera a esta dirección.", "Adjunto una fotografía para que puedan verlo mejor.", "El número de serie es {n}-{q}.", "Lo compré con la tarjeta que termina en {q}.", "Es un regalo de cumpleaños y lo necesito antes del fin de semana.", "Ya me ocurrió lo mismo el año pasado con {p}.", "La transportista dice que no había nadie en casa, pero estuve todo el día.", "En la página ponía que el plazo era de {q} horas."},
		ask:      []string{"¿Podrían decirme dónde está?", "¿Qué debo hacer para devolverlo?", "¿Me lo pueden cambiar por otro color?", "Les ruego que me devuelvan el importe.", "¿Me pueden enviar un duplicado?", "¿Cuánto costaría con descuento para {q} unidades?"},
		bye:      []string{"Un saludo,", "Gracias de antemano.", "Saludos cordiales,", "Quedo a la espera de su respuesta.", "Muchas gracias,"},
		answer:   []string{"Gracias por escribirnos. Hemos mirado el pedido {n} y sale hoy hacia {c}.", "Lamentamos lo ocurrido con {p}. Le enviamos otro sin coste alguno.", "Hemos pedido a la transportista que lo entregue mañana entre las 9 y las 14 h.", "Le adjuntamos la factura. Si necesita otros datos en ella, díganos cuáles.", "El importe de {q} euros volverá a su tarjeta en un plazo de cinco días.", "Tenemos {p} de nuevo en existencias; podemos reservarle {q} unidades."},
		more:     []string{"Para devolverlo basta con que lo deje en cualquier oficina de {c}.", "Si tiene cualquier otra duda, responda a este correo.", "Hemos anotado la nueva dirección.", "Disculpe las molestias.", "Puede seguir el envío con el número {n}."},
		regards:  []string{"Un saludo,", "Reciba un cordial saludo,", "Atentamente,"},
		notes:    []string{"Hablé con el almacén de {c}: sale mañana sin falta.", "Cliente habitual, tratar con cuidado. Ya tuvo problemas con {p}.", "Pendiente de que facturación confirme los {q} euros.", "La transportista reconoce el error en {n}."},
		reasons:  []string{"Es una cuestión de facturas", "Pregunta por precios", "Lo lleva su departamento"},
		tags:     []string{"urgente", "devolución", "envío", "garantía", "cliente vip", "transporte", "promoción"},
		products: []string{"la cafetera Bruma", "el molinillo Cóndor", "las tazas de gres", "la tetera Níspero", "el hervidor Ágata", "la balanza Colibrí", "el filtro de paño", "la prensa Ébano"},
		cities:   []string{"Málaga", "Gijón", "Córdoba", "A Coruña", "Bogotá", "Medellín", "Rosario", "Cádiz", "Mérida", "Valparaíso"},
		files:    []string{"factura {n}.pdf", "fotografía de la caja.jpg", "albarán {n}.pdf", "presupuesto.docx", "justificante de pago.pdf", "IMG_{q}.jpg"},
		wrote:    "El martes pasado, {who} escribió:",
	},
	"pt": {
		subjects: []string{"Pedido {n} não chegou", "Troca de {p}", "Dúvida sobre {p}", "Nota fiscal do pedido {n}", "Orçamento para {q} unidades de {p}", "Endereço errado no pedido {n}", "{p} chegou quebrado", "Reclamação: pedido {n}"},
		hello:    []string{"Olá,", "Bom dia,", "Boa tarde,", "Prezados senhores,"},
		about:    []string{"Fiz o pedido {n} há {q} dias e ainda não chegou em {c}.", "Comprei {p} na loja de {c} e não funciona.", "Gostaria de saber se vocês têm {p} em estoque e quanto custa o frete para {c}.", "Recebi {p} ontem, mas a caixa estava aberta e faltavam peças.", "Preciso da nota fiscal do pedido {n} em nome da minha empresa.", "Fui cobrado em {q} reais a mais no pedido {n}."},
		detail:   []string{"O rastreamento diz que o pacote está em {c} há {q} dias.", "Liguei e me disseram para escrever para este endereço.", "Segue uma fotografia em anexo.", "O número de série é {n}-{q}.", "É um presente de aniversário e preciso antes do fim de semana.", "A transportadora diz que não havia ninguém, mas fiquei em casa o dia todo."},
		ask:      []string{"Podem me dizer onde está?", "O que devo fazer para devolver?", "É possível trocar por outra cor?", "Peço a devolução do valor.", "Quanto ficaria com desconto para {q} unidades?"},
		bye:      []string{"Obrigado,", "Atenciosamente,", "Fico no aguardo.", "Abraços,", "Muito obrigada,"},
		answer:   []string{"Obrigado pela mensagem. Verificamos o pedido {n} e ele sai hoje para {c}.", "Lamentamos o que aconteceu com {p}. Enviaremos outro sem custo.", "Pedimos à transportadora que entregue amanhã.", "Segue a nota fiscal em anexo.", "O valor de {q} reais volta para o seu cartão em cinco dias."},
		more:     []string{"Para devolver, basta deixar em qualquer agência de {c}.", "Se tiver outra dúvida, responda a este e-mail.", "Anotamos o novo endereço.", "Pedimos desculpas pelo transtorno."},
		regards:  []string{"Atenciosamente,", "Um abraço,"},
		notes:    []string{"Falei com o depósito de {c}: sai amanhã.", "Cliente antigo, já teve problema com {p}.", "Aguardando a confirmação dos {q} reais."},
		reasons:  []string{"É assunto de notas fiscais", "Pergunta sobre preços"},
		tags:     []string{"urgente", "troca", "frete", "garantia", "promoção"},
		products: []string{"a cafeteira Bruma", "o moedor Condor", "as canecas de grés", "a chaleira Ágata", "a balança Colibri", "a prensa Ébano"},
		cities:   []string{"São Paulo", "Brasília", "Florianópolis", "Goiânia", "Belém", "Maceió", "Niterói", "João Pessoa"},
		files:    []string{"nota fiscal {n}.pdf", "fotografia da caixa.jpg", "orçamento.docx", "comprovante de pagamento.pdf", "IMG_{q}.jpg"},
		wrote:    "Na terça-feira passada, {who} escreveu:",
	},
	"en": {
		subjects: []string{"Order {n} has not arrived", "Return of {p}", "Question about {p}", "Invoice for order {n}", "Quotation for {q} pieces of {p}", "Wrong address on order {n}", "{p} arrived broken", "Complaint about order {n}"},
		hello:    []string{"Hello,", "Good morning,", "Dear Sir or Madam,", "Hi there,"},
		about:    []string{"I placed order {n} {q} days ago and it still has not come to {c}.", "I bought {p} at your shop in {c} and it does not work.", "Do you have {p} in stock, and how long is delivery to {c}?", "Yesterday I received {p}, but the box was open and parts were missing.", "I need the invoice for order {n} in the name of my company.", "You charged me {q} euros too much on order {n}."},
		detail:   []string{"Tracking says that the parcel has been in {c} for {q} days.", "I rang and was told to write to this address.", "I attach a photograph so that you can see it.", "The serial number is {n}-{q}.", "It is a birthday present and I need it before the weekend.", "The courier says nobody was in, but I was at home all day."},
		ask:      []string{"Could you tell me where it is?", "What do I have to do to return it?", "Can I have another colour?", "Please refund me.", "What would it cost for {q} pieces?"},
		bye:      []string{"Kind regards,", "Thank you in advance.", "Best wishes,", "I look forward to your answer."},
		answer:   []string{"Thank you for writing. We looked at order {n}: it leaves for {c} today.", "We are sorry about {p}. We are sending another one free of charge.", "The courier will deliver it tomorrow.", "Please find the invoice attached.", "The {q} euros will be back on your card within five days."},
		more:     []string{"To return it, leave it at any office in {c}.", "If there is anything else, reply to this mail.", "We have noted the new address.", "We apologise for the trouble."},
		regards:  []string{"Kind regards,", "Yours sincerely,"},
		notes:    []string{"Spoke to the warehouse in {c}: it leaves tomorrow.", "A regular customer who had trouble with {p} before.", "Billing has to confirm the {q} euros."},
		reasons:  []string{"This is about invoices", "Asks for prices"},
		tags:     []string{"urgent", "return", "shipping", "warranty", "vip"},
		products: []string{"the Bruma coffee maker", "the Condor grinder", "the stoneware mugs", "the Agate kettle", "the Colibri scales"},
		cities:   []string{"Galway", "Leeds", "Zürich", "Malmö", "Kraków", "Antwerp"},
		files:    []string{"invoice {n}.pdf", "photograph of the box.jpg", "quotation.docx", "proof of payment.pdf", "IMG_{q}.jpg"},
		wrote:    "Last Tuesday, {who} wrote:",
	},
}

// topic fills the places of one protocol's texts: its product and order stay the same.
type topic struct {
	w       *words
	product string
	order   string
}

func newTopic(r *rand.Rand, language string) topic {
	w := languages[language]
	return topic{w: w, product: pick(r, w.products), order: fmt.Sprintf("%c%06d", 'A'+rune(r.IntN(26)), r.IntN(1_000_000))}
}

func (t topic) say(r *rand.Rand, phrase string) string {
	if !strings.Contains(phrase, "{") {
		return phrase
	}
	return strings.NewReplacer("{p}", t.product, "{n}", t.order, "{c}", pick(r, t.w.cities), "{q}", fmt.Sprint(2+r.IntN(98))).Replace(phrase)
}

// letter is what a customer writes: mostly a few sentences, sometimes a page.
func (t topic) letter(r *rand.Rand, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s", pick(r, t.w.hello), t.say(r, pick(r, t.w.about)))
	for range length(r) {
		b.WriteString(" " + t.say(r, pick(r, t.w.detail)))
		if r.IntN(4) == 0 {
			b.WriteString("\n\n" + t.say(r, pick(r, t.w.about)))
		}
	}
	fmt.Fprintf(&b, "\n\n%s\n\n%s\n%s\n", t.say(r, pick(r, t.w.ask)), pick(r, t.w.bye), name)
	return b.String()
}

// length is a number of sentences: two or three for most, and a long tail.
func length(r *rand.Rand) int {
	n := 1 + r.IntN(3)
	for r.IntN(3) == 0 && n < 60 {
		n *= 2
	}
	return n
}

// reply is what an agent writes.
func (t topic) reply(r *rand.Rand, name, agent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n%s", strings.TrimRight(t.w.hello[0], ":,"), name, t.say(r, pick(r, t.w.answer)))
	for range r.IntN(4) {
		b.WriteString(" " + t.say(r, pick(r, t.w.more)))
	}
	fmt.Fprintf(&b, "\n\n%s\n%s", pick(r, t.w.regards), agent)
	return b.String()
}
