package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// A list is read from one index. The keys of an index begin with texts (a status, a department …)
// and end with what orders the list; the entries of one beginning are a stream, already in order. A
// list over several beginnings merges their streams by the ends, and takes an end that stands in
// several streams once. Streams are only ever read forwards: within a transaction that emptied a page
// bbolt's cursors stop short of it when they go backwards.

// span is a part of a list's order. Nil is the beginning, and the end.
type span struct {
	from []byte // what comes after it
	stop []byte // what comes before it
}

// stream is the entries of one beginning.
type stream struct {
	cursor *bolt.Cursor
	prefix []byte
	stop   []byte // of the span
	end    []byte // of the key that it stands at; nil when it is through
	value  []byte
}

// from moves the stream to its first entry after the position; nil: to its first.
func (s *stream) from(after []byte) {
	start := append(bytes.Clone(s.prefix), after...)
	k, v := s.cursor.Seek(start)
	if after != nil && bytes.Equal(k, start) {
		k, v = s.cursor.Next()
	}
	s.set(k, v)
}

func (s *stream) next() { s.set(s.cursor.Next()) }

func (s *stream) set(k, v []byte) {
	if k == nil || !bytes.HasPrefix(k, s.prefix) {
		s.end, s.value = nil, nil
		return
	}
	s.end, s.value = k[len(s.prefix):], v
	if s.stop != nil && bytes.Compare(s.end, s.stop) >= 0 {
		s.end, s.value = nil, nil
	}
}

// merge is the union of streams.
type merge struct{ streams []*stream }

func (t *transaction) merge(b bucket, prefixes [][]byte, part span) *merge {
	m := &merge{}
	for _, p := range prefixes {
		s := &stream{cursor: t.bucket(b).Cursor(), prefix: p, stop: part.stop}
		if s.from(part.from); s.end != nil {
			m.streams = append(m.streams, s)
		}
	}
	return m
}

// peek is the first entry's end, nil when all are through. They are few (one a department and
// status), so that looking at each costs less than keeping them in a heap.
func (m *merge) peek() (end, value []byte) {
	for _, s := range m.streams {
		if s.end != nil && (end == nil || bytes.Compare(s.end, end) < 0) {
			end, value = s.end, s.value
		}
	}
	return end, value
}

// skip passes the entry end in every stream that has it.
func (m *merge) skip(end []byte) {
	for _, s := range m.streams {
		if s.end != nil && bytes.Equal(s.end, end) {
			s.next()
		}
	}
}

// maxExamined bounds how many entries a page looks at where a filter has no index of its own (the
// agent of one contact's protocols): such a page may be short, and goes on from its cursor.
const maxExamined = 1000

// page calls take with the entries of a page in order, and returns the next page's cursor. list names
// the list and what narrows it; take tells whether the entry is of the list.
func (t *transaction) page(list string, b bucket, prefixes [][]byte, p conversation.Page, take func(end, value []byte) (bool, error)) (string, error) {
	return t.pageWithin(list, b, prefixes, span{}, p, take)
}

// pageWithin is page of a part of the list.
func (t *transaction) pageWithin(list string, b bucket, prefixes [][]byte, part span, p conversation.Page, take func(end, value []byte) (bool, error)) (string, error) {
	after, err := decodeCursor(list, p.Cursor)
	if err != nil {
		return "", err
	}
	if bytes.Compare(after, part.from) > 0 {
		part.from = after
	}
	m := t.merge(b, prefixes, part)
	var last []byte
	for taken, examined := 0, 0; ; examined++ {
		end, value := m.peek()
		if end == nil {
			return "", nil
		}
		if taken == p.Size() || examined == maxExamined {
			return encodeCursor(list, last), nil
		}
		ok, err := take(end, value)
		if err != nil {
			return "", err
		}
		if ok {
			taken++
		}
		last = end
		m.skip(end)
	}
}

// texts are the different texts that follow the prefix in the index: one seek for each.
func (t *transaction) texts(b bucket, prefix []byte) [][]byte {
	var out [][]byte
	c := t.bucket(b).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); {
		n := textEnd(k[len(prefix):])
		if n < 0 {
			break
		}
		p := bytes.Clone(k[:len(prefix)+n])
		out = append(out, p)
		after := successor(p)
		if after == nil {
			break
		}
		k, _ = c.Seek(after)
	}
	return out
}

// beginnings extends each prefix by the texts, or by all that the index has when texts is nil.
func (t *transaction) beginnings(b bucket, prefixes [][]byte, texts []string) [][]byte {
	var out [][]byte
	for _, p := range prefixes {
		if texts == nil {
			out = append(out, t.texts(b, p)...)
			continue
		}
		for _, s := range texts {
			out = append(out, appendText(bytes.Clone(p), s))
		}
	}
	return out
}

// one is the choice of a text where empty means any.
func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// distinct drops repeated texts and keeps nil nil.
func distinct(texts []string) []string {
	if texts == nil {
		return nil
	}
	out := make([]string, 0, len(texts))
	known := make(map[string]bool, len(texts))
	for _, s := range texts {
		if !known[s] {
			known[s] = true
			out = append(out, s)
		}
	}
	return out
}
