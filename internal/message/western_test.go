package message

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Text whose charset nobody states is told from its letters.
func TestGuessedCharsets(t *testing.T) {
	tests := []struct {
		name string
		enc  encoding.Encoding
		text string
	}{
		{"Greek", charmap.Windows1253, "Καλημέρα, θα ήθελα να μάθω πότε θα φτάσει η παραγγελία μου. Ευχαριστώ πολύ."},
		{"Hebrew", charmap.Windows1255, "שלום, אני רוצה לדעת מתי תגיע ההזמנה שלי. תודה רבה."},
		{"Arabic", charmap.Windows1256, "مرحبا، أود أن أعرف متى سيصل طلبي. شكرا جزيلا لكم على المساعدة."},
		{"Russian", charmap.Windows1251, "Здравствуйте, подскажите, пожалуйста, когда придёт мой заказ. Спасибо."},
		{"Russian, KOI8", charmap.KOI8R, "Здравствуйте, подскажите, пожалуйста, когда придёт мой заказ. Спасибо."},
		{"Turkish", charmap.Windows1254, "Merhaba, siparişimin ne zaman geleceğini öğrenmek istiyorum. Teşekkür ederim, iyi çalışmalar."},
		{"Polish", charmap.Windows1250, "Dzień dobry, chciałbym się dowiedzieć, kiedy dotrze moja przesyłka. Proszę o odpowiedź, bo zależy mi na czasie. Miłego dnia."},
		{"Polish, ISO", charmap.ISO8859_2, "Dzień dobry, chciałbym się dowiedzieć, kiedy dotrze moja przesyłka. Proszę o szybką odpowiedź, zaśpiewałem."},
		{"Czech", charmap.Windows1250, "Dobrý den, chtěl bych vědět, kdy přijde moje zásilka. Můžete mi prosím odpovědět? Děkuji, šťastný den."},
		{"Hungarian", charmap.Windows1250, "Jó napot, szeretném megtudni, mikor érkezik a megrendelésem. Köszönöm szépen, a gyűjtő idő előtt."},
		{"Czech, a few letters", charmap.Windows1252, "Dobrý nový den"},
		{"Spanish", charmap.Windows1252, "¿Cuándo llega mi pedido? ¡Muchas gracias por la atención, señor Núñez!"},
		{"Portuguese", charmap.Windows1252, "Não recebi a encomenda, vocês põem à disposição as informações? Até amanhã, João."},
		{"French", charmap.Windows1252, "Où est ma commande ? Elle a été payée à l'avance, un œuf, bien sûr, ça va être là-bas."},
		{"German", charmap.Windows1252, "Schöne Grüße, ich möchte wissen, wann die Bestellung eintrifft. 20 m² und 3 m³, danke für die Mühe."},
		{"Icelandic", charmap.Windows1252, "Góðan daginn, hvenær kemur pöntunin mín? Það væri gott að fá svar, kærar þakkir fyrir þjónustuna."},
		{"Danish", charmap.Windows1252, "Hvornår kommer min ordre? Jeg håber på et hurtigt svar, på forhånd tak for hjælpen, Søren Kjær."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := tt.enc.NewEncoder().Bytes([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := decodeText(raw, ""); got != tt.text {
				t.Errorf("got %q", got)
			}
		})
	}
}
