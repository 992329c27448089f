package inbox

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/say"
)

// counted are the figures of the fake desk.
func counted(opened, finalized int) conversation.Figures {
	f := conversation.Figures{Opened: opened, Finalized: finalized, Received: 12345, Sent: 2}
	f.FirstAnswer.Count, f.FirstAnswer.Spread[20] = 1, 1 // about 76 minutes
	f.Resolution.Count, f.Resolution.Spread[40] = 1, 1   // about five days
	return f
}

// Numbers is a desk that counted for three days, of the departments that the actor sees.
func (d *fakeDesk) Numbers(_ context.Context, a conversation.Actor, q conversation.NumbersQuery) (*conversation.Numbers, error) {
	from, to, mistake := q.Days(d.dir, d.now)
	switch {
	case mistake != "":
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("no such days")}
	case a.Role == conversation.RoleAgent && q.Agent != "" && q.Agent != a.Email:
		return nil, &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("not yours")}
	}
	n := &conversation.Numbers{From: from, To: to}
	for i := range d.dir.Departments {
		if dep := &d.dir.Departments[i]; a.Sees(d.dir, dep.ID) && (q.Department == "" || q.Department == dep.ID) {
			n.Departments = append(n.Departments, conversation.NumbersRow{ID: dep.ID, Name: dep.Name, Waiting: 1, WaitingSince: d.now.Add(-30 * time.Hour)})
		}
	}
	if len(n.Departments) == 0 {
		return n, nil
	}
	n.Total = conversation.NumbersRow{Figures: counted(7, 5), Waiting: 3, WaitingSince: d.now.Add(-30 * time.Hour)}
	n.Agents = []conversation.NumbersRow{{ID: a.Email, Name: "=" + a.Name, Figures: counted(1, 1)}, {Figures: conversation.Figures{Opened: 6}}}
	n.Since = time.Date(2026, 11, 21, 0, 0, 0, 0, d.dir.Location)
	for i, f := range []conversation.Figures{counted(3, 0), counted(0, 5), {Opened: 4}} {
		day := n.Since.AddDate(0, 0, i)
		if text := day.Format(time.DateOnly); !day.Before(from) && !day.After(to) {
			n.Days = append(n.Days, conversation.NumbersRow{ID: text, Name: text, Figures: f})
		}
	}
	return n, nil
}

// svgOf is the chart of a page, which must be well-formed.
func svgOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, "<svg")
	svg, _, found := strings.Cut(rest, "</svg>")
	if !found {
		return ""
	}
	svg = "<svg" + svg + "</svg>"
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return svg
		} else if err != nil {
			t.Fatalf("the chart: %v\n%s", err, svg)
		}
	}
}

func TestNumbersScreen(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	page := c.page("/numbers")
	wantIn(t, page, `<a href="/numbers" aria-current="page" data-go="n">`, `name="from" value="2026-10-27"`, `name="to" value="2026-11-23"`,
		`Se cuenta desde el 21 nov.`, `<dd>3 <span class="wait hot">el que más, 30 h</span></dd>`, `≈ 1,3 h`, `1,3 h <span class="small">/ 1,3 h</span>`, `4,6 d`, `12.345`,
		`<th scope="row">23 nov</th>`, `<th scope="row">Nadie</th>`, `href="/numbers.csv"`, `Atención al cliente`, `<option value="ana@example.com">`)
	wantNotIn(t, page, "Personas", "eve@example.com", "style=")
	if at := strings.Index(page, ">23 nov<"); strings.Contains(page[:at], `scope="row">21 nov`) {
		t.Error("the days do not begin with the latest")
	}
	svg := svgOf(t, page)
	wantIn(t, svg, `Por día, del 21 nov al 23 nov: abiertos 7, finalizados 5.`, `<path class="opened" d="M0.0 100.0 L500.0 200.0 L1000.0 66.7">`,
		`<path class="finalized" d="M0.0 200.0 L500.0 33.3 L1000.0 200.0">`, `<path class="area" d="M0 200 L0.0 100.0 L500.0 200.0 L1000.0 66.7 L1000 200 Z">`)

	one := c.page("/numbers?from=2026-11-22&to=2026-11-22&department=care&agent=ana@example.com")
	wantIn(t, one, `<option value="care" selected>`, `<option value="ana@example.com" selected>`,
		`href="/numbers.csv?agent=ana%40example.com&amp;department=care&amp;from=2026-11-22&amp;to=2026-11-22"`)
	wantNotIn(t, one, "Se cuenta desde")
	if svg = svgOf(t, one); strings.Contains(svg, "area") || !strings.Contains(svg, `d="M500.0 33.3 h0"`) {
		t.Errorf("one day alone: %s", svg)
	}
	before := c.page("/numbers?to=2026-11-01")
	wantIn(t, before, "En esos días no se contó nada: se empezó el 21 nov.")
	wantNotIn(t, before, "<svg", "NaN")
}

func TestNumbersMistakes(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/numbers?from=ayer":                                {422, `aria-describedby="wrong-from"><span class="mistake" id="wrong-from">Escriba el día`},
		"/numbers?to=2026-02-30":                            {422, `id="wrong-to">Escriba el día`},
		"/numbers?from=2026-11-02&to=2026-11-01":            {422, `id="wrong-to">El final es anterior`},
		"/numbers?from=2024-01-01&to=2026-11-01":            {422, `id="wrong-from">No se muestran más de 366 días`},
		"/numbers?from=%22%3E%3Cscript%3E":                  {422, `value="&#34;&gt;&lt;script&gt;"`},
		"/numbers?department=hr":                            {404, ""},
		"/numbers.csv?department=hr":                        {404, ""},
		"/numbers?agent=eve@example.com":                    {403, ""},
		"/numbers.csv?from=ayer":                            {422, ""},
		"/numbers?agent=ana@example.com&nothing=whatsoever": {200, ""},
	} {
		w := c.get(path)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s: %d, without %q", path, w.Code, want.says)
		}
		if want.status == 422 && strings.Contains(w.Body.String(), "<svg") {
			t.Errorf("%s: there are numbers beside the mistake", path)
		}
	}
}

func TestNumbersFile(t *testing.T) {
	c, _ := loggedIn(t, "rui@example.com")
	w := c.get("/numbers.csv?from=2026-11-21&to=2026-11-22")
	if got := w.Header().Get("Content-Type") + " " + w.Header().Get("Content-Disposition"); got != `text/csv; charset=utf-8; header=present attachment; filename="recado-numbers-2026-11-21-2026-11-22.csv"` {
		t.Error(got)
	}
	lines := strings.Split(w.Body.String(), "\r\n")
	want := []string{"total,,,3,2026-11-22T09:04:00Z,7,5,0,12345,2,", "department,sales,Ventas,1,2026-11-22T09:04:00Z,0,0,0,0,0,0,,,,0,,,",
		"agent,rui@example.com,'=Rui Prado,0,,1,1,0,12345,2,", "agent,,,0,,6,0,", "day,2026-11-21,2026-11-21,0,,3,0,", "day,2026-11-22,2026-11-22,0,,0,5,"}
	if len(lines) != len(want)+2 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	for i, line := range want {
		if !strings.HasPrefix(lines[i+1], line) {
			t.Errorf("line %d is %q, want %q…", i+1, lines[i+1], line)
		}
	}
}

func TestNumbersOfNothing(t *testing.T) {
	c, _ := loggedIn(t, "new@example.com")
	page := c.page("/numbers")
	wantIn(t, page, `<p class="notice">`, `<dd>–</dd>`)
	wantNotIn(t, page, "<svg", `id="by-day"`, `id="by-agent"`)
}

// TestNumbersLoggedOut: the file is no way round the log-in.
func TestNumbersLoggedOut(t *testing.T) {
	in := newInbox(t, sampleDesk(), newFakeAgents(), nil)
	for _, path := range []string{"/numbers", "/numbers.csv"} {
		w := httptest.NewRecorder()
		in.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestChartAxis(t *testing.T) {
	for most, want := range map[int]int{0: 2, 1: 2, 2: 2, 3: 4, 5: 6, 7: 10, 11: 20, 41: 60, 999: 1000, 1001: 2000} {
		if got := roundUp(most); got != want || got%2 != 0 {
			t.Errorf("%d: %d, want %d", most, got, want)
		}
	}
}
