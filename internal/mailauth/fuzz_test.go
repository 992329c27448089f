package mailauth

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

func FuzzParseDMARC(f *testing.F) {
	for _, s := range []string{"v=DMARC1; p=reject; sp=none; np=quarantine; t=y; psd=n; rua=mailto:a@b", "v=DMARC1;;;=;p", "v=DMARC1", ""} {
		f.Add(s)
	}
	valid := map[string]bool{policyNone: true, policyQuarantine: true, policyReject: true}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := parseDMARC(s)
		if !ok {
			return
		}
		for _, own := range []bool{true, false} {
			for _, exists := range []bool{true, false} {
				if p := r.applied(own, exists); !valid[p] {
					t.Errorf("%q: policy %q", s, p)
				}
			}
		}
		if !strings.Contains(s, "DMARC1") {
			t.Errorf("%q is no record", s)
		}
	})
}

func FuzzSPFSyntax(f *testing.F) {
	for _, s := range []string{"v=spf1 a mx/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:%{d2r}.example.com -all", "v=spf1 redirect=_spf.%{d} exp=x.test", "v=spf1 exists:%{ir}.%{l1r-}.x", "v=spf1 a:%", "v=spf1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := checkSPFSyntax(s); err != nil && len(err.Error()) > 300 {
			t.Errorf("a message of %d octets", len(err.Error()))
		}
	})
}

// FuzzSignatures: the header as we read it has the signatures that the library sees.
func FuzzSignatures(f *testing.F) {
	for _, s := range []string{"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x;\r\n h=from\r\nFrom: a@b\r\n\r\nbody\r\n", "dkim-signature : x\r\n\r\n", "\r\n", " x\r\ny", "DKIM-Signature:a\nDKIM-Signature:b\n\n", "A\r\n\tB\r\nDKIM-Signature:\r\n\r\n"} {
		f.Add([]byte(s))
	}
	c := zoneChecker(f, &mailtest.Zone{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := c.checkDKIM(context.Background(), Request{Mail: bytes.NewReader(raw), Size: int64(len(raw))})
		for _, d := range got {
			if d.Result == resultPass {
				t.Errorf("%q passes", raw)
			}
			if strings.Contains(d.Explain, "two ways") {
				t.Errorf("%q is read in two ways", raw)
			}
		}
	})
}
