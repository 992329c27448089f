package message

import "testing"

func TestDisclaimer(t *testing.T) {
	const es = "AVISO LEGAL: Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario,\npudiendo contener información confidencial sometida a secreto profesional."
	const pt = "Esta mensagem pode conter informação confidencial. Se não for o destinatário, não está autorizado a\ncopiá-la nem a divulgar o seu conteúdo."
	const en = "*Disclaimer*: this e-mail and any files transmitted with it are confidential and intended solely for the\nuse of the addressee."
	tests := []struct{ name, in, said, quoted string }{
		{"below a signature", "No llegó.\n\nUn saludo,\nJuan\n\n" + es, "No llegó.", "Un saludo,\nJuan\n\n" + es},
		{"below the words", "Não chegou.\n\n" + pt, "Não chegou.", pt},
		{"in two languages", "Hola\n\n" + es + "\n\n" + en + "\n", "Hola", es + "\n\n" + en},
		{"above an earlier mail", "Hola\n\n" + es + "\n\nEl 3 nov 2025, Soporte <s@x.example> escribió:\n> Qué", "Hola", es + "\n\nEl 3 nov 2025, Soporte <s@x.example> escribió:\n> Qué"},
		{"nothing else", es, es, ""},
		{"a customer's own words below", es + "\n\n¿Y mi pedido?", es + "\n\n¿Y mi pedido?", ""},
		{"a customer's own words that begin alike", "Hola\n\nEste mensaje es el tercero que envío: ¿es confidencial el precio?", "Hola\n\nEste mensaje es el tercero que envío: ¿es confidencial el precio?", ""},
		{"of paper", "Obrigado\n\nAntes de imprimir, pense no meio ambiente", "Obrigado", "Antes de imprimir, pense no meio ambiente"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if said, quoted := SplitQuotes(tt.in); said != tt.said || quoted != tt.quoted {
				t.Errorf("said %q\nquoted %q", said, quoted)
			}
		})
	}
}
