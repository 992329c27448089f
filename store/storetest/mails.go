package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"testing/iotest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// rawMail is a mail of about size octets that differs from every other.
func rawMail(name string, size int) []byte {
	raw := []byte("Subject: " + name + "\r\n\r\n")
	for i := 0; len(raw) < size; i++ {
		raw = fmt.Appendf(raw, "%s line %d \xff\x00\r\n", name, i)
	}
	return raw
}

func recordOf(id string, kind conversation.Kind, raw []byte) conversation.MailRecord {
	return conversation.MailRecord{
		ID: id, Kind: kind, At: time.Date(2026, 11, 23, 12, 0, 0, 1, time.UTC), Size: int64(len(raw)), SHA256: sha256.Sum256(raw),
		Envelope: conversation.Envelope{From: "ana@x", Recipients: []string{"b@o"}, RemoteIP: netip.MustParseAddr("192.0.2.1"), Received: "Received: from x"},
		Auth:     &conversation.Auth{Verdict: conversation.Verified, Evidence: []string{"dkim"}},
	}
}

func appendMail(e *env, id string, raw []byte) conversation.MailRef {
	e.Helper()
	ref, err := e.s.AppendMail(context.Background(), recordOf(id, conversation.KindIn, raw), bytes.NewReader(raw))
	if err != nil {
		e.Fatalf("append %s: %v", id, err)
	}
	return ref
}

// checkMail compares a stored mail and its record with what was appended.
func checkMail(e *env, ref conversation.MailRef, want conversation.MailRecord, raw []byte) {
	e.Helper()
	m, err := e.s.OpenMail(context.Background(), ref)
	if err != nil {
		e.Errorf("open %s: %v", want.ID, err)
		return
	}
	defer m.Close()
	if diff := gocmp.Diff(want, m.Record(), sameAddr); diff != "" {
		e.Errorf("%s: %s", want.ID, diff)
	}
	got, err := io.ReadAll(io.NewSectionReader(m, 0, m.Size()+1))
	if err != nil || !bytes.Equal(got, raw) || m.Size() != int64(len(raw)) || ref.Length != m.Size() {
		e.Errorf("%s: %d octets of %d are the mail's (%v)", want.ID, len(got), len(raw), err)
	}
}

func testMailLog(e *env) {
	if err := e.s.Room(); err != nil {
		e.Fatalf("no room: %v", err)
	}
	refs := map[string]conversation.MailRef{}
	sizes := map[string]int{"small": 30, "middle": 100_000, "large": 3 << 20}
	for name, size := range sizes {
		refs[name] = appendMail(e, name, rawMail(name, size))
	}
	refs["empty"] = appendMail(e, "empty", nil)
	checkMail(e, refs["empty"], recordOf("empty", conversation.KindIn, nil), nil)
	for name, size := range sizes {
		raw := rawMail(name, size)
		checkMail(e, refs[name], recordOf(name, conversation.KindIn, raw), raw)
	}
	out := recordOf("out", conversation.KindOut, []byte("x"))
	ref, err := e.s.AppendMail(context.Background(), out, bytes.NewReader([]byte("x")))
	if err != nil || ref.IsZero() {
		e.Fatalf("outgoing: %+v, %v", ref, err)
	}
	checkMail(e, ref, out, []byte("x"))
	e.fresh("failed appends", testFailedAppends)
	e.fresh("many at once", testManyAppends)
}

func testFailedAppends(e *env) {
	raw := rawMail("a", 5000)
	first := appendMail(e, "first", raw)
	ended, end := context.WithCancel(context.Background())
	end()
	for name, c := range map[string]struct {
		ctx    context.Context
		record conversation.MailRecord
		raw    io.Reader
	}{
		"shorter than said": {context.Background(), recordOf("m", conversation.KindIn, raw), bytes.NewReader(raw[:4000])},
		"longer than said":  {context.Background(), recordOf("m", conversation.KindIn, raw[:4000]), bytes.NewReader(raw)},
		"fails":             {context.Background(), recordOf("m", conversation.KindIn, raw), iotest.TimeoutReader(bytes.NewReader(raw))},
		"no id":             {context.Background(), recordOf("", conversation.KindIn, raw), bytes.NewReader(raw)},
		"no kind":           {context.Background(), recordOf("m", "", raw), bytes.NewReader(raw)},
		"ended":             {ended, recordOf("m", conversation.KindIn, raw), bytes.NewReader(raw)},
	} {
		// One octet a time would be read by no reader of a spool, but says nothing against it.
		if ref, err := e.s.AppendMail(c.ctx, c.record, iotest.OneByteReader(c.raw)); err == nil || !ref.IsZero() {
			e.Errorf("%s: appended as %+v, %v", name, ref, err)
		}
	}
	second := appendMail(e, "second", raw)
	checkMail(e, first, recordOf("first", conversation.KindIn, raw), raw)
	checkMail(e, second, recordOf("second", conversation.KindIn, raw), raw)
	bad := []conversation.MailRef{{}, {Segment: 99, Length: 1}, {Segment: first.Segment, Offset: first.Offset + 1, Length: first.Length},
		{Segment: first.Segment, Offset: first.Offset, Length: first.Length + 1}, {Segment: first.Segment, Offset: 1 << 40, Length: 1}, {Segment: first.Segment, Offset: -1}}
	for _, ref := range bad {
		if m, err := e.s.OpenMail(context.Background(), ref); err == nil || m != nil {
			e.Errorf("%+v is a mail: %v, %v", ref, m, err)
		}
	}
	if _, err := e.s.OpenMail(ended, first); !errors.Is(err, context.Canceled) {
		e.Errorf("with a context that ended: %v", err)
	}
}

func testManyAppends(e *env) {
	refs := make([]conversation.MailRef, 60)
	mail := func(i int) (string, []byte) {
		id := fmt.Sprintf("m%d", i)
		return id, rawMail(id, i*700)
	}
	together(len(refs), func(i int) {
		id, raw := mail(i)
		ref, err := e.s.AppendMail(context.Background(), recordOf(id, conversation.KindIn, raw), bytes.NewReader(raw))
		if err != nil {
			e.Error(err)
		}
		refs[i] = ref
	})
	together(len(refs), func(i int) {
		id, raw := mail(i)
		checkMail(e, refs[i], recordOf(id, conversation.KindIn, raw), raw)
	})
}

// fill stores something of everything.
func fill(e *env) conversation.MailRef {
	e.Helper()
	ref := appendMail(e, "m1", rawMail("m1", 3000))
	e.update(func(tx conversation.Tx) error {
		for _, write := range writes() {
			if err := write(tx); err != nil {
				return err
			}
		}
		m := entryOf("m1", number(1), 2)
		m.Raw = ref
		return tx.PutMessage(m)
	})
	return ref
}

func testReopen(e *env) {
	if e.h.Reopen == nil {
		e.Skip("the harness does not reopen")
	}
	ref := fill(e)
	for range 2 {
		e.s = e.h.Reopen(e.T, e.s, e.clock.now)
		raw := rawMail("m1", 3000)
		checkMail(e, ref, recordOf("m1", conversation.KindIn, raw), raw)
		if got := e.all(10, protocolLister(conversation.ProtocolFilter{Departments: []string{"care"}})); len(got) != 1 {
			e.Errorf("protocols: %v", got)
		}
	}
	// Sequences go on, and so does the log.
	again := appendMail(e, "m2", []byte("two"))
	e.update(func(tx conversation.Tx) error {
		n, err := tx.NextNumber("20261123")
		if err != nil {
			return err
		}
		l, c := &conversation.JournalLine{}, &conversation.Change{}
		if err := errors.Join(tx.AddJournal(l), tx.AddChange(c)); err != nil {
			return err
		}
		if n != number(2) || l.Seq != 2 || c.Seq != 2 {
			e.Errorf("number %s, line %d, change %d", n, l.Seq, c.Seq)
		}
		return nil
	})
	checkMail(e, again, recordOf("m2", conversation.KindIn, []byte("two")), []byte("two"))
}

func testReadOnly(e *env) {
	if e.h.ReadOnly == nil {
		e.Skip("the harness does not open for reading only")
	}
	ref := fill(e)
	e.s = e.h.ReadOnly(e.T, e.s, e.clock.now)
	raw := rawMail("m1", 3000)
	checkMail(e, ref, recordOf("m1", conversation.KindIn, raw), raw)
	if got := e.all(10, protocolLister(conversation.ProtocolFilter{})); len(got) != 1 {
		e.Errorf("protocols: %v", got)
	}
	if err := e.s.Update(context.Background(), putNote("a", "b")); !errors.Is(err, conversation.ErrReadOnly) {
		e.Errorf("update: %v", err)
	}
	_, err := e.s.AppendMail(context.Background(), recordOf("m3", conversation.KindIn, nil), bytes.NewReader(nil))
	if !errors.Is(err, conversation.ErrReadOnly) {
		e.Errorf("append: %v", err)
	}
	if err := e.s.Room(); err == nil {
		e.Error("there is room in a store that is read only")
	}
}
