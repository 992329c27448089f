package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
)

// This file alone knows that records are kept as JSON.

var encoders = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encode makes the stored form of a record.
func encode(record any) ([]byte, error) {
	buf := encoders.Get().(*bytes.Buffer)
	defer encoders.Put(buf)
	buf.Reset()
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false) // nobody reads it as HTML, and words of mails are full of < and >
	if err := e.Encode(record); err != nil {
		return nil, fmt.Errorf("encode %T: %w", record, err)
	}
	return bytes.Clone(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
}

// decode reads the stored form of a record; nil where there is none. What it returns shares no
// memory with the store.
func decode[T any](stored []byte) (*T, error) {
	if stored == nil {
		return nil, nil
	}
	record := new(T)
	if err := json.Unmarshal(stored, record); err != nil {
		return nil, fmt.Errorf("decode %T: %w", record, err)
	}
	return record, nil
}
