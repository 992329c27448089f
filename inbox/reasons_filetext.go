package inbox

// fileTextReasons are of the text of a channel file, and of the files that it names.
var fileTextReasons = map[string]reason{
	`write the host and port that your provider gives for sending, such as "smtp.relay.example:587"`: {
		`escriba el servidor y el puerto que su proveedor da para enviar, como "smtp.relay.example:587"`,
		`escreva o servidor e a porta que seu provedor dá para enviar, como "smtp.relay.example:587"`,
	},
	`security "none" would send mail to %s unprotected`: {
		`con security "none" el correo iría a %s sin protección`,
		`com security "none" o e-mail iria para %s sem proteção`,
	},
	`write "starttls" or "tls"; "none" is only for a relay on this machine (127.0.0.1, ::1, localhost)`: {
		`escriba "starttls" o "tls"; "none" es solo para un relé en esta máquina (127.0.0.1, ::1, localhost)`,
		`escreva "starttls" ou "tls"; "none" é só para um relay nesta máquina (127.0.0.1, ::1, localhost)`,
	},
	`write password_file = "/etc/recado/relay.password" (a file that only the server reads) or password_env = "RECADO_RELAY_PASSWORD"`: {
		`escriba password_file = "/etc/recado/relay.password" (un archivo que solo lee el servidor) o password_env = "RECADO_RELAY_PASSWORD"`,
		`escreva password_file = "/etc/recado/relay.password" (um arquivo que só o servidor lê) ou password_env = "RECADO_RELAY_PASSWORD"`,
	},
	"the password has both a file and an environment variable": {
		"la contraseña tiene un archivo y también una variable de entorno",
		"a senha tem um arquivo e também uma variável de ambiente",
	},
	"keep one of password_file and password_env": {
		"deje solo password_file o password_env",
		"deixe só password_file ou password_env",
	},
	"the relay has a username and no password": {
		"el relé tiene un usuario y no tiene contraseña",
		"o relay tem um usuário e não tem senha",
	},
	"password_file %s cannot be used: %v": {
		"password_file %s no se puede usar: %v",
		"password_file %s não pode ser usado: %v",
	},
	"put the password on one line into a file that the server may read; a relative path starts at the channel file's folder": {
		"ponga la contraseña en una línea de un archivo que el servidor pueda leer; una ruta relativa parte de la carpeta del archivo de canales",
		"ponha a senha em uma linha de um arquivo que o servidor possa ler; um caminho relativo parte da pasta do arquivo de canais",
	},
	"a %s is never written in this file": {
		"en este archivo nunca se escribe %s",
		"neste arquivo nunca se escreve %s",
	},
	`put it into a file that only the server reads and write password_file = "…", or name an environment variable in password_env`: {
		`póngala en un archivo que solo lea el servidor y escriba password_file = "…", o indique una variable de entorno en password_env`,
		`ponha em um arquivo que só o servidor leia e escreva password_file = "…", ou indique uma variável de ambiente em password_env`,
	},
	"%s %s cannot be used: %v": {
		"%s %s no se puede usar: %v",
		"%s %s não pode ser usado: %v",
	},
	"name a PEM file that the server may read; a relative path starts at the channel file's folder": {
		"indique un archivo PEM que el servidor pueda leer; una ruta relativa parte de la carpeta del archivo de canales",
		"indique um arquivo PEM que o servidor possa ler; um caminho relativo parte da pasta do arquivo de canais",
	},
	"name a text file in UTF-8 of at most %d KiB (a relative path starts at the channel file's folder), or remove the key": {
		"indique un archivo de texto en UTF-8 de %d KiB como máximo (una ruta relativa parte de la carpeta del archivo de canales), o quite la clave",
		"indique um arquivo de texto em UTF-8 de no máximo %d KiB (um caminho relativo parte da pasta do arquivo de canais), ou remova a chave",
	},
	"it has more than one line": {
		"tiene más de una línea",
		"tem mais de uma linha",
	},
	"it is not a regular file": {
		"no es un archivo corriente",
		"não é um arquivo comum",
	},
	"it is larger than %d KiB": {
		"ocupa más de %d KiB",
		"ocupa mais de %d KiB",
	},
	"there is no such file": {
		"no existe ese archivo",
		"esse arquivo não existe",
	},
	"this user may not read it": {
		"este usuario no puede leerlo",
		"este usuário não pode ler",
	},
	"tls has a key_file and no cert_file": {
		"tls tiene key_file y no cert_file",
		"tls tem key_file e não cert_file",
	},
	"tls has a cert_file and no key_file": {
		"tls tiene cert_file y no key_file",
		"tls tem cert_file e não key_file",
	},
	"name both, or neither": {
		"indique los dos o ninguno",
		"indique os dois ou nenhum",
	},
	"cert_file and key_file are not a pair: %v": {
		"cert_file y key_file no forman una pareja: %v",
		"cert_file e key_file não formam um par: %v",
	},
	"name the chain and the private key that was made for it, both as PEM": {
		"indique la cadena y la clave privada hecha para ella, ambas en PEM",
		"indique a cadeia e a chave privada feita para ela, ambas em PEM",
	},
	"tls.acme is not offered yet": {
		"tls.acme todavía no se ofrece",
		"tls.acme ainda não é oferecido",
	},
	"obtain a certificate with an ACME client and name it in cert_file and key_file": {
		"obtenga un certificado con un cliente ACME e indíquelo en cert_file y key_file",
		"obtenha um certificado com um cliente ACME e indique em cert_file e key_file",
	},
	"the file is larger than %d MiB": {
		"el archivo ocupa más de %d MiB",
		"o arquivo ocupa mais de %d MiB",
	},
	"is this the right file?": {
		"¿es el archivo correcto?",
		"é o arquivo certo?",
	},
	"read the channel file: %v": {
		"no se pudo leer el archivo de canales: %v",
		"não foi possível ler o arquivo de canais: %v",
	},
	"lock the channel file: %v": {
		"no se pudo reservar el archivo de canales: %v",
		"não foi possível reservar o arquivo de canais: %v",
	},
	"another edit of it does not end": {
		"otro cambio suyo no termina",
		"outra mudança nele não termina",
	},
	"the channel file": {
		"el archivo de canales",
		"o arquivo de canais",
	},
	"the text": {
		"el texto",
		"o texto",
	},
	"write %s: %v; nothing was changed: this user must own %s and may write to its folder, or edit it as the user who does": {
		"no se pudo escribir %s: %v; nada se cambió: el usuario del servidor debe ser dueño de %s y poder escribir en su carpeta, o hay que editarlo como el usuario que lo es",
		"não foi possível escrever %s: %v; nada mudou: o usuário do servidor deve ser dono de %s e poder escrever na pasta, ou é preciso editar como o usuário que é",
	},
	"write %s: %v; nothing was changed: %s is a mount of its own; mount its folder instead": {
		"no se pudo escribir %s: %v; nada se cambió: %s está montado por sí solo; monte en su lugar la carpeta",
		"não foi possível escrever %s: %v; nada mudou: %s está montado sozinho; monte a pasta dele em vez disso",
	},
	"write %s: %v; nothing was changed": {
		"no se pudo escribir %s: %v; nada se cambió",
		"não foi possível escrever %s: %v; nada mudou",
	},
	"the channel file is not valid TOML": {
		"el archivo de canales no es TOML válido",
		"o arquivo de canais não é TOML válido",
	},
	"%s is not written as tables that could be edited": {
		"%s no está escrito como tablas que se puedan editar",
		"%s não está escrito como tabelas que possam ser editadas",
	},
	"%s is not known here": {
		"%s no se conoce aquí",
		"%s não é conhecido aqui",
	},
	"%s is not a key of %s": {
		"%s no es una clave de %s",
		"%s não é uma chave de %s",
	},
	"%s is not a key of [smtp] tls": {
		"%s no es una clave de [smtp] tls",
		"%s não é uma chave de [smtp] tls",
	},
	"remove it; the tables are %s": {
		"quítelo; las tablas son %s",
		"remova; as tabelas são %s",
	},
	"remove it; the keys are %s": {
		"quítela; las claves son %s",
		"remova; as chaves são %s",
	},
	"the keys are cert_file and key_file": {
		"las claves son cert_file y key_file",
		"as chaves são cert_file e key_file",
	},
	"write cert_file": {
		"escriba cert_file",
		"escreva cert_file",
	},
	"write key_file": {
		"escriba key_file",
		"escreva key_file",
	},
	"it is a table of its own, begun by a header in brackets": {
		"es una tabla propia, que empieza con un título entre corchetes",
		"é uma tabela própria, que começa com um título entre colchetes",
	},
	"it belongs under %s": {
		"va debajo de %s",
		"vai abaixo de %s",
	},
	"line %d carries forward_to, the old way of a mailbox elsewhere that forwards here": {
		"la línea %d lleva forward_to, la forma antigua de un buzón en otro sitio que reenvía aquí",
		"a linha %d tem forward_to, a forma antiga de uma caixa em outro lugar que encaminha para cá",
	},
	"remove this line, since mail now arrives by MX": {
		"quite esta línea, porque el correo llega ahora por MX",
		"remova esta linha, porque o e-mail agora chega por MX",
	},
	"this byte is not UTF-8": {
		"este byte no es UTF-8",
		"este byte não é UTF-8",
	},
	"save the file as UTF-8": {
		"guarde el archivo como UTF-8",
		"salve o arquivo como UTF-8",
	},
	"[[%s]] was already written in another form on line %d": {
		"[[%s]] ya está escrito de otra forma en la línea %d",
		"[[%s]] já está escrito de outra forma na linha %d",
	},
	"%s was already written in another form on line %d": {
		"%s ya está escrito de otra forma en la línea %d",
		"%s já está escrito de outra forma na linha %d",
	},
	"use one form for all of them": {
		"use la misma forma para todos",
		"use a mesma forma para todos",
	},
	"[%s] was already written on line %d": {
		"[%s] ya está en la línea %d",
		"[%s] já está na linha %d",
	},
	"put the keys of both under one header": {
		"ponga las claves de los dos bajo un solo título",
		"ponha as chaves dos dois sob um só título",
	},
	"[%s] follows [[%s]] of line %d": {
		"[%s] viene después de [[%s]] de la línea %d",
		"[%s] vem depois de [[%s]] da linha %d",
	},
	"%s was already set on line %d, so nothing can be set inside it": {
		"%s ya tiene valor en la línea %d, así que dentro no se puede poner nada",
		"%s já tem valor na linha %d, então nada pode ser posto dentro",
	},
	"%s was already set on line %d": {
		"%s ya tiene valor en la línea %d",
		"%s já tem valor na linha %d",
	},
	"remove one of the two": {
		"quite uno de los dos",
		"remova um dos dois",
	},
	"this is not valid TOML: %v": {
		"esto no es TOML válido: %v",
		"isto não é TOML válido: %v",
	},
	"typographic quotes begin no text": {
		"las comillas tipográficas no empiezan un texto",
		"as aspas tipográficas não começam um texto",
	},
	`write straight quotes: "…"`: {
		`escriba comillas rectas: "…"`,
		`escreva aspas retas: "…"`,
	},
	"this header is not closed": {
		"este título no está cerrado",
		"este título não está fechado",
	},
	"end it with ]]": {
		"termínelo con ]]",
		"termine com ]]",
	},
	"end it with ]": {
		"termínelo con ]",
		"termine com ]",
	},
	"a key and its value are joined by =, not by a colon": {
		"una clave y su valor se unen con =, no con dos puntos",
		"uma chave e seu valor se unem com =, não com dois-pontos",
	},
	`write key = "value"`: {
		`escriba clave = "valor"`,
		`escreva chave = "valor"`,
	},
	"this line is no key = value": {
		"esta línea no es clave = valor",
		"esta linha não é chave = valor",
	},
	`write key = "value", or # before a comment`: {
		`escriba clave = "valor", o # delante de un comentario`,
		`escreva chave = "valor", ou # antes de um comentário`,
	},
	"a backslash begins a special character in a text": {
		"una barra invertida empieza un carácter especial en un texto",
		"uma barra invertida começa um caractere especial em um texto",
	},
	"write \\\\ for one backslash, or the whole text in single quotes": {
		"escriba \\\\ para una barra invertida, o todo el texto entre comillas simples",
		"escreva \\\\ para uma barra invertida, ou o texto todo entre aspas simples",
	},
	"this text is not closed": {
		"este texto no está cerrado",
		"este texto não está fechado",
	},
	"end it with the quote that began it, on the same line": {
		"termínelo con la comilla que lo empezó, en la misma línea",
		"termine com a aspa que o começou, na mesma linha",
	},
	"this list is not closed": {
		"esta lista no está cerrada",
		"esta lista não está fechada",
	},
	"separate its elements with commas and end it with ]": {
		"separe sus elementos con comas y termínela con ]",
		"separe os elementos com vírgulas e termine com ]",
	},
	"begin a comment with #": {
		"empiece los comentarios con #",
		"comece os comentários com #",
	},
	"something follows the end of the value or header": {
		"hay algo después del valor o del título",
		"há algo depois do valor ou do título",
	},
	"write one key and value a line; a comment begins with #": {
		"escriba una clave y su valor por línea; un comentario empieza con #",
		"escreva uma chave e seu valor por linha; um comentário começa com #",
	},
	"separate the keys with commas and end the table with }": {
		"separe las claves con comas y termine la tabla con }",
		"separe as chaves com vírgulas e termine a tabela com }",
	},
	"write a plain number, or a text in quotes": {
		"escriba un número sencillo, o un texto entre comillas",
		"escreva um número simples, ou um texto entre aspas",
	},
	"%s has no value": {
		"%s no tiene valor",
		"%s não tem valor",
	},
	"write one after the =, or remove the line": {
		"escríbalo después del =, o quite la línea",
		"escreva depois do =, ou remova a linha",
	},
	"the value of %s is neither a number nor in quotes": {
		"el valor de %s no es un número ni está entre comillas",
		"o valor de %s não é um número nem está entre aspas",
	},
	"look at the end of this line and at the one above": {
		"mire el final de esta línea y la de arriba",
		"olhe o final desta linha e a de cima",
	},
}
