package dnscheck

import (
	"strings"
	"time"

	"recado/internal/dnsrecords"
)

// State is how a record stands.
type State string

const (
	OK      State = "ok"
	Advice  State = "advice"  // works, and could be better
	Unknown State = "unknown" // the DNS did not say
	Missing State = "missing"
	Wrong   State = "wrong"
)

// severity orders the states; what is worst is the whole's.
var severity = map[State]int{OK: 0, Advice: 1, Unknown: 2, Missing: 3, Wrong: 4}

// Answer is what the DNS said to the question behind a finding.
type Answer string

const (
	Found    Answer = "found"
	Empty    Answer = "empty"    // the name exists, without such records
	NXDomain Answer = "nxdomain" // the name does not exist (RFC 8020)
	ServFail Answer = "servfail" // the server could not find out
	Timeout  Answer = "timeout"  // nobody answered in time
	Failed   Answer = "failed"   // anything else, such as a refusal
)

// Report is what a check of a domain found.
type Report struct {
	Domain    string
	CheckedAt time.Time // in UTC
	State     State     // the worst of the findings'
	Findings  []Finding
}

// Finding is how one record stands. A record with several faults has several findings.
type Finding struct {
	Name    string // absolute, with its final dot
	Type    string // MX, A, AAAA, PTR or TXT
	Purpose dnsrecords.Purpose
	State   State
	Answer  Answer
	Reason  Reason
	Found   []string // the records that are there; a TXT's text neither quoted nor split
	Wanted  string   // the value that should be there; "": any that does
	Paste   string   // for a zone file: what is there with ours merged; "": nothing to paste
	Why     string   // Reason as a sentence of English

	Values map[string]string // what stands for {name} in the sentences of Reason
}

// Bounds of what a finding repeats of the DNS.
const (
	maxFound     = 10
	maxFoundSize = 1024 // octets of one record
)

// finding makes one, with the sentence of its reason. values are names and what stands for them, in pairs.
func finding(purpose dnsrecords.Purpose, name, kind string, state State, reason Reason, values ...string) Finding {
	f := Finding{Name: strings.TrimSuffix(name, ".") + ".", Type: kind, Purpose: purpose, State: state, Answer: Found, Reason: reason,
		Found: []string{}, Values: map[string]string{}}
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		f.Values[values[i]] = clip(values[i+1])
		pairs = append(pairs, "{"+values[i]+"}", clip(values[i+1]))
	}
	f.Why = strings.NewReplacer(pairs...).Replace(sentences[reason])
	return f
}

// with adds the records that are there.
func (f Finding) with(found []string) Finding {
	for _, text := range found[:min(len(found), maxFound)] {
		f.Found = append(f.Found, clip(text))
	}
	return f
}

// wants adds the record to publish, in place of what is there or beside it.
func (f Finding) wants(r dnsrecords.Record) Finding {
	f.Wanted, r.Why = r.Value, ""
	f.Paste = dnsrecords.ZoneFragment([]dnsrecords.Record{r})
	return f
}

// answered says that it is by what the DNS answered, and no record, that something is known.
func (f Finding) answered(a Answer) Finding {
	f.Answer = a
	return f
}

func clip(s string) string {
	if len(s) > maxFoundSize {
		return strings.ToValidUTF8(s[:maxFoundSize], "") + "…"
	}
	return s
}

// report orders nothing: findings come as the records are listed.
func report(domain string, at time.Time, findings []Finding) *Report {
	r := &Report{Domain: domain, CheckedAt: at.UTC().Truncate(time.Second), State: OK, Findings: findings}
	for _, f := range findings {
		if severity[f.State] > severity[r.State] {
			r.State = f.State
		}
	}
	return r
}

// Fine tells whether nothing is missing, wrong or unknown.
func (r *Report) Fine() bool { return severity[r.State] <= severity[Advice] }

// Paste is all that is to be pasted, once each, as one zone fragment.
func (r *Report) Paste() string {
	var out []string
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if f.Paste != "" && !seen[f.Paste] {
			seen[f.Paste] = true
			out = append(out, f.Paste)
		}
	}
	return strings.Join(out, "")
}
