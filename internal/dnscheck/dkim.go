package dnscheck

import (
	"encoding/base64"
	"strings"

	"recado/internal/dnsrecords"
)

// dkim looks at whether a key of ours is what is published for its selector (RFC 6376, 3.6.1).
func (l *look) dkim(key dnsrecords.Key) []Finding {
	name := dnsrecords.ASCIIName(key.Selector) + "._domainkey." + l.o.Domain
	if key.Record == "" {
		return []Finding{finding(dnsrecords.DKIM, name, "TXT", Missing, "dkim.nokey", "selector", key.Selector).answered(Empty)}
	}
	txts, err := l.dns.LookupTXT(l.ctx, name)
	a := l.answerOf(name, err)
	if a.silent() {
		return []Finding{unknown(dnsrecords.DKIM, name, "TXT", a)}
	}
	state, reason := judgeKey(txts, key.Record)
	f := finding(dnsrecords.DKIM, name, "TXT", state, reason, "selector", key.Selector).with(txts).answered(a)
	if state != OK {
		f = f.wants(l.want(dnsrecords.DKIM, name))
	}
	return []Finding{f}
}

// unsigned is said of a domain without a selector.
func (l *look) unsigned() []Finding {
	return []Finding{finding(dnsrecords.DKIM, "_domainkey."+l.o.Domain, "TXT", Advice, "dkim.off", "domain", l.o.Domain).answered(Empty)}
}

// judgeKey compares what is published with what should be.
func judgeKey(txts []string, ours string) (State, Reason) {
	switch {
	case len(txts) == 0:
		return Missing, "dkim.none"
	case len(txts) > 1 && keyOf(tags(strings.Join(txts, ""))["p"]) == keyOf(tags(ours)["p"]):
		return Wrong, "dkim.split" // the strings of one record were published as several
	case len(txts) > 1:
		return Wrong, "dkim.several" // 3.6.2.2
	}
	there, want := tags(txts[0]), tags(ours)
	published, has := there["p"]
	version, versioned := there["v"]
	switch {
	case strings.Contains(txts[0], `"`), strings.Contains(txts[0], `\`):
		return Wrong, "dkim.quotes"
	case !has:
		return Wrong, "dkim.form"
	case versioned && version != "DKIM1":
		return Wrong, "dkim.version"
	case strings.TrimSpace(published) == "":
		return Wrong, "dkim.revoked"
	case kind(there) != kind(want):
		return Wrong, "dkim.kind"
	case keyOf(published) != keyOf(want["p"]):
		return Wrong, "dkim.different"
	case !lists(there["h"], "sha256"), !lists(there["s"], "email"):
		return Wrong, "dkim.use"
	case there["t"] != "" && lists(there["t"], "y"):
		return Advice, "dkim.testing"
	}
	return OK, "dkim.ok"
}

// kind is the k= of a key record, whose default is rsa.
func kind(t map[string]string) string {
	if k := strings.ToLower(t["k"]); k != "" {
		return k
	}
	return "rsa"
}

// lists tells whether a list of words with colons holds the word, or says nothing, or anything ("*").
func lists(list, word string) bool {
	if list == "" {
		return true
	}
	for item := range strings.SplitSeq(list, ":") {
		if item = strings.ToLower(strings.TrimSpace(item)); item == word || item == "*" {
			return true
		}
	}
	return false
}

// keyOf is a key without the white space that may stand in it, and without what base64 may leave out.
func keyOf(p string) string {
	p = strings.Join(strings.Fields(p), "")
	if raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(p, "=")); err == nil {
		return string(raw)
	}
	return p
}

// tags reads a tag-list (RFC 6376, 3.2). The first of a name counts.
func tags(record string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(record, ";") {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if _, twice := out[name]; ok && !twice {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}
