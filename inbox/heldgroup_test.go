package inbox

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"recado/conversation"
)

func TestHeldGroupIsOneLine(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.expiring = 3
	for i := range 50 {
		desk.held = append(desk.held, &conversation.Held{
			ID: desk.id(), Reason: conversation.HeldBackscatter, Department: "care", Subject: fmt.Sprint("Undelivered ", i), ReceivedAt: today.Add(-time.Hour),
			From: conversation.ContactRef{Address: fmt.Sprintf("daemon%d@storm.example", i)},
		})
	}
	page := c.page("/held")
	wantIn(t, page, "@storm.example", "50 correos", "3 correos se van solos dentro de una semana")
	wantNotIn(t, page, "Undelivered 1<")
	group := c.page("/held?department=care&reason=backscatter&who=%40storm.example")
	wantIn(t, group, "Undelivered 1<", "Undelivered 49<", `formaction="/held/discard"`)
	form := url.Values{"who": {"@storm.example"}, "reason": {"backscatter"}, "department": {"care"}, "until": {today.Format(time.RFC3339Nano)}}
	for name := range form {
		wantIn(t, group, `name="`+name+`"`)
	}
	if w := c.post("/held/accept", form); w.Code != http.StatusConflict {
		t.Errorf("accept what cannot be answered %d", w.Code)
	}
	before := len(desk.held)
	if w := c.post("/held/discard", form); w.Code != http.StatusSeeOther || len(desk.held) != before-50 {
		t.Errorf("discard answered %d and left %d of %d", w.Code, len(desk.held), before)
	}
	if w := c.post("/held/discard", nil); w.Code != http.StatusUnprocessableEntity || len(desk.held) != before-50 {
		t.Errorf("discard nothing in particular answered %d", w.Code)
	}
}
