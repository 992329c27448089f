package inbox

import (
	"context"
	"slices"

	"recado/conversation"
	"recado/internal/say"
)

// Queue is what the actor sees of the fake's; its cursor is the id of the last of the page before.
func (d *fakeDesk) Queue(_ context.Context, a conversation.Actor, page conversation.Page) ([]*conversation.QueueItem, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(d.queue), func(q *conversation.QueueItem) bool { return !a.Sees(d.dir, q.Department) })
	if i := slices.IndexFunc(all, func(q *conversation.QueueItem) bool { return q.ID == page.Cursor }); i >= 0 {
		all = all[i+1:]
	}
	if len(all) > page.Size() {
		return all[:page.Size()], all[page.Size()-1].ID, nil
	}
	return all, "", nil
}

// waiting is an item of the queue that the actor may decide on.
func (d *fakeDesk) waiting(a conversation.Actor, id string) (*conversation.QueueItem, error) {
	i := slices.IndexFunc(d.queue, func(q *conversation.QueueItem) bool { return q.ID == id && a.Sees(d.dir, q.Department) })
	switch {
	case i < 0:
		return nil, notFound("mail in the queue")
	case d.queue[i].State == conversation.QueueSending:
		return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("being sent")}
	}
	return d.queue[i], nil
}

func (d *fakeDesk) RetryQueued(_ context.Context, i conversation.Intent, id string) (*conversation.QueueItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q, err := d.waiting(i.Actor, id)
	if err == nil {
		q.State, q.NextAt = conversation.QueueWaiting, d.now
	}
	return q, err
}

func (d *fakeDesk) CancelQueued(_ context.Context, i conversation.Intent, id string) (*conversation.QueueItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q, err := d.waiting(i.Actor, id)
	d.queue = slices.DeleteFunc(d.queue, func(other *conversation.QueueItem) bool { return err == nil && other == q })
	return q, err
}

// Journal looks at two lines for a page, as the store looks at a thousand.
func (d *fakeDesk) Journal(_ context.Context, a conversation.Actor, f conversation.JournalFilter, page conversation.Page) ([]*conversation.JournalLine, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(d.journal), func(l *conversation.JournalLine) bool {
		return !a.Sees(d.dir, l.Department) || f.Receipt != "" && l.Receipt != f.Receipt
	})
	const examined = 2
	if i := slices.IndexFunc(all, func(l *conversation.JournalLine) bool { return l.Message == page.Cursor }); i >= 0 {
		all = all[i+1:]
	}
	next := ""
	if len(all) > examined && (f.Address != "" || f.Number != "") {
		all, next = all[:examined], all[examined-1].Message
	}
	return slices.DeleteFunc(all, func(l *conversation.JournalLine) bool { return !f.Takes(l) }), next, nil
}

// Audit is a page of two.
func (d *fakeDesk) Audit(_ context.Context, a conversation.Actor, r conversation.AuditRequest, page conversation.Page) ([]*conversation.AuditLine, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = r
	all := slices.DeleteFunc(slices.Clone(d.audit), func(l *conversation.AuditLine) bool {
		return l.Department != "" && !a.Sees(d.dir, l.Department) || r.Actor != "" && l.Actor != r.Actor
	})
	if i := slices.IndexFunc(all, func(l *conversation.AuditLine) bool { return l.ID == page.Cursor }); i >= 0 {
		all = all[i+1:]
	}
	if len(all) > 2 {
		return all[:2], all[1].ID, nil
	}
	return all, "", nil
}
