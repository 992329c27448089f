package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"recado/internal/mailtest"
)

// binary is the program, built once for all tests by TestMain.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "recado-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "recado")
		build := exec.Command("go", "build", "-o", binary, "recado/cmd/recado")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the binary:", err)
			return 1
		}
		defer closeChromium()
		return m.Run()
	}())
}

// within bounds every wait in these tests; it is long since a busy machine is slow, and only a failure waits so long.
const within = 30 * time.Second

// product is the built binary with a channel file, a DNS zone and a relay of its own.
type product struct {
	t     *testing.T
	dir   string
	file  string
	zone  *mailtest.Zone
	relay *mailtest.Relay
	env   []string // of the server, besides this process's own

	cmd    *exec.Cmd
	stderr *lockedBuffer
	exited chan error

	smtp, inbox, monitor string // host:port, once it runs
}

// settings change the channel file of a test.
type settings struct {
	channels string   // [[domain]] to the end of the file; empty: oneDepartment
	limits   string   // the lines of [limits]
	server   string   // further lines of [server]
	smtp     string   // further lines of [smtp]
	undo     string   // how long an answer waits; empty: not at all
	relay    string   // the whole of [relay] but its address; empty: security none
	address  string   // of the relay; empty: a capturing one
	zone     string   // further records
	env      []string // of the server, besides this process's own
}

const oneDepartment = `
[[domain]]
name = "shop.test"
postmaster = "care@shop.test"

[[department]]
id = "care"
name = "Customer care"
acknowledge = false

[[channel]]
email = "care@shop.test"
department = "care"
`

// baseZone has senders of each kind: what comes from 127.0.0.1 verifies for verified.test by SPF; nobody
// vouches for plain.test; strict.test asks for its mail to be rejected.
const baseZone = `
verified.test. TXT "v=spf1 ip4:127.0.0.1 -all"
verified.test. MX 10 mx.verified.test.
strict.test. TXT "v=spf1 -all"
_dmarc.strict.test. TXT "v=DMARC1; p=reject"
strict.test. MX 10 mx.strict.test.
plain.test. MX 10 mx.plain.test.
`

// newProduct writes the channel file and starts the server.
func newProduct(t *testing.T, s settings) *product {
	t.Helper()
	p := &product{t: t, dir: t.TempDir(), env: s.env}
	p.file = filepath.Join(p.dir, "recado.toml")
	p.zone = mailtest.MustParseZone(baseZone + s.zone)
	dns, err := mailtest.ServeDNS("127.0.0.1:0", p.zone)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dns.Close() })
	if s.address == "" {
		p.relay, err = mailtest.NewRelay(mailtest.RelayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.relay.Close)
		s.address = p.relay.Addr()
	}
	p.write(s, dns.Addr())
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *product) write(s settings, resolver string) {
	p.t.Helper()
	if s.channels == "" {
		s.channels = oneDepartment
	}
	if s.relay == "" {
		s.relay = `security = "none"`
	}
	if s.undo == "" {
		s.undo = "0s"
	}
	text := fmt.Sprintf(`[server]
hostname = "mx.shop.test"
data = "data"
timezone = "America/Sao_Paulo"
language = "en"
%s
[smtp]
listen = "127.0.0.1:0"
%s
[inbox]
listen = "127.0.0.1:0"
undo = %q
[monitor]
listen = "127.0.0.1:0"
[relay]
address = %q
%s
[dns]
resolver = %q
[limits]
%s
%s`, s.server, s.smtp, s.undo, s.address, s.relay, resolver, s.limits, s.channels)
	if err := os.WriteFile(p.file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

var readyLine = regexp.MustCompile(`msg=ready.*`)

// start runs the server and waits until it says that it is ready.
func (p *product) start() {
	p.t.Helper()
	p.stderr = &lockedBuffer{}
	p.cmd = exec.Command(binary, "serve", "--config", p.file)
	p.cmd.Env = append(os.Environ(), p.env...)
	r, w := io.Pipe()
	p.cmd.Stderr = io.MultiWriter(p.stderr, w)
	p.cmd.Stdout = p.cmd.Stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			if l := readyLine.FindString(lines.Text()); l != "" {
				select {
				case ready <- l:
				default:
				}
			}
		}
		io.Copy(io.Discard, r)
	}()
	p.exited = make(chan error, 1)
	go func() {
		err := p.cmd.Wait()
		w.Close()
		p.exited <- err
	}()
	select {
	case l := <-ready:
		p.smtp, p.inbox, p.monitor = field(l, "smtp"), field(l, "inbox"), field(l, "monitor")
	case err := <-p.exited:
		p.t.Fatalf("the server ended before it was ready: %v\n%s", err, p.stderr)
	case <-time.After(within):
		p.t.Fatalf("the server is not ready\n%s", p.stderr)
	}
}

func field(line, key string) string {
	_, rest, _ := strings.Cut(line, " "+key+"=")
	v, _, _ := strings.Cut(rest, " ")
	return strings.Trim(v, `"`)
}

// stop ends the server as a supervisor does, and fails the test when it does not end cleanly.
func (p *product) stop() {
	p.t.Helper()
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.exited:
		if err != nil {
			p.t.Errorf("the server ended with %v\n%s", err, p.stderr)
		}
	case <-time.After(within):
		p.cmd.Process.Kill()
		p.t.Errorf("the server did not stop\n%s", p.stderr)
	}
	p.cmd = nil
	if p.t.Failed() {
		text := p.stderr.String()
		const most = 20 << 10
		p.t.Logf("the end of the server's log:\n%s", text[max(0, len(text)-most):])
	}
}

// kill ends the server as a power cut does, as far as a process can tell.
func (p *product) kill() {
	p.t.Helper()
	p.cmd.Process.Kill()
	<-p.exited
	p.cmd = nil
}

// run runs a command against the channel file and returns what it printed and its exit status.
func (p *product) run(args ...string) (stdout, stderr string, status int) {
	p.t.Helper()
	return p.runWith("", args...)
}

func (p *product) runWith(stdin string, args ...string) (stdout, stderr string, status int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append(args, "--config", p.file)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		p.t.Fatalf("run %v: %v", args, err)
	}
	return out.String(), errs.String(), status
}

// json runs a command with --json and decodes its document into v.
func (p *product) json(v any, args ...string) {
	p.t.Helper()
	out, errs, status := p.run(append(args, "--json")...)
	if status != 0 {
		p.t.Fatalf("recado %v: exit status %d\n%s", args, status, errs)
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		p.t.Fatalf("recado %v: %v in\n%s", args, err, out)
	}
}

// The documents, as far as tests look at them.
type (
	list[T any] struct {
		Items []T    `json:"items"`
		Next  string `json:"next"`
	}
	link struct {
		Number string `json:"number"`
		Kind   string `json:"kind"`
	}
	contactDoc struct {
		Address string `json:"address"`
		Name    string `json:"name"`
	}
	protocolDoc struct {
		Number     string     `json:"number"`
		Status     string     `json:"status"`
		Department string     `json:"department"`
		Channel    string     `json:"channel"`
		Contact    contactDoc `json:"contact"`
		Subject    string     `json:"subject"`
		Messages   int        `json:"messages"`
		Version    uint64     `json:"version"`
		Unread     int        `json:"unread"`
		Links      []link     `json:"links"`
		OpenedAt   time.Time  `json:"opened_at"`
	}
	deliveryDoc struct {
		Recipient string `json:"recipient"`
		State     string `json:"state"`
		Code      string `json:"code"`
		Reason    string `json:"reason"`
		Attempts  int    `json:"attempts"`
	}
	messageDoc struct {
		ID         string        `json:"id"`
		Kind       string        `json:"kind"`
		From       contactDoc    `json:"from"`
		To         []contactDoc  `json:"to"`
		Cc         []contactDoc  `json:"cc"`
		Subject    string        `json:"subject"`
		MessageID  string        `json:"message_id"`
		InReplyTo  string        `json:"in_reply_to"`
		References []string      `json:"references"`
		Text       string        `json:"text"`
		Quoted     string        `json:"quoted"`
		HTML       string        `json:"html"`
		Flags      []string      `json:"flags"`
		Deliveries []deliveryDoc `json:"deliveries"`
		Channel    string        `json:"channel"`
		Receipt    string        `json:"receipt"`
		Auth       struct {
			Verdict string `json:"verdict"`
			SPF     string `json:"spf"`
			DKIM    string `json:"dkim"`
			DMARC   string `json:"dmarc"`

			Evidence []string `json:"evidence"`
		} `json:"auth"`
		Attachments []struct {
			ID     int    `json:"id"`
			Name   string `json:"name"`
			Type   string `json:"type"`
			Size   int64  `json:"size"`
			SHA256 string `json:"sha256"`
		} `json:"attachments"`
		Trace []stepDoc `json:"trace"`
	}
	stepDoc struct {
		Step string `json:"step"`
		Fact string `json:"fact"`
	}
	conversationDoc struct {
		protocolHead
		Messages []messageDoc `json:"messages"`
	}
	protocolHead struct {
		Number     string     `json:"number"`
		Status     string     `json:"status"`
		Department string     `json:"department"`
		Contact    contactDoc `json:"contact"`
		Links      []link     `json:"links"`
		Version    uint64     `json:"version"`
	}
	heldDoc struct {
		ID      string     `json:"id"`
		Reason  string     `json:"reason"`
		From    contactDoc `json:"from"`
		To      []string   `json:"to"`
		Subject string     `json:"subject"`
	}
	journalDoc struct {
		Receipt   string `json:"receipt"`
		Recipient string `json:"recipient"`
		MessageID string `json:"message_id"`
		Fate      string `json:"fate"`
		Number    string `json:"number"`
		Message   string `json:"message"`
		Reason    string `json:"reason"`
	}
	queueDoc struct {
		ID         string   `json:"id"`
		Number     string   `json:"number"`
		Kind       string   `json:"kind"`
		Recipients []string `json:"recipients"`
		State      string   `json:"state"`
		Attempts   int      `json:"attempts"`
		Last       string   `json:"last"`
	}
)

// all reads every page of a listing.
func all[T any](p *product, args ...string) []T {
	p.t.Helper()
	var out []T
	cursor := ""
	for {
		var l list[T]
		a := append(append([]string{}, args...), "--limit", "500")
		if cursor != "" {
			a = append(a, "--cursor", cursor)
		}
		p.json(&l, a...)
		out = append(out, l.Items...)
		if cursor = l.Next; cursor == "" {
			return out
		}
	}
}

func (p *product) protocols(args ...string) []protocolDoc {
	p.t.Helper()
	return all[protocolDoc](p, append([]string{"protocol", "list"}, args...)...)
}

func (p *product) show(number string) conversationDoc {
	p.t.Helper()
	var c conversationDoc
	p.json(&c, "protocol", "show", number)
	return c
}

// one is the only protocol that there is.
func (p *product) one() conversationDoc {
	p.t.Helper()
	l := p.protocols()
	if len(l) != 1 {
		p.t.Fatalf("%d protocols, want 1: %+v", len(l), l)
	}
	return p.show(l[0].Number)
}

// deliver sends a mail and returns the reply to its final dot, or the first that refused.
func (p *product) deliver(from string, to []string, raw string) (code int, text string) {
	p.t.Helper()
	code, text, err := p.tryDeliver(from, to, raw)
	if err != nil {
		p.t.Fatal(err)
	}
	return code, text
}

// tryDeliver is deliver for any goroutine: it ends no test.
func (p *product) tryDeliver(from string, to []string, raw string) (code int, text string, err error) {
	c, err := mailtest.Dial(p.smtp)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	c.Timeout = within
	if code, text := c.Cmd("EHLO client.test"); code != 250 {
		return 0, "", fmt.Errorf("EHLO: %d %s", code, text)
	}
	code, text = c.Mail(from, to, mailtest.ToCRLF([]byte(raw)))
	return code, text, nil
}

// accept is deliver for a mail that must be taken. It returns the receipt.
func (p *product) accept(from string, to []string, raw string) string {
	p.t.Helper()
	code, text := p.deliver(from, to, raw)
	if code != 250 {
		p.t.Fatalf("the mail was answered %d %s", code, text)
	}
	return text[strings.LastIndexByte(text, ' ')+1:]
}

// mail writes a plain mail; further header lines end with \n.
func mail(from, subject, id, more, text string) string {
	return fmt.Sprintf("From: %s\nTo: care@shop.test\nSubject: %s\nDate: Mon, 23 Nov 2026 10:00:00 -0300\nMessage-ID: <%s>\n%s\n%s\n", from, subject, id, more, text)
}

// sent waits for n mails at the relay.
func (p *product) sent(n int) []mailtest.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	got, err := p.relay.Wait(ctx, n)
	if err != nil {
		p.t.Fatalf("the relay got %d mails, want %d: %v\n%s", len(got), n, err, p.stderr)
	}
	return got
}

// reply answers a protocol by command.
func (p *product) reply(number, text string, more ...string) messageDoc {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "reply.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	var m messageDoc
	p.json(&m, append([]string{"protocol", "reply", number, "--text-file", file}, more...)...)
	return m
}

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // between two looks; the deadline decides
	}
}

// socket is a client of the API on the local socket.
func (p *product) socket() *http.Client {
	return &http.Client{Timeout: within, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(p.dir, "data", "recado.sock"))
		},
	}}
}

// lockedBuffer is a buffer for two goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
