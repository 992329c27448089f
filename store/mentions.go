package store

import (
	"time"

	"recado/conversation"
)

// A mention is entered when its message is stored first, as unread, and moves with it. Nothing but the message itself says
// that there is one.

// mentionKey is the place of a mention among its agent's, newest first.
func mentionKey(agent, message string, at time.Time) []byte {
	return append(appendText(nil, agent), reverse(append(appendTime(nil, at), valid(message)...), 0)...)
}

func unreadMention(agent, number, message string) []byte {
	return append(appendText(appendText(nil, agent), number), valid(message)...)
}

// placeMentions enters the mentions of a message; from is the protocol that it was of, empty for a new one.
func (t *transaction) placeMentions(m *conversation.Message, from string) error {
	for _, mention := range m.Mentions {
		unread := from == ""
		if from != "" {
			old := unreadMention(mention.Agent, from, m.ID)
			if unread = t.get(mentionsUnread, old) != nil; unread {
				if err := t.delete(mentionsUnread, old); err != nil {
					return err
				}
			}
		}
		if err := t.put(mentions, mentionKey(mention.Agent, m.ID, m.ReceivedAt), textKey(m.Number)); err != nil {
			return err
		}
		if unread {
			if err := t.put(mentionsUnread, unreadMention(mention.Agent, m.Number, m.ID), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *transaction) Mentions(agent string, p conversation.Page) ([]conversation.MentionPlace, string, error) {
	var out []conversation.MentionPlace
	next, err := t.page("mentions "+agent, mentions, [][]byte{appendText(nil, agent)}, p, func(end, value []byte) (bool, error) {
		out = append(out, conversation.MentionPlace{Number: string(value), Message: string(latestNumber(end))})
		return true, nil
	})
	return out, next, err
}

func (t *transaction) UnreadMentions(agent string, limit int) ([]conversation.MentionPlace, error) {
	var out []conversation.MentionPlace
	s := &stream{cursor: t.bucket(mentionsUnread).Cursor(), prefix: appendText(nil, agent)}
	for s.from(nil); s.end != nil && len(out) < bounded(limit); s.next() {
		n := textEnd(s.end)
		out = append(out, conversation.MentionPlace{Number: string(s.end[:n-2]), Message: string(s.end[n:])})
	}
	return out, nil
}

func (t *transaction) Mentioned(agent, number string) (bool, error) {
	s := &stream{cursor: t.bucket(mentionsUnread).Cursor(), prefix: unreadMention(agent, number, "")}
	s.from(nil)
	return s.end != nil, nil
}

func (t *transaction) ReadMentions(agent, number string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	var read [][]byte
	prefix := unreadMention(agent, number, "")
	s := &stream{cursor: t.bucket(mentionsUnread).Cursor(), prefix: prefix}
	for s.from(nil); s.end != nil; s.next() {
		read = append(read, append(prefix[:len(prefix):len(prefix)], s.end...)) // deleting moves the cursor: first all, then delete
	}
	for _, k := range read {
		if err := t.delete(mentionsUnread, k); err != nil {
			return err
		}
	}
	return nil
}
