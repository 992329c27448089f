package conversation

import (
	"strings"
	"time"
)

var testTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func upperASCII(s string) string { return strings.ToUpper(s) }
