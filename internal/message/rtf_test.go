package message

import (
	"encoding/hex"
	"strings"
	"testing"
)

// packedRTF wraps RTF as [MS-OXRTFCP] does what it does not compress.
func packedRTF(rtf string) []byte {
	out := append(le32(uint32(len(rtf)+12)), le32(uint32(len(rtf)))...)
	return append(append(append(out, "MELA"...), le32(0)...), rtf...)
}

func TestUnpackRTF(t *testing.T) {
	if len(rtfDictionary) != 207 {
		t.Fatalf("the dictionary has %d octets", len(rtfDictionary))
	}
	tests := []struct{ name, hex, want string }{
		{"example 1 of MS-OXRTFCP", "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0", "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"},
		{"example 2, which refers to what it writes", "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"},
		{"not compressed", hex.EncodeToString(packedRTF("{\\rtf1 a}")), "{\\rtf1 a}"},
		{"cut off", "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132", "{\\rtf1\\ansi\\ansicpg12"},
		{"unknown", "2d0000002b0000004c5a4676f1c5c7a703000a00", ""},
		{"too short", "2d", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if got := unpackRTF(b, rtfBytes); string(got) != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if got := unpackRTF(b, 3); len(got) > 3 {
				t.Errorf("%d octets where 3 are the limit", len(got))
			}
		})
	}
}

// TestUnpackRTFStopsAtItsLimit: a reference of 17 octets adds none beyond it.
func TestUnpackRTFStopsAtItsLimit(t *testing.T) {
	b, err := hex.DecodeString("00000000110000004c5a46750000000001000f")
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{10: 10, 17: 17, 20: 17} {
		if got := len(unpackRTF(b, limit)); got != want {
			t.Errorf("%d octets within %d, want %d", got, limit, want)
		}
	}
}

func TestRTFToText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", `{\rtf1\ansi\ansicpg1252 Hola\par Adi\'f3s\par}`, "Hola\nAdiós\n"},
		{"hidden groups", `{\rtf1{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}{\*\generator Riched20;}a {\b b}{\pict 0102}c}`, "a bc"},
		{"unicode", `{\rtf1\uc1 a\u241?o \u8364 ?\u-10179?\u-8704?}`, "año €😀"},
		{"unicode with two that stand in", `{\rtf1\uc2 a\u241\'6e\'7eo {\uc0 \u241}x}`, "año ñx"},
		{"code page of two octets", `{\rtf1\ansicpg932 \'93\'fa\'96\'7b}`, "日本"},
		{"table", `{\rtf1 a\cell b\cell\row c}`, "a\tb\t\nc"},
		{"symbols", `{\rtf1 \{\\\}\~\_\emdash}`, `{\} -—`},
		{"HTML within", `{\rtf1\fromhtml1{\*\htmltag64 <p>}Hola\htmlrtf\par\htmlrtf0{\*\htmltag72 </p>}}`, "Hola\n"},
		{"binary", "{\\rtf1 a\\bin3 }}}b}", "ab"},
		{"broken", `}}a{{\b\'zz\`, "azz"},
		{"deep", strings.Repeat("{", 1000) + "a" + strings.Repeat("}", 1000) + "b", "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rtfToText([]byte(tt.in)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestTNEFOfRTFAlone(t *testing.T) {
	wrapped := tnef(tnefAttribute(1, attMsgProps, tnefProps(tnefProp(propRTF, propBinary, packedRTF(`{\rtf1\ansi\ansicpg1252 \'bfCu\'e1ndo llega?\par}`)))))
	raw := "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64Lines(wrapped) + "--x--\n"
	m := ParseBytes([]byte(raw), Options{Text: true, HTML: true, Digest: true})
	if m.Text != "¿Cuándo llega?" || len(m.Attachments) != 1 || m.Attachments[0].Name != "winmail.dat" {
		t.Errorf("text %q, attachments %+v", m.Text, m.Attachments)
	}
}
