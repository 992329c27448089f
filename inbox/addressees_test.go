package inbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

// twoAddresses gives the customer service a second address, one for first contact alone and one that is off.
func twoAddresses(desk *fakeDesk) {
	desk.dir.Channels = append(desk.dir.Channels,
		conversation.Channel{Email: "ayuda@example.com", Department: "care", Send: conversation.SendReceptive, Active: true},
		conversation.Channel{Email: "nuevo@example.com", Department: "care", Send: conversation.SendActive, Active: true},
		conversation.Channel{Email: "vieja@example.com", Department: "care", Send: conversation.SendAll})
	desk.dir.Build()
}

func TestOneAddressToAnswerFromIsNoChoice(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	page := c.page(martaPath)
	wantIn(t, page, `<p class="alone">soporte@example.com</p>`, `name="to" value="marta@rios.example"`)
	wantNotIn(t, page, `name="channel"`)
}

func TestReplyFromAnotherAddress(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	twoAddresses(desk)
	page := c.page(martaPath)
	wantIn(t, page, `<option value="" selected>soporte@example.com</option><option value="ayuda@example.com">ayuda@example.com</option></select>`)
	wantNotIn(t, page, "ventas@example.com</option>", "nuevo@example.com", "vieja@example.com")
	form := with(c.form(page, "/replies"), "text", "Sí", "to", "marta@rios.example")
	c.upload(martaPath+"/replies", with(form, "channel", "ayuda@example.com"), nil)
	if len(desk.replies) != 1 || desk.replies[0].Channel != "ayuda@example.com" {
		t.Errorf("replies %+v", desk.replies)
	}

	// An address that was on the page and is off by now is told of where it was chosen, with the text.
	desk.badChannel = "ayuda@example.com"
	desk.dir.ChannelsOf("ayuda@example.com")[0].Active = false
	form = with(c.form(c.page(martaPath), "/replies"), "text", "Otra vez", "channel", "ayuda@example.com")
	w := c.upload(martaPath+"/replies", form, nil)
	if w.Code != http.StatusUnprocessableEntity || len(desk.replies) != 1 {
		t.Errorf("answered %d, %d replies", w.Code, len(desk.replies))
	}
	wantIn(t, w.Body.String(), "Ya no puede salir nada desde ayuda@example.com.", "Otra vez</textarea>")
}

func TestWhomAReplyGoesTo(t *testing.T) {
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf("a%d@x.example", i))
	}
	for name, c := range map[string]struct {
		to, cc   string
		want     []string // of the reply; nil: the contact
		mistakes []string
	}{
		"the contact":                {to: "marta@rios.example"},
		"the contact in capitals":    {to: " MARTA@Rios.example "},
		"somebody else":              {to: "otra@rios.example", want: []string{"otra@rios.example"}},
		"with a comma in the name":   {to: `"Ríos, Otra" <otra@rios.example>`, want: []string{"=?utf-8?b?UsOtb3MsIE90cmE=?= <otra@rios.example>"}},
		"several":                    {to: "a@x.example; b@x.example\nc@x.example", want: []string{"a@x.example", "b@x.example", "c@x.example"}},
		"the contact keeps her name": {to: "marta@rios.example, b@x.example", want: []string{"=?utf-8?q?Marta_R=C3=ADos?= <marta@rios.example>", "b@x.example"}},
		"nobody":                     {to: " ", mistakes: []string{`id="wrong-to-whom"`, "Indique al menos una dirección."}},
		"no address":                 {to: "marta", mistakes: []string{`id="wrong-to-whom"`, "marta no es una dirección de correo."}},
		"markup":                     {to: "<b>x</b>", mistakes: []string{`id="wrong-to-whom"`, "no es una dirección de correo."}},
		"an address of ours":         {to: "ventas@example.com", mistakes: []string{`id="wrong-to-whom"`, "ventas@example.com está en un dominio nuestro"}},
		// which is told alike of one that is of an isolated department, and of one that is nowhere
		"one behind a wall":    {to: "personas@example.com", mistakes: []string{"personas@example.com está en un dominio nuestro"}},
		"one that there isn't": {to: "nadie@example.com", mistakes: []string{"nadie@example.com está en un dominio nuestro"}},
		"too many":             {to: strings.Join(many, ","), mistakes: []string{`id="wrong-to-whom"`, "101 destinatarios son demasiados"}},
		"a copy to no address": {to: "marta@rios.example", cc: "x", mistakes: []string{`id="wrong-cc"`, "x no es una dirección de correo."}},
		"too many copies":      {to: "marta@rios.example", cc: strings.Join(many, ","), mistakes: []string{`id="wrong-cc"`, "101 destinatarios son demasiados"}},
	} {
		t.Run(name, func(t *testing.T) {
			client, desk := loggedIn(t, "ana@example.com")
			form := with(client.form(client.page(martaPath), "/replies"), "text", "Va la azul.", "to", c.to, "cc", c.cc)
			w := client.upload(martaPath+"/replies", form, nil)
			if c.mistakes != nil {
				if w.Code != http.StatusUnprocessableEntity || len(desk.replies) != 0 {
					t.Errorf("answered %d, %d replies", w.Code, len(desk.replies))
				}
				wantIn(t, w.Body.String(), append(c.mistakes, "Va la azul.</textarea>", `aria-invalid="true"`)...)
				return
			}
			if w.Code != http.StatusSeeOther || len(desk.replies) != 1 || !slices.Equal(desk.replies[0].To, c.want) {
				t.Errorf("answered %d; replies %+v", w.Code, desk.replies)
			}
		})
	}
}

// Whom it goes to and from where are kept like the text, also before there is any; what a fresh form shows is nothing to
// keep.
func TestADraftKeepsTheAddresses(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	twoAddresses(desk)
	form := with(c.form(c.page(martaPath), "/replies"), "text", "", "to", "marta@rios.example", "cc", "", "channel", "")
	c.post(martaPath+"/draft", form)
	if len(desk.drafts) != 0 {
		t.Errorf("a fresh form was kept: %+v", desk.drafts)
	}
	c.post(martaPath+"/draft", with(form, "to", "otra@rios.example", "channel", "ayuda@example.com"))
	elsewhere := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	elsewhere.login("ana@example.com")
	wantIn(t, elsewhere.page(martaPath), `name="to" value="otra@rios.example"`, `<option value="ayuda@example.com" selected>`)
}

func TestReplyWhereTheMailAsksForAnswers(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.add(martaNumber, &conversation.Message{Kind: conversation.KindIn, From: desk.protocols[martaNumber].Contact, Auth: verifiedBy("rios.example"),
		Flags: []conversation.Flag{conversation.FlagReplyTo}},
		"From: marta@rios.example\nReply-To: otra@rios.example\nSubject: s\nContent-Type: text/plain; charset=utf-8\n\nHola\n")
	page := c.page(martaPath)
	wantIn(t, page, `name="to" value="marta@rios.example"`, "El correo pide las respuestas en otra@rios.example.", `name="instead" value="otra@rios.example"`)
	w := c.post(martaPath+"/draft", with(c.form(page, "/replies"), "text", "Sí", "to", "marta@rios.example", "instead", "otra@rios.example"))
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != martaPath+"#reply" {
		t.Fatalf("answered %d and led to %q", w.Code, to)
	}
	page = c.page(martaPath)
	wantIn(t, page, `name="to" value="otra@rios.example"`, "Sí</textarea>")
	wantNotIn(t, page, `name="instead"`)
}
