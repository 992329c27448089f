package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads "12h", "1h30m" as Go does, with days in front of them: "5d", "1d12h".
func parseDuration(text string) (time.Duration, error) {
	bad := errors.New("not a duration")
	rest := strings.TrimSpace(text)
	var total time.Duration
	if number, after, found := strings.Cut(rest, "d"); found {
		days, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(days) || days < 0 || days > 36500 {
			return 0, bad
		}
		total, rest = time.Duration(days*float64(24*time.Hour)), strings.TrimSpace(after)
		if rest == "" {
			return total, nil
		}
	}
	part, err := time.ParseDuration(rest)
	if err != nil || part < 0 || part > math.MaxInt64-total {
		return 0, bad
	}
	return total + part, nil
}

// sizeUnits are bytes a unit, with IEC and SI told apart: 1 MiB is 1048576, 1 MB is 1000000.
var sizeUnits = map[string]float64{
	"": 1, "b": 1,
	"k": 1e3, "kb": 1e3, "kib": 1 << 10,
	"m": 1e6, "mb": 1e6, "mib": 1 << 20,
	"g": 1e9, "gb": 1e9, "gib": 1 << 30,
}

// parseSize reads "25MiB", "10MB", "1048576" (bytes).
func parseSize(text string) (int64, error) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(text)
	}
	number, err := strconv.ParseFloat(text[:end], 64)
	factor, known := sizeUnits[strings.ToLower(strings.TrimSpace(text[end:]))]
	if err != nil || !known || number*factor > math.MaxInt64/2 {
		return 0, errors.New("not a size")
	}
	return int64(number * factor), nil
}
