package conversation

import (
	"encoding/base32"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// rfcSecret is the one of RFC 4226 Appendix D and, for SHA-1, of RFC 6238 Appendix B.
var rfcSecret = []byte("12345678901234567890")

// TestHOTP: RFC 4226 Appendix D.
func TestHOTP(t *testing.T) {
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := totp(rfcSecret, int64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
	if got := hotp(rfcSecret, 0); got != 0x4c93cf18 {
		t.Errorf("before it is cut: %x", got)
	}
}

// TestTOTP: RFC 6238 Appendix B, whose codes have eight digits; six of them are ours.
func TestTOTP(t *testing.T) {
	for seconds, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		now := time.Unix(seconds, 0)
		if got := totp(rfcSecret, totpStepAt(now)); got != want[2:] {
			t.Errorf("at %d: %s, want %s", seconds, got, want[2:])
		}
		if _, ok := acceptTOTP(rfcSecret, want[2:], now, 0); !ok {
			t.Errorf("at %d: %s is not accepted", seconds, want[2:])
		}
	}
}

func TestAcceptTOTP(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 15, 0, time.UTC) // in the middle of a step
	step := totpStepAt(now)
	for _, tt := range []struct {
		name   string
		of     int64 // steps from now
		last   int64 // that was taken, from now
		digits int   // of the code that are given
		want   bool
	}{
		{"this step", 0, -100, 6, true},
		{"the app is a step late", -1, -100, 6, true},
		{"the app is a step early", 1, -100, 6, true},
		{"two steps late", -2, -100, 6, false},
		{"two steps early", 2, -100, 6, false},
		{"the same again", 0, 0, 6, false},
		{"one before the last", -1, 0, 6, false},
		{"the next after the last", 1, 0, 6, true},
		{"the clock was put back an hour", 0, 120, 6, false},
		{"five digits", 0, -100, 5, false},
		{"nothing", 0, -100, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code := totp(rfcSecret, step+tt.of)
			got, ok := acceptTOTP(rfcSecret, code[:tt.digits], now, step+tt.last)
			if ok != tt.want || ok && got != step+tt.of {
				t.Errorf("accepted %t as step %d, want %t as %d", ok, got-step, tt.want, tt.of)
			}
		})
	}
}

func TestEnrolmentURI(t *testing.T) {
	secret := newTOTPSecret()
	if len(secret) != 20 || slices.Equal(secret, newTOTPSecret()) {
		t.Errorf("a secret of %d octets, or always the same", len(secret))
	}
	e := &Enrolment{Account: "ana+1@example.com", Secret: base32Text.EncodeToString(secret)}
	if groups := e.Groups(); len(groups) != 8 || strings.Join(groups, "") != e.Secret {
		t.Errorf("groups %v of %s", groups, e.Secret)
	}
	text := e.URI("Recado: inbox.example.com & co")
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Recado  inbox.example.com & co:ana+1@example.com" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("the address %s", text)
	}
	if q := u.Query(); q.Get("issuer") != "Recado  inbox.example.com & co" || q.Get("secret") != e.Secret || len(q) != 2 {
		t.Errorf("its query %s", u.RawQuery)
	}
	if got, err := base32.StdEncoding.DecodeString(e.Secret); err != nil || hex.EncodeToString(got) != hex.EncodeToString(secret) {
		t.Errorf("the secret reads %x, %v", got, err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes, hashes := newRecoveryCodes()
	if len(codes) != 10 || len(hashes) != 10 || codes[0] == codes[1] || len(codes[0]) != len("abcd-efgh-ijkl-mnop") {
		t.Fatalf("codes %v", codes)
	}
	for _, c := range codes {
		if slices.Contains(hashes, c) {
			t.Error("a code is kept as it is")
		}
	}
	for name, typed := range map[string]string{
		"as shown": codes[3], "without hyphens": strings.ReplaceAll(codes[3], "-", ""), "shouted": " " + strings.ToUpper(codes[3]) + " ",
		"with digits for letters": strings.NewReplacer("o", "0", "l", "1", "b", "8").Replace(codes[3]),
	} {
		left, ok := takeRecoveryCode(hashes, plainCode(typed))
		if !ok || len(left) != 9 || slices.Contains(left, hashes[3]) {
			t.Errorf("%s: %t, %d left", name, ok, len(left))
		}
	}
	for _, wrong := range []string{"", "-", codes[3][1:], codes[3] + "a", hashes[3]} {
		if left, ok := takeRecoveryCode(hashes, plainCode(wrong)); ok || len(left) != 10 {
			t.Errorf("%q is taken", wrong)
		}
	}
	if got := plainCode(" 108 108 "); got != "108108" {
		t.Errorf("the app's code reads %q", got)
	}
}
