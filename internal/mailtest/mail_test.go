package mailtest

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

func TestSignDKIM(t *testing.T) {
	raw := []byte("From: a@example.com\r\nSubject: x\r\n\r\nhello\r\n")
	for _, key := range []crypto.Signer{RSAKey(), Ed25519Key()} {
		t.Run(fmt.Sprintf("%T", key), func(t *testing.T) {
			signed, err := SignDKIM(raw, "example.com", "sel", key)
			if err != nil {
				t.Fatal(err)
			}
			v, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{
				LookupTXT: func(name string) ([]string, error) {
					if name != "sel._domainkey.example.com" {
						return nil, fmt.Errorf("asked for %s", name)
					}
					return []string{DKIMRecord(key)}, nil
				}})
			if err != nil || len(v) != 1 || v[0].Err != nil {
				t.Fatalf("%v, %+v", err, v)
			}
		})
	}
}

func TestLineEndsAndMbox(t *testing.T) {
	if got := string(ToCRLF([]byte("\na\r\nb\n\r\n"))); got != "\r\na\r\nb\r\n\r\n" {
		t.Errorf("ToCRLF: %q", got)
	}
	if got := string(StripMboxFrom([]byte("From a@b Mon\nFrom: x\n"))); got != "From: x\n" {
		t.Errorf("StripMboxFrom: %q", got)
	}
	if got := string(StripMboxFrom([]byte("From: x\n"))); got != "From: x\n" {
		t.Errorf("StripMboxFrom took a header: %q", got)
	}
}

// recorder is a TB that notes how a test would have ended.
type recorder struct {
	TB
	failed, skipped string
}

func (r *recorder) Helper()                      {}
func (r *recorder) Fatalf(f string, args ...any) { r.failed = fmt.Sprintf(f, args...) }
func (r *recorder) Skipf(f string, args ...any)  { r.skipped = fmt.Sprintf(f, args...) }

func TestRequireOrSkip(t *testing.T) {
	t.Setenv(EnvRequirePeers, "")
	r := &recorder{}
	if RequireOrSkip(r, "no Postfix"); r.skipped != "no Postfix" || r.failed != "" {
		t.Errorf("%+v", r)
	}
	t.Setenv(EnvRequirePeers, "1")
	r = &recorder{}
	if RequireOrSkip(r, "no Postfix"); r.skipped != "" || !strings.HasPrefix(r.failed, "no Postfix") {
		t.Errorf("%+v", r)
	}
	t.Setenv(EnvCorpora, "/nonexistent")
	r = &recorder{}
	if Corpora(r); r.failed == "" {
		t.Error("missing corpora are no failure where peers are required")
	}
}

func TestDialogueTellsWhatWentWrong(t *testing.T) {
	relay := newRelay(t, RelayOptions{})
	for script, want := range map[string]string{
		"S: 250*":         `line 1, S: 250*: got "220 relay.test ESMTP"`,
		"S: 220*\nX: y":   "line 2",
		"S: 220*\nhello":  "a line begins with",
		"S: 220*\nR: bad": "no quoted string",
	} {
		r := &recorder{}
		if RunDialogue(r, relay.Addr(), script); !strings.Contains(r.failed, want) {
			t.Errorf("%q: %q", script, r.failed)
		}
	}
}
