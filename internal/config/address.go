package config

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"

	"recado/internal/say"
)

// EmailKey is what two spellings of one address have in common: the domain in lower-case ASCII and the
// local part case-folded (rule 1). Text that is no address is folded as a whole.
func EmailKey(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return cases.Fold().String(email)
	}
	domain, err := parseDomain(email[at+1:])
	if err != nil {
		domain = strings.ToLower(email[at+1:])
	}
	return cases.Fold().String(email[:at]) + "@" + domain
}

// parseEmail normalises an address of the file: the local part stays, the domain becomes lower-case
// ASCII. Only dot-atoms are taken (RFC 5321 4.1.2, with UTF-8 as RFC 6531 3.3 allows): a quoted local
// part in a channel file is a mistake more often than an address.
func parseEmail(text string) (string, error) {
	if strings.ContainsAny(text, "<>") {
		return "", say.Errorf("only the address itself belongs here, without name or angle brackets")
	}
	at := strings.LastIndexByte(text, '@')
	switch {
	case text == "":
		return "", say.Errorf("it is empty")
	case at < 0:
		return "", say.Errorf("it has no @")
	case at == 0:
		return "", say.Errorf("nothing stands before the @")
	case at > 64:
		return "", say.Errorf("more than 64 bytes stand before the @")
	}
	local := text[:at]
	for _, r := range local {
		switch {
		case r == '@':
			return "", say.Errorf("it has more than one @")
		case r == ' ' || r == '\t':
			return "", say.Errorf("it contains a space")
		case r >= 0xA0 || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r), isLetterOrDigit(r):
		default:
			return "", say.Errorf("%q cannot stand before the @", r)
		}
	}
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return "", say.Errorf("a dot before the @ must stand between two other characters")
	}
	domain, err := parseDomain(text[at+1:])
	if err != nil {
		return "", say.Errorf("after the @: %w", err)
	}
	return local + "@" + domain, nil
}

// parseDomain normalises a name with at least two labels to lower-case ASCII (RFC 5890 A-labels).
func parseDomain(text string) (string, error) {
	name, err := parseHost(text)
	switch {
	case err != nil:
		return "", err
	case !strings.Contains(name, "."):
		return "", say.Errorf("it needs at least two parts, such as example.com")
	case strings.Contains(name, "_"):
		return "", say.Errorf("'_' cannot stand in it")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "", say.Errorf("it is an IP address, not a name")
	}
	return name, nil
}

// localhost is the one name of a single part that a server may go by, to be tried.
const localhost = "localhost"

// parseHostname is parseDomain for the server's own name.
func parseHostname(text string) (string, error) {
	if strings.EqualFold(text, localhost) {
		return localhost, nil
	}
	return parseDomain(text)
}

// parseHost is parseDomain for names that may have one label, such as localhost, and underscores, such
// as those that Docker gives.
func parseHost(text string) (string, error) {
	switch {
	case text == "":
		return "", say.Errorf("it is empty")
	case strings.Contains(text, "://") || strings.Contains(text, "/"):
		return "", say.Errorf("it is a URL, not a name")
	case strings.Contains(text, "@"):
		return "", say.Errorf("it contains an @")
	case strings.ContainsAny(text, " \t"):
		return "", say.Errorf("it contains a space")
	case strings.HasSuffix(text, "."):
		return "", say.Errorf("it ends in a dot")
	case strings.HasPrefix(text, "."):
		return "", say.Errorf("it begins with a dot")
	case len(text) > 1000: // before idna, whose work grows with the length
		return "", say.Errorf("it is too long")
	}
	name := strings.ToLower(text)
	if !isASCII(text) {
		ascii, err := idna.Lookup.ToASCII(text)
		if err != nil {
			return "", say.Errorf("it is not a valid internationalised name")
		}
		name = ascii
	}
	if len(name) > 253 {
		return "", say.Errorf("it is longer than 253 characters")
	}
	for label := range strings.SplitSeq(name, ".") {
		if err := checkLabel(label); err != nil {
			return "", err
		}
	}
	return name, nil
}

// checkLabel holds a label to RFC 1123 2.1: letters, digits, hyphens inside; underscores pass here.
func checkLabel(label string) error {
	switch {
	case label == "":
		return say.Errorf("two dots follow one another")
	case len(label) > 63:
		return say.Errorf("a part of it is longer than 63 characters")
	case label[0] == '-' || label[len(label)-1] == '-':
		return say.Errorf("the part %q begins or ends with a hyphen", label)
	}
	for _, r := range label {
		if r != '-' && r != '_' && !isLetterOrDigit(r) {
			return say.Errorf("%q cannot stand in it", r)
		}
	}
	return nil
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
