package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// decodeGuess reads bytes that are of no stated charset and not UTF-8. Western
// text has its high octets one by one; where they stand in runs, the charset
// that yields the most of its language's commonest characters is taken.
func decodeGuess(b []byte) string {
	var enc encoding.Encoding
	if highRuns(b) {
		enc = likeliest(b[:min(len(b), detectBytes)])
	} else {
		enc = likeliestLatin(b)
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return strings.ToValidUTF8(string(out), "\ufffd")
}

// detectBytes is how much text a charset is told from.
const detectBytes = 4 << 10

// highRuns tells whether most high octets stand beside another one, or are more
// than Western text has (in Big5 and Shift_JIS every second one may be ASCII).
func highRuns(b []byte) bool {
	b = b[:min(len(b), detectBytes)]
	high, beside := 0, 0
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		high++
		if i > 0 && b[i-1] >= 0x80 || i+1 < len(b) && b[i+1] >= 0x80 {
			beside++
		}
	}
	return high >= 6 && (beside*10 > high*6 || high*10 > len(b)*4)
}

// script is a charset with the characters that text in it is mostly made of.
type script struct {
	enc    encoding.Encoding
	common string
	floor  int // percent of the characters outside of ASCII that must be common
}

const (
	commonSimplified  = "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从，。、；：？！（）“”您请客户服务谢"
	commonTraditional = "的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所去行過家十用發天如然作方成者多日都三小軍二無同麼經法當起與好看學進種將還分此心前面又定見只主沒公從，。、；：？！（）「」您請客戶服務謝"
	commonKana        = "のにはをたがでてとしれさあいうえおかきくけこすせそちつなぬねひふへほまみむめもやゆよらりるろわんっゃゅょーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンッャュョ。、・「」日本人"
	commonHangul      = "이다는가에의을를고하지로도기서한사어은리자시정과나해대일그수있인전보아들주스장제부것여구라만안게상원면비요니습세연당적된유동성용신문분내경국공와 때등중개오우무거소방회생계물"
	// Of alphabets only the commonest letters: the rarer ones of one are common in another.
	commonCyrillic = "оеаинтсрвлкмдпуяьы"
	commonGreek    = "αοιετσνηυρπκμλςίόάέήώύω"
	commonHebrew   = "יוהלאתרבשמםנדחןקע"
	commonArabic   = "اليمونترةبدعسفهكقحجأ،"
)

var scripts = []script{
	{simplifiedchinese.GB18030, commonSimplified, 25},
	{traditionalchinese.Big5, commonTraditional, 25},
	{japanese.ShiftJIS, commonKana, 40},
	{japanese.EUCJP, commonKana, 40},
	{korean.EUCKR, commonHangul, 40},
	{charmap.Windows1251, commonCyrillic, 60},
	{charmap.KOI8R, commonCyrillic, 60},
	{charmap.Windows1253, commonGreek, 65},
	{charmap.Windows1255, commonHebrew, 65},
	{charmap.Windows1256, commonArabic, 65},
}

func likeliest(sample []byte) encoding.Encoding {
	best, bestShare := encoding.Encoding(charmap.Windows1252), 0
	for _, s := range scripts {
		out, err := s.enc.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		if share := commonShare(out, s.common); share >= s.floor && share > bestShare {
			best, bestShare = s.enc, share
		}
	}
	return best
}

// commonShare returns how many percent of the characters outside of ASCII are
// among the common ones; each that could not be decoded counts against it.
func commonShare(text []byte, common string) int {
	total, good := 0, 0
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		switch {
		case r < utf8.RuneSelf:
			continue
		case r == utf8.RuneError:
			good -= 3
		case strings.ContainsRune(common, r):
			good++
		}
		total++
	}
	if total == 0 {
		return 0
	}
	return good * 100 / total
}
