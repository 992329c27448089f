package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseDuration(t *testing.T) {
	tests := map[string]time.Duration{
		"5d": 120 * time.Hour, "12h": 12 * time.Hour, "1d12h": 36 * time.Hour, "1.5d": 36 * time.Hour, "1d 30m": 24*time.Hour + 30*time.Minute,
		"90s": 90 * time.Second, "": -1, "5": -1, "d": -1, "-1d": -1, "-5h": -1, "5d-1h": -1, "1e9d": -1, "NaNd": -1, "twelve": -1, "5dd": -1,
	}
	for text, want := range tests {
		got, err := parseDuration(text)
		if want < 0 && err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", text, got)
		} else if want >= 0 && (err != nil || got != want) {
			t.Errorf("parseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	tests := map[string]int64{
		"25MiB": 26214400, "10MB": 10000000, "1048576": 1048576, "64 KiB": 65536, "1.5k": 1500, "1GiB": 1 << 30, "10m": 10000000,
		"": -1, "MiB": -1, "-1": -1, "25 megas": -1, "1e30": -1, "1..5": -1, "99999999999999999999999999999": -1,
	}
	for text, want := range tests {
		got, err := parseSize(text)
		if want < 0 && err == nil {
			t.Errorf("parseSize(%q) = %v, want an error", text, got)
		} else if want >= 0 && (err != nil || got != want) {
			t.Errorf("parseSize(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseEmail(t *testing.T) {
	tests := map[string]string{
		"Soporte@EXAMPLE.com": "Soporte@example.com", "ayuda@ñandú.example": "ayuda@xn--and-6ma2c.example", "ñ@example.com": "ñ@example.com",
		"a+b@example.com": "a+b@example.com", "o'brien@example.com": "o'brien@example.com",
		"": "", "a": "", "@example.com": "", "a@": "", "a@b@example.com": "", "a b@example.com": "", "a..b@example.com": "", ".a@example.com": "",
		"a@example": "", "a@example..com": "", "a@-example.com": "", "a@exam_ple.com": "", "a@example.com.": "", "a@127.0.0.1": "", `"a b"@example.com`: "",
		"A <a@example.com>": "", "a\n@example.com": "", strings.Repeat("a", 65) + "@example.com": "", "a@" + strings.Repeat("a", 64) + ".com": "",
	}
	for text, want := range tests {
		got, err := parseEmail(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("parseEmail(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestEmailKey(t *testing.T) {
	for _, pair := range [][2]string{
		{"Soporte@Example.COM", "soporte@example.com"}, {"AYUDA@ÑANDÚ.example", "ayuda@xn--and-6ma2c.example"}, {"STRASSE@example.com", "straße@example.com"},
	} {
		if EmailKey(pair[0]) != EmailKey(pair[1]) {
			t.Errorf("EmailKey(%q) = %q, EmailKey(%q) = %q", pair[0], EmailKey(pair[0]), pair[1], EmailKey(pair[1]))
		}
	}
	if EmailKey("a.b@example.com") == EmailKey("ab@example.com") || EmailKey("a+b@example.com") == EmailKey("a@example.com") {
		t.Error("dots or tags fold")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"email", "department", "send", "status", "unverified"}
	tests := map[string]string{"emial": "email", "Send": "send", "sned": "send", "departments": "department", "un-verified": "unverified", "sand": "send", "colour": "", "s": "", "": ""}
	for text, want := range tests {
		if got := nearest(text, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestInboxURL(t *testing.T) {
	tests := []struct{ name, lines, bound, want string }{
		{"derived from the listener", "", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"derived from the port that was given", "[inbox]\nlisten = \"127.0.0.1:0\"", "127.0.0.1:40123", "http://127.0.0.1:40123"},
		{"every address", "[inbox]\nlisten = \":0\"", "[::]:40123", "http://mx1.example.test:40123"},
		{"port 80", "[inbox]\nlisten = \":80\"", "[::]:80", "http://mx1.example.test"},
		{"IPv6", "[inbox]\nlisten = \"[::1]:80\"", "[::1]:80", "http://[::1]:80"},
		{"named", "[inbox]\nurl = \"https://inbox.example.test/\"", "127.0.0.1:8080", "https://inbox.example.test"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, err := Parse("recado.toml", []byte(test.lines+"\n"+channelFile("mx1.example.test")), noEnv)
			if err != nil {
				t.Fatal(err)
			}
			if got := config.InboxURL(test.bound); got != test.want {
				t.Errorf("InboxURL(%q) = %q, want %q", test.bound, got, test.want)
			}
		})
	}
}

// TestDesignFile loads the file of the product's description as it stands, its password file in place.
func TestDesignFile(t *testing.T) {
	data, err := os.ReadFile("testdata/design.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "relay.password"), "s3cret\n")
	path := filepath.Join(dir, "recado.toml")
	write(t, path, strings.Replace(string(data), "/etc/recado/relay.password", filepath.Join(dir, "relay.password"), 1))
	config, err := Load(path, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Warnings) > 0 {
		t.Errorf("warnings:\n%v", config.Warnings)
	}
	if password, err := config.RelayPassword(); err != nil || password != "s3cret" {
		t.Errorf("RelayPassword() = %q, %v", password, err)
	}
}

// TestPasswordFile tries what may stand behind password_file and password_env.
func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "recado.toml")
	file := func(extra string) string {
		return strings.Replace(channelFile("mx1.example.test"), "[[domain]]", extra+"\n[[domain]]", 1)
	}
	tests := []struct {
		name, lines, content string
		mode                 fs.FileMode
		want, warning        string // the password, a word of the warning
		problem              string // a word of the problem
	}{
		{name: "read without its line end", lines: "username = \"u\"\npassword_file = \"relay.password\"", content: "s3cret word\r\n", mode: 0o600, want: "s3cret word"},
		{name: "readable by everyone", lines: "username = \"u\"\npassword_file = \"relay.password\"", content: "x", mode: 0o644, want: "x", warning: "every user"},
		{name: "empty", lines: "username = \"u\"\npassword_file = \"relay.password\"", content: "\n", mode: 0o600, problem: "it is empty"},
		{name: "two lines", lines: "username = \"u\"\npassword_file = \"relay.password\"", content: "a\nb\n", mode: 0o600, problem: "more than one line"},
		{name: "a folder", lines: "username = \"u\"\npassword_file = \".\"", content: "x", mode: 0o600, problem: "not a regular file"},
		{name: "missing", lines: "username = \"u\"\npassword_file = \"nowhere\"", content: "x", mode: 0o600, problem: "no such file"},
		{name: "no password", lines: "username = \"u\"\npassword_file = \"\"", content: "x", mode: 0o600, problem: "no password"},
		{name: "no username", lines: "username = \"\"", content: "x", mode: 0o600},
		{name: "an unset variable", lines: "username = \"u\"\npassword_env = \"UNSET\"", content: "x", mode: 0o600, warning: "not set", want: "!"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			secret := filepath.Join(dir, "relay.password")
			write(t, secret, test.content)
			if err := os.Chmod(secret, test.mode); err != nil {
				t.Fatal(err)
			}
			write(t, path, file(test.lines))
			config, err := Load(path, noEnv)
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Fatalf("Load returned %v, want %q", err, test.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := config.Warnings.Error(); (got != "") != (test.warning != "") || !strings.Contains(got, test.warning) {
				t.Errorf("warnings %q, want %q", got, test.warning)
			}
			got, err := config.RelayPassword()
			if test.want == "!" {
				if err == nil || !strings.Contains(err.Error(), "UNSET") {
					t.Errorf("RelayPassword() = %q, %v; want an error that names the variable", got, err)
				}
			} else if err != nil || got != test.want {
				t.Errorf("RelayPassword() = %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// TestRelayPasswordLater: a secret that goes away while the server runs is an error of its own.
func TestRelayPasswordLater(t *testing.T) {
	config := &Config{Relay: Relay{Username: "u", PasswordFile: filepath.Join(t.TempDir(), "gone")}}
	if _, err := config.RelayPassword(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("RelayPassword() returned %v, want fs.ErrNotExist", err)
	}
}

func TestLoadMissing(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "recado.toml"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load returned %v, want fs.ErrNotExist", err)
	}
}

// TestTexts reads what the departments of a good file say.
func TestTexts(t *testing.T) {
	config, err := Load("testdata/good/company.toml", relayEnv)
	if err != nil {
		t.Fatal(err)
	}
	first := config.Departments[0]
	got := []string{first.Acknowledgement, first.Signature, string(first.Language), string(config.Departments[1].Language), config.Departments[2].Name}
	got = append(got, first.Classifications...)
	want := []string{"Hemos recibido su mensaje.\nGracias.\n", "Un saludo\nÑandú, S.A.\n", "es", "pt", "campaigns", "Venta", "Queja grave"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("departments (-want +got):\n%s", diff)
	}
	postmasters := []string{config.Domains[0].Postmaster, config.Domains[1].Postmaster}
	if diff := cmp.Diff([]string{"ayuda@empresa.example", "rrhh@xn--and-6ma2c.example"}, postmasters); diff != "" {
		t.Errorf("postmasters (-want +got):\n%s", diff)
	}
	if got := config.Inbox.TrustedProxies[1].String(); got != "10.0.0.0/8" {
		t.Errorf("a trusted network reads %s", got)
	}
	if config.Inbox.Session != 36*time.Hour || config.Relay.Address != "smtp.relay.example:465" || config.SMTP.MaxMessage != 10<<20 {
		t.Errorf("session %v, relay %s, max_message %d", config.Inbox.Session, config.Relay.Address, config.SMTP.MaxMessage)
	}
}

// TestCertificate tries pairs that match, that do not, and one for another name.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	makePair(t, dir, "mx", "mx1.example.test")
	makePair(t, dir, "other", "www.example.test")
	write(t, filepath.Join(dir, "junk.pem"), "junk")
	tests := []struct{ name, cert, key, problem, warning string }{
		{name: "a pair", cert: "mx.pem", key: "mx.key"},
		{name: "another name", cert: "other.pem", key: "other.key", warning: "not for mx1.example.test"},
		{name: "no pair", cert: "mx.pem", key: "other.key", problem: "not a pair"},
		{name: "no PEM", cert: "junk.pem", key: "mx.key", problem: "not a pair"},
		{name: "no files", cert: "none.pem", key: "none.key", problem: `key_file "none.key" cannot be used: there is no such file`},
		{name: "no certificate", key: "mx.key", problem: "no cert_file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := channelFile("mx1.example.test") + "[smtp]\ntls = { cert_file = \"" + test.cert + "\", key_file = \"" + test.key + "\" }\n"
			config, err := Parse(filepath.Join(dir, "recado.toml"), []byte(text), noEnv)
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Fatalf("Parse returned %v, want %q", err, test.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := config.Warnings.Error(); (got != "") != (test.warning != "") || !strings.Contains(got, test.warning) {
				t.Errorf("warnings %q, want %q", got, test.warning)
			}
			if want := filepath.Join(dir, test.cert); config.SMTP.TLS.CertFile != want || !config.SMTP.TLS.Enabled() {
				t.Errorf("certificate %q, want %q", config.SMTP.TLS.CertFile, want)
			}
		})
	}
}

// makePair writes a certificate for a name, and its key.
func makePair(t *testing.T, dir, file, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, file+".pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	write(t, filepath.Join(dir, file+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// FuzzLoad: whatever the bytes are, reading ends in a configuration or in problems that can be printed.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.toml", "testdata/bad/*.toml", exampleFile} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := Parse(filepath.Join(dir, "recado.toml"), data, noEnv)
		var problems Problems
		switch {
		case err == nil:
			if len(config.Channels) == 0 || config.Server.Hostname == "" || config.Domains[0].Postmaster == "" {
				t.Errorf("an unusable configuration was accepted: %+v", config)
			}
		case !errors.As(err, &problems) || len(problems) == 0:
			t.Errorf("refused without problems: %v", err)
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || strings.ContainsAny(p.String(), "\n\r") {
				t.Errorf("a problem without a place, or on two lines: %q", p.String())
			}
		}
	})
}
