package message

import (
	"bytes"
	"strings"
	"testing"
)

// ber makes an element with a stated length.
func ber(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append([]byte{tag, 0x82, byte(len(body) >> 8), byte(len(body))}, body...)
}

// berOpen makes one whose end is marked.
func berOpen(tag byte, parts ...[]byte) []byte {
	return append(append([]byte{tag, 0x80}, bytes.Join(parts, nil)...), 0, 0)
}

// signedData is a SignedData whose content and ways of stating lengths are given; certificates and signers are left out.
func signedData(element func(byte, ...[]byte) []byte, content ...[]byte) []byte {
	oid := ber(berOID, oidSignedData)
	encapsulated := [][]byte{ber(berOID, []byte{0x2a, 1})}
	if len(content) > 0 {
		encapsulated = append(encapsulated, element(berExplicit0, content...))
	}
	digests := element(berSet, element(berSequence, ber(berOID, []byte{0x2a, 2})))
	data := element(berSequence, ber(berInteger, []byte{1}), digests, element(berSequence, encapsulated...), element(berSet))
	return element(berSequence, oid, element(berExplicit0, data))
}

func TestSignedSMIME(t *testing.T) {
	const said = "Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHola, la señal.\r\n--y\r\n" +
		"Content-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--y--\r\n"
	whole := ber(berOctets, []byte(said))
	pieces := berOpen(berOctets|berConstructed, ber(berOctets, []byte(said[:10])), ber(berOctets, nil), ber(berOctets|berConstructed, ber(berOctets, []byte(said[10:90]))), ber(berOctets, []byte(said[90:])))
	tests := []struct {
		name, kind  string
		data        []byte
		text, files string
		encrypted   bool
	}{
		{"in one piece", "smime-type=signed-data", signedData(ber, whole), "Hola, la señal.", "smime.p7m a.csv", false},
		{"lengths left open", "smime-type=signed-data", signedData(berOpen, pieces), "Hola, la señal.", "smime.p7m a.csv", false},
		{"kind not said", "x=y", signedData(berOpen, pieces), "Hola, la señal.", "smime.p7m a.csv", false},
		{"cut off", "smime-type=signed-data", signedData(ber, whole)[:200], "Hola, la señal.", "smime.p7m attachment-2.csv", false},
		{"certificates alone", "smime-type=certs-only", signedData(ber), "", "smime.p7m", false},
		{"no CMS", "smime-type=signed-data", []byte("hello"), "", "smime.p7m", false},
		{"nothing but depth", "smime-type=signed-data", bytes.Repeat([]byte{0x30, 0x80}, 50000), "", "smime.p7m", false},
		{"encrypted", "smime-type=enveloped-data", ber(berSequence, ber(berOID, []byte{0x2a, 3})), "This mail is encrypted (S/MIME) and cannot be read here. What was written is in the attachment.", "smime.p7m", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := []byte("Subject: a\nContent-Type: application/pkcs7-mime; name=smime.p7m; " + tt.kind + "\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=smime.p7m\n\n" + base64Lines(tt.data))
			m := ParseBytes(raw, Options{Text: true, HTML: true, Digest: true})
			var files []string
			for _, a := range m.Attachments {
				files = append(files, a.Name)
			}
			if m.Text != tt.text || strings.Join(files, " ") != tt.files || m.Encrypted != tt.encrypted {
				t.Errorf("text %q, files %q, encrypted %t", m.Text, files, m.Encrypted)
			}
			if m.Attachments[0].Size != int64(len(tt.data)) {
				t.Errorf("smime.p7m has %d octets, want %d", m.Attachments[0].Size, len(tt.data))
			}
			checkAttachments(t, tt.name, raw, m)
		})
	}
}

func TestEncryptedOpenPGP(t *testing.T) {
	m := ParseBytes([]byte("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\n\n--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"+
		"--x\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n--x--\n"), Options{Text: true})
	if !m.Encrypted || !strings.HasPrefix(m.Text, "This mail is encrypted (OpenPGP)") || len(m.Attachments) != 2 {
		t.Errorf("%+v", m)
	}
}

func TestSignedInPlace(t *testing.T) {
	said, quoted := SplitQuotes("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHola\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n")
	if !strings.HasSuffix(said, "\nHola") || !strings.HasPrefix(quoted, pgpSignature) {
		t.Errorf("said %q, quoted %q", said, quoted)
	}
}
