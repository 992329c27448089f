package main

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"recado/internal/config"
	"recado/internal/dnsrecords"
	"recado/internal/say"
)

// The keys stand in data/keys, each file for its owner alone:
//
//	token.secret                    signs Message-IDs and return paths: a line a secret, in base64. The first
//	                                signs; the others are old ones that still verify (rule 12).
//	dkim/<domain>/<selector>.pem    signs mail (RFC 6376): PEM, RSA or Ed25519
const (
	keysFolder  = "keys"
	secretFile  = "token.secret"
	dkimFolder  = "dkim"
	secretSize  = 32 // octets
	maxKeyFile  = 64 << 10
	leastSecret = 16 // octets, as conversation.NewSigner wants
)

// keys are all secrets of ours.
type keys struct {
	Secrets [][]byte  // for conversation.NewSigner
	DKIM    []dkimKey // in the channel file's order
	Made    []string  // the files that were made, to be said
}

// dkimKey signs the mail of a domain.
type dkimKey struct {
	Domain, Selector string
	Signer           crypto.Signer
}

// loadKeys reads the keys and makes those that are absent. The caller holds the data folder's lock.
func loadKeys(data string, domains []config.Domain) (*keys, error) {
	k := &keys{}
	var err error
	if k.Secrets, err = readSecrets(data); err != nil {
		return nil, err
	}
	if len(k.Secrets) == 0 {
		path := filepath.Join(data, keysFolder, secretFile)
		secret := make([]byte, secretSize)
		rand.Read(secret) // never fails since Go 1.24
		if err := writeKey(path, []byte(base64.StdEncoding.EncodeToString(secret)+"\n")); err != nil {
			return nil, err
		}
		k.Secrets, k.Made = [][]byte{secret}, append(k.Made, path)
	}
	for _, d := range domains {
		for _, selector := range d.DKIMSelectors {
			signer, err := readDKIM(data, d.Name, selector)
			if errors.Is(err, fs.ErrNotExist) {
				if signer, err = makeDKIM(data, d.Name, selector); err == nil {
					k.Made = append(k.Made, dkimPath(data, d.Name, selector))
				}
			}
			if err != nil {
				return nil, err
			}
			k.DKIM = append(k.DKIM, dkimKey{Domain: d.Name, Selector: selector, Signer: signer})
		}
	}
	return k, nil
}

// readSecrets reads the token secrets, none where there is no file yet.
func readSecrets(data string) ([][]byte, error) {
	path := filepath.Join(data, keysFolder, secretFile)
	text, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var secrets [][]byte
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil || len(secret) < leastSecret {
			return nil, fmt.Errorf("read keys: line %d of %s is not a secret of at least %d octets in base64", i+1, path, leastSecret)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

func dkimPath(data, domain, selector string) string {
	return filepath.Join(data, keysFolder, dkimFolder, domain, selector+".pem")
}

// readDKIM reads a key; fs.ErrNotExist where there is none.
func readDKIM(data, domain, selector string) (crypto.Signer, error) {
	path := dkimPath(data, domain, selector)
	text, err := readKey(path)
	if err != nil {
		return nil, err
	}
	key, err := dnsrecords.ParseKey(text)
	if err != nil {
		return nil, say.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func makeDKIM(data, domain, selector string) (crypto.Signer, error) {
	key, err := dnsrecords.GenerateKey()
	if err != nil {
		return nil, err
	}
	text, err := dnsrecords.EncodeKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeKey(dkimPath(data, domain, selector), text)
}

// readKey refuses a file that others than its owner can read.
func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, say.Errorf("read keys: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, say.Errorf("read keys: others can read %s: chmod 600 it, and change the key if they did", path)
	case info.Size() > maxKeyFile:
		return nil, say.Errorf("read keys: %s is too large for a key", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, say.Errorf("read keys: %w", err)
	}
	return text, nil
}

// writeKey writes a new file that is either whole and on disk, or not there.
func writeKey(path string, text []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	f, err := os.CreateTemp(folder, ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike a rename, it replaces nothing
	}
	if err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}

// syncFolder makes the entries of a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
