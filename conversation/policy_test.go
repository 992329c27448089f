package conversation

import (
	"testing"

	"recado/internal/message"
)

// person is a mail that nothing stands in the way of.
func person() facts {
	return facts{senderNamed: true, auth: Auth{Verdict: Verified}}
}

func TestDecide(t *testing.T) {
	tests := []struct {
		name string
		set  func(*facts)
		want decision
	}{
		{"first mail", func(f *facts) {}, decision{actOpen, ReasonFirst, "", "1"}},
		{"second mail", func(f *facts) { f.open = true }, decision{actAppend, ReasonOpenProtocol, "", "1"}},
		{"100 Received", func(f *facts) { f.received = 100 }, decision{actOpen, ReasonFirst, "", "1"}},
		{"101 Received", func(f *facts) { f.received = 101 }, decision{actRefuse, ReasonLoopReceived, "", "15"}},
		{"101 Received, a report", func(f *facts) { f.received, f.report = 101, true }, decision{actRefuse, ReasonLoopReceived, "", "15"}},
		{"report", func(f *facts) { f.report = true }, decision{actReport, ReasonReport, "", "12"}},
		{"report without a sender", func(f *facts) { f.report, f.senderNamed = true, false }, decision{actReport, ReasonReport, "", "12"}},
		{"report whose DMARC fails", func(f *facts) { f.report, f.auth.Verdict = true, Failed }, decision{actReport, ReasonReport, "", "12"}},
		{"backscatter without a sender", func(f *facts) { f.backscatter, f.senderNamed = true, false }, decision{actHold, ReasonBackscatter, HeldBackscatter, "12"}},
		{"backscatter twice", func(f *facts) { f.backscatter, f.duplicate = true, true }, decision{actDuplicate, ReasonDuplicate, "", "13"}},
		{"no sender", func(f *facts) { f.senderNamed = false }, decision{actRefuse, ReasonFromMalformed, "", "9"}},
		{"no sender, seen before", func(f *facts) { f.senderNamed, f.duplicate = false, true }, decision{actRefuse, ReasonFromMalformed, "", "9"}},
		{"duplicate", func(f *facts) { f.duplicate, f.open = true, true }, decision{actDuplicate, ReasonDuplicate, "", "13"}},
		{"duplicate that fails now", func(f *facts) { f.duplicate, f.auth.Verdict = true, Failed }, decision{actDuplicate, ReasonDuplicate, "", "13"}},
		{"failed", func(f *facts) { f.auth.Verdict, f.auth.Policy = Failed, "quarantine" }, decision{actHold, ReasonFailed, HeldPolicy, "9"}},
		{"failed, reject, channel holds", func(f *facts) { f.auth.Verdict, f.auth.Policy = Failed, "reject" }, decision{actHold, ReasonFailed, HeldPolicy, "9"}},
		{"failed, reject, channel refuses", func(f *facts) { f.auth.Verdict, f.auth.Policy, f.refuseDMARC = Failed, "reject", true }, decision{actRefuse, ReasonDMARCPolicy, "", "9"}},
		{"failed, quarantine, channel refuses", func(f *facts) { f.auth.Verdict, f.auth.Policy, f.refuseDMARC = Failed, "quarantine", true }, decision{actHold, ReasonFailed, HeldPolicy, "9"}},
		{"unverified", func(f *facts) { f.auth.Verdict = Unverified }, decision{actOpen, ReasonFirst, "", "1"}},
		{"unverified, channel holds", func(f *facts) { f.auth.Verdict, f.holdUnverified = Unverified, true }, decision{actHold, ReasonUnverified, HeldUnverified, "9"}},
		{"DNS is away", func(f *facts) { f.auth.Verdict, f.auth.Temporary = Unverified, true }, decision{actLater, ReasonDNSTemporary, "", "9"}},
		{"DNS is away, an hour later", func(f *facts) { f.auth.Verdict, f.auth.Temporary, f.secondTry = Unverified, true, true }, decision{actOpen, ReasonFirst, "", "1"}},
		{"DNS is away, but it verifies", func(f *facts) { f.auth.Temporary = true }, decision{actOpen, ReasonFirst, "", "1"}},
		{"from ourselves", func(f *facts) { f.ourselves = true }, decision{actHold, ReasonOurselves, HeldLoop, "15"}},
		{"from ourselves, a robot that answers", func(f *facts) { f.ourselves, f.robot, f.answersUs = true, true, true }, decision{actHold, ReasonOurselves, HeldLoop, "15"}},
		{"robot", func(f *facts) { f.robot, f.open = true, true }, decision{actHold, ReasonAutomatic, HeldAutomatic, "11"}},
		{"robot that answers us", func(f *facts) { f.robot, f.answersUs = true, true }, decision{actEvent, ReasonAutomaticAnswer, "", "11"}},
		{"unverified robot, channel holds", func(f *facts) { f.robot, f.auth.Verdict, f.holdUnverified = true, Unverified, true }, decision{actHold, ReasonUnverified, HeldUnverified, "9"}},
		{"flood", func(f *facts) { f.flood, f.open = true, true }, decision{actHold, ReasonFlood, HeldFlood, "15"}},
		{"spam", func(f *facts) { f.spam = true }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam, the key has an open protocol", func(f *facts) { f.spam, f.open = true, true }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam that is a verified reply in an open protocol of its own", func(f *facts) { f.spam, f.open, f.proven = true, true, provesOwnOpen }, decision{actAppend, ReasonThread, "", "7"}},
		{"spam that is a reply that nobody vouches for", func(f *facts) { f.spam, f.open, f.proven, f.auth.Verdict = true, true, provesOwnOpen, Unverified }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam that answers a finalized one", func(f *facts) { f.spam, f.proven = true, provesOwnEnded }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam of a participant", func(f *facts) { f.spam, f.proven = true, provesParticipant }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam that fails", func(f *facts) { f.spam, f.auth.Verdict, f.auth.Policy = true, Failed, "reject" }, decision{actHold, ReasonFailed, HeldPolicy, "9"}},
		{"spam from ourselves", func(f *facts) { f.spam, f.ourselves = true, true }, decision{actHold, ReasonOurselves, HeldLoop, "15"}},
		{"spam of a robot", func(f *facts) { f.spam, f.robot = true, true }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"spam of a robot that answers us", func(f *facts) { f.spam, f.robot, f.answersUs = true, true, true }, decision{actEvent, ReasonAutomaticAnswer, "", "11"}},
		{"spam that floods", func(f *facts) { f.spam, f.flood = true, true }, decision{actHold, ReasonSpam, HeldSpam, "15"}},
		{"a report from a listed host", func(f *facts) { f.spam, f.report = true, true }, decision{actReport, ReasonReport, "", "12"}},
		{"flooding robot", func(f *facts) { f.flood, f.robot = true, true }, decision{actHold, ReasonAutomatic, HeldAutomatic, "11"}},
		{"answers an open one of its own", func(f *facts) { f.proven, f.open = provesOwnOpen, true }, decision{actAppend, ReasonThread, "", "7"}},
		{"answers a finalized one", func(f *facts) { f.proven = provesOwnEnded }, decision{actOpen, ReasonAnswerFinalized, "", "7"}},
		{"answers a finalized one while another is open", func(f *facts) { f.proven, f.open = provesOwnEnded, true }, decision{actAppend, ReasonOpenProtocol, "", "1"}},
		{"participant", func(f *facts) { f.proven, f.open = provesParticipant, true }, decision{actAppend, ReasonParticipant, "", "8"}},
		{"stranger", func(f *facts) { f.proven = provesStranger }, decision{actOpen, ReasonStranger, "", "8"}},
		{"stranger with one of its own", func(f *facts) { f.proven, f.open = provesStranger, true }, decision{actAppend, ReasonOpenProtocol, "", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := person()
			tt.set(&f)
			if got := decide(f); got != tt.want {
				t.Errorf("decide(%+v)\n got %+v\nwant %+v", f, got, tt.want)
			}
		})
	}
}

// What a person accepted from Held is never refused, put off or held again, whatever is known of it.
func TestDecideApprovedAlwaysEnters(t *testing.T) {
	bools := []bool{false, true}
	for _, verdict := range []Verdict{Verified, Unverified, Failed} {
		for i := range 1 << 11 {
			bit := func(n int) bool { return bools[i>>n&1] }
			f := facts{
				approved: true, auth: Auth{Verdict: verdict, Policy: "reject", Temporary: bit(0)},
				backscatter: bit(1), senderNamed: bit(2), duplicate: bit(3), holdUnverified: bit(4),
				refuseDMARC: bit(5), ourselves: bit(6), robot: bit(7), flood: bit(8), open: bit(9), spam: bit(10), received: 200,
			}
			if d := decide(f); d.act != actOpen && d.act != actAppend {
				t.Fatalf("decide(%+v) = %+v: an accepted mail must enter a protocol", f, d)
			}
		}
	}
}

func TestSenderOf(t *testing.T) {
	a := message.Address{Address: "ana@example.com"}
	b := message.Address{Address: "bea@example.com"}
	tests := []struct {
		name string
		mail message.Message
		want string
		ok   bool
	}{
		{"one", message.Message{FromFields: 1, From: []message.Address{a}}, a.Address, true},
		{"no From", message.Message{}, "", false},
		{"two fields", message.Message{FromFields: 2, From: []message.Address{a}}, "", false},
		{"an empty From", message.Message{FromFields: 1}, "", false},
		{"two addresses", message.Message{FromFields: 1, From: []message.Address{a, b}}, "", false},
		{"two addresses, Sender names the second", message.Message{FromFields: 1, From: []message.Address{a, b}, Sender: []message.Address{{Address: "BEA@Example.com"}}}, b.Address, true},
		{"two addresses, Sender names neither", message.Message{FromFields: 1, From: []message.Address{a, b}, Sender: []message.Address{{Address: "eva@example.com"}}}, "", false},
		{"no domain", message.Message{FromFields: 1, From: []message.Address{{Address: "ana"}}}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := SenderOf(&tt.mail)
			if ok != tt.ok || ok && got.Address != tt.want {
				t.Errorf("SenderOf = %q, %t; want %q, %t", got.Address, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestSigner(t *testing.T) {
	old := NewSigner([]byte("0123456789abcdef"))
	s := NewSigner([]byte("fedcba9876543210"), []byte("0123456789abcdef"))
	id := NewID(testTime)
	if !ValidID(id) {
		t.Fatalf("NewID made %q, which ValidID refuses", id)
	}
	for name, made := range map[string]*Signer{"the current secret": s, "an older secret": old} {
		if got := s.OpenMessageID(made.MessageID(id, "example.com")); got != id {
			t.Errorf("%s: OpenMessageID = %q, want %q", name, got, id)
		}
		path := made.ReturnPath(id, "example.com")
		if got := s.OpenReturnPath(path); got != id {
			t.Errorf("%s: OpenReturnPath(%s) = %q, want %q", name, path, got, id)
		}
		if !s.IsReturnPath(path) {
			t.Errorf("%s: IsReturnPath(%s) = false", name, path)
		}
	}
	if local, _, _ := cutAddress(s.ReturnPath(id, "example.com")); len(local) > 64 {
		t.Errorf("the return path has %d octets before the @, more than 64", len(local))
	}
	upper := upperASCII(s.ReturnPath(id, "example.com"))
	if got := s.OpenReturnPath(upper); got != id {
		t.Errorf("OpenReturnPath(%s) = %q, want %q: relays fold case", upper, got, id)
	}
	// A Message-ID's mac is no return path's: to answer a mail gives nobody a place to send bounces to.
	mid, _, _ := cutAddress(s.MessageID(id, "example.com"))
	if got := s.OpenReturnPath("b+" + mid + "@example.com"); got != "" {
		t.Errorf("a Message-ID's mac opened a return path for %q", got)
	}
	if got := old.OpenMessageID(s.MessageID(id, "example.com")); got != "" {
		t.Errorf("a secret that is not known verified: %q", got)
	}
}
