package config

import (
	"slices"
	"strings"

	"recado/internal/say"
)

// section is a table that the file may have.
type section struct {
	name string
	rows bool // written [[name]], any number of times
	keys []string
}

// header is the section as it is written in the file.
func (s section) header() string {
	if s.rows {
		return "[[" + s.name + "]]"
	}
	return "[" + s.name + "]"
}

// schema is every key there is. What is not here is refused.
var schema = []section{
	{name: "server", keys: []string{"hostname", "data", "timezone", "language", "fold_plus_tags"}},
	{name: "smtp", keys: []string{"listen", "max_message", "banner_delay", "tls"}},
	{name: "inbox", keys: []string{"listen", "url", "trusted_proxies", "session", "undo"}},
	{name: "relay", keys: []string{"address", "security", "username", "password_file", "password_env", "uncertain", "give_up_after", "connections"}},
	{name: "dns", keys: []string{"resolver"}},
	{name: "monitor", keys: []string{"listen"}},
	{name: "limits", keys: []string{"mails_per_hour", "ack_per_hour", "held_days", "audit_days", "connections", "connections_per_address", "connections_per_minute", "recipients"}},
	{name: "spam", keys: []string{"dnsbl", "listed", "rspamd", "threshold", "deadline"}},
	{name: "domain", rows: true, keys: []string{"name", "dkim_selector", "postmaster"}},
	{name: "department", rows: true, keys: []string{"id", "name", "isolated", "acknowledge", "language", "acknowledgement_file", "signature_file", "classifications"}},
	{name: "channel", rows: true, keys: []string{"email", "department", "send", "status", "unverified", "dmarc", "robots"}},
	{name: "form", rows: true, keys: []string{"from"}},
}

// tlsKeys are the keys inside `[smtp] tls`.
var tlsKeys = []string{"cert_file", "key_file"}

// aliases are words that people write for a key and that no spelling distance finds.
var aliases = map[string]string{
	"server.host": "hostname", "server.tz": "timezone", "server.time_zone": "timezone", "server.lang": "language", "server.locale": "language",
	"server.name": "hostname", "server.data_dir": "data", "server.dir": "data", "server.path": "data",
	"smtp.port": "listen", "smtp.address": "listen", "smtp.max_size": "max_message", "smtp.max_message_size": "max_message",
	"inbox.port": "listen", "inbox.address": "listen", "inbox.base_url": "url", "monitor.address": "listen", "monitor.port": "listen",
	"relay.host": "address", "relay.server": "address", "relay.port": "address", "relay.user": "username", "relay.login": "username",
	"relay.tls": "security", "relay.starttls": "security", "relay.encryption": "security",
	"dns.server": "resolver", "dns.address": "resolver",
	"spam.zones": "dnsbl", "spam.rbl": "dnsbl", "spam.blocklists": "dnsbl", "spam.action": "listed", "spam.url": "rspamd", "spam.score": "threshold", "spam.timeout": "deadline",
	"domain.domain": "name", "domain.id": "name", "domain.selector": "dkim_selector", "domain.dkim": "dkim_selector",
	"department.title": "name", "department.ack": "acknowledge", "department.lang": "language", "department.signature": "signature_file",
	"channel.address": "email", "channel.mail": "email", "channel.name": "email", "channel.type": "send", "channel.send_type": "send",
	"channel.active": "status", "channel.enabled": "status", "form.email": "from", "form.address": "from",
}

// sectionNamed finds a section of the schema.
func sectionNamed(name string) (section, bool) {
	for _, s := range schema {
		if s.name == name {
			return s, true
		}
	}
	return section{}, false
}

// unknown reports every key of the file that the schema lacks, forward_to first among them (rule 21).
func (l *loader) unknown(root *value) {
	var names []string
	for _, s := range schema {
		names = append(names, s.name)
	}
	for _, name := range root.names {
		field := root.fields[name]
		s, known := sectionNamed(name)
		if !known {
			l.unknownTop(name, field, names)
			continue
		}
		for _, table := range tablesOf(field) {
			l.unknownIn(s, table)
		}
	}
}

// tablesOf is the tables that a section was written as, in whatever form.
func tablesOf(field *value) []*value {
	switch {
	case field == nil:
		return nil
	case field.kind == kindTable:
		return []*value{field}
	}
	var tables []*value
	for _, item := range field.items {
		if item.kind == kindTable {
			tables = append(tables, item)
		}
	}
	return tables
}

func (l *loader) unknownTop(name string, field *value, names []string) {
	if l.forbidden(name, field) {
		return
	}
	what := keyText(name)
	if field.kind == kindTable && field.header {
		what = "[" + what + "]"
	} else if field.rows {
		what = "[[" + what + "]]"
	}
	var hint say.Sentence
	homes := homesOf(name)
	near := nearest(name, names)
	switch {
	case len(homes) > 0 && field.kind != kindTable && !field.rows:
		hint = belongs(homes)
	case near != "":
		s, _ := sectionNamed(near)
		l.meant[meaning{l.root, near}] = true
		hint = say.Of("did you mean %s?", s.header())
	default:
		hint = say.Of("remove it; the tables are %s", strings.Join(names, ", "))
	}
	l.problem(field.key, say.Of("%s is not known here", what), hint)
	for _, table := range tablesOf(field) {
		l.forbiddenInside(table)
	}
}

// forbiddenInside finds the old forwarding field in tables that are themselves unknown.
func (l *loader) forbiddenInside(table *value) {
	for _, name := range table.names {
		if name == "forward_to" {
			l.forbidden(name, table.fields[name])
		}
	}
}

func (l *loader) unknownIn(s section, table *value) {
	for _, name := range table.names {
		field := table.fields[name]
		if slices.Contains(s.keys, name) {
			if s.name == "smtp" && name == "tls" && field.kind == kindTable {
				l.unknownTLS(field)
			}
			continue
		}
		if l.forbidden(name, field) {
			continue
		}
		l.problem(field.key, say.Of("%s is not a key of %s", keyText(name), s.header()), l.hintFor(s, table, name))
		for _, inner := range tablesOf(field) {
			l.forbiddenInside(inner)
		}
	}
}

// hintFor says what to write instead of a key that the section does not have.
func (l *loader) hintFor(s section, table *value, name string) say.Sentence {
	if alias := aliases[s.name+"."+strings.ToLower(name)]; alias != "" {
		l.meant[meaning{table, alias}] = true
		return say.Of("write %s", alias)
	}
	if near := nearest(name, s.keys); near != "" {
		l.meant[meaning{table, near}] = true
		return say.Of("did you mean %s?", near)
	}
	if homes := homesOf(name); len(homes) > 0 {
		return belongs(homes)
	}
	if _, known := sectionNamed(name); known {
		return say.Of("it is a table of its own, begun by a header in brackets")
	}
	return say.Of("remove it; the keys are %s", strings.Join(s.keys, ", "))
}

func (l *loader) unknownTLS(table *value) {
	for _, name := range table.names {
		field := table.fields[name]
		switch {
		case slices.Contains(tlsKeys, name):
		case name == "acme":
			l.problem(field.key, say.Of("tls.acme is not offered yet"), say.Of("obtain a certificate with an ACME client and name it in cert_file and key_file"))
		case l.forbidden(name, field):
		default:
			hint := say.Of("the keys are cert_file and key_file")
			if near := nearest(name, tlsKeys); near != "" {
				hint = say.Of("did you mean %s?", near)
			} else if low := strings.ToLower(name); strings.HasPrefix(low, "cert") {
				hint = say.Of("write cert_file")
			} else if strings.HasPrefix(low, "key") {
				hint = say.Of("write key_file")
			}
			l.problem(field.key, say.Of("%s is not a key of [smtp] tls", keyText(name)), hint)
		}
	}
}

// forbidden reports keys that deserve words of their own, wherever they stand.
func (l *loader) forbidden(name string, field *value) bool {
	switch name {
	case "forward_to":
		l.problem(field.key, say.Of("line %d carries forward_to, the old way of a mailbox elsewhere that forwards here", field.key.line),
			say.Of("remove this line, since mail now arrives by MX"))
	case "password", "passwd", "pass", "secret", "password_text":
		l.problem(field.key, say.Of("a %s is never written in this file", name),
			say.Of(`put it into a file that only the server reads and write password_file = "…", or name an environment variable in password_env`))
	default:
		return false
	}
	return true
}

// belongs says where a key belongs.
func belongs(homes []string) say.Sentence {
	place := say.Of("%s", homes[0])
	for _, home := range homes[1:] {
		place = say.Of("%s or %s", place, home)
	}
	return say.Of("it belongs under %s", place)
}

// homesOf is the headers of the sections that have the key.
func homesOf(name string) []string {
	var homes []string
	for _, s := range schema {
		if slices.Contains(s.keys, name) {
			homes = append(homes, s.header())
		}
	}
	if slices.Contains(tlsKeys, name) {
		homes = append(homes, "[smtp.tls]")
	}
	return homes
}

// nearest is the candidate that differs from the word by a slip of the fingers, or "".
func nearest(word string, candidates []string) string {
	if len(word) > 64 {
		return ""
	}
	fold := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	best, distance := "", 3
	for _, candidate := range candidates[:min(len(candidates), 500)] {
		if len(candidate) > 64 {
			continue
		}
		limit := 1 + len(candidate)/6 // short words may differ in one letter, longer ones in more
		if d := editDistance(fold(word), fold(candidate)); d < distance && d <= limit {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace, or swap with their neighbour.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
