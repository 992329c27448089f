package outbound

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"recado/internal/mailtest"
)

func TestSign(t *testing.T) {
	keys := []Key{{"rsa", mailtest.RSAKey()}, {"ed", mailtest.Ed25519Key()}}
	o := newOffice(t, nil)
	o.opts.Signers = func(domain string) []Key {
		if domain != "example.com" {
			t.Errorf("asked for the keys of %s", domain)
		}
		return keys
	}
	o.restart()
	// Dots, trailing blanks and empty lines are what canonicalization and dot-stuffing meet.
	o.addRaw(mailText("m1", ".dot\n..\nblank   \n\n")+"end without a line end", ana)
	o.run(empty)
	mails := o.relay.Messages()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	raw := mails[0].Raw
	if bad := failures(t, raw, keys); bad != 0 {
		t.Errorf("%d signatures do not verify:\n%s", bad, raw)
	}
	for i, l := range strings.SplitAfter(string(raw), "\n") {
		if len(l) > 998 || i == 0 && !strings.HasPrefix(l, "DKIM-Signature:") {
			t.Errorf("line %d: %s", i+1, l)
		}
	}
	// A second From, or a field that the mail did not have, would be shown and must not pass.
	for _, added := range []string{"From: Boss <boss@example.com>\r\n", "Reply-To: thief@evil.example\r\n", "Cc: x@evil.example\r\n"} {
		if bad := failures(t, append([]byte(added), raw...), keys); bad != len(keys) {
			t.Errorf("with %q %d of %d signatures fail", added, bad, len(keys))
		}
	}
}

// failures counts the signatures that do not verify; there must be one for each key.
func failures(t *testing.T, raw []byte, keys []Key) int {
	t.Helper()
	list, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		for _, k := range keys {
			if name == k.Selector+"._domainkey.example.com" {
				return []string{mailtest.DKIMRecord(k.Signer)}, nil
			}
		}
		return nil, errors.New("no record " + name)
	}})
	if err != nil || len(list) != len(keys) {
		t.Fatalf("%d signatures: %v", len(list), err)
	}
	bad := 0
	for _, v := range list {
		if v.Err != nil {
			bad++
		}
	}
	return bad
}

func TestUnsigned(t *testing.T) {
	o := newOffice(t, nil)
	o.add("Hello", ana)
	o.run(empty)
	if m := o.relay.Messages(); len(m) != 1 || bytes.Contains(m[0].Raw, []byte("DKIM-Signature")) {
		t.Errorf("%+v", m)
	}
}

// A mail is read in pieces, whatever its size: none of it is held.
func TestPrepareHoldsNothing(t *testing.T) {
	const size, bound = 25 << 20, 4 << 20
	before := heap()
	most := uint64(0)
	mail := &lines{size: size, each: 1 << 20, look: func() { most = max(most, heap()) }}
	p, err := prepare(mail, size, "example.com", []Key{{"rsa", mailtest.RSAKey()}, {"ed", mailtest.Ed25519Key()}})
	if err != nil {
		t.Fatal(err)
	}
	mail.seen = 0
	if err := copyBody(bufio.NewWriter(io.Discard), p.reader(), func() {}); err != nil {
		t.Fatal(err)
	}
	if most > before+bound {
		t.Errorf("%d octets in memory for a mail of %d", most-before, size)
	}
}

// heap is how many octets are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// lines is a mail of the size without its octets. look is called each time that so many were read.
type lines struct {
	size, each, seen int64
	look             func()
}

func (l *lines) ReadAt(b []byte, off int64) (int, error) {
	if off >= l.seen+l.each {
		l.seen = off
		l.look()
	}
	const head, line = "From: a@example.com\r\n\r\n", "an ordinary line of text, of which there are a great many here\r\n"
	n := 0
	for n < len(b) && off < l.size {
		src := head
		at := off
		if off >= int64(len(head)) {
			src, at = line, (off-int64(len(head)))%int64(len(line))
		}
		k := copy(b[n:], src[at:])
		if off+int64(k) > l.size {
			k = int(l.size - off)
		}
		n, off = n+k, off+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
