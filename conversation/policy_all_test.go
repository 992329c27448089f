package conversation

import (
	"fmt"
	"reflect"
	"testing"
)

// setters are the facts that are true or false; every combination of them is decided.
var setters = []struct {
	name string
	set  func(*facts)
}{
	{"approved", func(f *facts) { f.approved = true }},
	{"report", func(f *facts) { f.report = true }},
	{"backscatter", func(f *facts) { f.backscatter = true }},
	{"named", func(f *facts) { f.senderNamed = true }},
	{"duplicate", func(f *facts) { f.duplicate = true }},
	{"refuseDMARC", func(f *facts) { f.refuseDMARC = true }},
	{"holdUnverified", func(f *facts) { f.holdUnverified = true }},
	{"temporary", func(f *facts) { f.auth.Temporary = true }},
	{"secondTry", func(f *facts) { f.secondTry = true }},
	{"ourselves", func(f *facts) { f.ourselves = true }},
	{"blocked", func(f *facts) { f.blocked = true }},
	{"robot", func(f *facts) { f.robot = true }},
	{"answersUs", func(f *facts) { f.answersUs = true }},
	{"flood", func(f *facts) { f.flood = true }},
	{"spam", func(f *facts) { f.spam = true }},
	{"open", func(f *facts) { f.open = true }},
}

// TestEveryFactIsCombined: a field that is added to facts gets its setter, or the tests below would not know it.
func TestEveryFactIsCombined(t *testing.T) {
	combined := map[string]bool{"auth": true, "proven": true, "received": true} // eachCombination goes through their values
	of := reflect.TypeFor[facts]()
	for _, s := range setters {
		var f facts
		s.set(&f)
		for i := range of.NumField() {
			if fmt.Sprint(reflect.ValueOf(f).Field(i)) != fmt.Sprint(reflect.Zero(of).Field(i)) {
				combined[of.Field(i).Name] = true
			}
		}
	}
	for i := range of.NumField() {
		if name := of.Field(i).Name; !combined[name] {
			t.Errorf("no setter sets the fact %s", name)
		}
	}
}

// eachCombination calls check with every combination of facts that there can be.
func eachCombination(t *testing.T, check func(facts) (wrong string)) {
	t.Helper()
	combinations, failures := 0, 0
	for bits := range 1 << len(setters) {
		var base facts
		for i, s := range setters {
			if bits>>i&1 == 1 {
				s.set(&base)
			}
		}
		for _, verdict := range []Verdict{Verified, Unverified, Failed} {
			for _, policy := range []string{"", "none", "quarantine", "reject"} {
				for _, proven := range []proof{provesNothing, provesOwnOpen, provesOwnEnded, provesParticipant, provesStranger} {
					for _, received := range []int{maxReceived, maxReceived + 1} {
						f := base
						f.auth.Verdict, f.auth.Policy, f.proven, f.received = verdict, policy, proven, received
						combinations++
						if wrong := check(f); wrong != "" {
							t.Errorf("decide(%+v)\n = %+v: %s", f, decide(f), wrong)
							if failures++; failures == 5 {
								t.Fatal("and so on")
							}
						}
					}
				}
			}
		}
	}
	if want := 1 << len(setters) * 3 * 4 * 5 * 2; combinations != want {
		t.Errorf("%d combinations, want %d", combinations, want)
	}
}

// stage is one step of "The order in which a mail is judged" in docs/rules.md: when it stops a mail, and what
// becomes of the mail then.
type stage struct {
	name string
	when func(facts) bool
	then decision
	even bool // of mail that a person accepted too
}

// order is docs/rules.md read from top to bottom, apart from decide.
var order = []stage{
	{"loops by Received", func(f facts) bool { return f.received > 100 }, decision{actRefuse, "loop-received", "", "15"}, false},
	{"a report of ours", func(f facts) bool { return f.report }, decision{actReport, "report", "", "12"}, true},
	{"a report of nothing, twice", func(f facts) bool { return f.backscatter && f.duplicate }, decision{actDuplicate, "duplicate", "", "13"}, false},
	{"a report of nothing", func(f facts) bool { return f.backscatter }, decision{actHold, "backscatter", "backscatter", "12"}, false},
	{"From", func(f facts) bool { return !f.senderNamed }, decision{actRefuse, "from-malformed", "", "9"}, false},
	{"seen before", func(f facts) bool { return f.duplicate }, decision{actDuplicate, "duplicate", "", "13"}, false},
	{"failed, and the channel refuses", func(f facts) bool {
		return f.auth.Verdict == "failed" && f.auth.Policy == "reject" && f.refuseDMARC
	}, decision{actRefuse, "dmarc-policy", "", "9"}, false},
	{"failed", func(f facts) bool { return f.auth.Verdict == "failed" }, decision{actHold, "dmarc-failed", "policy", "9"}, false},
	{"DNS does not answer", func(f facts) bool {
		return f.auth.Verdict == "unverified" && f.auth.Temporary && !f.secondTry
	}, decision{actLater, "dns-temporary", "", "9"}, false},
	{"unverified, and the channel holds", func(f facts) bool {
		return f.auth.Verdict == "unverified" && f.holdUnverified
	}, decision{actHold, "unverified", "unverified", "9"}, false},
	{"one of ourselves", func(f facts) bool { return f.ourselves }, decision{actHold, "from-ourselves", "loop", "15"}, false},
	{"a blocked sender", func(f facts) bool { return f.blocked }, decision{actHold, "blocked", "policy", "22"}, false},
	{"a robot's answer", func(f facts) bool { return f.robot && f.answersUs }, decision{actEvent, "automatic-answer", "", "11"}, true},
	{"spam, and no answer of theirs to us", func(f facts) bool {
		return f.spam && !(f.auth.Verdict == "verified" && f.proven == "own-open")
	}, decision{actHold, "spam", "spam", "15"}, false},
	{"a robot", func(f facts) bool { return f.robot }, decision{actHold, "automatic", "automatic", "11"}, false},
	{"flood", func(f facts) bool { return f.flood }, decision{actHold, "flood", "flood", "15"}, false},
	{"thread: its own open protocol", func(f facts) bool { return f.proven == "own-open" }, decision{actAppend, "thread", "", "7"}, true},
	{"participant", func(f facts) bool { return f.proven == "participant" }, decision{actAppend, "participant", "", "8"}, true},
	{"the open protocol", func(f facts) bool { return f.open }, decision{actAppend, "open-protocol", "", "1"}, true},
	{"answers a finalized one", func(f facts) bool { return f.proven == "own-finalized" }, decision{actOpen, "answer-finalized", "", "7"}, true},
	{"answers another's", func(f facts) bool { return f.proven == "stranger" }, decision{actOpen, "stranger", "", "8"}, true},
	{"a new one", func(facts) bool { return true }, decision{actOpen, "first", "", "1"}, true},
}

// TestDecideEveryCombination: what decide says is what the first stage says that stops the mail.
func TestDecideEveryCombination(t *testing.T) {
	reached := map[string]int{}
	eachCombination(t, func(f facts) string {
		for _, s := range order {
			if s.when(f) && (!f.approved || s.even) {
				reached[s.name]++
				if decide(f) != s.then {
					return "docs/rules.md stops it at: " + s.name
				}
				return ""
			}
		}
		return "nothing stops it"
	})
	for _, s := range order {
		if reached[s.name] == 0 {
			t.Errorf("no combination comes to: %s", s.name)
		}
	}
}

// TestDecideKeepsItsPromises: what has to be true of every decision, in the words of the rules and whatever the order.
func TestDecideKeepsItsPromises(t *testing.T) {
	enters := func(d decision) bool { return d.act == actOpen || d.act == actAppend }
	promises := []struct {
		name string
		kept func(facts, decision) bool
	}{
		{"a decision has an act, a reason and a rule", func(_ facts, d decision) bool { return d.act != "" && d.reason != "" && d.rule != "" }},
		{"what is held, and only that, says why", func(_ facts, d decision) bool { return (d.act == actHold) == (d.held != "") }},
		{"what a person accepted is never refused, put off, held or a duplicate", func(f facts, d decision) bool {
			return !f.approved || enters(d) || d.act == actEvent || d.act == actReport
		}},
		{"a report never opens a protocol", func(f facts, d decision) bool { return !f.report || d.act == actReport || d.act == actRefuse }},
		{"a report of nothing never enters by itself", func(f facts, d decision) bool { return !f.backscatter || f.approved || !enters(d) }},
		{"who claims no sender enters nothing by itself", func(f facts, d decision) bool { return f.senderNamed || f.approved || !enters(d) }},
		{"a failed mail enters nothing by itself", func(f facts, d decision) bool { return f.auth.Verdict != Failed || f.approved || !enters(d) }},
		{"a failed mail is refused only where the domain and the channel ask for it", func(f facts, d decision) bool {
			return d.reason != ReasonDMARCPolicy || f.auth.Verdict == Failed && f.auth.Policy == "reject" && f.refuseDMARC
		}},
		{"a verified person is never held, refused or put off", func(f facts, d decision) bool {
			plain := f.auth.Verdict == Verified && f.senderNamed && !f.robot && !f.flood && !f.spam && !f.ourselves && !f.blocked && !f.report && !f.backscatter && f.received <= maxReceived
			return !plain || enters(d) || f.duplicate && d.act == actDuplicate
		}},
		{"nobody is put off for DNS who is verified, failed or came again", func(f facts, d decision) bool {
			return d.act != actLater || f.auth.Verdict == Unverified && f.auth.Temporary && !f.secondTry
		}},
		{"a flood is never refused for being one", func(f facts, d decision) bool { return d.reason != ReasonFlood || d.act == actHold }},
		{"a robot enters a protocol only where a person says so", func(f facts, d decision) bool { return !f.robot || f.approved || !enters(d) }},
		{"a robot's answer to us is never a customer's mail", func(f facts, d decision) bool { return !f.robot || !f.answersUs || !enters(d) }},
		{"one of ourselves enters nothing by itself", func(f facts, d decision) bool { return !f.ourselves || f.approved || !enters(d) && d.act != actEvent }},
		{"one who is blocked enters nothing by himself", func(f facts, d decision) bool { return !f.blocked || f.approved || !enters(d) && d.act != actEvent }},
		{"a block hides no report of ours and refuses nobody", func(f facts, d decision) bool {
			f.blocked = false
			return d.reason != ReasonBlocked || d.act == actHold && !f.report && decide(f).act != actRefuse && decide(f).act != actLater
		}},
		{"a stranger never enters another's protocol", func(f facts, d decision) bool {
			return f.proven != provesStranger || d.act != actAppend || f.open && d.reason == ReasonOpenProtocol
		}},
		{"no second protocol opens while one is open", func(f facts, d decision) bool { return !f.open || d.act != actOpen }},
	}
	eachCombination(t, func(f facts) string {
		d := decide(f)
		for _, p := range promises {
			if !p.kept(f, d) {
				return p.name
			}
		}
		return ""
	})
}
