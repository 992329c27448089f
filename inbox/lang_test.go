package inbox

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/message"
)

// usedKeys are the keys that templates and code name.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	inTemplates := regexp.MustCompile(`\b(t|n) "([a-z.-]+)"`)
	inCode := regexp.MustCompile(`(?:\bT|\bN|\bt)\("([a-z.-]+)"`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	add := func(kind, key string) {
		if kind == "n" {
			used[key+".one"], used[key+".other"] = true, true
			return
		}
		used[key] = true
	}
	for _, f := range files {
		b, err := fs.ReadFile(templateFiles, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inTemplates.FindAllStringSubmatch(string(b), -1) {
			add(m[1], m[2])
		}
	}
	code, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range code {
		if strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, "lang_") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inCode.FindAllStringSubmatch(string(b), -1) {
			kind := "t"
			if strings.HasPrefix(m[0], "N") {
				kind = "n"
			}
			if !strings.HasSuffix(m[1], ".") {
				add(kind, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`"(error\.[a-z]+)"`).FindAllStringSubmatch(string(b), -1) {
			if m[1] != "error.back" {
				add("t", m[1])
				add("t", m[1]+".text")
			}
		}
	}
	for _, key := range composedKeys() {
		used[key] = true
	}
	return used
}

// composedKeys are those made of a prefix and a word of the domain.
func composedKeys() []string {
	var keys []string
	for _, v := range []conversation.Verdict{conversation.Verified, conversation.Unverified, conversation.Failed} {
		keys = append(keys, "verdict."+string(v), "verdict."+string(v)+".sentence")
	}
	for _, f := range []conversation.Flag{conversation.FlagReplyTo, conversation.FlagDuplicateID, conversation.FlagAutomatic, conversation.FlagBounce,
		conversation.FlagParticipant, conversation.FlagStranger, conversation.FlagTruncated, conversation.FlagUnparsed, conversation.FlagAlsoSentTo} {
		keys = append(keys, "flag."+string(f))
	}
	for _, e := range []string{conversation.EventAcknowledged, conversation.EventBounced, conversation.EventDelayed, conversation.EventReported,
		conversation.EventComplaint, conversation.EventRead, conversation.EventAutomatic, conversation.EventFinalized, conversation.EventReopened,
		conversation.EventSplit, conversation.EventMerged, conversation.EventUndone, conversation.EventFailed, conversation.EventCancelled,
		conversation.EventUncertain, conversation.EventTakenBack,
		conversation.EventAssigned, conversation.EventUnassigned, conversation.EventTransferred, conversation.EventTagged, conversation.EventHistory} {
		keys = append(keys, "event."+e)
	}
	for _, s := range []conversation.DeliveryState{conversation.DeliveryQueued, conversation.DeliverySent, conversation.DeliveryDeferred,
		conversation.DeliveryFailed, conversation.DeliveryUndelivered, conversation.DeliveryUncertain, conversation.DeliveryCancelled} {
		keys = append(keys, "delivery."+string(s))
	}
	for _, w := range troubles {
		keys = append(keys, "trouble."+string(w), "trouble."+string(w)+".do")
	}
	for _, r := range []conversation.HeldReason{conversation.HeldPolicy, conversation.HeldUnverified, conversation.HeldAutomatic, conversation.HeldBackscatter,
		conversation.HeldLoop, conversation.HeldFlood, conversation.HeldSpam, conversation.HeldRecovered} {
		keys = append(keys, "held.reason."+string(r), "held.sentence."+string(r))
	}
	keys = append(keys, "held.reason."+string(conversation.ReasonBlocked), "held.sentence."+string(conversation.ReasonBlocked))
	for _, a := range []string{conversation.ActNamed, conversation.ActUnnamed, conversation.ActLinked, conversation.ActUnlinked, conversation.ActBlocked, conversation.ActUnblocked, conversation.ActNoteDeleted} {
		keys = append(keys, "person.act."+a)
	}
	for _, k := range []conversation.LinkKind{conversation.LinkPrevious, conversation.LinkNext, conversation.LinkSplit, conversation.LinkMerged, conversation.LinkStranger} {
		keys = append(keys, "link."+string(k))
	}
	for _, p := range []message.Pretence{message.NameIsAddress, message.MixedAlphabets, message.MixedInName, message.LookAlike} {
		keys = append(keys, "pretence."+string(p))
	}
	for _, r := range []conversation.Role{conversation.RoleAgent, conversation.RoleSupervisor, conversation.RoleAdmin} {
		keys = append(keys, "role."+string(r))
	}
	for _, s := range sendTypes {
		keys = append(keys, "send."+string(s))
	}
	for _, did := range []string{"finalize", "assign", "unassign", "transfer", "tag"} {
		keys = append(keys, "many.done."+did+".one", "many.done."+did+".other")
	}
	for _, s := range relayStages {
		keys = append(keys, "queue.relay."+s, "queue.relay."+s+".do")
	}
	for _, s := range []conversation.QueueState{conversation.QueueWaiting, conversation.QueueSending, conversation.QueueDeferred, conversation.QueueUncertain} {
		keys = append(keys, "queue.state."+string(s))
	}
	for _, k := range []conversation.QueueKind{conversation.QueueReply, conversation.QueueActive, conversation.QueueRecontact, conversation.QueueHistory,
		conversation.QueueAcknowledgement} {
		keys = append(keys, "queue.kind."+string(k))
	}
	for _, done := range []string{"retried", "cancelled"} {
		keys = append(keys, "queue.done."+done)
	}
	for _, f := range []conversation.Fate{conversation.FateOpened, conversation.FateAppended, conversation.FateEvent, conversation.FateDuplicate,
		conversation.FateHeld, conversation.FateAccepted, conversation.FateDiscarded, conversation.FateExpired} {
		keys = append(keys, "journal.fate."+string(f))
	}
	for _, r := range []conversation.Reason{conversation.ReasonFailed, conversation.ReasonUnverified, conversation.ReasonAutomatic, conversation.ReasonBackscatter,
		conversation.ReasonOurselves, conversation.ReasonFlood, conversation.ReasonSpam, conversation.ReasonBlocked, conversation.ReasonReport,
		conversation.ReasonAutomaticAnswer, conversation.ReasonDuplicate, conversation.ReasonFirst, conversation.ReasonAnswerFinalized,
		conversation.ReasonStranger, conversation.ReasonOpenProtocol, conversation.ReasonThread, conversation.ReasonParticipant} {
		keys = append(keys, "journal.why."+string(r))
	}
	keys = append(keys, "journal.why.held_days passed") // what ends a held mail by itself
	for _, a := range conversation.AuditActions {
		keys = append(keys, "audit.do."+string(a))
	}
	for _, kind := range conversation.AuditKinds() {
		keys = append(keys, "audit.kind."+kind)
	}
	for _, via := range []conversation.Via{conversation.ViaInbox, conversation.ViaAPI, conversation.ViaSocket, conversation.ViaFile} {
		keys = append(keys, "audit.via."+string(via))
	}
	for _, m := range []conversation.QueryMistake{conversation.QueryTooLong, conversation.QueryNoText, conversation.QueryManyWords, conversation.QueryNothing,
		conversation.QueryNoValue, conversation.QueryHas, conversation.QueryStatus, conversation.QueryDay, conversation.QueryDepartment} {
		keys = append(keys, "search.wrong."+string(m))
	}
	for _, done := range []string{"added", "saved", "password", "disabled", "enabled"} {
		keys = append(keys, "agents.done."+done)
	}
	for _, done := range []string{"added", "on", "off", "removed"} {
		keys = append(keys, "settings.done."+done)
	}
	for _, done := range []string{"added", "apart", "changed", "isolated", "opened", "removed"} {
		keys = append(keys, "teams.done."+done)
	}
	for _, g := range settingsGroups {
		keys = append(keys, g.word)
	}
	for _, k := range saidKinds {
		keys = append(keys, "said."+string(k), "said.what."+string(k))
	}
	keys = append(keys, "said.done.saved", "said.done.back")
	for reason := range dnscheck.Sentences() {
		keys = append(keys, "dns.reason."+string(reason))
	}
	for state := range signs {
		keys = append(keys, "dns.state."+string(state))
	}
	for _, p := range []dnsrecords.Purpose{dnsrecords.MX, dnsrecords.SPF, dnsrecords.DKIM, dnsrecords.DMARC} {
		keys = append(keys, "dns.purpose."+string(p), "dns.record."+string(p))
	}
	keys = append(keys, "dns.purpose."+string(dnsrecords.Address), "dns.purpose."+string(dnsrecords.Reverse), "domains.added", "domains.changed")
	return append(keys, "event.taken-back.ended", "protocol.open", "protocol.finalized", "held.done.accepted", "held.done.discarded", "held.done.group", "texts.saved", "texts.removed")
}

func TestEveryLanguageHasEveryWord(t *testing.T) {
	used := usedKeys(t)
	if len(used) < 150 {
		t.Fatalf("only %d keys were found in use", len(used))
	}
	languages := newLanguages()
	for _, code := range conversation.Languages {
		l := languages[code]
		for _, key := range slices.Sorted(maps.Keys(used)) {
			if l.words[key] == "" {
				t.Errorf("%s has no %s", code, key)
			}
		}
		for key := range l.words {
			if !used[key] {
				t.Errorf("%s has %s, which nothing uses", code, key)
			}
		}
		for i := range 12 {
			if l.months[i] == "" || l.fullMonths[i] == "" {
				t.Errorf("%s: month %d has no name", code, i+1)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestLanguagesAgreeOnPlaceholders(t *testing.T) {
	languages := newLanguages()
	for key, text := range languages["en"].words {
		want := slices.Sorted(slices.Values(placeholder.FindAllString(text, -1)))
		for _, code := range conversation.Languages {
			got := slices.Sorted(slices.Values(placeholder.FindAllString(languages[code].words[key], -1)))
			if !slices.Equal(got, want) {
				t.Errorf("%s %s has %v, en has %v", code, key, got, want)
			}
			if strings.ContainsAny(languages[code].words[key], "!¡") {
				t.Errorf("%s %s raises its voice", code, key)
			}
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	l := newLanguages()
	now := time.Date(2026, 11, 23, 15, 4, 0, 0, time.UTC)
	for _, tt := range []struct{ got, want string }{
		{l["es"].size(999), "999 B"}, {l["es"].size(1500), "2 kB"}, {l["es"].size(19_100_000), "19,1 MB"}, {l["en"].size(19_100_000), "19.1 MB"},
		{l["es"].number(9999), "9999"}, {l["es"].number(1234567), "1.234.567"}, {l["en"].number(1234567), "1,234,567"}, {l["en"].number(0), "0"},
		{l["es"].N("list.unread", 1), "1 mensaje sin leer"}, {l["es"].N("list.unread", 0), "0 mensajes sin leer"},
		{l["pt"].N("list.unread", 0), "0 mensagem não lida"}, {l["en"].N("list.unread", 12345), "12,345 unread messages"},
		{l["es"].span(59 * time.Second), "59 s"}, {l["es"].span(90 * time.Minute), "1 h"}, {l["es"].span(47 * time.Hour), "47 h"}, {l["es"].span(49 * time.Hour), "2 d"},
		{l["es"].moment(now, now, zone).Short, "12:04"},
		{l["es"].moment(now.Add(-24*time.Hour), now, zone).Short, "ayer 12:04"},
		{l["pt"].moment(now.AddDate(0, -2, 0), now, zone).Short, "23 set 12:04"},
		{l["en"].moment(now.AddDate(-1, 0, 0), now, zone).Short, "23 Nov 2025"},
		{l["es"].moment(now, now, zone).Full, "lunes, 23 de noviembre de 2026, 12:04"},
		{l["pt"].moment(now, now, zone).Full, "segunda-feira, 23 de novembro de 2026, 12:04"},
		{l["en"].moment(now, now, zone).Full, "Monday, 23 November 2026, 12:04"},
		{l["en"].moment(time.Time{}, now, zone).Short, ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
