package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/internal/mailtest"
	"recado/test/process"
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		args string
		want string // of the error; empty: none
	}{
		{"as they are", "", ""},
		{"all of them", "--connections 1,5 --mails 10 --rounds 2 --size 64KiB --senders 3 --sign none --per-connection 0 --pipeline --to a@b.test --dns [::1]:0 --server 127.8.9.1:25", ""},
		{"another's server", "--server 192.0.2.1:25", "not on loopback"},
		{"a name, which may lead anywhere", "--server localhost:25", "not on loopback"},
		{"an unspecified address", "--server 0.0.0.0:25", "not on loopback"},
		{"a zone for everybody", "--dns 0.0.0.0:53", "not on loopback"},
		{"a mapped address", "--server [::ffff:192.0.2.1]:25", "not on loopback"},
		{"no connections", "--connections 0", "no number"},
		{"size", "--size 4KB", "no size"},
		{"signature", "--sign dsa", "rsa or none"},
		{"recipient", "--to a@b>", "no address"},
		{"two servers", "--binary b --server 127.0.0.1:25", "one of the two"},
		{"rest", "now", "no flag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseOptions(strings.Fields(c.args), &bytes.Buffer{})
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestStatistics(t *testing.T) {
	if got := median([]float64{9, 1, 3}); got != 3 {
		t.Errorf("median of three: %v", got)
	}
	if got := median([]float64{9, 1, 3, 5}); got != 4 {
		t.Errorf("median of four: %v", got)
	}
	var waits []time.Duration
	for i := range 200 {
		waits = append(waits, time.Duration(i+1))
	}
	if p50, p99, p100 := percentile(waits, 50), percentile(waits, 99), percentile(waits, 100); p50 != 100 || p99 != 198 || p100 != 200 {
		t.Errorf("percentiles 50, 99, 100 of 1 to 200: %d, %d, %d", p50, p99, p100)
	}
	if got := percentile(waits[:1], 99); got != 1 {
		t.Errorf("percentile 99 of one: %d", got)
	}
	stat := "4242 (a ) b) S 1 4242 4242 0 -1 4194560 5 6 7 8 150 50 30 20 20 0 9 0 1 2 3"
	if got, err := parseStat([]byte(stat)); err != nil || got != 2500*time.Millisecond {
		t.Errorf("processor time: %v, %v", got, err)
	}
}

// TestMails holds that the mails of a pool are what a careful sender sends: whole, signed, each another.
func TestMails(t *testing.T) {
	o, err := parseOptions([]string{"--senders", "5", "--size", "2KiB"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	pool, _, err := makeMails(t.Context(), o, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 12 {
		m, id := pool.next()
		if len(id) != len(idMark) || seen[id] {
			t.Errorf("the Message-ID's part %q is not another of %d octets", id, len(idMark))
		}
		seen[id] = true
		wire := string(m.head) + id + string(m.tail)
		if !strings.HasSuffix(wire, "\r\n.\r\n") || strings.Count(wire, "DKIM-Signature:") != 1 {
			t.Errorf("not a signed mail with its final dot:\n%s", wire)
		}
		if got := m.size(); got < o.size*9/10 || got > o.size*11/10 {
			t.Errorf("a mail has %d octets, want about %d", got, o.size)
		}
	}
}

// TestRun measures the product, and Postfix where it is: figures aside, every mail is answered 250.
func TestRun(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "recado")
	if err := process.Build(t.Context(), binary); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		args    []string
		postfix bool
		want    []string
	}{
		{"a connection for each mail", []string{"--connections", "1,3"}, false, []string{" 1  recado     12", " 3  recado     12"}},
		{"kept, pipelined", []string{"--connections", "2", "--per-connection", "0", "--pipeline", "--sign", "none"}, false, []string{" 2  recado     12"}},
		{"beside Postfix", []string{"--connections", "2", "--postfix"}, true, []string{" 2   recado     12", " 2  postfix     12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.postfix {
				needPostfix(t)
			}
			var out, notes bytes.Buffer
			args := append([]string{"--mails", "12", "--rounds", "1", "--senders", "4", "--binary", binary}, c.args...)
			if err := run(t.Context(), args, &out, &notes); err != nil {
				t.Fatalf("%v\n%s", err, &notes)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the table has no line with %q:\n%s", want, &out)
				}
			}
		})
	}
}

func needPostfix(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil {
		mailtest.RequireOrSkip(t, "Postfix is not installed")
	}
	if os.Geteuid() != 0 {
		mailtest.RequireOrSkip(t, "only root can start an instance of Postfix")
	}
}

// TestRefusal: a figure with refusals in it would tell nothing, so the run ends with the server's words.
func TestRefusal(t *testing.T) {
	relay, err := mailtest.NewRelay(mailtest.RelayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	relay.SetScript(func(e mailtest.Event) mailtest.Answer {
		if e.Stage == mailtest.StageDot && e.Conn > 3 {
			return mailtest.Answer{Code: 452, Text: "4.3.1 No room"}
		}
		return mailtest.Answer{}
	})
	args := []string{"--server", relay.Addr(), "--mails", "20", "--senders", "2", "--sign", "none"}
	err = run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "452") {
		t.Errorf("error %v, want the 452", err)
	}
}
