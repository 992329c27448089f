package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"recado/internal/mailtest"
)

// screen is a page of the inbox that somebody who has all rights can look at.
type screen struct{ name, path string }

// screens are all of them, over what furnish made.
func (p *product) screens(ours string) []screen {
	p.t.Helper()
	held := all[heldDoc](p, "held", "list")
	if len(held) != 2 {
		p.t.Fatalf("held: %+v", held)
	}
	forged := held[slices.IndexFunc(held, func(h heldDoc) bool { return h.Reason == "policy" })]
	ended := p.protocols("--status", "finalized")
	if len(ended) != 1 {
		p.t.Fatalf("finalized: %+v", ended)
	}
	p.checkDomain("shop.test")
	return []screen{
		{"inbox", "/inbox"}, {"waiting", "/inbox?sort=waiting&department=care"}, {"mine", "/inbox?view=mine"},
		{"protocol", "/protocols/" + ours}, {"ended", "/protocols/" + ended[0].Number + "?view=history"},
		{"held", "/held/" + forged.ID}, {"heldlist", "/held"}, {"history", "/history"}, {"search", "/search?q=" + searched},
		{"numbers", "/numbers"}, {"contacts", "/contacts"}, {"contact", "/contacts/" + ana}, {"nobody", "/contacts/nobody.yet@verified.test"},
		{"channels", "/settings/channels"}, {"domains", "/settings/domains"}, {"domain", "/settings/domains/shop.test"}, {"departments", "/settings/departments"},
		{"department", "/settings/departments/care"}, {"said", "/settings/texts/departments/care/acknowledgement"},
		{"tokens", "/settings/tokens"}, {"texts", "/settings/texts"}, {"newtext", "/settings/texts/new"}, {"you", "/settings/you?change=password"},
		{"secondstep", "/settings/you/second-step"},
		{"agents", "/settings/agents"}, {"agent", "/settings/agents/es@shop.test"}, {"queue", "/settings/queue"}, {"journal", "/settings/journal"}, {"audit", "/settings/audit"}, {"error", "/nothing"},
	}
}

// searched is a word of the protocol that has seen everything.
const searched = "taza"

var languages = []string{"es", "pt", "en"}

// boss is an agent who may do everything and sees two of the departments, in a language.
func (p *product) boss(language string) (email string) {
	p.t.Helper()
	email = language + "@shop.test"
	p.agent(email, "Inés Ñáñez", "--role", "admin", "--department", "care", "--department", "finance", "--language", language)
	return email
}

// TestBrowserScreens walks every screen over one product. As agent, supervisor and admin, in each language: what may be opened is in
// the agent's words and fits a desk and a phone, what may not says so, nobody sees what is behind a wall, and the browser has nothing to
// complain of. As admin besides: axe-core has nothing to object to, and without scripts nothing is shown that would need one.
// What the admin sees is written to the folder that RECADO_SCREENSHOTS names, if it does.
func TestBrowserScreens(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	screens := p.screens(p.furnish())
	p.accept("empleado@verified.test", []string{"hr@shop.test"}, mail("Secret <empleado@verified.test>", hrWord, "hr@verified.test", "", searched+" "+hrWord))
	emails := map[string]string{} // role and language -> agent
	for _, language := range languages {
		emails["admin "+language] = p.boss(language)
		for _, role := range []string{"agent", "supervisor"} {
			email := role + "." + language + "@shop.test"
			p.agent(email, "Inés Ñáñez", "--role", role, "--department", "care", "--language", language)
			emails[role+" "+language] = email
		}
	}
	t.Run("axe-core", func(t *testing.T) { // alone: a live change is not to come while it looks
		axe := axeCore(t)
		b := newTab(t, p)
		b.acceptable(axe, emails["admin es"], screens)
	})
	for i, language := range languages {
		for _, role := range roles {
			t.Run(role+" in "+language, func(t *testing.T) {
				t.Parallel()
				w := &walk{tab: newTab(t, p), role: role, language: language, sizes: slices.Clone(sizes)}
				if i%2 == 1 { // so that each screen is opened at one size and changed to the other, and the other way
					slices.Reverse(w.sizes)
				}
				w.whole(emails[role+" "+language], screens)
			})
		}
		t.Run("without scripts in "+language, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, p)
			b.withoutScript()
			b.logIn(emails["admin "+language])
			b.do(chromedp.EmulateViewport(320, 700))
			for _, s := range screens {
				b.goTo(s.path)
				name := s.name + " in " + language + ", without scripts"
				b.fits(name, 320)
				b.fitsUnfolded(name, 320)
				for _, dead := range evaluate[[]string](b, needsScript) {
					t.Errorf("%s: nothing happens at %s", name, dead)
				}
				b.spoken(name)
				b.expected(s, name)
			}
		})
	}
}

// needsScript names the visible buttons and fields that no form sends and no popover opens.
const needsScript = `[...document.querySelectorAll("button, input, select, textarea")]
	.filter((e) => e.checkVisibility() && !e.disabled && !e.popoverTargetElement && (!e.form || e.type == "button"))
	.map((e) => e.outerHTML.slice(0, 200))`

// wordKey is the name of words, which stands on a page where a language lacks them.
const wordKey = `(?:conflict|delivery|error|event|facts|filter|finalize|flag|keys|link|live|many|mention|merge|message|pretence|reason|role|send|sort|span|split|takeback|thread|trouble|undo|verdict|when|nav|list|empty|protocol|reply|note|held|settings|queue|journal|audit|contact|contacts|person|mail|tokens|canned|texts|you|step|agents|sessions|login|closing|work|moves|history|resume|numbers|search|teams|said|domains|dns)\.[a-z]+[a-z.]*`

var missingWord = regexp.MustCompile(`(?:^|\s)` + wordKey + `(?:$|\s)`)

// spoken holds that every word on the page was found: a key that was not stands there as it is.
func (b *tab) spoken(what string) {
	b.t.Helper()
	const keys = `document.body.innerText.match(/(?:^|\s)` + wordKey + `(?=$|\s)/g) ?? []`
	for _, key := range evaluate[[]string](b, keys) {
		b.t.Errorf("%s: the words for %q are missing", what, key)
	}
}

// expected holds that the browser noted no fault but the one that the screen is about.
func (b *tab) expected(s screen, what string) {
	b.t.Helper()
	for _, f := range b.takeFaults() {
		if s.name != "error" || !strings.Contains(f, "404") {
			b.t.Errorf("%s: %s", what, f)
		}
	}
}

type size struct {
	name          string
	width, height int64
}

var sizes = []size{{"wide", 1440, 900}, {"phone", 375, 812}}

// resize makes the window another size, without loading the page anew.
func (b *tab) resize(to size) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(to.width, to.height))
	b.until(fmt.Sprintf(`innerWidth == %d`, to.width))
}

// tooWide names what is wider than the place that it has, where that would scroll or be cut off. The
// rail of a phone is a row that scrolls, and shows where one is.
const tooWide = `[document.scrollingElement, ...document.querySelectorAll("body, main, .rail [aria-current], .list, .pane, .facts, .entry, .panel, form")]
	.filter((e) => e.checkVisibility() && e.clientWidth > 0 && (e.scrollWidth > e.clientWidth || e.getBoundingClientRect().left < -0.5 || e.getBoundingClientRect().right > innerWidth + 0.5))
	.map((e) => e.tagName + "." + e.className + " " + e.scrollWidth + " in " + e.clientWidth + " from " + e.getBoundingClientRect().left + " to " + e.getBoundingClientRect().right)`

func (b *tab) fits(what string, width int64) {
	b.t.Helper()
	b.fitsAfter("", what, width)
}

// fitsUnfolded unfolds what a page has folded, until fold.
func (b *tab) fitsUnfolded(what string, width int64) {
	b.t.Helper()
	b.fitsAfter(`document.querySelectorAll("details:not([open])").forEach((d) => { d.open = true; d.dataset.unfolded = ""; });`, what+", all unfolded", width)
}

func (b *tab) fold() {
	b.t.Helper()
	b.run(`document.querySelectorAll("details[data-unfolded]").forEach((d) => { d.open = false; delete d.dataset.unfolded; })`)
}

// fitsAfter carries out a script and holds in the same look that nothing is wider than its place.
func (b *tab) fitsAfter(script, what string, width int64) {
	b.t.Helper()
	for _, e := range evaluate[[]string](b, `(() => { `+script+`
		const wide = Math.max(innerWidth, document.scrollingElement.scrollWidth);
		return (wide == `+fmt.Sprint(width)+` ? [] : ["the page is " + wide + " wide"]).concat(`+tooWide+`); })()`) {
		b.t.Errorf("%s: %s", what, e)
	}
}

func (b *tab) keepPicture(file string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	quickly := true // a larger file sooner
	picture, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{OptimizeForSpeed: &quickly})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture.Data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// furnish fills the inbox with mails of the kinds that are hard to lay out, and returns the number of a
// protocol that has seen everything.
func (p *product) furnish() string {
	p.t.Helper()
	var picture bytes.Buffer
	flag := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{color.RGBA{200, 60, 40, 255}, color.RGBA{240, 200, 80, 255}})
	copy(flag.Pix[len(flag.Pix)/2:], bytes.Repeat([]byte{1}, len(flag.Pix)/2))
	if err := png.Encode(&picture, flag); err != nil {
		p.t.Fatal(err)
	}
	p.accept(ana, toCare, fmt.Sprintf(mailWithFiles, anaByName, strings.Repeat("palabra-sin-fin-", 20), base64.StdEncoding.EncodeToString(picture.Bytes())))
	number := p.one().Number
	p.relay.SetScript(mailtest.OnRecipient("nadie@verified.test", mailtest.Answer{Code: 550, Enhanced: "5.1.1", Text: "There is nobody of that name"}))
	p.reply(number, "Hola Ana:\n\nLamentamos lo ocurrido. Le enviamos hoy mismo otra unidad, sin costo.\n\nUn saludo\n")
	p.sent(1)
	p.accept(ana, toCare, mail(anaByName, "Re: Pedido 48213", "2@verified.test", "", "Gracias por la respuesta.\n\n> Le enviamos hoy mismo otra unidad\n"))
	p.mustRun("protocol", "finalize", number)
	p.mustRun("protocol", "reopen", number)

	p.accept("joao@plain.test", toCare, mail("=?utf-8?q?Jo=C3=A3o_Sebasti=C3=A3o_de_Albuquerque_e_Castro_Figueiredo_Neto?= <joao@plain.test>",
		"=?utf-8?q?Segunda_via_do_boleto_de_novembro_que_venceu_ontem_e_que_ainda_n=C3=A3o_recebi_no_meu_endere=C3=A7o?=", "3@plain.test", "", "Bom dia, podem enviar a segunda via?"))
	p.accept("news@verified.test", []string{"finance@shop.test"}, mail("Big Newsletter <news@verified.test>", "Offers", "4@verified.test",
		"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n", `<table width="900"><tr><td bgcolor="#ffeecc" width="900">Wide</td></tr></table>`))
	p.accept("rtl@verified.test", toCare, mail("=?utf-8?b?2LPYp9ix2Kk=?= <rtl@verified.test>", "=?utf-8?b?2YXYsdit2KjYpyDwn5GL?=", "5@verified.test", "", "Hello."))
	p.accept("nadie@verified.test", toCare, mail("nadie@verified.test", strings.Repeat("W", 90), "6@verified.test", "", strings.Repeat("W", 300)))
	p.finalized("old@verified.test", "7@verified.test")
	p.accept("ceo@strict.test", toCare, mail("The CEO <ceo@strict.test>", "Urgent: change of bank account", "8@strict.test", "", "Please pay to https://bank.example/"+strings.Repeat("a", 150)+" today."))
	p.accept("robot@verified.test", toCare, mail("robot@verified.test", "Nightly report", "9@verified.test", "Auto-Submitted: auto-generated\n", "All is well."))
	for _, l := range p.protocols("--contact", "nadie@verified.test") {
		p.reply(l.Number, "Hola")
		eventually(p.t, "the answer fails", func() bool { return p.outgoing(l.Number).Deliveries[0].State == "failed" })
	}
	return number
}

// finalized makes a protocol for the history.
func (p *product) finalized(from, id string) {
	p.t.Helper()
	p.accept(from, toCare, mail("Antigua Clienta <"+from+">", "Una consulta", id, "", "Gracias, ya está resuelto."))
	for _, l := range p.protocols("--contact", from) {
		p.mustRun("protocol", "finalize", l.Number)
	}
}

func (p *product) mustRun(args ...string) {
	p.t.Helper()
	if _, errs, status := p.run(args...); status != 0 {
		p.t.Fatalf("recado %v: exit status %d\n%s", args, status, errs)
	}
}

const mailWithFiles = `From: %s
To: care@shop.test
Cc: pedro@verified.test
Subject: =?utf-8?q?Pedido_48213:_lleg=C3=B3_roto?=
Date: Mon, 23 Nov 2026 09:00:00 -0300
Message-ID: <1@verified.test>
Reply-To: otra.direccion.muy.larga.para.una.respuesta@verified.test
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Buenos días:

Ayer recibí el pedido 48213 y la taza azul llegó rota. La caja no traía ninguna protección, y el mensajero no quiso esperar a que la abriera. Adjunto una foto y la factura.

El seguimiento: https://transporte.example/seguimiento/%s

Quedo a la espera. Muchas gracias.

-- 
Ana Peña
--b
Content-Type: image/png; name="taza.png"
Content-Disposition: attachment; filename="taza.png"
Content-Transfer-Encoding: base64

%s
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="factura de compra del pedido 48213 con todos los detalles del envio y de la garantia.pdf"

%%PDF-1.4
--b--
`
