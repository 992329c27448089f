package conversation

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// idAlphabet is Crockford's base 32 in lower case: no i, l, o, u, and its order is the order of the values.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idLength is the number of characters of an id: 48 bits of time and 80 of chance, 5 bits a character.
const idLength = 26

// NewID makes an id of 26 lower-case characters that sorts by the millisecond it was made in. Its
// other 80 bits come from the system's random source, so that it cannot be guessed.
func NewID(now time.Time) string {
	var b [16]byte
	ms := uint64(now.UnixMilli())
	for i := 5; i >= 0; i-- {
		b[i] = byte(ms)
		ms >>= 8
	}
	rand.Read(b[6:]) // never fails since Go 1.24
	var out [idLength]byte
	// 128 bits in 26 characters of 5 bits: the first holds only 3.
	var acc uint32
	bits := 2 // two zero bits in front make 130
	n := 0
	for _, c := range b {
		acc = acc<<8 | uint32(c)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out[n] = idAlphabet[acc>>bits&31]
			n++
		}
	}
	return string(out[:])
}

// ValidID tells whether s has the form of an id made by [NewID].
func ValidID(s string) bool {
	if len(s) != idLength {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(idAlphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}

// FormatNumber writes a protocol's number: the day and that day's sequence (rule 2).
func FormatNumber(day string, sequence uint64) string {
	return fmt.Sprintf("%s-%06d", day, sequence)
}

// NumberDay is the part of a number that is the day of t in the zone loc, "20261123".
func NumberDay(t time.Time, loc *time.Location) string { return t.In(loc).Format("20060102") }

// ValidNumber tells whether s has the form of a protocol's number.
func ValidNumber(s string) bool {
	day, seq, ok := strings.Cut(s, "-")
	if !ok || len(day) != 8 || len(seq) < 6 || len(seq) > 12 {
		return false
	}
	if _, err := time.Parse("20060102", day); err != nil {
		return false
	}
	_, err := strconv.ParseUint(seq, 10, 64)
	return err == nil
}

// ValidNumberStart tells whether s is a protocol's number or the beginning of one, from its year on.
func ValidNumberStart(s string) bool {
	day, seq, found := strings.Cut(s, "-")
	digits := strings.Trim(day+seq, "0123456789") == ""
	return digits && len(day) >= 4 && len(day) <= 8 && (!found || len(day) == 8) && len(seq) <= 12
}

// IDTime is the moment that an id made by [NewID] was made in; the beginning of 1970 for any other text.
func IDTime(id string) time.Time {
	if !ValidID(id) {
		return time.Unix(0, 0).UTC()
	}
	ms := int64(0)
	for _, c := range []byte(id[:10]) { // 50 bits, of which the first two are zeros
		ms = ms<<5 | int64(strings.IndexByte(idAlphabet, c))
	}
	return time.UnixMilli(ms).UTC()
}
