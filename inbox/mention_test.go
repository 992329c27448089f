package inbox

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"recado/conversation"
)

func (d *fakeDesk) Mentions(_ context.Context, a conversation.Actor, _ conversation.Page) ([]conversation.ProtocolItem, string, error) {
	var out []conversation.ProtocolItem
	for number := range d.mentioned {
		if p, err := d.visible(a, number); err == nil {
			out = append(out, conversation.ProtocolItem{Protocol: p, Mentioned: true})
		}
	}
	return out, "", nil
}

func (d *fakeDesk) CountMentions(context.Context, conversation.Actor) (int, error) {
	return len(d.mentioned), nil
}

func (d *fakeDesk) Mentionable(_ context.Context, _ conversation.Actor, number, begins string) ([]*conversation.Agent, error) {
	return []*conversation.Agent{{Email: "eve@example.com", Name: "Eve <" + begins + ">"}}, nil
}

func TestMentionsAreListed(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	wantIn(t, c.page("/inbox?view=mentions"), "Nadie le ha mencionado")
	desk.mentioned = map[string]bool{martaNumber: true}
	page := c.page("/inbox?view=mentions")
	wantIn(t, page, `<a href="/inbox?view=mentions" aria-current="page"><span>Menciones</span> <b>1</b></a>`, martaPath+"?view=mentions", "le mencionan")
	wantNotIn(t, page, `class="sorts"`)
}

func TestANoteShowsWhomItTold(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	note := &conversation.Message{Kind: conversation.KindNote, Text: "<i> @Eve Hall, ¿lo ves? @eve", Mentions: []conversation.Mention{{Agent: "eve@example.com", As: "Eve Hall"}},
		From: conversation.ContactRef{Name: "Rui"}}
	desk.add(martaNumber, note, "")
	wantIn(t, c.page(martaPath), `&lt;i&gt; <b class="mention">@Eve Hall</b>, ¿lo ves? @eve</div>`)
}

func TestANoteSaysWhomItDidNotTell(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	form := with(c.form(c.page(martaPath), "/notes"), "text", "@Rui Prado mire esto; @nadie no existe")
	w := c.post(martaPath+"/notes?view=mine", form) // the fake tells nobody
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.Contains(to, "untold=rui%40example.com") || !strings.Contains(to, "view=mine") || !strings.Contains(to, "#m-") {
		t.Fatalf("%d, led to %q", w.Code, to)
	}
	to, _, _ = strings.Cut(to, "#")
	wantIn(t, c.page(to), "no se avisó a Rui Prado")
	wantNotIn(t, c.page(martaPath+"?untold=<script>"), "no se avisó")
}

func TestColleaguesAreSuggested(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	wantIn(t, c.page(martaPath+"/colleagues?begins=ev"), `role="option"`, "Eve &lt;ev&gt;", `aria-label="Colegas"`)
}
