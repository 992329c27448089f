package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"recado/internal/say"
)

// maxPassword bounds the file of the relay's password, in bytes.
const maxPassword = 4 << 10

// RelayPassword reads the secret that `[relay]` points to, without the line end after it; "" when
// there is no username. It is read anew each time, so that a changed secret serves the next connection.
// The error names the file or the variable, never what it holds.
func (c *Config) RelayPassword() (string, error) {
	switch {
	case c.Relay.Username == "":
		return "", nil
	case c.Relay.PasswordEnv != "":
		env := c.env
		if env == nil {
			env = os.LookupEnv
		}
		password, _ := env(c.Relay.PasswordEnv)
		if password == "" {
			return "", fmt.Errorf("read the relay's password: the environment variable %s is not set", c.Relay.PasswordEnv)
		}
		return password, nil
	}
	password, err := readPassword(c.Relay.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read the relay's password from %s: %w", c.Relay.PasswordFile, err)
	}
	return password, nil
}

func readPassword(path string) (string, error) {
	data, err := readSmall(path, maxPassword)
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(data), "\r\n")
	switch {
	case password == "":
		return "", say.Errorf("it is empty")
	case strings.ContainsAny(password, "\r\n\x00"):
		return "", say.Errorf("it has more than one line")
	}
	return password, nil
}

// readSmall reads a regular file of at most so many bytes. Its errors leave out the path, which the
// caller shows as its author wrote it.
func readSmall(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plainCause(err)
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, say.Errorf("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, plainCause(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, plainCause(err)
	}
	if int64(len(data)) > most {
		return nil, say.Errorf("it is larger than %d KiB", most>>10)
	}
	return data, nil
}

// plainCause words the common faults of a file system and keeps them recognisable for errors.Is.
func plainCause(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wordedError{say.Of("there is no such file"), err}
	case errors.Is(err, fs.ErrPermission):
		return wordedError{say.Of("this user may not read it"), err}
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

// wordedError says in plain words what its cause says in the system's.
type wordedError struct {
	say.Sentence
	cause error
}

func (e wordedError) Error() string { return e.Text }
func (e wordedError) Unwrap() error { return e.cause }

// checkCertificate tries the pair that `[smtp] tls` names; none at all is allowed.
func (l *loader) checkCertificate(table *value) {
	pair := &l.config.SMTP.TLS
	switch {
	case pair.CertFile == "" && pair.KeyFile == "":
		return
	case pair.CertFile == "":
		l.problem(table.place("key_file"), say.Of("tls has a key_file and no cert_file"), say.Of("name both, or neither"))
		return
	case pair.KeyFile == "":
		l.problem(table.place("cert_file"), say.Of("tls has a cert_file and no key_file"), say.Of("name both, or neither"))
		return
	}
	var data [2][]byte
	var failed bool
	for i, key := range tlsKeys {
		var err error
		if data[i], err = readSmall([]string{pair.CertFile, pair.KeyFile}[i], 1<<20); err != nil {
			l.problem(table.place(key), say.Of("%s %s cannot be used: %v", key, quote(table.field(key).text), err),
				say.Of("name a PEM file that the server may read; a relative path starts at the channel file's folder"))
			failed = true
		}
	}
	if failed {
		return
	}
	certificate, err := tls.X509KeyPair(data[0], data[1])
	if err != nil {
		l.problem(table.place("cert_file"), say.Of("cert_file and key_file are not a pair: %v", errors.New(strings.TrimPrefix(err.Error(), "tls: "))), say.Of("name the chain and the private key that was made for it, both as PEM"))
		return
	}
	l.checkCertificateName(table.place("cert_file"), certificate)
}

// checkCertificateName warns when the certificate is for another name than the one in the MX record.
func (l *loader) checkCertificateName(at place, certificate tls.Certificate) {
	leaf := certificate.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(certificate.Certificate[0]); err != nil {
			return
		}
	}
	if name := l.config.Server.Hostname; name != "" && leaf.VerifyHostname(name) != nil {
		l.warn(at, "the certificate is not for "+name, "senders that insist on a valid name (MTA-STS, DANE) will not deliver: obtain one for the hostname")
	}
}
