package store

import (
	"bytes"
	"fmt"
	"slices"

	"recado/conversation"
)

func (t *transaction) Protocols(f conversation.ProtocolFilter, p conversation.Page) ([]*conversation.Protocol, string, error) {
	read := readingOf(f)
	prefixes := [][]byte{read.beginning}
	if read.index != protocolsEnded {
		prefixes = t.beginnings(read.index, prefixes, one(string(f.Status)))
	}
	prefixes = t.beginnings(read.index, prefixes, distinct(f.Departments))
	for i := range prefixes {
		prefixes[i] = append(prefixes[i], read.start...)
	}
	var out []*conversation.Protocol
	next, err := t.pageWithin(listName(f), read.index, prefixes, read.part, p, func(end, _ []byte) (bool, error) {
		found, err := t.indexedProtocol(read.number(end))
		if err != nil || !narrows(f, found) {
			return false, err
		}
		out = append(out, found)
		return true, nil
	})
	return out, next, err
}

// listName tells a list from others, for its cursors.
func listName(f conversation.ProtocolFilter) string {
	list := fmt.Sprintf("protocols %q %q %q", f.Status, f.Contact, f.Agent)
	if f.Unassigned || f.Sort != "" {
		list += fmt.Sprintf(" %t %q", f.Unassigned, f.Sort)
	}
	if f.Number != "" || f.Classification != "" || !f.After.IsZero() || !f.Before.IsZero() {
		list += fmt.Sprintf(" %q %q %d %d", f.Number, f.Classification, f.After.UnixNano(), f.Before.UnixNano())
	}
	return list
}

// narrows tells whether a protocol that an index led to is of the list: one index knows not all of the filter.
func narrows(f conversation.ProtocolFilter, p *conversation.Protocol) bool {
	ended := f.Sort == conversation.SortFinalized
	return !(f.Agent != "" && valid(f.Agent) != p.Agent || f.Unassigned && p.Agent != "" ||
		f.Contact != "" && !slices.Contains(contactKeys(p), valid(f.Contact)) ||
		ended && (p.Status != conversation.Finalized || !f.Ended(p)))
}

// reading is how a list is read: from the entries of an index that begin so (and after the status, where the
// index has it, and the department go on with start), of them a part.
type reading struct {
	index            bucket
	beginning, start []byte
	part             span
	number           func(end []byte) []byte // in what an entry ends with
}

// readingOf chooses the index. A contact's is narrower than an agent's where both are given, the numbers' mostly
// narrower than either.
func readingOf(f conversation.ProtocolFilter) reading {
	waiting, assigned := f.Sort == conversation.SortWaiting, f.Agent != "" || f.Unassigned
	switch {
	case f.Number != "":
		start := numberStart(f.Number)
		return reading{index: protocolsNumber, start: start, number: func(end []byte) []byte {
			rest := end[:len(end)-1] // less the octet that ends it
			return reverse(slices.Concat(start, rest), 0)
		}}
	case f.Sort == conversation.SortFinalized:
		return reading{index: protocolsEnded, beginning: endedBeginning(f), part: endedSpan(f), number: latestNumber}
	case waiting && assigned:
		return reading{index: protocolsTurn, beginning: appendText(nil, f.Agent), number: turnNumber}
	case waiting:
		return reading{index: protocolsWaiting, number: turnNumber}
	case f.Contact != "":
		return reading{index: protocolsContact, beginning: appendText(nil, f.Contact), number: latestNumber}
	case assigned:
		return reading{index: protocolsAgent, beginning: appendText(nil, f.Agent), number: latestNumber}
	}
	return reading{index: protocolsDepartment, number: latestNumber}
}

// latestNumber is the number in the end of a key of what is listed newest first.
func latestNumber(end []byte) []byte { return reverse(bytes.Clone(end), 0)[timeSize:] }
