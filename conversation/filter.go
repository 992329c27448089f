package conversation

import (
	"strings"
	"time"
)

// Ends tells whether the filter asks for something that only a finalized protocol has.
func (f *ProtocolFilter) Ends() bool {
	return f.Sort == SortFinalized || f.Classification != "" || !f.After.IsZero() || !f.Before.IsZero()
}

// Ended tells whether the protocol is of those that the filter's Classification, After and Before leave.
func (f *ProtocolFilter) Ended(p *Protocol) bool {
	return (f.Classification == "" || strings.EqualFold(f.Classification, p.Classification)) &&
		(f.After.IsZero() || !p.FinalizedAt.Before(f.After)) && (f.Before.IsZero() || p.FinalizedAt.Before(f.Before))
}

// settle fills in what follows from the rest of the filter, and refuses what cannot be together.
func (f *ProtocolFilter) settle() error {
	if f.Number != "" && !ValidNumberStart(f.Number) {
		return errorf(CodeInvalid, "%q is no protocol's number nor the beginning of one: write 20261123-000042, or less of it", preview(f.Number))
	}
	if !f.Ends() {
		return nil
	}
	if f.Status == Open {
		return errorf(CodeInvalid, "what is open has no end: the classification, after, before and the order finalized are of finalized protocols")
	}
	if f.Sort != "" && f.Sort != SortFinalized {
		return errorf(CodeInvalid, "protocols of a classification or of a time are in the order finalized: leave the order out")
	}
	if !f.After.IsZero() && !f.Before.IsZero() && !f.After.Before(f.Before) {
		return errorf(CodeInvalid, "nothing lies between: after must be earlier than before")
	}
	f.Classification = oneLine(f.Classification)
	f.Status, f.Sort = Finalized, SortFinalized
	return nil
}

// Day is the first moment of a day, "2026-11-23", in the zone of the protocols' numbers.
func (d *Directory) Day(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, errorf(CodeInvalid, "%q is no day: write it as 2026-11-23", preview(text))
	}
	return startOf(day, d.Location), nil
}

// NextDay is the first moment of the day after that of t.
func (d *Directory) NextDay(t time.Time) time.Time {
	return startOf(t.In(d.Location).AddDate(0, 0, 1), d.Location)
}

// startOf is the first moment of t's day in a zone; where clocks go forward at midnight, that is one o'clock.
func startOf(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.Date()
	at := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if at.Day() != day {
		_, at = at.ZoneBounds()
	}
	return at
}
