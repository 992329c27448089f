package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// manyChannels is how many channels the file of the edits has; the first untouched ones of them are never edited.
const (
	manyChannels = 1000
	untouched    = 50
)

// aThousand is a channel file with a comment in every place that an edit might lose it from, each with a name of its own.
func aThousand() string {
	var b strings.Builder
	b.WriteString("# our domain\n[[domain]]\nname = \"shop.test\" # the shop\npostmaster = \"c0@shop.test\"\n")
	for _, d := range []string{"care", "sales"} {
		fmt.Fprintf(&b, "\n# department %s\n[[department]]\nid = %[1]q # its id %[1]s\nacknowledge = false\n", d)
	}
	for i := range manyChannels {
		fmt.Fprintf(&b, "\n# above %d\n[[channel]] # head %[1]d\nemail      = \"c%[1]d@shop.test\" # email %[1]d\n# between %[1]d\ndepartment = %q   # department %[1]d\n", i, departmentOf(i))
		if i%2 == 0 {
			fmt.Fprintf(&b, "status = \"active\" # status %d\n", i)
		}
		if i%3 == 0 {
			fmt.Fprintf(&b, "# robots %d\nrobots = [ # begin %[1]d\n  \"robot.test\", # robot %[1]d\n] # end %[1]d\n", i)
		}
		if i%50 == 49 {
			fmt.Fprintf(&b, "\n# apart from everything %d\n", i)
		}
	}
	return b.String() + "\n# the end\n"
}

func departmentOf(i int) string { return []string{"care", "sales"}[i%2] }

// comments are those of a file, in their order.
func comments(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if i := strings.IndexByte(line, '#'); i >= 0 {
			out = append(out, strings.TrimSpace(line[i:]))
		}
	}
	return out
}

// rowState is what a channel is to be.
type rowState struct{ department, send, status string }

// fileEdits makes random edits of a product's channel file, and knows what it is to say.
type fileEdits struct {
	*product
	rng    *rand.Rand
	screen *session
	local  *http.Client        // the operator, over the socket
	rows   map[string]rowState // by email
	added  []string            // rows that we added: they have no comments that could be lost with them
	serial int
}

// TestEditsOfAThousand makes a hundred random edits of a file of a thousand channels, on the screen, by command and with editors, while
// mail comes in: every comment is still there, every valid state was taken up, and no mail was refused.
func TestEditsOfAThousand(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: aThousand(), limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	p.agent("boss@shop.test", "Boss", "--role", "admin", "--department", "care", "--language", "en")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	e := &fileEdits{product: p, rng: rand.New(rand.NewPCG(seed, 0)), screen: p.session("boss@shop.test"), local: p.socket(), rows: map[string]rowState{}}
	for i := range manyChannels {
		e.rows[fmt.Sprintf("c%d@shop.test", i)] = rowState{departmentOf(i), "all", "active"}
	}
	before, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	halt := p.keepSending(seed)
	for i := range 100 {
		what, email := e.edit()
		if t.Failed() {
			t.Fatalf("edit %d, %s of %s", i, what, email)
		}
		e.takenUp(fmt.Sprintf("edit %d, %s of %s", i, what, email), email)
	}
	sent := halt()
	if sent == 0 {
		t.Error("no mail came in meanwhile")
	}
	t.Logf("%d mails meanwhile", sent)
	after, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := comments(string(before)), comments(string(after)); !slices.Equal(got, want) {
		t.Errorf("of %d comments %d are there, or their order changed", len(want), len(got))
	}
	got := map[string]rowState{}
	for _, c := range all[channelDoc](p, "channel", "list") {
		got[c.Email] = rowState{c.Department, c.Send, c.status()}
	}
	if !maps.Equal(got, e.rows) {
		t.Errorf("%d channels are not the %d that they should be", len(got), len(e.rows))
	}
}

// channelDoc is a channel as a listing has it.
type channelDoc struct {
	Email, Department, Send string
	Status                  any // a word; of a problem, a number
}

func (c channelDoc) status() string {
	word, _ := c.Status.(string)
	return word
}

// keepSending sends mail to channels that nobody edits until halt, which tells how many there were.
func (p *product) keepSending(seed uint64) (halt func() (sent int)) {
	rng := rand.New(rand.NewPCG(seed, 1))
	stop := make(chan struct{})
	pace := time.NewTicker(20 * time.Millisecond) // there is other work to do
	var sending sync.WaitGroup
	sent := 0
	sending.Go(func() {
		defer pace.Stop()
		for {
			select {
			case <-stop:
				return
			case <-pace.C:
			}
			to := fmt.Sprintf("c%d@shop.test", rng.IntN(untouched))
			raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %d\r\nMessage-ID: <%[3]d@verified.test>\r\n\r\nHello\r\n", ana, to, sent)
			if code, text, err := p.tryDeliver(ana, []string{to}, raw); err != nil || code != 250 {
				p.t.Errorf("mail %d to %s was answered %d %s, %v", sent, to, code, text, err)
				return
			}
			sent++
		}
	})
	once := sync.OnceFunc(func() { close(stop) })
	p.t.Cleanup(func() { once(); sending.Wait() }) // where an edit ends the test, too
	return func() int { once(); sending.Wait(); return sent }
}

// edit makes one edit and says what it was.
func (e *fileEdits) edit() (what, email string) {
	e.t.Helper()
	way := e.rng.IntN(3)
	ways := []func(email string, old, now rowState){e.onScreen, e.byCommand, e.withEditor}
	names := []string{"screen", "command", "editor"}
	switch n := e.rng.IntN(10); {
	case n < 2 || n < 4 && len(e.added) == 0:
		email = fmt.Sprintf("n%d@shop.test", e.serial)
		e.serial++
		now := rowState{[]string{"care", "sales"}[e.rng.IntN(2)], []string{"all", "receptive"}[e.rng.IntN(2)], "active"}
		ways[way](email, rowState{}, now)
		e.rows[email], e.added = now, append(e.added, email)
		return names[way] + " adds", email
	case n < 4:
		i := e.rng.IntN(len(e.added))
		email = e.added[i]
		ways[way](email, e.rows[email], rowState{})
		delete(e.rows, email)
		e.added = slices.Delete(e.added, i, i+1)
		return names[way] + " removes", email
	}
	email = fmt.Sprintf("c%d@shop.test", untouched+e.rng.IntN(manyChannels-untouched))
	old := e.rows[email]
	now := old
	now.status = map[string]string{"active": "inactive", "inactive": "active"}[old.status]
	if way == 1 { // the screen has the switch alone
		now.send = []string{"all", "receptive"}[e.rng.IntN(2)]
		now.department = []string{"care", "sales"}[e.rng.IntN(2)]
	}
	ways[way](email, old, now)
	e.rows[email] = now
	return names[way] + " sets", email
}

// takenUp waits until the running server has the row as it should be, and asks it by SMTP.
func (e *fileEdits) takenUp(what, email string) {
	e.t.Helper()
	want := e.rows[email]
	eventually(e.t, what+" is taken up", func() bool { return e.rowOf(email) == want })
	code := 550
	if want.status == "active" {
		code = 250
	}
	e.receives(email, code)
}

// rowOf is what the running server holds of a channel.
func (e *fileEdits) rowOf(email string) rowState {
	e.t.Helper()
	answer, err := e.local.Get("http://recado/api/v1/channels/" + email)
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Body.Close()
	var c channelDoc
	if err := json.NewDecoder(answer.Body).Decode(&c); err != nil {
		e.t.Fatal(err)
	}
	return rowState{c.Department, c.Send, c.status()}
}

// onScreen sends the forms of Settings > Channels > Email. Now and then the page is an old one by then: that is said, and
// the newer page serves.
func (e *fileEdits) onScreen(email string, old, now rowState) {
	e.t.Helper()
	action, has, values := "/settings/channels", url.Values(nil), url.Values{"email": {email}, "send": {now.send}, "department": {now.department}}
	switch {
	case now == rowState{}:
		action, has, values = "/settings/channels/delete", url.Values{"email": {email}}, nil
	case old != rowState{}:
		action, has, values = "/settings/channels/status", url.Values{"email": {email}, "status": {now.status}}, nil
	}
	page := e.pageOf(email, old)
	if e.rng.IntN(3) == 0 {
		other := fmt.Sprintf("n%d@shop.test", e.serial)
		e.serial++
		e.mustRun("channel", "add", other, "--department", "care", "--send", "receptive")
		e.rows[other], e.added = rowState{"care", "receptive", "active"}, append(e.added, other)
		if status, _ := e.screen.send(page, action, has, values); status != http.StatusConflict {
			e.t.Errorf("a form of an old page was answered %d, want 409", status)
		}
		page = e.pageOf(email, old)
	}
	if status, body := e.screen.send(page, action, has, values); status != http.StatusOK {
		e.t.Errorf("%s %v %v: %d\n%.3000s", action, has, values, status, body)
	}
}

// pageOf is the page of the settings that has the row; the first one, where there is none yet.
func (e *fileEdits) pageOf(email string, old rowState) string {
	e.t.Helper()
	first := manyChannels // those that were added stand behind the others
	fmt.Sscanf(email, "c%d@", &first)
	if old == (rowState{}) {
		first = 0
	}
	const rowsOfPage = 200
	for n := first / rowsOfPage; n < 20; n++ {
		status, body := e.screen.get(fmt.Sprintf("/settings/channels?page=%d", n))
		if status != http.StatusOK {
			e.t.Fatalf("settings: %d", status)
		}
		if old == (rowState{}) || strings.Contains(body, `name="email" value="`+email+`"`) {
			return body
		}
	}
	e.t.Fatalf("%s is on no page of the settings", email)
	return ""
}

func (e *fileEdits) byCommand(email string, old, now rowState) {
	e.t.Helper()
	switch {
	case old == rowState{}:
		e.mustRun("channel", "add", email, "--department", now.department, "--send", now.send)
	case now == rowState{}:
		e.mustRun("channel", "remove", email)
	case now.send == old.send && now.department == old.department:
		e.mustRun("channel", map[string]string{"active": "enable", "inactive": "disable"}[now.status], email)
	default:
		e.mustRun("channel", "set", email, "--department", now.department, "--send", now.send, "--status", now.status)
	}
}

// withEditor edits the text as a person does, and saves it. Now and then a mistake is saved first.
func (e *fileEdits) withEditor(email string, old, now rowState) {
	e.t.Helper()
	data, err := os.ReadFile(e.file)
	if err != nil {
		e.t.Fatal(err)
	}
	text := string(data)
	if old == (rowState{}) {
		text += fmt.Sprintf("\n[[channel]]\nemail = %q\ndepartment = %q\nsend = %q\n", email, now.department, now.send)
	} else {
		text = inRow(text, email, now)
	}
	if e.rng.IntN(4) == 0 {
		e.save(text + "\nstatus = \"asleep\"\n")
		eventually(e.t, "the mistake is told", func() bool { return strings.Contains(e.metrics(), "\nrecado_channel_file_valid 0\n") })
		e.receives("c0@shop.test", 250)
		if _, errs, status := e.run("channel", "disable", "c1@shop.test"); status != 2 {
			e.t.Errorf("an edit of a file with a mistake: exit status %d %s", status, errs)
		}
	}
	e.save(text)
	eventually(e.t, "the file is valid", func() bool { return strings.Contains(e.metrics(), "\nrecado_channel_file_valid 1\n") })
}

// inRow is the text with a row taken out, or with its status as it is to be.
func inRow(text, email string, now rowState) string {
	lines := slices.Collect(strings.Lines(text))
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"`+email+`"`) })
	first := at
	for !strings.HasPrefix(lines[first], "[[") {
		first--
	}
	end := at
	for end < len(lines) && strings.TrimSpace(lines[end]) != "" {
		end++
	}
	if now == (rowState{}) {
		return strings.Join(slices.Delete(lines, first, end), "")
	}
	for i := first; i < end; i++ {
		if strings.HasPrefix(lines[i], "status") {
			lines[i] = strings.NewReplacer(`"active"`, `"`+now.status+`"`, `"inactive"`, `"`+now.status+`"`).Replace(lines[i])
			return strings.Join(lines, "")
		}
	}
	return strings.Join(slices.Insert(lines, at+1, fmt.Sprintf("status = %q\n", now.status)), "")
}

// save writes the file in one of the ways that editors have.
func (e *fileEdits) save(text string) {
	e.t.Helper()
	var steps []func() error
	write := func(path, text string) func() error {
		return func() error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	e.serial++
	beside := filepath.Join(e.dir, fmt.Sprintf("recado.toml.%d", e.serial))
	switch e.rng.IntN(5) {
	case 0: // truncated and written in two steps
		steps = append(steps, write(e.file, text[:len(text)/2]), write(e.file, text))
	case 1: // written beside it and put in its place
		steps = append(steps, write(beside, text), func() error { return os.Rename(beside, e.file) })
	case 2: // moved away for a backup and written anew
		steps = append(steps, func() error { return os.Rename(e.file, e.file+"~") }, write(e.file, text))
	case 3: // removed and written anew
		steps = append(steps, func() error { return os.Remove(e.file) }, write(e.file, text))
	case 4: // a link to the new one put in its place
		link := beside + ".link"
		steps = append(steps, write(beside, text), func() error { return os.Symlink(beside, link) }, func() error { return os.Rename(link, e.file) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			e.t.Fatal(err)
		}
	}
}
