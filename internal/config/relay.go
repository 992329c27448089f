package config

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"recado/internal/say"
)

// standardPorts is the port of a relay that is named without one (RFC 6409, RFC 8314).
var standardPorts = map[Security]string{SecurityStartTLS: "587", SecurityTLS: "465", SecurityNone: "25"}

func (l *loader) decodeRelay(r reader) {
	relay := &l.config.Relay
	relay.Security, relay.Uncertain, relay.GiveUpAfter, relay.Connections = SecurityStartTLS, UncertainRetry, 5*24*time.Hour, 4
	if r.table == nil {
		return // whether that may be depends on the channels: see checkRelay
	}
	known := r.table.field("security") == nil || word(r, "security", &relay.Security, SecurityStartTLS, SecurityTLS, SecurityNone)
	hint := say.Of(`write the host and port that your provider gives for sending, such as "smtp.relay.example:587"`)
	r.required("address", hint)
	if r.parsed("address", &relay.Address, hint, func(text string) (string, error) {
		address, err := hostPort(text, standardPorts[relay.Security])
		switch {
		case err == nil && strings.HasPrefix(address, ":"):
			err = say.Errorf("it names no host")
		case err == nil && strings.HasSuffix(address, ":0"):
			err = say.Errorf("nothing answers on port 0")
		}
		return address, err
	}) && known {
		l.checkSecurity(r)
	}
	word(r, "uncertain", &relay.Uncertain, UncertainRetry, UncertainAsk)
	r.duration("give_up_after", &relay.GiveUpAfter, "5d")
	r.integer("connections", &relay.Connections, 1, 1000)
	r.text("username", &relay.Username)
	l.decodePassword(r)
}

// checkSecurity holds a password and customers' mail off the open network.
func (l *loader) checkSecurity(r reader) {
	relay := l.config.Relay
	host, port, _ := net.SplitHostPort(relay.Address)
	switch {
	case relay.Security == SecurityNone && !isLoopback(host):
		l.problem(r.table.place("security"), say.Of("security \"none\" would send mail to %s unprotected", host), say.Of(`write "starttls" or "tls"; "none" is only for a relay on this machine (127.0.0.1, ::1, localhost)`))
	case relay.Security == SecurityStartTLS && port == "465":
		l.warn(r.table.place("address"), "port 465 speaks TLS from the first byte", `write security = "tls", or port 587`)
	case relay.Security == SecurityTLS && (port == "25" || port == "587"):
		l.warn(r.table.place("address"), "port "+port+" begins without TLS", `write security = "starttls", or port 465`)
	}
}

// decodePassword reads where the password is, and tries to read it where that tells something: a
// file is the same for whoever checks; an environment is the server's own, so its lack is a warning.
func (l *loader) decodePassword(r reader) {
	relay := &l.config.Relay
	file := r.path("password_file", &relay.PasswordFile)
	env := r.text("password_env", &relay.PasswordEnv) && relay.PasswordEnv != ""
	hint := say.Of(`write password_file = "/etc/recado/relay.password" (a file that only the server reads) or password_env = "RECADO_RELAY_PASSWORD"`)
	switch {
	case file && env:
		l.problem(r.table.place("password_env"), say.Of("the password has both a file and an environment variable"), say.Of("keep one of password_file and password_env"))
	case relay.Username != "" && r.table.field("password_file") == nil && r.table.field("password_env") == nil,
		relay.Username != "" && !file && !env && l.emptyText(r, "password_file") && l.emptyText(r, "password_env"):
		l.problem(r.table.place("username"), say.Of("the relay has a username and no password"), hint)
	case relay.Username == "" && (file || env) && l.emptyText(r, "username"):
		key := map[bool]string{true: "password_file", false: "password_env"}[file]
		l.warn(r.table.place(key), "the relay has a password and no username, so it is not used", "write username, or remove the password")
		return
	}
	if env {
		if value, _ := l.env(relay.PasswordEnv); value == "" {
			l.warn(r.table.place("password_env"), fmt.Sprintf("the environment variable %s is not set here", quote(relay.PasswordEnv)), "set it where the server runs, which does not start without it")
		}
	}
	if file {
		l.checkPasswordFile(r)
	}
}

// emptyText tells whether a key is absent or an empty text, rather than wrong, which was reported.
func (l *loader) emptyText(r reader, key string) bool {
	v := r.table.field(key)
	return v == nil || (v.kind == kindText && v.text == "")
}

func (l *loader) checkPasswordFile(r reader) {
	path, at := l.config.Relay.PasswordFile, r.table.place("password_file")
	written := quote(r.table.field("password_file").text)
	if _, err := readPassword(path); err != nil {
		l.problem(at, say.Of("password_file %s cannot be used: %v", written, err),
			say.Of("put the password on one line into a file that the server may read; a relative path starts at the channel file's folder"))
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
		l.warn(at, fmt.Sprintf("every user of this machine may read password_file %s", written), "chmod o-r it")
	}
}
