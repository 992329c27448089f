package store

import (
	"bytes"
	"fmt"

	"recado/conversation"
)

// cannedCount counts canned answers.
var cannedCount = []byte("canned")

func (t *transaction) CannedAnswer(id string) (*conversation.CannedAnswer, error) {
	return decode[conversation.CannedAnswer](t.get(canned, textKey(id)))
}

func (t *transaction) CannedNamed(department, title string) (*conversation.CannedTitle, error) {
	prefix := titlePlace(department, title)
	k, v := t.bucket(cannedTitle).Cursor().Seek(prefix)
	if k == nil || !bytes.HasPrefix(k, prefix) {
		return nil, nil
	}
	return decode[conversation.CannedTitle](v)
}

// titlePlace is where the answers of a department that fold to the title stand: one at most. The id follows, since
// a list over several departments takes what ends alike for the same.
func titlePlace(department, title string) []byte {
	return appendText(appendText(nil, department), conversation.FoldTitle(title))
}

func titleKey(c *conversation.CannedAnswer) []byte {
	return append(titlePlace(c.Department, c.Title), valid(c.ID)...)
}

// PutCannedAnswer moves the title along. It checks before it writes anything.
func (t *transaction) PutCannedAnswer(c *conversation.CannedAnswer) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if c.ID == "" {
		return fmt.Errorf("store a canned answer without an id")
	}
	holder, err := t.CannedNamed(c.Department, c.Title)
	if err != nil {
		return err
	}
	if holder != nil && holder.ID != c.ID {
		return fmt.Errorf("store canned answer %s: its title is that of %s", c.ID, holder.ID)
	}
	old, err := t.CannedAnswer(c.ID)
	if err != nil {
		return err
	}
	k := titleKey(c)
	if old == nil {
		if err := t.count(cannedCount, 1); err != nil {
			return err
		}
	} else if before := titleKey(old); !bytes.Equal(before, k) {
		if err := t.delete(cannedTitle, before); err != nil {
			return err
		}
	}
	if err := t.putRecord(cannedTitle, k, c.Heading()); err != nil {
		return err
	}
	return t.putRecord(canned, textKey(c.ID), c)
}

func (t *transaction) DeleteCannedAnswer(id string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.CannedAnswer(id)
	if err != nil || old == nil {
		return err
	}
	if err := t.delete(cannedTitle, titleKey(old)); err != nil {
		return err
	}
	if err := t.delete(canned, textKey(id)); err != nil {
		return err
	}
	return t.count(cannedCount, -1)
}

func (t *transaction) CannedTitles(departments []string, p conversation.Page) ([]*conversation.CannedTitle, string, error) {
	var out []*conversation.CannedTitle
	prefixes := t.beginnings(cannedTitle, [][]byte{nil}, distinct(departments))
	next, err := t.page("canned", cannedTitle, prefixes, p, func(_, value []byte) (bool, error) {
		c, err := decode[conversation.CannedTitle](value)
		out = append(out, c)
		return true, err
	})
	return out, next, err
}

func (t *transaction) CountCanned() (int, error) { return t.counted(cannedCount), nil }
