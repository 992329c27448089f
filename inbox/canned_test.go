package inbox

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/say"
)

// addCanned gives the desk a canned answer.
func (d *fakeDesk) addCanned(title, department string, texts map[string]string) *conversation.CannedAnswer {
	c := &conversation.CannedAnswer{ID: d.id(), Title: title, Department: department, Texts: texts, Version: 1, UpdatedAt: d.now, UpdatedBy: "ana@example.com"}
	d.canned = append(d.canned, c)
	return c
}

func (d *fakeDesk) CannedTitles(_ context.Context, a conversation.Actor, departments ...string) ([]*conversation.CannedTitle, error) {
	var out []*conversation.CannedTitle
	for _, c := range d.canned {
		if c.Department == "" || a.Sees(d.dir, c.Department) {
			out = append(out, c.Heading())
		}
	}
	return out, nil
}

func (d *fakeDesk) CannedText(_ context.Context, a conversation.Actor, id string, r conversation.CannedRequest) (text, language string, err error) {
	for _, c := range d.canned {
		if c.ID != id {
			continue
		}
		if r.Language == "" {
			r.Language = "es"
		}
		if c.Texts[r.Language] == "" {
			return "", "", &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("no such language")}
		}
		return strings.NewReplacer("{{number}}", r.Number, "{{contact.address}}", r.Contact.Address, "{{contact.name}}", r.Contact.Name, "{{department}}", r.Department).Replace(c.Texts[r.Language]), r.Language, nil
	}
	return "", "", notFound("canned answer")
}

func TestCannedAnswerIsAddedToWhatWasTyped(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	wantNotIn(t, c.page(martaPath), "canned-pick")
	hello := desk.addCanned("Saludo", "", map[string]string{"es": "Número {{number}}", "en": "Number {{number}}"})
	page := c.page(martaPath)
	wantIn(t, page, `<optgroup label="De todos"><option value="`+hello.ID+`">Saludo</option>`, `formaction="`+martaPath+`/replies/canned"`, `data-canned="number=`+martaNumber)
	form := with(c.form(page, "/replies"), "text", "Buenas <tardes>\r\n\r\n", "cc", "x@y.example", "canned", hello.ID, "canned_language", "")

	w := c.upload(martaPath+"/replies/canned?view=mine", form, nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != martaPath+"?view=mine#reply" {
		t.Fatalf("answered %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantIn(t, c.page(martaPath), "Buenas &lt;tardes&gt;\n\nNúmero "+martaNumber+"</textarea>", `value="x@y.example"`)

	for name, tt := range map[string]struct {
		fields []string
		says   string
	}{
		"another language":     {[]string{"canned_language", "en"}, "Number " + martaNumber},
		"one that it has not":  {[]string{"canned_language", "pt"}, "no tiene texto en ese idioma"},
		"one that is gone":     {[]string{"canned", "01jd0000000000000000999999"}, "ya no está"},
		"nothing was chosen":   {[]string{"canned", ""}, "Elija primero"},
		"nothing is typed yet": {[]string{"text", " "}, ">Número "},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.upload(martaPath+"/replies/canned", with(form, tt.fields...), nil)
			body := w.Body.String()
			if w.Code == http.StatusSeeOther {
				body = c.page(martaPath)
			}
			wantIn(t, body, tt.says, strings.TrimSpace(html.EscapeString(with(form, tt.fields...).Get("text"))))
		})
	}
	if len(desk.replies) != 0 {
		t.Errorf("it was sent: %+v", desk.replies)
	}
	c.upload(martaPath+"/replies/canned", form, map[string]string{"a.txt": "a"})
	wantIn(t, c.page(martaPath), "Buenas &lt;tardes&gt;\n\nNúmero", "a.txt")
}

func TestCannedAnswerInOtherMails(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	hello := desk.addCanned("Saludo", "care", map[string]string{"es": "Hola {{contact.address}} de {{department}}{{number}}"})
	form := with(c.form(c.page(oldPath), "/recontact"), "subject", "Su talla", "text", "Primero", "canned", hello.ID)
	if w := c.post(oldPath+"/recontact/canned", form); w.Header().Get("Location") != oldPath+"#resume" {
		t.Errorf("led to %q", w.Header().Get("Location"))
	}
	wantIn(t, c.page(oldPath), "Primero\n\nHola  de "+oldNumber+"</textarea>", `value="Su talla"`)
	w := c.post(oldPath+"/recontact/canned", with(form, "canned", "", "text", "Segundo"))
	wantIn(t, w.Body.String(), "Segundo</textarea>", "Elija primero")

	const contact = "/contacts/nueva@cliente.example"
	form = with(c.form(c.page(contact), "/mails"), "department", "care", "subject", "Hola", "text", "", "canned", hello.ID)
	if w := c.post(contact+"/mails/canned", form); w.Header().Get("Location") != contact+"#mail" {
		t.Errorf("led to %q", w.Header().Get("Location"))
	}
	wantIn(t, c.page(contact), "Hola nueva@cliente.example de care</textarea>", `value="Hola"`)
	w = c.post(contact+"/mails/canned", with(form, "canned_language", "pt", "text", "Segundo"))
	wantIn(t, w.Body.String(), "Segundo</textarea>", "ese idioma")
	if len(desk.moves) != 0 {
		t.Errorf("it was sent: %q", desk.moves)
	}
}

// TestCannedAnswerHasNoNameOfOurs: what agents call a contact among themselves stands in no mail to him.
func TestCannedAnswerHasNoNameOfOurs(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	hello := desk.addCanned("Saludo", "", map[string]string{"es": "Hola {{contact.name}}."})
	const marta = "marta@rios.example"
	if _, err := desk.NameContact(t.Context(), conversation.Intent{}, marta, "", "La de las botas"); err != nil {
		t.Fatal(err)
	}
	w := c.get("/canned/" + hello.ID + "/text?" + url.Values{"contact": {marta}}.Encode())
	if got := w.Body.String(); !strings.HasPrefix(got, "Hola Marta") {
		t.Errorf("it says %q", got)
	}
}

func TestCannedTextForTheScript(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	hello := desk.addCanned("Saludo", "", map[string]string{"es": "<b>{{number}}</b>"})
	path := "/canned/" + hello.ID + "/text?" + url.Values{"number": {martaNumber}}.Encode()
	w := c.get(path)
	if w.Code != http.StatusOK || w.Body.String() != "<b>"+martaNumber+"</b>" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("answered %d %q as %s", w.Code, w.Body, w.Header().Get("Content-Type"))
	}
	if w := c.get(path + "&language=en"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "ese idioma") {
		t.Errorf("in a language that it has not: %d %q", w.Code, w.Body)
	}
}

func TestTheEndOfAnAnswerIsShown(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	for i := range desk.dir.Departments {
		desk.dir.Departments[i].Signature = "Tienda <de> Ropa"
	}
	desk.dir.Build()
	wantIn(t, c.page(martaPath), "Termina con:", " · Tienda &lt;de&gt; Ropa", "-- \n", martaNumber)
	wantNotIn(t, c.page(oldPath), "Termina con:")
}
