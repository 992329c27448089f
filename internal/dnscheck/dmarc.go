package dnscheck

import (
	"slices"
	"strings"

	"recado/internal/dnsrecords"
	"recado/internal/mailauth"
)

// dmarc looks at the policy for mail from the domain (RFC 9989, 4.7 and 4.10).
func (l *look) dmarc() []Finding {
	name := "_dmarc." + l.o.Domain
	txts, err := l.dns.LookupTXT(l.ctx, name)
	a := l.answerOf(name, err)
	if a.silent() {
		return []Finding{unknown(dnsrecords.DMARC, name, "TXT", a)}
	}
	records := mailauth.DMARCRecords(txts)
	want := l.want(dnsrecords.DMARC, name)
	say := func(state State, reason Reason, values ...string) Finding {
		return finding(dnsrecords.DMARC, name, "TXT", state, reason, values...).with(records).answered(a)
	}
	switch {
	case len(records) > 1:
		want.Value = mergeDMARC(records)
		return []Finding{say(Wrong, "dmarc.several").wants(want)}
	case len(records) == 1:
		return []Finding{l.ownPolicy(say, records[0], want)}
	case slices.ContainsFunc(txts, meantAsDMARC):
		return []Finding{say(Wrong, "dmarc.form").with(txts).wants(want)}
	}
	above, applies, err := mailauth.DMARC(l.ctx, l.dns, l.o.Domain)
	switch {
	case err != nil:
		return []Finding{unknown(dnsrecords.DMARC, name, "TXT", l.answerOf(name, err))}
	case applies:
		return []Finding{say(OK, "dmarc.above", "above", above.At, "policy", above.Policy)}
	}
	return []Finding{say(Missing, "dmarc.none", "domain", l.o.Domain).wants(want)}
}

// meantAsDMARC tells a record that receivers do not take for one, since its version is written in another way, from
// others that a wildcard may bring.
func meantAsDMARC(txt string) bool {
	return strings.HasPrefix(strings.ToLower(strings.Join(strings.Fields(txt), "")), "v=dmarc")
}

// ownPolicy is the finding on the domain's only record.
func (l *look) ownPolicy(say func(State, Reason, ...string) Finding, record string, want dnsrecords.Record) Finding {
	t := tags(record)
	policy := strings.ToLower(t["p"])
	switch wrong := mailauth.DMARCSyntax(record); {
	case wrong != "":
		want.Value = mergeDMARC([]string{record})
		return say(Wrong, "dmarc.policy", "wrong", wrong).wants(want)
	case strings.EqualFold(t["t"], "y"):
		return say(Advice, "dmarc.testing", "policy", policy)
	case policy == "none":
		return say(OK, "dmarc.watch")
	}
	return say(OK, "dmarc.ok", "policy", policy)
}
