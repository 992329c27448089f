package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// olderStore is the folder of a store that fill was run in, brought back to the schema of a version that
// had not the buckets.
func olderStore(t *testing.T, version uint64, lacks []bucket, fill func(conversation.Tx) error) string {
	t.Helper()
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	if err := s.Update(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	db, err := bolt.Open(filepath.Join(dir, "recado.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, b := range lacks {
			if err := tx.DeleteBucket([]byte(bucketNames[b])); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketNames[meta])).Put(metaSchema, key64(version))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestMigrateQueueNumbers: what was queued by the second schema is found by its protocol.
func TestMigrateQueueNumbers(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := olderStore(t, 2, []bucket{queueNumber}, func(tx conversation.Tx) error {
		for _, q := range []conversation.QueueItem{
			{ID: "a", Number: "20261123-000001", State: conversation.QueueWaiting, CreatedAt: at},
			{ID: "b", Number: "20261123-000002", State: conversation.QueueUncertain, CreatedAt: at},
			{ID: "c", Number: "20261123-000001", State: conversation.QueueDeferred, CreatedAt: at},
		} {
			if err := tx.PutQueueItem(&q); err != nil {
				return err
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.View(t.Context(), func(tx conversation.Tx) error {
		items, err := tx.QueueOf("20261123-000001")
		if err == nil && (len(items) != 2 || items[0].ID != "a" || items[1].ID != "c") {
			t.Errorf("after the migration: %v", items)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateTokens: a store of the sixth schema takes tokens.
func TestMigrateTokens(t *testing.T) {
	dir := olderStore(t, 6, []bucket{tokens, tokensHash}, func(conversation.Tx) error { return nil })
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	if err := s.Update(t.Context(), func(tx conversation.Tx) error { return tx.PutToken(&conversation.Token{ID: "a", Hash: "h"}) }); err != nil {
		t.Fatal(err)
	}
}

// TestMigrateWaiting: what the third schema has not ordered and not counted is, and counts on from there.
func TestMigrateWaiting(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	all := []*conversation.Protocol{
		{Number: "20261123-000001", Department: "care", WaitingSince: at.Add(-time.Hour), UpdatedAt: at},
		{Number: "20261123-000002", Department: "care", SeenBy: []string{"sales"}, UpdatedAt: at.Add(time.Hour)},
		{Number: "20261123-000003", Department: "sales", Agent: "eva@o", WaitingSince: at.Add(-2 * time.Hour), UpdatedAt: at},
	}
	dir := olderStore(t, 3, []bucket{protocolsWaiting, protocolsTurn, protocolsEnded, protocolsNumber}, func(tx conversation.Tx) error {
		for _, p := range all {
			p.Status, p.Key.Sender = conversation.Open, p.Number
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
		}
		// The third schema had none of nobody among the agents', and no counters of lists.
		w := tx.(*transaction)
		for _, p := range all {
			for _, k := range listCounts(p) {
				if err := w.delete(counts, []byte(k)); err != nil {
					return err
				}
			}
			for _, e := range protocolEntries(p) {
				if e.bucket == protocolsAgent && p.Agent == "" {
					if err := w.delete(e.bucket, e.key); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	if err := s.Update(t.Context(), func(tx conversation.Tx) error {
		p, err := tx.Protocol("20261123-000001")
		if err != nil {
			return err
		}
		p.Agent = "eva@o"
		return tx.PutProtocol(p)
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter conversation.ProtocolFilter
		want   []string
	}{
		{conversation.ProtocolFilter{Sort: conversation.SortWaiting}, []string{"20261123-000003", "20261123-000001", "20261123-000002"}},
		{conversation.ProtocolFilter{Agent: "eva@o", Sort: conversation.SortWaiting}, []string{"20261123-000003", "20261123-000001"}},
		{conversation.ProtocolFilter{Unassigned: true}, []string{"20261123-000002"}},
	} {
		c.filter.Status, c.filter.Departments = conversation.Open, []string{"care", "sales"}
		err := s.View(t.Context(), func(tx conversation.Tx) error {
			list, _, err := tx.Protocols(c.filter, conversation.Page{})
			if err != nil {
				return err
			}
			var got []string
			for _, p := range list {
				got = append(got, p.Number)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%+v: %s", c.filter, diff)
			}
			n, err := tx.CountList(c.filter)
			if n != len(c.want) {
				t.Errorf("%+v: counted %d", c.filter, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrateCanned: a store of the fourth schema takes canned answers.
func TestMigrateCanned(t *testing.T) {
	dir := olderStore(t, 4, []bucket{canned, cannedTitle}, func(conversation.Tx) error { return nil })
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		if err := tx.PutCannedAnswer(&conversation.CannedAnswer{ID: "a", Title: "Hello"}); err != nil {
			return err
		}
		c, err := tx.CannedNamed("", "hello")
		if err == nil && (c == nil || c.ID != "a") {
			t.Errorf("after the migration: %+v", c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateEnded: what the fifth schema had is found by its end, its classification and its number.
func TestMigrateEnded(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := olderStore(t, 5, []bucket{protocolsEnded, protocolsNumber}, func(tx conversation.Tx) error {
		for i, p := range []*conversation.Protocol{
			{Number: "20261123-000001", Status: conversation.Finalized, FinalizedAt: at, Classification: "Factura"},
			{Number: "20261123-000002", Status: conversation.Open},
			{Number: "20261124-000001", Status: conversation.Finalized, FinalizedAt: at.Add(time.Hour), Classification: "envío"},
		} {
			p.Department, p.Key.Sender, p.UpdatedAt = "care", p.Number, at.Add(-time.Duration(i)*time.Hour)
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	ended := conversation.ProtocolFilter{Status: conversation.Finalized, Sort: conversation.SortFinalized}
	for name, c := range map[string]struct {
		change func(*conversation.ProtocolFilter)
		want   []string
	}{
		"all":               {func(*conversation.ProtocolFilter) {}, []string{"20261124-000001", "20261123-000001"}},
		"of a time":         {func(f *conversation.ProtocolFilter) { f.Before = at.Add(time.Minute) }, []string{"20261123-000001"}},
		"of classification": {func(f *conversation.ProtocolFilter) { f.Classification = "ENVÍO" }, []string{"20261124-000001"}},
		"of a day":          {func(f *conversation.ProtocolFilter) { *f = conversation.ProtocolFilter{Number: "20261123"} }, []string{"20261123-000002", "20261123-000001"}},
	} {
		f := ended
		f.Departments = []string{"care"}
		c.change(&f)
		err := s.View(t.Context(), func(tx conversation.Tx) error {
			list, _, err := tx.Protocols(f, conversation.Page{})
			var got []string
			for _, p := range list {
				got = append(got, p.Number)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrateContacts: what the seventh schema knew of contacts is of the ordinary departments, found by name too; those of
// an isolated one are made of its protocols.
func TestMigrateContacts(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := olderStore(t, 7, []bucket{contactsFound, contactsBlocked, contactsNotes}, func(tx conversation.Tx) error {
		for i, key := range []conversation.Key{{Sender: "ana@x"}, {Sender: "ana@x", Department: "hr"}, {Sender: "ana@x", Department: "hr"}} {
			p := &conversation.Protocol{
				Number: conversation.FormatNumber("20261123", uint64(i)), Status: conversation.Finalized, Key: key, Department: "hr",
				Contact: conversation.ContactRef{Address: "Ana@x", Name: "Ana"}, OpenedAt: at.Add(time.Duration(i) * time.Hour), UpdatedAt: at.Add(time.Duration(i+1) * time.Hour),
			}
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
		}
		w := tx.(*transaction)
		for _, c := range []*conversation.Contact{{Key: "ana@x", Address: "Ana@x", Name: "Ana", FirstAt: at, LastAt: at}, {Key: "bea@x", Name: "Beatriz Núñez"}} {
			if err := w.putRecord(contacts, textKey(c.Key), c); err != nil {
				return err
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	for _, c := range []struct {
		filter conversation.ContactFilter
		want   []string
	}{
		{conversation.ContactFilter{Sides: []string{""}}, []string{"ana@x", "bea@x"}},
		{conversation.ContactFilter{Sides: []string{""}, Find: "nunez"}, []string{"bea@x"}},
		{conversation.ContactFilter{Sides: []string{"hr"}}, []string{"ana@x"}},
	} {
		err := s.View(t.Context(), func(tx conversation.Tx) error {
			got, _, err := tx.Contacts(c.filter, conversation.Page{})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%+v: %s", c.filter, diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.View(t.Context(), func(tx conversation.Tx) error {
		got, err := tx.Contact(conversation.Key{Sender: "ana@x", Department: "hr"})
		want := &conversation.Contact{Key: "ana@x", Department: "hr", Address: "Ana@x", Name: "Ana", FirstAt: at.Add(time.Hour), LastAt: at.Add(3 * time.Hour)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of the isolated department: %s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateFigures: a store of the eighth schema counts from then on, and knows who waited before.
func TestMigrateFigures(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := olderStore(t, 8, []bucket{figures, protocolsAwaited}, func(tx conversation.Tx) error {
		for i, agent := range []string{"", "eva@o", "eva@o"} {
			p := &conversation.Protocol{Number: conversation.FormatNumber("20261123", uint64(i)), Status: conversation.Open, Department: "care", Agent: agent,
				WaitingSince: at.Add(time.Duration(i) * time.Hour)}
			p.Key.Sender = p.Number
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
			if err := tx.(*transaction).delete(counts, append([]byte(countAwaited), awaited(p)...)); err != nil {
				return err
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		got, err := tx.Waiting(nil)
		want := []conversation.WaitingCount{{Department: "care", Count: 1, Since: at}, {Department: "care", Agent: "eva@o", Count: 2, Since: at.Add(time.Hour)}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		return tx.AddFigures(conversation.Cell{Day: "20261124", Department: "care"}, &conversation.Figures{Opened: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateMentions: a store of the ninth schema takes mentions.
func TestMigrateMentions(t *testing.T) {
	dir := olderStore(t, 9, []bucket{mentions, mentionsUnread}, func(conversation.Tx) error { return nil })
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		m := &conversation.Message{ID: "a", Number: "20261123-000001", Seq: 1, Mentions: []conversation.Mention{{Agent: "eva@o"}}}
		if err := tx.PutMessage(m); err != nil {
			return err
		}
		ok, err := tx.Mentioned("eva@o", m.Number)
		if err == nil && !ok {
			t.Error("not mentioned after the migration")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateSecondSteps: a store of the eleventh schema takes second steps.
func TestMigrateSecondSteps(t *testing.T) {
	dir := olderStore(t, 11, []bucket{secondSteps}, func(conversation.Tx) error { return nil })
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		if none, err := tx.SecondStep("eva@o"); none != nil || err != nil {
			t.Errorf("before there is one: %+v, %v", none, err)
		}
		if err := tx.PutSecondStep(&conversation.SecondStep{Agent: "eva@o"}); err != nil {
			return err
		}
		step, err := tx.SecondStep("eva@o")
		if step == nil {
			t.Error("not kept after the migration")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMigrateAudit: a store of the twelfth schema takes audit lines.
func TestMigrateAudit(t *testing.T) {
	dir := olderStore(t, 12, []bucket{auditLines, auditFound}, func(conversation.Tx) error { return nil })
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		l := &conversation.AuditLine{ID: "a", At: tx.Now(), Actor: "eva@o", Action: conversation.AuditReply}
		if err := tx.AddAudit(l); err != nil {
			return err
		}
		got, _, err := tx.Audit(conversation.AuditFilter{Actor: "eva@o"}, conversation.Page{})
		if diff := cmp.Diff([]*conversation.AuditLine{l}, got); diff != "" {
			t.Error("after the migration:", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
