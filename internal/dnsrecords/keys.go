package dnsrecords

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// Sizes of RSA keys in bits (RFC 8301, 3.2).
const (
	keyBits    = 2048
	minKeyBits = 1024
)

// GenerateKey makes a DKIM key: RSA, 2048 bits.
func GenerateKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make a DKIM key: %w", err)
	}
	return key, nil
}

// EncodeKey writes a private key as PEM, in PKCS #8 (RFC 5208).
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a DKIM key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ParseKey reads a private key from PEM: RSA of at least 1024 bits or Ed25519 in PKCS #8, or RSA in PKCS #1,
// which older tools write. Errors quote nothing of the file.
func ParseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("read a DKIM key: the file holds no PEM block")
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("read a DKIM key: the PRIVATE KEY block is damaged")
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			return checkedRSA(key)
		case ed25519.PrivateKey:
			return key, nil
		}
		return nil, fmt.Errorf("read a DKIM key: DKIM has no keys of the kind %T; use RSA or Ed25519", key)
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("read a DKIM key: the RSA PRIVATE KEY block is damaged or encrypted")
		}
		return checkedRSA(key)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("read a DKIM key: it is encrypted; store it decrypted, readable by its owner alone")
	}
	return nil, fmt.Errorf("read a DKIM key: a %q block in place of a private key", block.Type)
}

func checkedRSA(key *rsa.PrivateKey) (crypto.Signer, error) {
	if bits := key.N.BitLen(); bits < minKeyBits {
		return nil, fmt.Errorf("read a DKIM key: RSA of %d bits; verifiers refuse less than %d", bits, minKeyBits)
	}
	return key, nil
}

// PublicRecord is the text of the TXT record for a key's public part (RFC 6376, 3.6.1; RFC 8463, 3).
func PublicRecord(key crypto.Signer) (string, error) {
	switch pub := key.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			return "", fmt.Errorf("encode a DKIM key's public part: %w", err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub), nil
	default:
		return "", fmt.Errorf("encode a DKIM key's public part: no DKIM keys of the kind %T", pub)
	}
}
