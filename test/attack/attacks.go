package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"recado/internal/mailtest"
)

// attack is one kind of nuisance.
type attack struct {
	name string
	run  func(context.Context, *attacker) // until its context ends
}

var attacks = []attack{
	{"spoofed senders", sendMails(spoofed)},
	{"smuggling", smuggle},
	{"headers too large", sendMails(largeHeaders)},
	{"deep and wide MIME", sendMails(deepMIME)},
	{"signatures by the hundred", sendMails(manySignatures)},
	{"mails of one sender", sendMails(oneSender)},
	{"commands, octet by octet", slowly(func(c net.Conn) error { return nil })},
	{"bodies, octet by octet", slowly(toData)},
	{"TLS handshakes, octet by octet", slowly(toHandshake)},
	{"connections", connect},
	{"recipients that are none", repeat("MAIL FROM:<eve@evil.test>", "RCPT TO:<nobody%d@shop.test>")},
	{"NOOP", repeat("", "NOOP %d")},
	{"unknown commands", repeat("", "XYZZY %d")},
	{"plain text for TLS", injectBeforeTLS},
}

// attacker is who carries an attack out, from a network of its own.
type attacker struct {
	name    string
	addr    string
	network int
	tallies *tallies
}

// dial connects from the n-th host of the attacker's network.
func (a *attacker) dial(n int) (net.Conn, error) {
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 66, byte(a.network), byte(1+n%200))}}
	return d.Dial("tcp", a.addr)
}

// client is dial with the banner read and EHLO said.
func (a *attacker) client(n int) (*mailtest.Conn, error) {
	c, err := mailtest.DialFrom(net.IPv4(127, 66, byte(a.network), byte(1+n%200)), a.addr)
	if err != nil {
		return nil, err
	}
	c.Timeout = patience
	if code, text := c.Cmd("EHLO attacker.test"); code != 250 {
		_ = c.Close()
		return nil, fmt.Errorf("EHLO: %d %s", code, text)
	}
	return c, nil
}

// meets counts a reply.
func (a *attacker) meets(code int) { a.tallies.add(a.name, code) }

// tallies count the replies that each attack met; 0 is a connection that was closed.
type tallies struct {
	mu      sync.Mutex
	met     map[string]map[int]int
	wrongly []string // what must not have happened
}

func (t *tallies) add(name string, code int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.met == nil {
		t.met = map[string]map[int]int{}
	}
	if t.met[name] == nil {
		t.met[name] = map[int]int{}
	}
	t.met[name][code]++
}

func (t *tallies) wrong(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.wrongly) < 10 {
		t.wrongly = append(t.wrongly, what)
	}
}

func (t *tallies) of(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(t.met[name])) {
		word := fmt.Sprint(code)
		if code == 0 {
			word = "closed"
		}
		parts = append(parts, fmt.Sprintf("%s: %d", word, t.met[name][code]))
	}
	return strings.Join(parts, ", ")
}

// verdict wants every attack to have met something, and nothing that must not be.
func (t *tallies) verdict() error {
	for _, a := range attacks {
		if t.of(a.name) == "" {
			return fmt.Errorf("the attack %q met nothing: it proves nothing", a.name)
		}
	}
	if len(t.wrongly) > 0 {
		return errors.New(strings.Join(t.wrongly, "; "))
	}
	return nil
}

// sendMails sends the mails in turn, each on a connection of its own.
func sendMails(make func(n int) (from, raw string)) func(context.Context, *attacker) {
	return func(ctx context.Context, a *attacker) {
		for n := 0; ctx.Err() == nil; n++ {
			c, err := a.client(n)
			if err != nil {
				a.meets(0)
				continue
			}
			from, raw := make(n)
			code, _ := c.Mail(from, []string{"care@shop.test"}, []byte(raw))
			a.meets(code)
			_ = c.Close()
		}
	}
}

// smuggle hides a second mail behind each end of data that is none.
func smuggle(ctx context.Context, a *attacker) {
	for n := 0; ctx.Err() == nil; n++ {
		c, err := a.client(n)
		if err != nil {
			a.meets(0)
			continue
		}
		end := falseEnds[n%len(falseEnds)]
		for _, line := range []string{"MAIL FROM:<eve@evil.test>", "RCPT TO:<care@shop.test>", "DATA"} {
			c.Cmd(line)
		}
		_ = c.Send([]byte("From: eve@evil.test\r\nSubject: one\r\n\r\nfirst" + end +
			"MAIL FROM:<boss@honest.test>\r\nRCPT TO:<care@shop.test>\r\nDATA\r\nFrom: boss@honest.test\r\nSubject: smuggled\r\n\r\npay\r\n.\r\n"))
		code, _ := c.Reply()
		a.meets(code)
		if code, text := c.Cmd("NOOP"); code != 250 || strings.Contains(text, "Ok:") || strings.Contains(text, "Sender") {
			a.tallies.wrong(fmt.Sprintf("%q made two mails of one: %d %s", end, code, text))
		}
		_ = c.Close()
	}
}

// slowHosts are how many connections a slow attacker keeps: as many as its network may have.
const slowHosts = 80

// slowly keeps its connections, each brought to a point, and sends an octet now and then.
func slowly(bring func(net.Conn) error) func(context.Context, *attacker) {
	return func(ctx context.Context, a *attacker) {
		var conns sync.WaitGroup
		for n := range slowHosts {
			conns.Go(func() {
				for ctx.Err() == nil {
					a.drip(ctx, n, bring)
				}
			})
		}
		conns.Wait()
	}
}

// drip is one such connection, until it or ctx ends.
func (a *attacker) drip(ctx context.Context, n int, bring func(net.Conn) error) {
	c, err := a.dial(n)
	if err != nil {
		a.meets(0)
		return
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
	defer stop()
	if err := bring(c); err != nil {
		if ctx.Err() == nil {
			a.meets(0)
		}
		return
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			a.meets(dripping)
			return
		case <-tick.C:
			if _, err := c.Write([]byte("x")); err != nil {
				a.meets(0)
				return
			}
		}
	}
}

// dripping stands for a connection that was still open at the end: 220 was the last that was said.
const dripping = 220

// toData brings a connection to where it sends a body.
func toData(c net.Conn) error {
	return converse(c, "EHLO slow.test", "MAIL FROM:<slow@evil.test>", "RCPT TO:<care@shop.test>", "DATA")
}

func toHandshake(c net.Conn) error { return converse(c, "EHLO slow.test", "STARTTLS") }

// converse says the lines, each once the one before was answered.
func converse(c net.Conn, lines ...string) error {
	buf := make([]byte, 4<<10)
	for i := 0; ; i++ {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		if buf[0] == '4' || buf[0] == '5' || n == 0 {
			return fmt.Errorf("answered %s", buf[:n])
		}
		if i == len(lines) {
			return nil
		}
		if _, err := io.WriteString(c, lines[i]+"\r\n"); err != nil {
			return err
		}
	}
}

// connect opens connections and leaves.
func connect(ctx context.Context, a *attacker) {
	buf := make([]byte, 512)
	for n := 0; ctx.Err() == nil; n++ {
		c, err := a.dial(n)
		if err != nil {
			a.meets(0)
			continue
		}
		if k, err := c.Read(buf); err != nil || k < 3 {
			a.meets(0)
		} else {
			a.meets(int(buf[0]-'0')*100 + int(buf[1]-'0')*10 + int(buf[2]-'0'))
		}
		_ = c.Close()
	}
}

// repeat says a line again and again, numbered, until it is shown the door; then it comes back.
func repeat(first, line string) func(context.Context, *attacker) {
	return func(ctx context.Context, a *attacker) {
		for n := 0; ctx.Err() == nil; n++ {
			c, err := a.client(n)
			if err != nil {
				a.meets(0)
				continue
			}
			if first != "" {
				c.Cmd(first)
			}
			for i := 0; ctx.Err() == nil; i++ {
				said := line
				if strings.Contains(line, "%d") {
					said = fmt.Sprintf(line, i)
				}
				code, _ := c.Cmd(said)
				a.meets(code)
				if code == 0 || code == 421 {
					break
				}
			}
			_ = c.Close()
		}
	}
}

// injectBeforeTLS sends commands in the clear behind STARTTLS, and looks whether any was run under TLS.
func injectBeforeTLS(ctx context.Context, a *attacker) {
	for n := 0; ctx.Err() == nil; n++ {
		c, err := a.dial(n)
		if err != nil {
			a.meets(0)
			continue
		}
		a.inject(c)
		_ = c.Close()
	}
}

func (a *attacker) inject(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(patience))
	if converse(c, "EHLO inject.test") != nil {
		a.meets(0)
		return
	}
	if converse(&behind{c, "STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<eve@evil.test>\r\n"}) != nil {
		a.meets(0)
		return
	}
	t := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	if t.Handshake() != nil {
		a.meets(0)
		return
	}
	if _, err := io.WriteString(t, "RCPT TO:<care@shop.test>\r\n"); err != nil {
		a.meets(0)
		return
	}
	buf := make([]byte, 512)
	if k, err := t.Read(buf); err != nil || k < 3 {
		a.meets(0)
	} else if string(buf[:3]) != "503" {
		a.tallies.wrong(fmt.Sprintf("commands in the clear were run under TLS: %s", buf[:k]))
	} else {
		a.meets(503)
	}
}

// behind is a connection that says its words when it is first read from.
type behind struct {
	net.Conn
	words string
}

func (b *behind) Read(p []byte) (int, error) {
	if b.words != "" {
		if _, err := io.WriteString(b.Conn, b.words); err != nil {
			return 0, err
		}
		b.words = ""
	}
	return b.Conn.Read(p)
}
