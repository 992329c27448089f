package message

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// likeliestLatin tells which charset of Latin letters bytes are in whose high
// octets stand one by one: windows-1252, unless they hold what no Western text
// does and Turkish, Polish, Czech or Hungarian text always does.
func likeliestLatin(b []byte) encoding.Encoding {
	c := countLatin(b[:min(len(b), detectBytes)])
	switch {
	case c.turkish >= 2 && c.turkish > c.seen[0xfd] && c.turkish*4 >= c.high && c.turkish+c.turkishToo == c.high:
		return charmap.Windows1254
	case c.within[0xb3]+c.within[0xb1]+c.within[0xb6]+c.within[0xbc] >= 2 && c.within[0xb1]+c.within[0xb6]+c.within[0xbc] > 0 && c.seen[0x9c]+c.seen[0xb9]+c.seen[0x9f] == 0:
		return charmap.ISO8859_2 // Polish: ł ą ś ź
	case c.within[0xb3]+c.within[0xb9]+c.within[0xbf]+c.within[0x9f] >= 2:
		return charmap.Windows1250 // Polish: ł ą ż ź, in Western text ³ ¹ ¿ Ÿ
	case c.seen[0xf8]+c.seen[0xec] >= 2 && c.seen[0x9a]+c.seen[0x9e] > 0:
		return charmap.Windows1250 // Czech: ř ě beside š ž, in Western text ø ì
	case c.seen[0xf5] > 0 && c.seen[0xfb] > 0 && c.seen[0xe3] == 0:
		return charmap.Windows1250 // Hungarian: ő ű, in Western text õ û
	}
	return charmap.Windows1252
}

// latinCounts are how often octets occur that tell the charsets apart.
type latinCounts struct {
	high, turkish, turkishToo int
	seen                      [256]int
	within                    [256]int // with a letter on both sides
}

func countLatin(b []byte) *latinCounts {
	c := &latinCounts{}
	letter := func(i int) bool {
		return i >= 0 && i < len(b) && (isAlnum(b[i]) && b[i] > '9' || b[i] >= 0x80)
	}
	for i, o := range b {
		if o < 0x80 {
			continue
		}
		c.high++
		c.seen[o]++
		if letter(i-1) && letter(i+1) {
			c.within[o]++
		}
		switch o {
		case 0xf0, 0xfd, 0xfe, 0xd0, 0xdd, 0xde: // ğ ı ş Ğ İ Ş, in Western text ð ý þ
			c.turkish++
		case 0xe7, 0xc7, 0xf6, 0xd6, 0xfc, 0xdc, 0xe2, 0xee, 0xfb, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97: // ç ö ü â î û and quotes
			c.turkishToo++
		}
	}
	return c
}
