package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"recado/conversation"
)

// A record of the mail log, all numbers big-endian:
//
//	prefix   80 octets, never rewritten
//	          0  "RCML"
//	          4  version of the format, 1
//	          5  kind: 'i' in, 'o' out
//	          6  length of the id; 7 zero
//	          8  salt of the log (8)
//	         16  length of the header (4)
//	         20  length of the raw mail (8)
//	         28  id, then zeros (40)
//	         68  zeros (8)
//	         76  CRC-32C of the 76 octets before it
//	header   the conversation.MailRecord as JSON, then its CRC-32C (4)
//	raw      the mail as it came or was composed
//	trailer  CRC-32C of the raw octets (4), "LMCR"
//
// The salt is random, made with the log and never shown: where a damaged segment is searched for the
// next record, no mail that somebody sent can pose as one. The trailer tells a whole record from one
// whose writing was cut off; the SHA-256 in the header is what a reader verifies.
const (
	recordMagic   = "RCML"
	trailerMagic  = "LMCR"
	recordVersion = 1
	prefixSize    = 80
	saltSize      = 8
	maxRecordID   = 40
	sumSize       = 4
	trailerSize   = 8
	// maxHeader bounds what is read into memory: an envelope of the most recipients is far below it.
	maxHeader = 4 << 20
)

// position is the beginning of a record.
type position struct {
	segment uint32
	offset  int64
}

func (p position) before(q position) bool {
	return p.segment < q.segment || p.segment == q.segment && p.offset < q.offset
}

// prefix is the fixed part of a record, as read.
type prefix struct {
	id     string
	kind   conversation.Kind
	header int64 // octets, without its checksum
	raw    int64
}

// start is the offset of the raw mail of the record at offset.
func (p prefix) start(offset int64) int64 { return offset + prefixSize + p.header + sumSize }

// end is the offset behind the record at offset.
func (p prefix) end(offset int64) int64 { return p.start(offset) + p.raw + trailerSize }

// errBadRecord is what reading a damaged or torn record returns; what follows it says what is wrong.
var errBadRecord = errors.New("damaged record")

func badRecord(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errBadRecord, fmt.Sprintf(format, args...))
}

// encodeHead is the prefix and the header of a record.
func encodeHead(r *conversation.MailRecord, salt [saltSize]byte) ([]byte, error) {
	var kind byte
	switch r.Kind {
	case conversation.KindIn:
		kind = 'i'
	case conversation.KindOut:
		kind = 'o'
	default:
		return nil, fmt.Errorf("a mail of kind %q is neither in nor out", r.Kind)
	}
	if r.ID == "" || len(r.ID) > maxRecordID {
		return nil, fmt.Errorf("a mail's id has 1 to %d octets, not %d", maxRecordID, len(r.ID))
	}
	header, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode a mail's record: %w", err)
	}
	if len(header) > maxHeader {
		return nil, fmt.Errorf("a mail's record has %d octets, at most %d are kept", len(header), maxHeader)
	}
	b := make([]byte, prefixSize, prefixSize+len(header)+sumSize)
	copy(b, recordMagic)
	b[4], b[5], b[6] = recordVersion, kind, byte(len(r.ID))
	copy(b[8:], salt[:])
	binary.BigEndian.PutUint32(b[16:], uint32(len(header)))
	binary.BigEndian.PutUint64(b[20:], uint64(r.Size))
	copy(b[28:], r.ID)
	binary.BigEndian.PutUint32(b[76:], crc32.Checksum(b[:76], castagnoli))
	b = append(b, header...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(header, castagnoli)), nil
}

func encodeTrailer(sum uint32) []byte {
	return append(binary.BigEndian.AppendUint32(nil, sum), trailerMagic...)
}

// parsePrefix reads the prefix that b, of prefixSize octets, holds.
func parsePrefix(b []byte, salt [saltSize]byte) (prefix, error) {
	var p prefix
	switch {
	case string(b[:4]) != recordMagic:
		return p, badRecord("no record begins here")
	case binary.BigEndian.Uint32(b[76:]) != crc32.Checksum(b[:76], castagnoli):
		return p, badRecord("the prefix's checksum is wrong")
	case b[4] != recordVersion:
		return p, badRecord("version %d is not known", b[4])
	case [saltSize]byte(b[8:16]) != salt:
		return p, badRecord("it is of another log")
	}
	p.kind = conversation.KindIn
	if b[5] == 'o' {
		p.kind = conversation.KindOut
	}
	p.header = int64(binary.BigEndian.Uint32(b[16:]))
	p.raw = int64(binary.BigEndian.Uint64(b[20:]))
	if int(b[6]) > maxRecordID || p.header > maxHeader || p.raw < 0 || p.raw > 1<<40 {
		return p, badRecord("its lengths cannot be")
	}
	p.id = string(b[28 : 28+int(b[6])])
	return p, nil
}

// readPrefix reads the prefix of the record at offset. Where fewer octets are left it is a bad record.
func readPrefix(r io.ReaderAt, offset int64, salt [saltSize]byte) (prefix, error) {
	var b [prefixSize]byte
	if err := readFull(r, b[:], offset, "prefix"); err != nil {
		return prefix{}, err
	}
	return parsePrefix(b[:], salt)
}

// readHeader reads the header of the record at offset.
func readHeader(r io.ReaderAt, offset int64, p prefix) (conversation.MailRecord, error) {
	var record conversation.MailRecord
	b := make([]byte, p.header+sumSize)
	if err := readFull(r, b, offset+prefixSize, "header"); err != nil {
		return record, err
	}
	header, sum := b[:p.header], b[p.header:]
	if binary.BigEndian.Uint32(sum) != crc32.Checksum(header, castagnoli) {
		return record, badRecord("the header's checksum is wrong")
	}
	if err := json.Unmarshal(header, &record); err != nil {
		return record, badRecord("its header cannot be read: %v", err)
	}
	if record.ID != p.id || record.Size != p.raw || record.Kind != p.kind {
		return record, badRecord("its header is not of its prefix")
	}
	return record, nil
}

// verifyRaw reads the raw mail of the record at offset and compares it with its checksum.
func verifyRaw(r io.ReaderAt, offset int64, p prefix) error {
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, io.NewSectionReader(r, p.start(offset), p.raw))
	if err != nil {
		return fmt.Errorf("read a raw mail: %w", err)
	}
	if n < p.raw {
		return badRecord("%d of its %d octets are there", n, p.raw)
	}
	var b [trailerSize]byte
	if err := readFull(r, b[:], p.end(offset)-trailerSize, "trailer"); err != nil {
		return err
	}
	if string(b[4:]) != trailerMagic || binary.BigEndian.Uint32(b[:]) != sum.Sum32() {
		return badRecord("the raw mail's checksum is wrong")
	}
	return nil
}

// readWhole reads and verifies the record at offset.
func readWhole(r io.ReaderAt, offset int64, salt [saltSize]byte) (p prefix, record conversation.MailRecord, err error) {
	if p, err = readPrefix(r, offset, salt); err != nil {
		return p, record, err
	}
	if record, err = readHeader(r, offset, p); err != nil {
		return p, record, err
	}
	return p, record, verifyRaw(r, offset, p)
}

func readFull(r io.ReaderAt, b []byte, offset int64, part string) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return badRecord("the file ends within its %s", part)
	}
	return fmt.Errorf("read a record's %s: %w", part, err)
}
