package inbox

import "regexp"

// emptyLines is more than one empty line, or what looks like that on the screen.
var emptyLines = regexp.MustCompile(`\n(?:[ \t\r\x{a0}]*\n){2,}`)

// spaced leaves one empty line of several: newsletters and some programs send screens of them.
func spaced(text string) string { return emptyLines.ReplaceAllString(text, "\n\n") }
