package test

import "slices"

// headings are those of the screens, in the order of languages; one that is the customer's, or a name, is the same in each.
var headings = map[string][]string{
	"login":       {"Recado"},
	"inbox":       {"Protocolos abiertos", "Protocolos abertos", "Open protocols"},
	"waiting":     {"Protocolos abiertos, Customer care", "Protocolos abertos, Customer care", "Open protocols, Customer care"},
	"mine":        {"Mis protocolos", "Meus protocolos", "My protocols"},
	"protocol":    {"Pedido 48213: llegó roto"},
	"ended":       {"Una consulta"},
	"held":        {"Urgent: change of bank account"},
	"heldlist":    {"Correo retenido", "E-mails retidos", "Held mail"},
	"history":     {"Protocolos finalizados", "Protocolos encerrados", "Finalized protocols"},
	"search":      {"Búsqueda", "Pesquisa", "Search"},
	"numbers":     {"Cifras", "Números", "Numbers"},
	"contacts":    {"Contactos", "Contatos", "Contacts"},
	"contact":     {"Ana Peña"},
	"nobody":      {"nobody.yet@verified.test"},
	"channels":    {"Canales de correo", "Canais de e-mail", "E-mail channels"},
	"domains":     {"Dominios", "Domínios", "Domains"},
	"domain":      {"shop.test"},
	"departments": {"Departamentos", "Departamentos", "Departments"},
	"department":  {"Customer care"},
	"said":        {"Acuse de recibo", "Confirmação", "Acknowledgement"},
	"tokens":      {"Tokens de programas", "Tokens de programas", "Tokens of programs"},
	"texts":       {"Textos", "Textos", "Texts"},
	"newtext":     {"Nueva respuesta", "Nova resposta", "New answer"},
	"you":         {"Usted", "Você", "You"},
	"secondstep":  {"Segundo paso", "Segunda etapa", "Second step"},
	"agents":      {"Agentes", "Agentes", "Agents"},
	"agent":       {"Inés Ñáñez"},
	"queue":       {"Cola de envío", "Fila de envio", "Queue"},
	"journal":     {"Registro", "Registro", "Journal"},
	"audit":       {"Auditoría", "Auditoria", "Audit"},
	"error":       {"Aquí no hay nada", "Não há nada aqui", "There is nothing here"},
}

func (s screen) heading(language string) string {
	switch all := headings[s.name]; len(all) {
	case 0:
		return "(one that stands in headings)"
	case 1:
		return all[0]
	default:
		return all[slices.Index(languages, language)]
	}
}
