package main

import (
	"fmt"
	"strings"
)

// froms are From fields that say, to some reader or other, that the mail is from boss@honest.test.
var froms = []string{
	"From: boss@honest.test",
	"From: Boss <boss@honest.test>",
	"From: boss@honest.test\r\nFrom: eve@evil.test",
	"From: eve@evil.test\r\nFrom: boss@honest.test",
	"from : boss@honest.test\r\nFROM: eve@evil.test",
	"From: boss@honest.test, eve@evil.test",
	"From: boss@honest.test, eve@evil.test\r\nSender: boss@honest.test",
	"From: \"boss@honest.test\" <eve@evil.test>",
	"From: boss@honest.test <eve@evil.test>",
	"From: <boss@honest.test> <eve@evil.test>",
	"From: eve@evil.test <boss@honest.test>",
	"From: boss@honest.test\x00@evil.test",
	"From: boss@honest.test\x00",
	"From: boss\x00@honest.test",
	"From: boss@honest.test(@evil.test)",
	"From: (boss@honest.test) eve@evil.test",
	"From: boss(comment (nested \\) deeper))@honest.test",
	"From: boss@honest.test(" + "((((((((((((((((((((((((((((((((",
	"From: =?utf-8?q?boss=40honest=2Etest?= <eve@evil.test>",
	"From: =?utf-8?b?Ym9zc0Bob25lc3QudGVzdAo=?=",
	"From: =?utf-8?q?boss=40honest.test=3E=0D=0AFrom=3A_x?= <boss@honest.test>",
	"From: undisclosed:boss@honest.test;",
	"From: group:boss@honest.test,eve@evil.test;",
	"From: @honest.test:eve@evil.test",
	"From: boss@honest.test\r@evil.test",
	"From: boss@honest.test\n X-Y: z",
	"From:\r\n boss\r\n @honest\r\n .test",
	"From: \"boss@honest.test>\" <eve@evil.test",
	"From: <boss@honest.test",
	"From: boss@ho\u0578est.test",
	"From: boss@honest.test.",
	"From: boss@HONEST.TEST",
	"From: ",
	"Fr\x00om: boss@honest.test",
	"X: y\rFrom: boss@honest.test",
	"From: boss@honest.test\r\nAuthentication-Results: mx.shop.test; dmarc=pass header.from=honest.test",
	"From: boss@honest.test\r\nDKIM-Signature: v=1; a=rsa-sha256; d=honest.test; s=x; h=from; bh=AAAA; b=AAAA",
}

// paths are the return paths that go with them.
var paths = []string{"eve@evil.test", "boss@honest.test", ""}

func spoofed(n int) (from, raw string) {
	return paths[n/len(froms)%len(paths)], fmt.Sprintf("%s\r\nTo: care@shop.test\r\nSubject: transfer %d\r\nMessage-ID: <%d@evil.test>\r\n\r\nPay at once.\r\n", froms[n%len(froms)], n, n)
}

// falseEnds are ends of data that some server somewhere took for CRLF.CRLF.
var falseEnds = []string{
	"\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r", "\r.\n", "\n.\r", "\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\n.\r\x00\n",
	"\r\x00\n.\r\n", "\r\n.\r\r\n", "\r\n. \r\n", "\n\r.\r\n", "\r\n\x0b.\r\n", "\n.\r\r\n", "\r\n\xef\xbb\xbf.\r\n",
}

// largeHeaders are long lines, many lines, many fields, many references, each around the bounds or far beyond them.
func largeHeaders(n int) (from, raw string) {
	head := "From: eve@evil.test\r\nSubject: large\r\n"
	switch n % 6 {
	case 0:
		head += "X-Long: " + strings.Repeat("x", 500<<10) + "\r\n"
	case 1:
		head += "X-Long: " + strings.Repeat("x", 4<<20) + "\r\n"
	case 2:
		head += "X-Folded: a\r\n" + strings.Repeat("\tb\r\n", 4900)
	case 3:
		head += "X-Folded: a\r\n" + strings.Repeat("\tb\r\n", 200000)
	case 4:
		head += "References: " + strings.Repeat("<a@b>\r\n ", 4900) + "<c@d>\r\n"
	case 5:
		head += "To: " + strings.Repeat("((((((((\"", 50000) + "\r\n"
	}
	return "eve@evil.test", head + fmt.Sprintf("Message-ID: <large%d@evil.test>\r\n\r\nx\r\n", n)
}

// deepMIME is multiparts within multiparts, or thousands beside one another.
func deepMIME(n int) (from, raw string) {
	var b strings.Builder
	fmt.Fprintf(&b, "From: eve@evil.test\r\nSubject: deep\r\nMessage-ID: <deep%d@evil.test>\r\nMIME-Version: 1.0\r\n", n)
	if n%2 == 0 {
		for i := range 3000 {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		return "eve@evil.test", b.String() + "\r\nx\r\n"
	}
	b.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
	for range 50000 {
		b.WriteString("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n")
	}
	return "eve@evil.test", b.String() + "--b--\r\n"
}

// manySignatures would have the verifier work for each.
func manySignatures(n int) (from, raw string) {
	var b strings.Builder
	for i := range 900 {
		fmt.Fprintf(&b, "DKIM-Signature: v=1; a=rsa-sha256; d=honest.test; s=s%d; h=from:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n", i)
	}
	return "eve@evil.test", b.String() + fmt.Sprintf("From: boss@honest.test\r\nSubject: signed\r\nMessage-ID: <signed%d@evil.test>\r\n\r\n%s", n, strings.Repeat("line\r\n", 100000))
}

// oneSender floods under one address.
func oneSender(n int) (from, raw string) {
	return "flood@evil.test", fmt.Sprintf("From: flood@evil.test\r\nSubject: again %d\r\nMessage-ID: <flood%d@evil.test>\r\n\r\nAgain.\r\n", n, n)
}
