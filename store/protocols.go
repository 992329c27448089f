package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"recado/conversation"
	"recado/internal/message"
)

func (t *transaction) NextNumber(day string) (string, error) {
	if day == "" {
		return "", fmt.Errorf("number a protocol: no day")
	}
	n := uint64(1)
	if v := t.get(numbers, textKey(day)); len(v) == 8 {
		n += binary.BigEndian.Uint64(v)
	}
	if err := t.put(numbers, textKey(day), key64(n)); err != nil {
		return "", err
	}
	return conversation.FormatNumber(day, n), nil
}

func (t *transaction) Protocol(number string) (*conversation.Protocol, error) {
	return t.protocol(textKey(number))
}

func (t *transaction) protocol(number []byte) (*conversation.Protocol, error) {
	p, err := decode[conversation.Protocol](t.get(protocols, number))
	if p != nil && t.writable {
		t.remember(p)
	}
	return p, err
}

// remember keeps what the indexes are made of; the rest of p belongs to the caller, who changes it.
func (t *transaction) remember(p *conversation.Protocol) {
	t.recent = &conversation.Protocol{
		Number: p.Number, Version: p.Version, Status: p.Status, Key: p.Key, Aside: p.Aside, Contact: p.Contact,
		Department: p.Department, SeenBy: slices.Clone(p.SeenBy), Agent: p.Agent,
		WaitingSince: p.WaitingSince, UpdatedAt: p.UpdatedAt, FinalizedAt: p.FinalizedAt, Classification: p.Classification,
	}
}

// indexed is the stored protocol, as far as the indexes are made of it; nil where there is none.
func (t *transaction) indexed(number string) (*conversation.Protocol, error) {
	if t.recent != nil && t.recent.Number == number {
		return t.recent, nil
	}
	return t.Protocol(number)
}

func (t *transaction) OpenProtocol(key conversation.Key) (*conversation.Protocol, error) {
	number := t.get(protocolsOpen, openKey(key))
	if number == nil {
		return nil, nil
	}
	p, err := t.protocol(number)
	if err == nil && p == nil {
		err = fmt.Errorf("the open protocol %s is not there", number)
	}
	return p, err
}

func openKey(k conversation.Key) []byte {
	return appendText(appendText(nil, k.Sender), k.Department)
}

// PutProtocol checks everything before it writes anything: ErrKeyTaken leaves nothing to undo.
func (t *transaction) PutProtocol(p *conversation.Protocol) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if p.Number == "" || p.Status != conversation.Open && p.Status != conversation.Finalized {
		return fmt.Errorf("store a protocol: number %q, status %q", p.Number, p.Status)
	}
	old, err := t.indexed(p.Number)
	if err != nil {
		return err
	}
	number := textKey(p.Number)
	if p.HoldsKey() {
		if holder := t.get(protocolsOpen, openKey(p.Key)); holder != nil && !bytes.Equal(holder, number) {
			return fmt.Errorf("protocol %s: %w (%s)", p.Number, conversation.ErrKeyTaken, holder)
		}
	}
	// Of the stored version, not of the one given: a function that is run again comes to the same.
	stored := *p
	stored.Version = 1
	if old != nil {
		stored.Version = old.Version + 1
	}
	if err := t.putRecord(protocols, number, &stored); err != nil {
		return err
	}
	if err := t.holdKey(old, p, number); err != nil {
		return err
	}
	if err := t.move(protocolEntries(old), protocolEntries(p)); err != nil {
		return err
	}
	if err := t.countProtocol(old, p); err != nil {
		return err
	}
	t.remember(&stored)
	p.Version = stored.Version
	return nil
}

// holdKey keeps protocols.open: the key leads to the protocol while it is open and not aside.
func (t *transaction) holdKey(old, p *conversation.Protocol, number []byte) error {
	held, holds := old != nil && old.HoldsKey(), p.HoldsKey()
	if held && holds && bytes.Equal(openKey(old.Key), openKey(p.Key)) {
		return nil
	}
	if held {
		if err := t.delete(protocolsOpen, openKey(old.Key)); err != nil {
			return err
		}
	}
	if holds {
		return t.put(protocolsOpen, openKey(p.Key), number)
	}
	return nil
}

// entry is one key of an index.
type entry struct {
	bucket bucket
	key    []byte
}

// move makes an index that had the entries old have the entries new.
func (t *transaction) move(old, new []entry) error {
	for _, o := range old {
		if hasEntry(new, o) {
			continue
		}
		if err := t.delete(o.bucket, o.key); err != nil {
			return err
		}
	}
	for _, n := range new {
		if hasEntry(old, n) {
			continue
		}
		if err := t.put(n.bucket, n.key, nil); err != nil {
			return err
		}
	}
	return nil
}

func hasEntry(list []entry, e entry) bool {
	for _, l := range list {
		if l.bucket == e.bucket && bytes.Equal(l.key, e.key) {
			return true
		}
	}
	return false
}

// protocolEntries are the places of a protocol in its indexes.
func protocolEntries(p *conversation.Protocol) []entry {
	if p == nil {
		return nil
	}
	var out []entry
	latest := reverse(append(appendTime(nil, p.UpdatedAt), valid(p.Number)...), 0)
	under := func(b bucket, beginning, end []byte) {
		for _, d := range distinct(p.Departments()) {
			k := append(appendText(bytes.Clone(beginning), d), end...)
			out = append(out, entry{b, k})
		}
	}
	add := func(b bucket, beginning, end []byte) { under(b, appendText(beginning, string(p.Status)), end) }
	add(protocolsDepartment, nil, latest)
	add(protocolsWaiting, nil, turn(p))
	for _, c := range contactKeys(p) {
		add(protocolsContact, appendText(nil, c), latest)
	}
	add(protocolsAgent, appendText(nil, p.Agent), latest)
	add(protocolsTurn, appendText(nil, p.Agent), turn(p))
	add(protocolsNumber, nil, numberOrder(p))
	if k := awaited(p); k != nil {
		out = append(out, entry{protocolsAwaited, append(appendTime(k, p.WaitingSince), valid(p.Number)...)})
	}
	if p.Status == conversation.Finalized {
		for _, beginning := range endedEntries(p) {
			under(protocolsEnded, beginning, endedOrder(p))
		}
	}
	return out
}

// contactKeys are what a protocol is found by when somebody asks for a contact's: the key that it
// opened with, in which a plus-tag may be folded, and the contact's address as it was written.
func contactKeys(p *conversation.Protocol) []string {
	address := message.Address{Address: valid(p.Contact.Address)}.Key()
	var out []string
	for _, k := range distinct([]string{valid(p.Key.Sender), address}) {
		if k != "" {
			out = append(out, k)
		}
	}
	return out
}

func (t *transaction) indexedProtocol(number []byte) (*conversation.Protocol, error) {
	p, err := decode[conversation.Protocol](t.get(protocols, number))
	if err == nil && p == nil {
		err = fmt.Errorf("an index names the protocol %q, which is not there", number)
	}
	return p, err
}

// protocolCount is the key of a counter of protocols.
func protocolCount(status conversation.Status, department string) []byte {
	return appendText(appendText([]byte("protocols "), string(status)), department)
}

// protocolCounts are the counters that the protocol counts in.
func protocolCounts(p *conversation.Protocol) []string {
	var out []string
	for _, d := range distinct(p.Departments()) {
		out = append(out, string(protocolCount(p.Status, d)))
	}
	if k := awaited(p); k != nil {
		out = append(out, countAwaited+string(k))
	}
	return append(out, listCounts(p)...)
}

// countProtocol counts the protocol where it is and no longer where it was.
func (t *transaction) countProtocol(old, p *conversation.Protocol) error {
	delta := map[string]int{}
	if old != nil {
		for _, k := range protocolCounts(old) {
			delta[k]--
		}
	}
	for _, k := range protocolCounts(p) {
		delta[k]++
	}
	for k, n := range delta {
		if n == 0 {
			continue
		}
		if err := t.count([]byte(k), n); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) CountProtocols(status conversation.Status, department string) (int, error) {
	return t.counted(protocolCount(status, department)), nil
}
