package mailtest

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/emersion/go-msgauth/dkim"
)

// RSAKey is a 2048 bit key, made once in a process since that takes a while.
var RSAKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("make an RSA key: " + err.Error()) // the system has no randomness
	}
	return key
})

// Ed25519Key is made once in a process too.
var Ed25519Key = sync.OnceValue(func() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("make an Ed25519 key: " + err.Error()) // the system has no randomness
	}
	return key
})

// DKIMRecord is the TXT record for the key, to be published at selector._domainkey.domain (RFC 6376,
// 3.6.1; RFC 8463).
func DKIMRecord(key crypto.Signer) string {
	switch pub := key.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub)
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			panic("encode an RSA key: " + err.Error()) // not reached for a key that exists
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	default:
		panic(fmt.Sprintf("no DKIM record for a %T", pub))
	}
}

// SignDKIM puts a relaxed/relaxed signature of the whole mail before it. The mail has CRLF line ends.
func SignDKIM(raw []byte, domain, selector string, key crypto.Signer) ([]byte, error) {
	return SignDKIMWith(raw, &dkim.SignOptions{Domain: domain, Selector: selector, Signer: key})
}

// SignDKIMWith is [SignDKIM] with all that the signer can be told; relaxed where it is not told
// a canonicalization.
func SignDKIMWith(raw []byte, o *dkim.SignOptions) ([]byte, error) {
	opts := *o
	if opts.HeaderCanonicalization == "" {
		opts.HeaderCanonicalization = dkim.CanonicalizationRelaxed
	}
	if opts.BodyCanonicalization == "" {
		opts.BodyCanonicalization = dkim.CanonicalizationRelaxed
	}
	var out bytes.Buffer
	if err := dkim.Sign(&out, bytes.NewReader(raw), &opts); err != nil {
		return nil, fmt.Errorf("sign for %s: %w", opts.Domain, err)
	}
	return out.Bytes(), nil
}
