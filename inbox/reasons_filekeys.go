package inbox

// fileKeyReasons are what is wrong with sections, keys and values of a channel file.
var fileKeyReasons = map[string]reason{
	"there is no [[%s]]": {
		"no hay ningún [[%s]]",
		"não há nenhum [[%s]]",
	},
	`write [[domain]] with name = "example.com", a domain whose mail comes here`: {
		`escriba [[domain]] con name = "example.com", un dominio cuyo correo llega aquí`,
		`escreva [[domain]] com name = "example.com", um domínio cujo e-mail chega aqui`,
	},
	`write [[department]] with id = "care" and name = "Customer care"`: {
		`escriba [[department]] con id = "care" y name = "Atención al cliente"`,
		`escreva [[department]] com id = "care" e name = "Atendimento"`,
	},
	`write [[channel]] with email = "support@example.com" and department = "care"`: {
		`escriba [[channel]] con email = "soporte@example.com" y department = "care"`,
		`escreva [[channel]] com email = "suporte@example.com" e department = "care"`,
	},
	"the table [server] is missing": {
		"falta la tabla [server]",
		"falta a tabela [server]",
	},
	`write [server] with hostname = "mx.example.com", the name that the MX record leads to`: {
		`escriba [server] con hostname = "mx.example.com", el nombre al que lleva el registro MX`,
		`escreva [server] com hostname = "mx.example.com", o nome para onde o registro MX leva`,
	},
	`write the full name that the MX record leads to, such as "mx.example.com"`: {
		`escriba el nombre completo al que lleva el registro MX, como "mx.example.com"`,
		`escreva o nome completo para onde o registro MX leva, como "mx.example.com"`,
	},
	`write from = "web@example.com"`: {
		`escriba from = "web@example.com"`,
		`escreva from = "web@example.com"`,
	},
	`write email = "support@example.com"`: {
		`escriba email = "soporte@example.com"`,
		`escreva email = "suporte@example.com"`,
	},
	"write the id of a [[department]]": {
		"escriba el id de un [[department]]",
		"escreva o id de um [[department]]",
	},
	"%s must be a table, not %s": {
		"%s debe ser una tabla, no %s",
		"%s deve ser uma tabela, não %s",
	},
	"%s must be tables, not %s": {
		"%s deben ser tablas, no %s",
		"%s devem ser tabelas, não %s",
	},
	"an element of %s must be a table, not %s": {
		"un elemento de %s debe ser una tabla, no %s",
		"um elemento de %s deve ser uma tabela, não %s",
	},
	"an element of %s must be a text, not %s": {
		"un elemento de %s debe ser un texto, no %s",
		"um elemento de %s deve ser um texto, não %s",
	},
	"[[%s]] stands for one of several, and there is only one": {
		"[[%s]] significa uno de varios, y solo hay uno",
		"[[%s]] significa um de vários, e só há um",
	},
	"[%s] stands for one of several": {
		"[%s] significa uno de varios",
		"[%s] significa um de vários",
	},
	"write [%s] on a line of its own, its keys below": {
		"escriba [%s] en una línea propia y sus claves debajo",
		"escreva [%s] em uma linha própria e as chaves abaixo",
	},
	"write [[%s]] on a line of its own, its keys below": {
		"escriba [[%s]] en una línea propia y sus claves debajo",
		"escreva [[%s]] em uma linha própria e as chaves abaixo",
	},
	"write [[%s]] in double brackets, once for each": {
		"escriba [[%s]] con corchetes dobles, una vez por cada uno",
		"escreva [[%s]] com colchetes duplos, uma vez para cada um",
	},
	"%s of %s is missing": {
		"falta %s de %s",
		"falta %s de %s",
	},
	"%s is empty": {
		"%s está vacío",
		"%s está vazio",
	},
	"a table": {
		"una tabla",
		"uma tabela",
	},
	"a list": {
		"una lista",
		"uma lista",
	},
	"a text": {
		"un texto",
		"um texto",
	},
	"a whole number": {
		"un número entero",
		"um número inteiro",
	},
	"a number with a fraction": {
		"un número con decimales",
		"um número com decimais",
	},
	"true or false": {
		"verdadero o falso",
		"verdadeiro ou falso",
	},
	"a date": {
		"una fecha",
		"uma data",
	},
	"%s must be %s, not %s": {
		"%s debe ser %s, no %s",
		"%s deve ser %s, não %s",
	},
	"%s must be a text, not %s": {
		"%s debe ser un texto, no %s",
		"%s deve ser um texto, não %s",
	},
	"%s must be a number, not %s": {
		"%s debe ser un número, no %s",
		"%s deve ser um número, não %s",
	},
	"%s must be a length of time, not %s": {
		"%s debe ser un tiempo, no %s",
		"%s deve ser um tempo, não %s",
	},
	"write %s": {
		"escriba %s",
		"escreva %s",
	},
	"write %s = %s": {
		"escriba %s = %s",
		"escreva %s = %s",
	},
	"write %s = %q": {
		"escriba %s = %q",
		"escreva %s = %q",
	},
	`write %s = "…"`: {
		`escriba %s = "…"`,
		`escreva %s = "…"`,
	},
	`write %s = ["…"]`: {
		`escriba %s = ["…"]`,
		`escreva %s = ["…"]`,
	},
	"write %s = [%s]": {
		"escriba %s = [%s]",
		"escreva %s = [%s]",
	},
	"put it in quotes: %s = %q": {
		"póngalo entre comillas: %s = %q",
		"ponha entre aspas: %s = %q",
	},
	"write only one: %s = %s": {
		"escriba solo uno: %s = %s",
		"escreva só um: %s = %s",
	},
	"write %s = true or %s = false": {
		"escriba %s = true o %s = false",
		"escreva %s = true ou %s = false",
	},
	"write %s = true, without quotes": {
		"escriba %s = true, sin comillas",
		"escreva %s = true, sem aspas",
	},
	"write %s = false, without quotes": {
		"escriba %s = false, sin comillas",
		"escreva %s = false, sem aspas",
	},
	"write %s = 10, say, without quotes": {
		"escriba por ejemplo %s = 10, sin comillas",
		"escreva por exemplo %s = 10, sem aspas",
	},
	"write %s = %s, without quotes": {
		"escriba %s = %s, sin comillas",
		"escreva %s = %s, sem aspas",
	},
	"%s contains a line break or a control character": {
		"%s contiene un salto de línea o un carácter de control",
		"%s contém uma quebra de linha ou um caractere de controle",
	},
	"write it on one line": {
		"escríbalo en una línea",
		"escreva em uma linha",
	},
	"%s %s is not usable: %v": {
		"%s %s no sirve: %v",
		"%s %s não serve: %v",
	},
	"%s in %s is not usable: %v": {
		"%s no sirve en %s: %v",
		"%s não serve em %s: %v",
	},
	"%s %s is not known": {
		"%s %s no se conoce",
		"%s %s não é conhecido",
	},
	"did you mean %q?": {
		"¿quiso decir %q?",
		"quis dizer %q?",
	},
	"did you mean %s?": {
		"¿quiso decir %s?",
		"quis dizer %s?",
	},
	"did you mean %q? It may be %s": {
		"¿quiso decir %q? Puede ser %s",
		"quis dizer %q? Pode ser %s",
	},
	"%s or %s": {
		"%s o %s",
		"%s ou %s",
	},
	"%s and %s": {
		"%s y %s",
		"%s e %s",
	},
	"write a number from %d to %d": {
		"escriba un número de %d a %d",
		"escreva um número de %d a %d",
	},
	"write a number from %s to %s": {
		"escriba un número de %s a %s",
		"escreva um número de %s a %s",
	},
	"%s (0 turns the limit off)": {
		"%s (0 quita el límite)",
		"%s (0 tira o limite)",
	},
	"%s = %s is out of bounds": {
		"%s = %s está fuera de los límites",
		"%s = %s está fora dos limites",
	},
	"write a text such as %q (units: d, h, m, s)": {
		"escriba un texto como %q (unidades: d, h, m, s)",
		"escreva um texto como %q (unidades: d, h, m, s)",
	},
	"%s %s is not a length of time": {
		"%s %s no es un tiempo",
		"%s %s não é um tempo",
	},
	"%s %s is shorter than a second": {
		"%s %s es menos de un segundo",
		"%s %s é menos de um segundo",
	},
	"%s %s is longer than %s": {
		"%s %s es más de %s",
		"%s %s é mais de %s",
	},
	"%s %s lacks its unit": {
		"a %s %s le falta la unidad",
		"falta a unidade em %s %s",
	},
	"%s is longer than a minute, and senders would give up": {
		"%s es más de un minuto, y los remitentes desistirían",
		"%s é mais de um minuto, e os remetentes desistiriam",
	},
	`write "2s", or "0s" to turn it off`: {
		`escriba "2s", o "0s" para quitarla`,
		`escreva "2s", ou "0s" para desligar`,
	},
	"deadline is longer than a minute, for which every sender would wait": {
		"deadline es más de un minuto, y todo remitente esperaría ese tiempo",
		"deadline é mais de um minuto, e todo remetente esperaria esse tempo",
	},
	`write "8s"`: {
		`escriba "8s"`,
		`escreva "8s"`,
	},
	"%s %s is not a usable size": {
		"%s %s no es un tamaño que sirva",
		"%s %s não é um tamanho que sirva",
	},
	`write one up to %dMiB, such as "25MiB" (units: KiB, MiB, GiB, or KB, MB, GB; none: bytes)`: {
		`escriba uno de hasta %dMiB, como "25MiB" (unidades: KiB, MiB, GiB, o KB, MB, GB; ninguna: bytes)`,
		`escreva um de até %dMiB, como "25MiB" (unidades: KiB, MiB, GiB, ou KB, MB, GB; nenhuma: bytes)`,
	},
	"timezone %s is not known": {
		"no se conoce la zona horaria (timezone) %s",
		"não se conhece o fuso horário (timezone) %s",
	},
	`write a name of the IANA database, such as "America/Sao_Paulo", "Europe/Madrid" or "UTC"`: {
		`escriba un nombre de la base de datos de IANA, como "America/Bogota", "Europe/Madrid" o "UTC"`,
		`escreva um nome do banco de dados da IANA, como "America/Sao_Paulo", "Europe/Lisbon" ou "UTC"`,
	},
	"language %s is not known": {
		"no se conoce el idioma (language) %s",
		"não se conhece o idioma (language) %s",
	},
	"write language = %q": {
		"escriba language = %q",
		"escreva language = %q",
	},
	"[%s] and [%s] both listen on %s": {
		"[%s] y [%s] escuchan los dos en %s",
		"[%s] e [%s] escutam os dois em %s",
	},
	"give each a port of its own": {
		"dele a cada uno un puerto propio",
		"dê a cada um uma porta própria",
	},
	"%s is empty, and mail arrives nowhere else": {
		"%s está vacío, y el correo no llega por otro sitio",
		"%s está vazio, e o e-mail não chega por outro lugar",
	},
	`write listen = ":25"`: {
		`escriba listen = ":25"`,
		`escreva listen = ":25"`,
	},
	`write it as ":25" (every address) or "127.0.0.1:2525"`: {
		`escríbalo como ":25" (todas las direcciones) o "127.0.0.1:2525"`,
		`escreva como ":25" (todos os endereços) ou "127.0.0.1:2525"`,
	},
	"%s %s is not an address to listen on: %v": {
		"en %s %s no se puede escuchar: %v",
		"em %s %s não é possível escutar: %v",
	},
	"it is a URL or a network, not host:port": {
		"es una URL o una red, no nombre:puerto",
		"é uma URL ou uma rede, não nome:porta",
	},
	"it has no port": {
		"no tiene puerto",
		"não tem porta",
	},
	"it is not host:port (an IPv6 address stands in brackets)": {
		"no es nombre:puerto (una dirección IPv6 va entre corchetes)",
		"não é nome:porta (um endereço IPv6 vai entre colchetes)",
	},
	"the port %s is not a number from 0 to 65535": {
		"el puerto %s no es un número de 0 a 65535",
		"a porta %s não é um número de 0 a 65535",
	},
	"the host: %v": {
		"el nombre: %v",
		"o nome: %v",
	},
	"nothing answers on port 0": {
		"nada responde en el puerto 0",
		"nada responde na porta 0",
	},
	`write an address or a network, such as "127.0.0.1" or "10.0.0.0/8"`: {
		`escriba una dirección o una red, como "127.0.0.1" o "10.0.0.0/8"`,
		`escreva um endereço ou uma rede, como "127.0.0.1" ou "10.0.0.0/8"`,
	},
	"it is no IP address or network": {
		"no es una dirección IP ni una red",
		"não é um endereço IP nem uma rede",
	},
	`write it as "https://inbox.example.com"`: {
		`escríbala como "https://inbox.example.com"`,
		`escreva como "https://inbox.example.com"`,
	},
	`write it as "http://127.0.0.1:11333"`: {
		`escríbala como "http://127.0.0.1:11333"`,
		`escreva como "http://127.0.0.1:11333"`,
	},
	`write it as "127.0.0.1:5353", or "" for the system's`: {
		`escríbalo como "127.0.0.1:5353", o "" para el del sistema`,
		`escreva como "127.0.0.1:5353", ou "" para o do sistema`,
	},
	"it is not a URL": {
		"no es una URL",
		"não é uma URL",
	},
	"it does not begin with https:// or http://": {
		"no empieza por https:// ni http://",
		"não começa com https:// nem http://",
	},
	"it names no host": {
		"no nombra ningún servidor",
		"não indica nenhum servidor",
	},
	"it carries more than scheme, host and path": {
		"lleva más que protocolo, servidor y ruta",
		"tem mais do que protocolo, servidor e caminho",
	},
	"over http, customers' mail would cross the network for all to read": {
		"por http, el correo de los clientes cruzaría la red a la vista de todos",
		"por http, o e-mail dos clientes cruzaria a rede à vista de todos",
	},
	`write the zone that the list publishes, such as "zen.spamhaus.org"`: {
		`escriba la zona que publica la lista, como "zen.spamhaus.org"`,
		`escreva a zona que a lista publica, como "zen.spamhaus.org"`,
	},
	"ten lists are the most": {
		"diez listas son el máximo",
		"dez listas são o máximo",
	},
}
