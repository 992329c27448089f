package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// The order of waiting: what waits for an answer comes first, who waits longest at the top; what
// does not wait follows, the latest changed first.
const (
	turnWaiting byte = 0 // T waiting since, number
	turnQuiet   byte = 1 // ^(T updated, number)
)

// turn is what orders the protocol by its waiting.
func turn(p *conversation.Protocol) []byte {
	if !p.WaitingSince.IsZero() {
		return append(appendTime([]byte{turnWaiting}, p.WaitingSince), valid(p.Number)...)
	}
	return reverse(append(appendTime([]byte{turnQuiet}, p.UpdatedAt), valid(p.Number)...), 1)
}

// turnNumber is the number in a turn.
func turnNumber(end []byte) []byte {
	number := bytes.Clone(end[1+timeSize:])
	if end[0] == turnQuiet {
		reverse(number, 0)
	}
	return number
}

// orderWaiting enters the protocols in the order of waiting and those of nobody among the agents', and
// counts the lists.
func orderWaiting(tx *bolt.Tx) error {
	t := &transaction{work: &work{tx: tx, writable: true}}
	if err := enter(t, protocolsWaiting, protocolsTurn, protocolsAgent); err != nil {
		return err
	}
	return t.bucket(protocols).ForEach(func(_, stored []byte) error {
		p, err := decode[conversation.Protocol](stored)
		if err != nil {
			return err
		}
		for _, k := range listCounts(p) {
			if err := t.count([]byte(k), 1); err != nil {
				return err
			}
		}
		return nil
	})
}
