package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

func TestQuotesOfCrisp(t *testing.T) {
	dir := filepath.Join(corpora(t), "quotes", "crisp")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		MustContain    []string `json:"must_contain"`
		MustNotContain []string `json:"must_not_contain"`
		Visible        *string  `json:"visible_trimmed"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(cases))
	for name := range cases {
		names = append(names, name)
	}
	sort.Strings(names)
	exact, exactOK, loose, looseOK := 0, 0, 0, 0
	for _, name := range names {
		c := cases[name]
		text, err := os.ReadFile(filepath.Join(dir, "test", "fixtures", name))
		if err != nil {
			t.Fatal(err)
		}
		said, quoted := SplitQuotes(cleanText(string(text)))
		checkNothingLost(t, name, string(text), said, quoted)
		if c.Visible != nil {
			exact++
			if squeeze(said) == squeeze(*c.Visible) {
				exactOK++
			} else {
				t.Logf("%s: differs from what is expected:\n%s\n-- want:\n%s", name, tail(said), tail(*c.Visible))
			}
		}
		if len(c.MustContain)+len(c.MustNotContain) > 0 {
			loose++
			if matchesAll(t, said, c.MustContain, true) && matchesAll(t, said, c.MustNotContain, false) {
				looseOK++
			} else {
				t.Logf("%s: want %q, not %q, in:\n%s", name, c.MustContain, c.MustNotContain, said)
			}
		}
	}
	t.Logf("exact: %d of %d; by pattern: %d of %d", exactOK, exact, looseOK, loose)
	if exactOK*10 < exact*9 || looseOK*10 < loose*9 {
		t.Errorf("fewer than nine of ten match")
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func tail(s string) string {
	if len(s) > 300 {
		return "…" + s[len(s)-300:]
	}
	return s
}

func matchesAll(t *testing.T, s string, patterns []string, want bool) bool {
	t.Helper()
	for _, p := range patterns {
		re, err := regexp.Compile("(?m)" + strings.ReplaceAll(p, `\/`, "/"))
		if err != nil {
			t.Fatal(err)
		}
		if re.MatchString(s) != want {
			return false
		}
	}
	return true
}

// checkNothingLost compares the words of text with those of its two halves.
func checkNothingLost(t *testing.T, name, text, said, quoted string) {
	t.Helper()
	if got, want := squeeze(said+"\n"+quoted), squeeze(cleanText(text)); got != want {
		t.Errorf("%s: lines were lost:\n%s\n-- want:\n%s", name, got, want)
	}
}

func TestSplitQuotes(t *testing.T) {
	tests := []struct{ name, in, said, quoted string }{
		{"nothing quoted", "Hola\n\n¿Cuándo llega?", "Hola\n\n¿Cuándo llega?", ""},
		{"Gmail, Spanish", "Sí.\n\nEl lun, 23 nov 2026 a las 9:00, Soporte (<s@example.com>)\nescribió:\n\n> a\n> b\n", "Sí.", "El lun, 23 nov 2026 a las 9:00, Soporte (<s@example.com>)\nescribió:\n\n> a\n> b"},
		{"Gmail, Portuguese", "Sim.\n\nEm seg., 23 de nov. de 2026 às 09:00, Suporte <s@example.com> escreveu:\n\n> a", "Sim.", "Em seg., 23 de nov. de 2026 às 09:00, Suporte <s@example.com> escreveu:\n\n> a"},
		{"Apple Mail, unmarked", "Yes.\n\nOn 23 Nov 2026, at 09:00, Support wrote:\n\na\nb", "Yes.", "On 23 Nov 2026, at 09:00, Support wrote:\n\na\nb"},
		{"Outlook, Spanish", "Sí.\n\n________________________________\nDe: Soporte <s@example.com>\nEnviado: lunes, 23 de noviembre de 2026 9:00\nPara: Ana\nAsunto: Hola\n\na", "Sí.", "________________________________\nDe: Soporte <s@example.com>\nEnviado: lunes, 23 de noviembre de 2026 9:00\nPara: Ana\nAsunto: Hola\n\na"},
		{"Outlook, Portuguese, bold", "Sim.\n\n*De:* Suporte\n*Enviada em:* segunda-feira\n*Para:* Ana\n*Assunto:* Oi\n\na", "Sim.", "*De:* Suporte\n*Enviada em:* segunda-feira\n*Para:* Ana\n*Assunto:* Oi\n\na"},
		{"original message", "Sí.\n\n-----Mensaje original-----\nDe: x\n\na", "Sí.", "-----Mensaje original-----\nDe: x\n\na"},
		{"telephone", "Sí.\n\nEnviado desde mi iPhone\n\n> a", "Sí.", "Enviado desde mi iPhone\n\n> a"},
		{"delimiter", "Sí.\n\n-- \nAna Ruiz\nVentas", "Sí.", "-- \nAna Ruiz\nVentas"},
		{"sign-off", "Sí, gracias.\n\nSaludos,\nAna", "Sí, gracias.", "Saludos,\nAna"},
		{"sign-off alone", "Saludos,\nAna", "Saludos,\nAna", ""},
		{"inline answers", "El lun, 23 nov 2026 a las 9:00, Soporte (<s@example.com>) escribió:\n> ¿Color?\n\nRojo.\n\n> ¿Talla?\n\nLa M.", "El lun, 23 nov 2026 a las 9:00, Soporte (<s@example.com>) escribió:\n> ¿Color?\n\nRojo.\n\n> ¿Talla?\n\nLa M.", ""},
		{"answer below the quote", "> ¿Vendrá el martes o el miércoles? Díganos por favor cuál prefiere usted\nel martes\n", "> ¿Vendrá el martes o el miércoles? Díganos por favor cuál prefiere usted\nel martes", ""},
		{"own words after a colon", "El 12 de mayo su agente me escribió:\nque llegaba hoy.\nNo llegó.", "El 12 de mayo su agente me escribió:\nque llegaba hoy.\nNo llegó.", ""},
		{"only a forward", "---------- Forwarded message ---------\nFrom: x <x@example.org>\nSubject: y\n\nz", "---------- Forwarded message ---------\nFrom: x <x@example.org>\nSubject: y\n\nz", ""},
		{"only a quote", "> a\n> b", "", "> a\n> b"},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said, quoted := SplitQuotes(tt.in)
			if said != tt.said || quoted != tt.quoted {
				t.Errorf("said %q\nwant %q\nquoted %q\nwant %q", said, tt.said, quoted, tt.quoted)
			}
		})
	}
}
