package search_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/message"
	"recado/internal/search"
	"recado/store"
)

// desk is a Manager over a real store, with an index that goes along until stop.
type desk struct {
	*conversation.Manager
	t       *testing.T
	dir     string
	store   *store.Store
	index   *search.Index
	stop    func()
	passed  atomic.Int64 // nanoseconds since the first morning; the index reads the clock too
	letters int
}

var (
	operator = conversation.Actor{Operator: true}
	carer    = conversation.Actor{Email: "carer@shop.test", Role: conversation.RoleAgent, Departments: []string{"care"}}
	banker   = conversation.Actor{Email: "banker@shop.test", Role: conversation.RoleAgent, Departments: []string{"finance"}}
	admin    = conversation.Actor{Email: "admin@shop.test", Role: conversation.RoleAdmin, Departments: []string{"care"}}
	people   = conversation.Actor{Email: "people@shop.test", Role: conversation.RoleAgent, Departments: []string{"hr", "care"}}
)

func directory() *conversation.Directory {
	d := &conversation.Directory{
		Hostname: "mx.shop.test", Language: "en", Location: time.UTC, Limits: conversation.Limits{HeldDays: 90},
		Domains:     []conversation.Domain{{Name: "shop.test", Postmaster: "care@shop.test"}},
		Departments: []conversation.Department{{ID: "care", Name: "Atención al cliente"}, {ID: "finance", Name: "Finance"}, {ID: "hr", Name: "People", Isolated: true}},
	}
	for _, dep := range []string{"care", "finance", "hr"} {
		d.Channels = append(d.Channels, conversation.Channel{Email: dep + "@shop.test", Department: dep, Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold})
	}
	return d.Build()
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), stop: func() {}}
	var err error
	if d.store, err = store.Open(store.Options{Dir: d.dir, Now: d.clock, Reserve: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.stop()
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	})
	d.start()
	for _, a := range []conversation.Actor{carer, banker, admin, people} {
		err := d.store.Update(t.Context(), func(tx conversation.Tx) error {
			return tx.PutAgent(&conversation.Agent{Email: a.Email, Role: a.Role, Departments: a.Departments})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *desk) clock() time.Time {
	return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Add(time.Duration(d.passed.Load()))
}

// pass lets time pass, and returns what the clock shows then.
func (d *desk) pass(t time.Duration) time.Time {
	d.passed.Add(int64(t))
	return d.clock()
}

// start opens the index and lets it go along.
func (d *desk) start() {
	d.t.Helper()
	var err error
	if d.index, err = search.Open(search.Options{Dir: d.dir}); err != nil {
		d.t.Fatal(err)
	}
	d.Manager = conversation.NewManager(conversation.Options{
		Store: d.store, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests")), Index: d.index,
		Now: d.clock,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.index.Run(ctx, d.Manager)
	}()
	d.stop = func() {
		cancel()
		<-ended
		if err := d.index.Close(); err != nil {
			d.t.Error(err)
		}
		d.stop = func() {}
	}
}

// complete waits until the index is.
func (d *desk) complete() {
	d.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if p, err := d.SearchProgress(d.t.Context()); err == nil && !p.Building {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatal("the index is not complete")
		}
	}
}

type spool struct{ *bytes.Reader }

func (s spool) SHA256() [32]byte {
	b := make([]byte, s.Size())
	s.ReadAt(b, 0)
	return sha256.Sum256(b)
}

// receive takes a mail and returns the number of its protocol.
func (d *desk) receive(from, to, subject, text string, files ...string) string {
	d.t.Helper()
	d.letters++
	now := d.pass(time.Minute)
	raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%d@c.test>\r\nMIME-Version: 1.0\r\n", from, to, subject, d.letters)
	if len(files) == 0 {
		raw += "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
	} else {
		raw += "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
		for _, f := range files {
			raw += "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"" + f + "\"\r\n\r\n%PDF\r\n"
		}
		raw += "--b--\r\n"
	}
	parsed := message.ParseBytes([]byte(raw), message.Options{})
	out, err := d.Receive(d.t.Context(), &conversation.Incoming{
		At: now, Receipt: conversation.NewID(now), Parsed: parsed, Mail: spool{bytes.NewReader([]byte(raw))},
		Auth:     conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "none", DMARC: "none"},
		Envelope: conversation.Envelope{From: parsed.From[0].Address, Recipients: []string{to}, RemoteIP: netip.MustParseAddr("192.0.2.1")},
	})
	if err != nil || out.Action != conversation.Accepted {
		d.t.Fatalf("receive: %v, %v", out, err)
	}
	return out.Fates[0].Number
}

func (d *desk) search(actor conversation.Actor, r conversation.SearchRequest) *conversation.SearchResult {
	d.t.Helper()
	found, err := d.Search(d.t.Context(), actor, r)
	if err != nil {
		d.t.Fatalf("%q: %v", r.Query, err)
	}
	return found
}

// find are the numbers that a query finds.
func (d *desk) find(actor conversation.Actor, query string) []string {
	d.t.Helper()
	var out []string
	for _, h := range d.search(actor, conversation.SearchRequest{Query: query}).Hits {
		out = append(out, h.Number)
	}
	return out
}

func intent(a conversation.Actor) conversation.Intent { return conversation.Intent{Actor: a} }

func TestSearch(t *testing.T) {
	d := newDesk(t)
	cup := d.receive("Íñigo Peña <inigo@c.test>", "care@shop.test", "Devolución", "Las tazas de gres llegaron ROTAS, pedido A-00123.", "factura número 7.pdf")
	pot := d.receive("bea@other.test", "finance@shop.test", "Invoice 2026", "The kettle's price is <b>wrong</b>: 45,50 euros.")
	d.pass(48 * time.Hour)
	tea := d.receive("João <joao@m.test>", "care@shop.test", "Pergunta", "A chaleira ágata está disponível?")
	if _, err := d.AddNote(t.Context(), intent(carer), tea, "Preguntar al almacén de Málaga"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Assign(t.Context(), intent(carer), tea, carer.Email); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reply(t.Context(), intent(operator), cup, conversation.ReplyRequest{Text: "Enviamos otras sin coste"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finalize(t.Context(), intent(operator), pot, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"a word", "tazas", []string{cup}},
		{"case left aside", "rotas", []string{cup}},
		{"accents left aside", "devolucion", []string{cup}},
		{"accents that are not there", "tázas", []string{cup}},
		{"decomposed accents", "devolucio\u0301n", []string{cup}},
		{"the beginning of a word", "devol", []string{cup}},
		{"too short for a beginning", "ta", nil},
		{"words in any order", "rotas tazas", []string{cup}},
		{"words that are not together", "tazas kettle", nil},
		{"several together", `"tazas de gres"`, []string{cup}},
		{"several together in another order", `"gres de tazas"`, nil},
		{"quoted words are whole", `"devol"`, nil},
		{"a subject", "subject:invoice", []string{pot}},
		{"a word that is in no subject", "subject:kettle", nil},
		{"a sender's name", "from:inigo", []string{cup}},
		{"a sender's address with a word", "from:inigo@c.test tazas", []string{cup}},
		{"a sender's domain", "from:c.test", []string{cup}},
		{"a recipient", "to:finance@shop.test", []string{pot}},
		{"our recipient", "to:inigo@c.test", []string{cup}},
		{"an answer", "coste", []string{cup}},
		{"a note", "malaga", []string{tea}},
		{"an attachment's name", "factura numero", []string{cup}},
		{"an attachment", "has:attachment", []string{cup}},
		{"an attachment and a word", "has:attachment chaleira", nil},
		{"a number alone", cup, []string{cup}},
		{"a number by name", "number:" + tea, []string{tea}},
		{"the beginning of a number", "number:20261122", []string{tea}},
		{"an address alone", "BEA@other.test", []string{pot}},
		{"a status", "status:finalized", []string{pot}},
		{"a status and a word", "status:open invoice", nil},
		{"a department", "department:finance", []string{pot}},
		{"a department's name", `department:"atencion al cliente" chaleira`, []string{tea}},
		{"an agent", "agent:carer@shop.test", []string{tea}},
		{"an agent's name before the @", "agent:carer", []string{tea}},
		{"nobody's", "agent:none tazas", []string{cup}},
		{"before a day", "before:2026-11-21 kettle", []string{pot}},
		{"before the day itself", "before:2026-11-20", nil},
		{"after a day", "after:2026-11-21 chaleira", []string{tea}},
		{"on that day too", "after:2026-11-20 tazas", []string{cup}},
		{"syntax of the index", `tazas OR kettle`, nil},
		{"syntax of the index, quoted", `"tazas" * NOT "x`, nil},
		{"a column of the index", "marks:attachment", nil},
		{"a colon within", "euros: 45,50", []string{pot}},
		{"a zero", "tazas\x00", []string{cup}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, d.find(operator, c.query)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.query, diff)
			}
		})
	}
	for _, c := range []struct {
		name   string
		query  string
		filter conversation.ProtocolFilter
		want   int
	}{
		{"a number of another status", pot, conversation.ProtocolFilter{Status: conversation.Open}, 0},
		{"a number of another department", pot, conversation.ProtocolFilter{Departments: []string{"care"}}, 0},
		{"a number of nobody", "20261123-000042", conversation.ProtocolFilter{}, 0},
		{"another contact's address", "bea@other.test", conversation.ProtocolFilter{Contact: "inigo@c.test"}, 0},
		{"an address of another status", "bea@other.test", conversation.ProtocolFilter{Status: conversation.Open}, 0},
		{"words of another status", "kettle", conversation.ProtocolFilter{Status: conversation.Open}, 0},
		{"words of the status", "kettle", conversation.ProtocolFilter{Status: conversation.Finalized}, 1},
		{"words of a contact", "tazas", conversation.ProtocolFilter{Contact: "inigo@c.test"}, 1},
		{"words of another contact", "tazas", conversation.ProtocolFilter{Contact: "bea@other.test"}, 0},
		{"words of an end", "kettle", conversation.ProtocolFilter{After: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, 1},
		{"words of another end", "kettle", conversation.ProtocolFilter{Before: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, 0},
		{"words of what goes on have no end", "tazas", conversation.ProtocolFilter{After: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := d.search(operator, conversation.SearchRequest{Query: c.query, Filter: c.filter}).Hits; len(got) != c.want {
				t.Errorf("%d found, want %d", len(got), c.want)
			}
		})
	}
	if got := d.find(operator, "after:2026-11-20"); len(got) != 3 {
		t.Errorf("no words: %v, want all three", got)
	}
}

func TestSnippet(t *testing.T) {
	d := newDesk(t)
	d.receive("a@c.test", "care@shop.test", "Hi", strings.Repeat("nothing here ", 40)+"<script>la Devolución</script> "+strings.Repeat("and more ", 40))
	hit := d.search(operator, conversation.SearchRequest{Query: "devoluc"}).Hits[0]
	var marked []string
	length := 0
	for _, s := range hit.Snippet {
		if length += len(s.Text); s.Hit {
			marked = append(marked, s.Text)
		}
	}
	if diff := cmp.Diff([]string{"Devolución"}, marked); diff != "" || length > 300 {
		t.Errorf("%d octets, marked (-want +got):\n%s", length, diff)
	}
}

// TestRights: what an actor may not see he does not find, whenever it was indexed.
func TestRights(t *testing.T) {
	d := newDesk(t)
	mine := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	secret := d.receive("b@c.test", "hr@shop.test", "Two", "porcelain salary")
	find := func(name string, actor conversation.Actor, query string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, d.find(actor, query)); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", name, query, diff)
		}
	}
	find("his own department", carer, "porcelain", mine)
	find("an isolated department is not an admin's", admin, "porcelain", mine)
	find("an isolated department's number", admin, secret)
	find("an isolated department's customer", admin, "b@c.test")
	find("of both", people, "porcelain", secret, mine)
	find("of neither", banker, "porcelain")

	if _, err := d.Transfer(t.Context(), intent(carer), mine, conversation.TransferRequest{Department: "finance"}); err != nil {
		t.Fatal(err)
	}
	find("after a transfer", banker, "porcelain", mine)
	if _, err := d.AddNote(t.Context(), intent(people), secret, "confidential warning"); err != nil {
		t.Fatal(err)
	}
	find("a note of an isolated department", admin, "confidential")
	if _, err := d.Transfer(t.Context(), intent(people), secret, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	find("what was said behind the wall", carer, "confidential")
	find("what was said behind the wall, to who was there", people, "confidential", secret)
	if _, err := d.Transfer(t.Context(), intent(people), secret, conversation.TransferRequest{Department: "hr"}); err != nil {
		t.Fatal(err)
	}
	find("taken behind the wall", carer, "salary")

	for _, query := range []string{"department:hr", "department:people", "department:nothing"} {
		_, err := d.Search(t.Context(), carer, conversation.SearchRequest{Query: query})
		var e *conversation.Error
		if !errors.As(err, &e) || strings.Contains(e.Text, "finance") || strings.Contains(e.Text, "one of care, hr") {
			t.Errorf("%s: %v, want that there is no such department", query, err)
		}
	}
}

// TestPages: each protocol once, however many of its messages are found, the newest first.
func TestPages(t *testing.T) {
	d := newDesk(t)
	var want []string
	for range 3 {
		for i := range 5 {
			n := d.receive(fmt.Sprintf("c%d@c.test", i), "care@shop.test", "Tea", "porcelain")
			if !slices.Contains(want, n) {
				want = append(want, n)
			}
		}
	}
	slices.Reverse(want)
	var got []string
	r := conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 2}}
	for range 10 {
		found := d.search(carer, r)
		for _, h := range found.Hits {
			got = append(got, h.Number)
		}
		if r.Page.Cursor = found.Next; found.Next == "" {
			break
		}
		if _, err := d.Search(t.Context(), carer, conversation.SearchRequest{Query: "kettle", Page: r.Page}); err == nil {
			t.Error("the cursor of one search was taken for another's")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMoves: what was split off or merged is found where it is.
func TestMoves(t *testing.T) {
	d := newDesk(t)
	n := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	d.receive("a@c.test", "care@shop.test", "Two", "kettle")
	c, err := d.Conversation(t.Context(), operator, n)
	if err != nil {
		t.Fatal(err)
	}
	part, err := d.Split(t.Context(), intent(operator), n, c.Entries[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.find(operator, "kettle"); !slices.Equal(got, []string{part.Number}) {
		t.Errorf("after a split: %v, want %s", got, part.Number)
	}
	if _, err := d.Merge(t.Context(), intent(operator), part.Number, n); err != nil {
		t.Fatal(err)
	}
	if got := d.find(operator, "kettle"); !slices.Equal(got, []string{n}) {
		t.Errorf("after a merge: %v, want %s", got, n)
	}
}

// change changes the file of an index that is closed.
func change(query string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnew: an index that is gone, damaged, of another version or of another store is made anew; one that was
// stopped goes on.
func TestAnew(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"stopped", func(*testing.T, string) {}},
		{"gone", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"empty", func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"no database", func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("garbage "), 4096), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"torn", func(t *testing.T, path string) {
			if err := os.Truncate(path, 8192); err != nil {
				t.Fatal(err)
			}
		}},
		{"of a newer version", change("UPDATE meta SET value = '1000' WHERE name = 'version'; ALTER TABLE docs ADD COLUMN more TEXT")},
		{"of another version", change("UPDATE meta SET value = '0' WHERE name = 'version'")},
		{"of another store", change("UPDATE meta SET value = '1000000' WHERE name = 'position'")},
		{"not complete", change("INSERT INTO meta VALUES ('building', ''); DELETE FROM docs; DELETE FROM words")},
		{"a table is missing", change("DROP TABLE docs")},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			first := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
			d.complete()
			d.find(operator, "porcelain")
			d.stop()
			c.damage(t, filepath.Join(d.dir, search.FileName))
			second := d.receive("b@c.test", "care@shop.test", "Two", "porcelain")
			d.start()
			var got []string
			for deadline := time.Now().Add(20 * time.Second); len(got) < 2 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
				if r, err := d.Search(t.Context(), operator, conversation.SearchRequest{Query: "porcelain"}); err == nil {
					got = nil
					for _, h := range r.Hits {
						got = append(got, h.Number)
					}
				}
			}
			if diff := cmp.Diff([]string{second, first}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRebuild: on demand, by who may, with mail coming in.
func TestRebuild(t *testing.T) {
	d := newDesk(t)
	for i := range 250 {
		d.receive(fmt.Sprintf("c%d@c.test", i), "care@shop.test", "Tea", "porcelain")
	}
	if err := d.RebuildSearch(t.Context(), intent(carer)); err == nil {
		t.Error("an agent let the index be made anew")
	}
	if err := d.RebuildSearch(t.Context(), intent(admin)); err != nil {
		t.Fatal(err)
	}
	late := d.receive("late@c.test", "care@shop.test", "Tea", "earthenware")
	d.complete()
	if got := d.find(operator, "earthenware"); !slices.Equal(got, []string{late}) {
		t.Errorf("what came meanwhile: %v, want %s", got, late)
	}
	if got := d.search(operator, conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 500}}).Hits; len(got) != 250 {
		t.Errorf("%d are found, want 250", len(got))
	}
}

// TestReadOnly is a command's look at what a server left.
func TestReadOnly(t *testing.T) {
	d := newDesk(t)
	if _, err := search.Open(search.Options{Dir: t.TempDir(), ReadOnly: true}); err == nil {
		t.Error("an index that is not there was opened")
	}
	n := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	d.find(operator, "porcelain")
	d.stop()
	x, err := search.Open(search.Options{Dir: d.dir, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	m := conversation.NewManager(conversation.Options{Store: d.store, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests")), Index: x})
	found, err := m.Search(t.Context(), operator, conversation.SearchRequest{Query: "porcelain"})
	if err != nil || len(found.Hits) != 1 || found.Hits[0].Number != n {
		t.Errorf("%v, %v", found, err)
	}
	none := conversation.NewManager(conversation.Options{Store: d.store, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests"))})
	if found, err := none.Search(t.Context(), operator, conversation.SearchRequest{Query: n}); err != nil || len(found.Hits) != 1 {
		t.Errorf("a number without an index: %v, %v", found, err)
	}
	if _, err := none.Search(t.Context(), operator, conversation.SearchRequest{Query: "porcelain"}); !errors.Is(err, conversation.ErrNoIndex) {
		t.Errorf("words without an index: %v", err)
	}
}

// FuzzSearch: whatever is typed, the index is asked something that it understands.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"tazas", `"a b" c*`, `" OR *`, "from:x subject:\"", "NEAR(a b)", "{body} : x", "^a", "a\x00b", "has:attachment before:2026-01-01", "\u0301", "ﬁ ß İ"} {
		f.Add(s)
	}
	x, err := search.Open(search.Options{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { x.Close() })
	f.Fuzz(func(t *testing.T, s string) {
		q, err := conversation.ParseQuery(s, time.UTC)
		if err != nil {
			var e *conversation.Error
			if !errors.As(err, &e) {
				t.Errorf("%q: %v is no answer", s, err)
			}
			return
		}
		if err := x.Search(t.Context(), q, 0, func(conversation.Match) bool { return true }); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		var line strings.Builder
		for _, span := range q.Mark(s) {
			line.WriteString(span.Text)
		}
		if line.String() != s {
			t.Errorf("marking %q made %q of it", s, line.String())
		}
	})
}
