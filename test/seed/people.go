package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// contact is a customer.
type contact struct {
	name, address, language string
	vouched                 bool // his mail is verified
}

var given = map[string][]string{
	"es": {"María", "José", "Lucía", "Ángel", "Sofía", "Martín", "Begoña", "Íñigo", "Pilar", "Andrés", "Rocío", "Joaquín", "Nuria", "Óscar", "Teresa", "Raúl", "Belén", "Adrián", "Inés", "Víctor", "Camila", "Sebastián", "Valentina", "Álvaro"},
	"pt": {"João", "Ana", "Conceição", "Luís", "Beatriz", "Antônio", "Júlia", "Márcio", "Fátima", "Sérgio", "Letícia", "Flávio", "Tânia", "Otávio", "Lúcia", "Renato"},
	"en": {"Alice", "George", "Emily", "Oliver", "Harriet", "Callum", "Priya", "Duncan", "Zoë", "Liam", "Grace", "Nathaniel", "Aoife", "Siân"},
}

var family = map[string][]string{
	"es": {"García", "Muñoz", "Fernández", "Iglesias", "Peña", "Rodríguez", "Núñez", "Castaño", "Ibáñez", "Solís", "Quiñones", "Vázquez", "Aguirre", "Bermúdez", "Zapata", "Cárdenas", "Ríos", "Montes", "Cañas", "Lozano"},
	"pt": {"Silva", "Araújo", "Gonçalves", "Magalhães", "Conceição", "Brandão", "Assunção", "Pereira", "Simões", "Leitão", "Falcão", "Barros"},
	"en": {"Thompson", "O'Brien", "Whitaker", "Fairbanks", "McAllister", "Hughes", "Brontë", "Okafor", "Sinclair", "Pemberton"},
}

var providers = map[string][]string{
	"es": {"correo.example", "buzon.example", "empresa-norte.example", "taller.example", "libreria.example"},
	"pt": {"mensagem.example", "caixa.example", "oficina.example"},
	"en": {"mailbox.example", "post.example", "teahouse.example"},
}

// plain is a name as it stands in an address.
var plain = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "ç", "c", "ã", "a", "õ", "o", "â", "a", "ê", "e", "ô", "o", "ë", "e", "'", "", " ", "")

// newContact is the i-th customer, who speaks the language.
func newContact(r *rand.Rand, i int, language string) contact {
	first, last := pick(r, given[language]), pick(r, family[language])
	c := contact{name: first + " " + last, language: language, vouched: r.IntN(100) < 88}
	local := plain.Replace(strings.ToLower(first) + "." + strings.ToLower(last))
	c.address = fmt.Sprintf("%s%d@%s", local, i, pick(r, providers[language]))
	if r.IntN(20) == 0 { // some programs send none
		c.name = ""
	}
	return c
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
