package smtpd

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"recado/internal/mailtest"
)

// TestRealMail sends real mails: each arrives octet by octet as it was sent.
func TestRealMail(t *testing.T) {
	dir := filepath.Join(mailtest.Corpora(t), "real")
	b := serve(t, func(o *Options) { o.MaxMessage = 25 << 20 })
	c := b.client(t)
	sent := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LICENSE" || d.Name() == "NOTICE" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		wire := mailtest.DotStuff(mailtest.ToCRLF(mailtest.StripMboxFrom(raw)))
		want, _, _ := unstuff(string(wire))
		code, text := sendWire(c, wire)
		if code != 250 {
			t.Errorf("%s: answered %d %s", d.Name(), code, text)
			return nil
		}
		sent++
		got := b.receiver.got()
		last := got[len(got)-1]
		if !bytes.Equal(last.raw, []byte(want)) || last.Mail.SHA256() != sha256.Sum256([]byte(want)) {
			t.Errorf("%s: %d octets arrived of %d", d.Name(), len(last.raw), len(want))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sent < 100 {
		t.Errorf("only %d mails were there", sent)
	}
	t.Logf("%d mails", sent)
}

func sendWire(c *mailtest.Conn, wire []byte) (int, string) {
	for _, line := range []string{"MAIL FROM:<ana@customer.test>", "RCPT TO:<support@example.com>", "DATA"} {
		if code, text := c.Cmd(line); code/100 > 3 {
			return code, text
		}
	}
	if err := c.Send(wire); err != nil {
		return 0, err.Error()
	}
	return c.Reply()
}
