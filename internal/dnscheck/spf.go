package dnscheck

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"recado/internal/dnsrecords"
	"recado/internal/mailauth"
)

// maxLookups is how many terms of an SPF record and of those that it includes may ask the DNS (RFC 7208, 4.6.4).
const maxLookups = 10

// spf looks at whether mail of the domain is allowed to come from where ours leaves.
func (l *look) spf() []Finding {
	domain := l.o.Domain
	txts, err := l.dns.LookupTXT(l.ctx, domain)
	a := l.answerOf(domain, err)
	if a.silent() {
		return []Finding{unknown(dnsrecords.SPF, domain, "TXT", a)}
	}
	records := mailauth.SPFRecords(txts)
	s := &spfLook{look: l, records: records, want: l.want(dnsrecords.SPF, domain)}
	switch {
	case len(records) == 0 && a == Found:
		a = Empty
		fallthrough
	case len(records) == 0:
		f := s.say(Missing, "spf.none", "domain", domain).answered(a)
		return append([]Finding{f.wants(s.want)}, s.relayOfMissing()...)
	}
	// What is to be pasted is what is there, with mx where our own hosts are to be allowed.
	out := s.faults()
	covered := s.coverage()
	s.want.Value = MergeSPF(records, s.add...)
	out = append(out, covered...)
	if len(out) == 0 {
		out = append(out, s.say(OK, "spf.ok", "lookups", strconv.Itoa(s.tree.lookups)))
	}
	for i, f := range out {
		if s.mended[f.Reason] {
			out[i] = f.wants(s.want)
		}
	}
	return out
}

// spfLook is what is found out about the SPF record of a domain that has one, or several.
type spfLook struct {
	*look
	records []string
	want    dnsrecords.Record
	tree    spfTree
	add     []string        // terms that are wanted besides
	mended  map[Reason]bool // by what is to be pasted
}

func (s *spfLook) say(state State, reason Reason, values ...string) Finding {
	return finding(dnsrecords.SPF, s.o.Domain, "TXT", state, reason, values...).with(s.records)
}

// mend is say for a fault that the merged record does not have.
func (s *spfLook) mend(state State, reason Reason, values ...string) Finding {
	if s.mended == nil {
		s.mended = map[Reason]bool{}
	}
	s.mended[reason] = true
	return s.say(state, reason, values...)
}

// faults are those of the record itself.
func (s *spfLook) faults() []Finding {
	if len(s.records) > 1 {
		return []Finding{s.mend(Wrong, "spf.several", "n", strconv.Itoa(len(s.records)))} // 4.5: an error, whatever they say
	}
	record := s.records[0]
	if err := mailauth.SPFSyntax(record); err != nil {
		return []Finding{s.mend(Wrong, "spf.syntax", "wrong", err.Error())} // 4.6
	}
	var out []Finding
	s.tree = spfTree{look: s.look, seen: map[string]bool{s.o.Domain: true}}
	s.tree.read(record, true)
	switch {
	case s.tree.lookups > maxLookups:
		out = append(out, s.say(Wrong, "spf.lookups", "n", strconv.Itoa(s.tree.lookups)))
	case s.tree.broken != "":
		out = append(out, s.say(Wrong, "spf.include", "include", s.tree.broken)) // 5.2, 6.1
	case s.tree.silent != "":
		out = append(out, s.say(Unknown, "spf.silent", "include", s.tree.silent).answered(s.tree.answer))
	}
	switch s.tree.end {
	case "+all", "all":
		out = append(out, s.mend(Wrong, "spf.everybody"))
	case "?all":
		out = append(out, s.mend(Advice, "spf.neutral"))
	case "":
		out = append(out, s.mend(Advice, "spf.noend"))
	}
	if s.tree.ptr {
		out = append(out, s.say(Advice, "spf.ptr")) // 5.5
	}
	return out
}

// coverage is whether the record allows where our mail leaves: the relay, or this server itself where the relay is
// on this machine or none is named. Of a relay elsewhere only the addresses that take mail in are known.
func (s *spfLook) coverage() []Finding {
	if len(s.records) > 1 || mailauth.SPFSyntax(s.records[0]) != nil {
		s.add = []string{"mx"}
		return nil
	}
	if s.tree.broken != "" || s.tree.silent != "" || s.tree.lookups > maxLookups {
		return nil // nobody is allowed by it, or it is not known who is
	}
	relay := s.allAddresses(s.o.Relay)
	if s.relayIsHere(relay) {
		return s.ownCoverage()
	}
	for _, a := range relay {
		if s.evaluate(a).Result == "pass" {
			return nil
		}
	}
	registered := registeredDomain(s.o.Relay)
	if slices.ContainsFunc(s.tree.included, func(name string) bool { return registeredDomain(name) == registered }) {
		return nil
	}
	return []Finding{s.relayFinding(registered)}
}

// relayIsHere tells whether mail leaves from the addresses of this server, as far as is known.
func (s *spfLook) relayIsHere(relay []netip.Addr) bool {
	return s.o.Relay == "" || slices.ContainsFunc(relay, netip.Addr.IsLoopback)
}

func (s *spfLook) ownCoverage() []Finding {
	var outside []string
	for _, a := range s.allAddresses(s.o.MXHost) { // none: said of the host itself
		switch r := s.evaluate(a); r.Result {
		case "pass":
		case "temperror":
			return []Finding{s.say(Unknown, "spf.unsure", "address", a.String())}
		case "permerror":
			return []Finding{s.say(Wrong, "spf.broken", "wrong", r.Explain)}
		default:
			outside = append(outside, a.String())
		}
	}
	if len(outside) == 0 {
		return nil
	}
	s.add = []string{"mx"}
	return []Finding{s.mend(Wrong, "spf.outside", "addresses", strings.Join(outside, ", "), "domain", s.o.Domain)}
}

// evaluate is what a receiver says of mail from the address.
func (s *spfLook) evaluate(a netip.Addr) mailauth.SPFResult {
	return mailauth.SPF(s.ctx, s.dns, a, s.o.Domain)
}

// relayOfMissing is what can be said of the relay where there is no record yet.
func (s *spfLook) relayOfMissing() []Finding {
	if s.relayIsHere(s.allAddresses(s.o.Relay)) {
		return nil
	}
	return []Finding{s.relayFinding(registeredDomain(s.o.Relay)).answered(Empty)}
}

// relayFinding asks for the term that only the relay's operator knows. Where the operator's domain has a record of
// its own that one is proposed, in words: it may list other hosts than those that send for customers.
func (s *spfLook) relayFinding(registered string) Finding {
	txts, err := s.dns.LookupTXT(s.ctx, registered)
	if err == nil && len(mailauth.SPFRecords(txts)) == 1 {
		return s.say(Advice, "spf.propose", "relay", s.o.Relay, "include", registered)
	}
	return s.say(Advice, "spf.relay", "relay", s.o.Relay)
}

// registeredDomain is what the operator of a host has registered, or the name itself.
func registeredDomain(name string) string {
	if registered, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return registered
	}
	return name
}

// spfTree reads a record and those that it leads to, as one that evaluates it for an address that nothing matches does.
type spfTree struct {
	*look
	seen     map[string]bool
	lookups  int      // terms that ask the DNS, in all of them
	included []string // names
	end      string   // the all of the record, or of the one that it redirects to; "": none
	ptr      bool
	broken   string // a name that is included and has no usable record
	silent   string // one that the DNS did not tell of
	answer   Answer // what it answered instead
}

// read counts the terms of a record. top tells that its end is that of the whole.
func (t *spfTree) read(record string, top bool) {
	redirect := ""
	for _, term := range mailauth.SPFTerms(record) {
		switch {
		case term.Name == "all":
			if top {
				t.end = strings.ToLower(term.Text)
			}
			return // what follows is never reached, and neither is a redirect (5.1, 6.1)
		case term.Name == "redirect":
			redirect = term.Value
		case term.Modifier:
		case term.Name == "include":
			t.lookups++
			t.follow(term.Value, false)
		case term.Name == "a", term.Name == "mx", term.Name == "exists", term.Name == "ptr":
			t.lookups++
			t.ptr = t.ptr || term.Name == "ptr"
		}
	}
	if redirect != "" {
		t.lookups++
		t.follow(redirect, top)
	}
}

// follow reads the record of a name that another one leads to. Of a name with macros only the sender's is known.
func (t *spfTree) follow(name string, top bool) {
	name = dnsrecords.ASCIIName(name)
	t.included = append(t.included, name)
	if t.lookups > maxLookups {
		return // it is too much already
	}
	if strings.Contains(name, "%") {
		if top {
			t.end = "-all" // whatever: it is somebody's to say
		}
		return
	}
	if t.seen[name] {
		t.lookups = max(t.lookups, maxLookups+1) // a circle never ends
		return
	}
	t.seen[name] = true
	defer delete(t.seen, name)
	txts, err := t.dns.LookupTXT(t.ctx, name)
	a := t.answerOf(name, err)
	records := mailauth.SPFRecords(txts)
	switch {
	case a.silent():
		if t.silent == "" {
			t.silent, t.answer = name, a
		}
	case len(records) != 1, mailauth.SPFSyntax(records[0]) != nil:
		if t.broken == "" {
			t.broken = name
		}
	default:
		t.read(records[0], top)
	}
}
