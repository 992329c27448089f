package test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

// swaks sends by a client that others wrote, and returns what it printed and its exit status.
func swaks(t *testing.T, p *product, args ...string) (transcript string, status int) {
	t.Helper()
	path, err := exec.LookPath("swaks")
	if err != nil {
		mailtest.RequireOrSkip(t, "swaks is not installed: swaks and libnet-ssleay-perl of Debian")
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{
		"--server", p.smtp, "--ehlo", "client.verified.test", "--from", ana, "--to", "care@shop.test", "--timeout", "30s", "--no-hints",
	}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal("run swaks:", err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestSwaksAttachment(t *testing.T) {
	p := newProduct(t, settings{})
	data := bytes.Repeat([]byte{0, '\n', '.', '\r', 0xff, 'p'}, 5000)
	file := filepath.Join(t.TempDir(), "receipt.bin")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	transcript, status := swaks(t, p, "--h-Subject", "From swaks", "--h-From", anaByName, "--body", "Where is it?\n.\n..two\n",
		"--attach-name", "the receipt.bin", "--attach-type", "application/octet-stream", "--attach", "@"+file)
	if status != 0 {
		t.Fatalf("swaks ended with %d\n%s", status, transcript)
	}
	c := p.one()
	m := c.Messages[0]
	if c.Contact.Address != ana || c.Contact.Name != "Ana Peña" || m.Subject != "From swaks" || strings.TrimSpace(m.Text) != "Where is it?\n.\n..two" || m.Auth.Verdict != "verified" {
		t.Errorf("%+v\n%+v", c.protocolHead, m)
	}
	sum := sha256.Sum256(data)
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "the receipt.bin" || m.Attachments[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("attachments: %+v", m.Attachments)
	}
	if !strings.Contains(transcript, m.Receipt) {
		t.Errorf("the receipt %s was not told\n%s", m.Receipt, transcript)
	}
}

func TestSwaksTLS(t *testing.T) {
	if err := exec.Command("perl", "-MNet::SSLeay", "-e", "1").Run(); err != nil {
		mailtest.RequireOrSkip(t, "swaks has no TLS without Perl's Net::SSLeay: libnet-ssleay-perl of Debian")
	}
	dir := t.TempDir()
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue("127.0.0.1", "mx.shop.test")
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile, err := mailtest.WriteCertificate(dir, "mx", cert)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(root, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProduct(t, settings{smtp: "tls = { cert_file = \"" + certFile + "\", key_file = \"" + keyFile + "\" }"})
	transcript, status := swaks(t, p, "--tls", "--tls-verify", "--tls-ca-path", root, "--h-Subject", "Over TLS")
	if status != 0 || !strings.Contains(transcript, "TLS started") {
		t.Fatalf("swaks ended with %d\n%s", status, transcript)
	}
	if c := p.one(); c.Messages[0].Subject != "Over TLS" || c.Messages[0].From.Address != ana {
		t.Errorf("%+v", c)
	}
}

// A refusal reaches the client as what it is.
func TestSwaksUnknownRecipient(t *testing.T) {
	p := newProduct(t, settings{})
	transcript, status := swaks(t, p, "--to", "nobody@shop.test")
	const refused = 24 // swaks: no recipient was accepted
	if status != refused || !strings.Contains(transcript, "550 5.1.1") {
		t.Errorf("swaks ended with %d\n%s", status, transcript)
	}
	if l := p.protocols(); len(l) != 0 {
		t.Errorf("%+v", l)
	}
}
