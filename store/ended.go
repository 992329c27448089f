package store

import (
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// What is finalized is entered by its end under all that the list of it is narrowed by: what, and the
// value that it has there. Where a list is narrowed by several, one of them is read and the others are
// looked at entry by entry ([maxExamined]).
const (
	endedAll            = ""               // no value
	endedAgent          = "agent"          // empty: nobody
	endedContact        = "contact"        // as in protocols.contact
	endedClassification = "classification" // folded
)

// endedEntries are the places of a finalized protocol among them, less the departments and the order.
func endedEntries(p *conversation.Protocol) [][]byte {
	out := [][]byte{endedKey(endedAll, ""), endedKey(endedAgent, p.Agent)}
	for _, c := range contactKeys(p) {
		out = append(out, endedKey(endedContact, c))
	}
	if p.Classification != "" {
		out = append(out, endedKey(endedClassification, fold(p.Classification)))
	}
	return out
}

func endedKey(what, value string) []byte { return appendText(appendText(nil, what), value) }

// fold is the form in which classifications that differ in case alone are one.
func fold(s string) string { return strings.ToLower(valid(s)) }

// endedBeginning is where a list of what is finalized is read: a contact has the fewest.
func endedBeginning(f conversation.ProtocolFilter) []byte {
	switch {
	case f.Contact != "":
		return endedKey(endedContact, f.Contact)
	case f.Classification != "":
		return endedKey(endedClassification, fold(f.Classification))
	case f.Agent != "" || f.Unassigned:
		return endedKey(endedAgent, f.Agent)
	}
	return endedKey(endedAll, "")
}

// endedOrder is what orders the protocol by its end.
func endedOrder(p *conversation.Protocol) []byte {
	return reverse(append(appendTime(nil, p.FinalizedAt), valid(p.Number)...), 0)
}

// endedSpan is the part of that order that lies between the filter's times: the latest comes first.
func endedSpan(f conversation.ProtocolFilter) span {
	var s span
	if !f.Before.IsZero() {
		s.from = reverse(appendTime(nil, f.Before.Add(-time.Nanosecond)), 0)
	}
	if !f.After.IsZero() {
		s.stop = successor(reverse(appendTime(nil, f.After), 0))
	}
	return s
}

// numberOrder is what orders the protocol by its number, highest first. Its last octet puts a number behind
// the longer ones that begin like it.
func numberOrder(p *conversation.Protocol) []byte { return append(numberStart(p.Number), 0xff) }

// numberStart is what the orders of all numbers begin with that begin so.
func numberStart(s string) []byte { return reverse([]byte(valid(s)), 0) }

// enterEnded enters what is finalized by its end, and every protocol by its number.
func enterEnded(tx *bolt.Tx) error {
	return enter(&transaction{work: &work{tx: tx, writable: true}}, protocolsEnded, protocolsNumber)
}
