package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // `timezone` works on hosts without a zone database
	"unicode"
	"unicode/utf8"

	"recado/internal/say"
)

// decode fills the configuration from the outline: one function a section, defaults first.
func (l *loader) decode(root *value) {
	l.decodeServer(l.single("server"))
	l.decodeSMTP(l.single("smtp"))
	l.decodeInbox(l.single("inbox"))
	l.decodeRelay(l.single("relay"))
	l.decodeRest()
	l.decodeSpam(l.single("spam"))
	for _, table := range l.rows("domain") {
		l.decodeDomain(reader{l, table, "[[domain]]"})
	}
	for _, table := range l.rows("department") {
		l.decodeDepartment(reader{l, table, "[[department]]"})
	}
	for _, table := range l.rows("channel") {
		l.decodeChannel(reader{l, table, "[[channel]]"})
	}
	for _, table := range l.rows("form") {
		r, form := reader{l, table, "[[form]]"}, Form{}
		r.required("from", say.Of(`write from = "web@example.com"`))
		if r.email("from", &form.From) {
			l.config.Forms = append(l.config.Forms, form)
		}
	}
}

// single is a reader for a section that is written once.
func (l *loader) single(name string) reader {
	v := l.root.field(name)
	r := reader{l: l, name: "[" + name + "]"}
	switch {
	case v == nil:
	case v.kind == kindTable:
		r.table = v
	default:
		what := say.Of("%s must be a table, not %s", name, v.kind)
		if v.rows {
			what = say.Of("[[%s]] stands for one of several, and there is only one", name)
		}
		l.problem(v.key, what, say.Of("write [%s] on a line of its own, its keys below", name))
		if tables := tablesOf(v); len(tables) > 0 {
			r.table = tables[0]
		}
	}
	return r
}

// rows is the tables of a section that is written any number of times.
func (l *loader) rows(name string) []*value {
	v := l.root.field(name)
	switch {
	case v == nil:
		return nil
	case v.kind == kindTable:
		l.problem(v.key, say.Of("[%s] stands for one of several", name), say.Of("write [[%s]] in double brackets, once for each", name))
	case v.kind != kindList:
		l.problem(v.key, say.Of("%s must be tables, not %s", name, v.kind), say.Of("write [[%s]] on a line of its own, its keys below", name))
	default:
		for _, item := range v.items {
			if item.kind != kindTable {
				l.problem(item.at, say.Of("an element of %s must be a table, not %s", name, item.kind), say.Of("write [[%s]] on a line of its own, its keys below", name))
			}
		}
	}
	return tablesOf(v)
}

func (l *loader) decodeServer(r reader) {
	s := &l.config.Server
	s.Data, s.Timezone, s.Language = defaultData, time.UTC, English
	if r.table == nil {
		if l.root.field("server") == nil && !l.meant[meaning{l.root, "server"}] {
			l.problem(l.root.at, say.Of("the table [server] is missing"), say.Of(`write [server] with hostname = "mx.example.com", the name that the MX record leads to`))
		}
		return
	}
	r.required("hostname", say.Of(`write the full name that the MX record leads to, such as "mx.example.com"`))
	r.parsed("hostname", &s.Hostname, say.Of(`write the full name that the MX record leads to, such as "mx.example.com"`), parseHostname)
	if s.Hostname == localhost {
		l.warn(r.table.place("hostname"), "hostname is localhost", `this will do to try it; write the full name that the MX record leads to, such as "mx.example.com"`)
	}
	r.path("data", &s.Data)
	var zone string
	if r.text("timezone", &zone) && zone != "" {
		location, err := time.LoadLocation(zone)
		if err != nil || strings.EqualFold(zone, "local") {
			l.problem(r.table.place("timezone"), say.Of("timezone %s is not known", quote(zone)), say.Of(`write a name of the IANA database, such as "America/Sao_Paulo", "Europe/Madrid" or "UTC"`))
		} else {
			s.Timezone = location
		}
	}
	l.language(r, &s.Language)
	r.boolean("fold_plus_tags", &s.FoldPlusTags)
}

// language reads one of the three languages, and knows that people write "pt-BR" for one of them.
func (l *loader) language(r reader, into *Language) {
	v := r.table.field("language")
	if v != nil && v.kind == kindText && len(v.text) > 2 {
		start := strings.ToLower(v.text[:2])
		if separator := v.text[2]; (separator == '-' || separator == '_') && slices.Contains([]string{"es", "pt", "en"}, start) {
			l.problem(v.at, say.Of("language %s is not known", quote(v.text)), say.Of("write language = %q", start))
			return
		}
	}
	word(r, "language", into, Spanish, Portuguese, English)
}

func (l *loader) decodeSMTP(r reader) {
	s := &l.config.SMTP
	s.Listen, s.MaxMessage, s.BannerDelay = ":25", 25<<20, 2*time.Second
	r.listen("listen", &s.Listen, false)
	r.size("max_message", &s.MaxMessage, 1<<30)
	if s.MaxMessage < 64<<10 {
		l.warn(r.table.place("max_message"), "max_message is below 64 KiB, which RFC 5321 4.5.3.1.7 asks every server to take", `write "25MiB"`)
	}
	l.decodeBannerDelay(r)
	if tls, ok := r.typed("tls", kindTable); ok {
		inner := reader{l, tls, "[smtp] tls"}
		inner.path("cert_file", &s.TLS.CertFile)
		inner.path("key_file", &s.TLS.KeyFile)
		l.checkCertificate(tls)
	}
}

// decodeBannerDelay reads the pause before the banner, which may be none.
func (l *loader) decodeBannerDelay(r reader) {
	const key, most = "banner_delay", time.Minute // of the five that clients wait (RFC 5321 4.5.3.2.1)
	into := &l.config.SMTP.BannerDelay
	if v := r.table.field(key); v != nil && v.kind == kindText && v.text == "0s" {
		*into = 0
		return
	}
	r.duration(key, into, "2s")
	if *into > most {
		l.problem(r.table.place(key), say.Of("%s is longer than a minute, and senders would give up", key), say.Of(`write "2s", or "0s" to turn it off`))
	}
}

func (l *loader) decodeInbox(r reader) {
	in := &l.config.Inbox
	in.Listen, in.Session, in.Undo = "127.0.0.1:8080", 12*time.Hour, 10*time.Second
	r.listen("listen", &in.Listen, true)
	r.duration("session", &in.Session, "12h")
	r.durationFrom("undo", &in.Undo, "10s", 0, time.Minute)
	r.list("trusted_proxies", say.Of(`write an address or a network, such as "127.0.0.1" or "10.0.0.0/8"`), func(text string) error {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil || address.Zone() != "" {
				return say.Errorf("it is no IP address or network")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		in.TrustedProxies = append(in.TrustedProxies, prefix.Masked())
		return nil
	})
	if r.parsed("url", &in.URL, say.Of(`write it as "https://inbox.example.com"`), parseURL) {
		if u, _ := url.Parse(in.URL); u.Scheme == "http" && !isLoopback(u.Hostname()) {
			l.warn(r.table.place("url"), "over http, passwords and mail cross the network for all to read", "put a proxy with a certificate before the inbox and write https://")
		}
	} else if _, port, err := net.SplitHostPort(in.Listen); err == nil && port != "0" {
		in.URL = derivedURL(in.Listen, l.config.Server.Hostname)
	}
}

// parseURL takes the address of the inbox, without the slash at its end.
func parseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", say.Errorf("it is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", say.Errorf("it does not begin with https:// or http://")
	case u.Hostname() == "":
		return "", say.Errorf("it names no host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", say.Errorf("it carries more than scheme, host and path")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// isLoopback tells whether a host never leaves this machine.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.Unmap().IsLoopback())
}

func (l *loader) decodeRest() {
	dns := l.single("dns")
	dns.parsed("resolver", &l.config.DNS.Resolver, say.Of(`write it as "127.0.0.1:5353", or "" for the system's`), func(text string) (string, error) {
		address, err := hostPort(text, "53")
		if err == nil && strings.HasPrefix(address, ":") {
			err = say.Errorf("it names no host")
		}
		return address, err
	})
	l.config.Monitor.Listen = "127.0.0.1:9090"
	monitor := l.single("monitor")
	monitor.listen("listen", &l.config.Monitor.Listen, true)

	const most = 1_000_000_000
	limits, into := l.single("limits"), &l.config.Limits
	*into = Limits{MailsPerHour: 60, AckPerHour: 3, HeldDays: 90, AuditDays: 365, Connections: 1000, ConnectionsPerAddress: 20, ConnectionsPerMinute: 120, Recipients: 100}
	limits.integer("mails_per_hour", &into.MailsPerHour, 0, most)
	limits.integer("ack_per_hour", &into.AckPerHour, 0, most)
	limits.integer("held_days", &into.HeldDays, 0, 36500)
	limits.integer("audit_days", &into.AuditDays, 0, 36500)
	limits.integer("connections", &into.Connections, 0, most)
	limits.integer("connections_per_address", &into.ConnectionsPerAddress, 0, most)
	limits.integer("connections_per_minute", &into.ConnectionsPerMinute, 0, 60_000)
	limits.integer("recipients", &into.Recipients, 0, most)
	if into.Recipients > 0 && into.Recipients < 100 {
		l.warn(limits.table.place("recipients"), "recipients is below 100, which RFC 5321 4.5.3.1.8 asks every server to take", "write 100 or more")
	}
}

func (l *loader) decodeDomain(r reader) {
	row := domainRow{table: r.table}
	hint := say.Of(`write it as "example.com"`)
	r.required("name", hint)
	if v := r.table.field("name"); v != nil && strings.Contains(v.text, "@") {
		hint = say.Of("write only what follows the @: %s", quote(v.text[strings.LastIndexByte(v.text, '@')+1:]))
	}
	row.ok = r.parsed("name", &row.Name, hint, parseDomain)
	r.email("postmaster", &row.Postmaster)
	l.decodeSelectors(r, &row.DKIMSelectors)
	l.domains = append(l.domains, row)
}

// decodeSelectors takes a text, or a list of at most two: the one that signs and the one to change to.
func (l *loader) decodeSelectors(r reader, into *[]string) {
	const key = "dkim_selector"
	hint := say.Of(`write a name such as "recado", or ["new", "old"] while changing keys`)
	v := r.table.field(key)
	take := func(text string) error {
		name, err := parseHost(text)
		if err == nil && slices.Contains(*into, name) {
			err = say.Errorf("it is listed twice")
		}
		if err == nil && len(name) > 63 {
			err = say.Errorf("it is longer than 63 characters")
		}
		if err == nil {
			*into = append(*into, name)
		}
		return err
	}
	switch {
	case v == nil || (v.kind == kindText && v.text == ""):
	case v.kind == kindText:
		if err := take(v.text); err != nil {
			l.problem(v.at, say.Of("dkim_selector %s is not usable: %v", quote(v.text), err), hint)
		}
	case v.kind == kindList:
		r.list(key, hint, take)
		if len(v.items) > 2 {
			l.problem(v.at, say.Of("dkim_selector lists %d names", len(v.items)), say.Of("list two at most: the one that signs, and the one before or after it"))
		}
	default:
		l.wrongKind(key, v, kindText)
	}
}

func (l *loader) decodeDepartment(r reader) {
	row := departmentRow{table: r.table, Department: Department{Acknowledge: true, Language: l.config.Server.Language}}
	hint := say.Of(`write letters without accents, digits, hyphens and underscores, such as "care" or "ventas-2"`)
	r.required("id", hint)
	row.ok = r.parsed("id", &row.ID, hint, parseID)
	row.Name = row.ID
	if r.text("name", &row.Name) && strings.TrimSpace(row.Name) == "" {
		row.Name = row.ID
	}
	if len(row.Name) > 200 {
		l.problem(r.table.place("name"), say.Of("name is longer than 200 bytes"), say.Of("write the few words that a customer reads beside the address"))
	}
	r.boolean("isolated", &row.Isolated)
	r.boolean("acknowledge", &row.Acknowledge)
	l.language(r, &row.Language)
	l.decodeText(r, "acknowledgement_file", &row.AcknowledgementFile, &row.Acknowledgement)
	l.decodeText(r, "signature_file", &row.SignatureFile, &row.Signature)
	r.list("classifications", say.Of(`write short texts, such as ["sale", "complaint"]`), func(text string) error {
		c, err := parseClassification(text, row.Classifications)
		row.Classifications = append(row.Classifications, c)
		return err
	})
	l.departments = append(l.departments, row)
}

// maxClassifications bounds a department's list: it is chosen from by people.
const maxClassifications = 200

// parseClassification takes one of what protocols are finalized as; known are those before it.
func parseClassification(text string, known []string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "":
		return text, say.Errorf("it is empty")
	case utf8.RuneCountInString(text) > 100:
		return text, say.Errorf("it is longer than 100 characters")
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		return text, say.Errorf("it has characters that cannot be shown")
	case slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, text) }):
		return text, say.Errorf("it stands in the list already")
	case len(known) == maxClassifications:
		return text, say.Errorf("there are more than %d", maxClassifications)
	}
	return text, nil
}

// parseID takes the id of a department, which stands in commands, JSON and addresses of pages.
func parseID(text string) (string, error) {
	if len(text) > 64 {
		return "", say.Errorf("it is longer than 64 characters")
	}
	for _, c := range text {
		if c != '-' && c != '_' && !isLetterOrDigit(c) {
			return "", say.Errorf("%q cannot stand in it", c)
		}
	}
	return text, nil
}

func (l *loader) decodeChannel(r reader) {
	row := channelRow{table: r.table, typed: true, Channel: Channel{Send: SendAll, Active: true, Unverified: UnverifiedAccept, DMARC: DMARCHold}}
	r.required("email", say.Of(`write email = "support@example.com"`))
	row.ok = r.email("email", &row.Email)
	if row.ok && strings.HasPrefix(EmailKey(row.Email), "b+") {
		l.problem(r.table.place("email"), say.Of("addresses that begin with b+ are the return paths of our own mail"), say.Of("choose another address"))
	}
	r.required("department", say.Of("write the id of a [[department]]"))
	r.text("department", &row.Department)
	status := "active"
	if r.table.field("send") != nil {
		row.typed = word(r, "send", &row.Send, SendAll, SendActive, SendRecontact, SendHistory, SendReceptive)
	}
	if r.table.field("status") != nil {
		row.typed = word(r, "status", &status, "active", "inactive") && row.typed
	}
	row.Active = status == "active"
	word(r, "unverified", &row.Unverified, UnverifiedAccept, UnverifiedHold)
	word(r, "dmarc", &row.DMARC, DMARCHold, DMARCRefuse)
	r.list("robots", say.Of(`write an address or a domain, such as ["orders@shop.example", "bank.example"]`), func(text string) error {
		parse := parseDomain
		if strings.Contains(text, "@") {
			parse = parseEmail
		}
		robot, err := parse(text)
		if err == nil {
			row.Robots = append(row.Robots, robot)
		}
		return err
	})
	l.channels = append(l.channels, row)
}
