package store

import (
	"bytes"
	"slices"

	"recado/conversation"
)

// How long a list is, is counted by the set of departments that see a protocol: one that two of them
// see must count once for an agent of both. There are few different sets, however many protocols.
const (
	countSeen  = "seen "  // S status, the set
	countAgent = "agent " // S agent (empty: nobody), S status, the set
)

// listCounts are the counters of lists that the protocol counts in.
func listCounts(p *conversation.Protocol) []string {
	departments := slices.Clone(p.Departments())
	slices.Sort(departments)
	var set []byte
	for _, d := range slices.Compact(departments) {
		set = appendText(set, d)
	}
	seen, agent := listCount(conversation.ProtocolFilter{Status: p.Status}), agentCount(p.Status, p.Agent)
	return []string{string(append(seen, set...)), string(append(agent, set...))}
}

// listCount is what the keys of a list's counters begin with.
func listCount(f conversation.ProtocolFilter) []byte {
	if f.Agent != "" || f.Unassigned {
		return agentCount(f.Status, f.Agent)
	}
	return appendText([]byte(countSeen), string(f.Status))
}

func agentCount(status conversation.Status, agent string) []byte {
	return appendText(appendText([]byte(countAgent), agent), string(status))
}

func (t *transaction) CountList(f conversation.ProtocolFilter) (int, error) {
	wanted := map[string]bool{}
	for _, d := range f.Departments {
		wanted[string(appendText(nil, d))] = true
	}
	n, prefix := 0, listCount(f)
	c := t.bucket(counts).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if f.Departments == nil || holdsText(k[len(prefix):], wanted) {
			n += t.counted(k)
		}
	}
	return n, nil
}

// holdsText tells whether one of the texts of b is wanted.
func holdsText(b []byte, wanted map[string]bool) bool {
	for n := textEnd(b); n > 0; n = textEnd(b) {
		if wanted[string(b[:n])] {
			return true
		}
		b = b[n:]
	}
	return false
}
