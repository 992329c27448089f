package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"recado/internal/mailtest"
)

// foreign is a mail of ours as a mail program reads it that knows nothing of us: with the standard
// library alone.
type foreign struct {
	header  netmail.Header
	subject string
	from    netmail.Address
	to      []*netmail.Address
	cc      []*netmail.Address
	text    string
	files   []foreignFile
}

type foreignFile struct {
	name, mediaType string
	data            []byte
}

func readForeign(t *testing.T, raw []byte) foreign {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("the mail cannot be read: %v\n%s", err, raw)
	}
	f := foreign{header: m.Header}
	if f.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Errorf("Subject: %v", err)
	}
	from := addresses(t, m.Header, "From")
	if len(from) != 1 {
		t.Fatalf("From: %v", from)
	}
	f.from, f.to, f.cc = *from[0], addresses(t, m.Header, "To"), addresses(t, m.Header, "Cc")
	if _, err := m.Header.Date(); err != nil {
		t.Errorf("Date: %v", err)
	}
	f.part(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Disposition"), m.Body)
	return f
}

func addresses(t *testing.T, h netmail.Header, field string) []*netmail.Address {
	t.Helper()
	if len(h[field]) == 0 {
		return nil
	}
	list, err := h.AddressList(field)
	if err != nil || len(h[field]) != 1 {
		t.Errorf("%s: %q: %v", field, h[field], err)
	}
	return list
}

func (f *foreign) part(t *testing.T, contentType, encoding, disposition string, body io.Reader) {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("Content-Type %q: %v", contentType, err)
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			f.part(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p)
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("a part of type %s: %v", mediaType, err)
	}
	kind, names, err := mime.ParseMediaType(disposition)
	if kind == "attachment" {
		if err != nil {
			t.Errorf("Content-Disposition %q: %v", disposition, err)
		}
		f.files = append(f.files, foreignFile{name: names["filename"], mediaType: mediaType, data: data})
		return
	}
	if mediaType != "text/plain" || !strings.EqualFold(params["charset"], "utf-8") {
		t.Errorf("a text in %s; %v", mediaType, params)
	}
	f.text += strings.ReplaceAll(string(data), "\r\n", "\n")
}

// published asks the product what to publish for a domain, and publishes it.
func (p *product) published(domain string) *net.Resolver {
	p.t.Helper()
	var records list[struct {
		Name  string `json:"name"`
		Type  string `json:"type"`
		Value string `json:"value"`
	}]
	p.json(&records, "dns", "show", domain)
	zone := &mailtest.Zone{}
	for _, r := range records.Items {
		if r.Type == "TXT" {
			zone.TXT(r.Name, r.Value)
		}
	}
	server, err := mailtest.ServeDNS("127.0.0.1:0", zone)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { server.Close() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Addr())
	}}
}

// checkSignature holds that domain signed the mail and the headers that people look at.
func checkSignature(t *testing.T, raw []byte, domain string, dns *net.Resolver) {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		return dns.LookupTXT(context.Background(), name)
	}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d signatures: %v\n%s", len(found), err, raw)
	}
	if v := found[0]; v.Err != nil || v.Domain != domain {
		t.Errorf("the signature of %s: %v", v.Domain, v.Err)
	}
	signed := strings.ToLower(strings.Join(found[0].HeaderKeys, " ")) + " "
	for _, key := range []string{"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "content-type", "mime-version"} {
		if !strings.Contains(" "+signed, " "+key+" ") {
			t.Errorf("%s is not signed: %s", key, signed)
		}
	}
}
