package smtpd

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/internal/mailtest"
)

// testCA issues the certificates of all tests.
var testCA = sync.OnceValues(mailtest.NewCA)

func serverTLS(tb testing.TB) *tls.Config {
	tb.Helper()
	ca, err := testCA()
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := ca.Issue("mx.example.com", "127.0.0.1")
	if err != nil {
		tb.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// dialogueLimits are those that a dialogue needs; the others have the default ones.
var dialogueLimits = map[string]Limits{
	"recipients_limit":         {Recipients: 3},
	"refused_recipients_flood": {RefusedRecipients: 3},
	"bad_commands_flood":       {BadCommands: 3},
	"idle_commands_flood":      {IdleCommands: 4},
}

// dialogueMails are the mails that a dialogue leaves: return path, recipients and body of each.
var dialogueMails = map[string][]string{
	"plain_mail":                     {"ana@customer.test|support@example.com|Subject: x\r\n\r\nhello\r\n"},
	"second_mail_forgets_recipients": {"eve@customer.test|sales@example.com|"},
	"pipelining":                     {"ana@customer.test|support@example.com|Subject: x\r\n\r\nhello\r\n"},
	"recipients_limit":               {"ana@customer.test|support+1@example.com,support+2@example.com,support+3@example.com|"},
	"dots":                           {"ana@customer.test|support@example.com|.first\r\nsecond\r\n..\r\na.\r\n.\r\n"},
	"starttls":                       {"|postmaster|Subject: secret\r\n"},
	"helo_name_is_kept":              {"ana@customer.test|support@example.com|"},
}

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d dialogues, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b := serve(t, func(o *Options) {
				if strings.HasPrefix(name, "starttls") {
					o.TLS = serverTLS(t)
				}
				if l, ok := dialogueLimits[name]; ok {
					o.Limits = l
				}
			})

			mailtest.RunDialogue(t, b.addr, string(script))
			var got []string
			for _, m := range b.receiver.got() {
				got = append(got, m.Envelope.From+"|"+strings.Join(m.Envelope.Recipients, ",")+"|"+string(m.raw))
				if name == "helo_name_is_kept" && m.Envelope.HELO != "second.test" {
					t.Errorf("HELO is kept as %q", m.Envelope.HELO)
				}
			}
			if diff := cmp.Diff(dialogueMails[name], got); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
		})
	}
}
