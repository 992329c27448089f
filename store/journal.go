package store

import (
	"fmt"

	"recado/conversation"
)

func (t *transaction) AddJournal(l *conversation.JournalLine) error {
	seq, err := t.next(journal)
	if err != nil {
		return err
	}
	l.Seq = seq
	end := reverse(key64(seq), 0)
	if err := t.putRecord(journal, end, l); err != nil {
		return err
	}
	if err := t.put(journalDepartment, append(appendText(nil, l.Department), end...), nil); err != nil {
		return err
	}
	k := appendText(appendText(nil, l.Receipt), l.Department)
	return t.put(journalReceipt, append(k, end...), nil)
}

func (t *transaction) Journal(f conversation.JournalFilter, p conversation.Page) ([]*conversation.JournalLine, string, error) {
	list := fmt.Sprintf("journal %q %q %q", f.Receipt, f.Address, f.Number)
	index, prefixes := journal, [][]byte{nil}
	switch {
	case f.Receipt != "":
		index = journalReceipt
		prefixes = t.beginnings(index, [][]byte{appendText(nil, f.Receipt)}, distinct(f.Departments))
	case f.Departments != nil:
		index = journalDepartment
		prefixes = t.beginnings(index, prefixes, distinct(f.Departments))
	}
	var out []*conversation.JournalLine
	next, err := t.page(list, index, prefixes, p, func(end, _ []byte) (bool, error) {
		l, err := decode[conversation.JournalLine](t.get(journal, end))
		if err == nil && l == nil {
			err = fmt.Errorf("an index names a line of the journal that is not there")
		}
		if err != nil || !f.Takes(l) {
			return false, err
		}
		out = append(out, l)
		return true, nil
	})
	return out, next, err
}
