package inbox

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"recado/conversation"
)

// Without a script a picture is attached first, and then stands where its mark is typed.
func TestPictureWithoutScript(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	form := c.form(c.page(martaPath), "/replies")
	w := c.upload(martaPath+"/draft", with(form, "text", "Así:", "keep", "1"), map[string]string{"a.gif": "GIF89a", "b.txt": "b"})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != martaPath+"#reply" {
		t.Fatalf("answered %d to %q", w.Code, w.Header().Get("Location"))
	}
	page := c.page(martaPath)
	button := regexp.MustCompile(`name="place" value="([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(button) != 1 {
		t.Fatalf("%d files can be put into the text, want the picture", len(button))
	}
	c.post(martaPath+"/draft", url.Values{"text": {"Así:"}, "place": {button[0][1]}})
	wantIn(t, c.page(martaPath), "Así:\n\n[image: a.gif]\n</textarea>")
	c.post(martaPath+"/draft", url.Values{"text": {"Así: [image: a.gif]"}, "remove": {button[0][1]}})
	page = c.page(martaPath)
	wantIn(t, page, "Así: </textarea>", "b.txt")
	wantNotIn(t, page, `name="place"`)
}

func TestPicturesStandInTheThread(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	m := desk.add(martaNumber, &conversation.Message{Kind: conversation.KindOut, Agent: "ana@example.com"}, `From: soporte@example.com
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain

Look: [image: a.gif] and [image: none.gif]
--a
Content-Type: multipart/related; type="text/html"; boundary=r

--r
Content-Type: text/html

Look: <img src="cid:1@x">
--r
Content-Type: image/gif; name=a.gif
Content-ID: <1@x>
Content-Disposition: inline; filename=a.gif

GIF89a
--r--
--a--
`)
	page := c.page(martaPath)
	wantIn(t, page, `Look: <img class="placed" src="/messages/`+m.ID+`/attachments/0" alt="a.gif" loading="lazy"> and [image: none.gif]`)
	wantNotIn(t, page, `<span class="name">a.gif</span>`)
}
