package inbox

// fileReasons are why the channel file is not changed as the settings ask: its rows, and what leads where.
var fileReasons = map[string]reason{
	"only the address itself belongs here, without name or angle brackets": {
		"aquí va solo la dirección, sin nombre ni signos < >",
		"aqui vai só o endereço, sem nome nem sinais < >",
	},
	"it is empty": {
		"está vacío",
		"está vazio",
	},
	"it has no @": {
		"no tiene @",
		"não tem @",
	},
	"nothing stands before the @": {
		"no hay nada delante de la @",
		"não há nada antes do @",
	},
	"more than 64 bytes stand before the @": {
		"delante de la @ hay más de 64 bytes",
		"antes do @ há mais de 64 bytes",
	},
	"it has more than one @": {
		"tiene más de una @",
		"tem mais de um @",
	},
	"it contains a space": {
		"contiene un espacio",
		"contém um espaço",
	},
	"%q cannot stand before the @": {
		"%q no puede estar delante de la @",
		"%q não pode estar antes do @",
	},
	"a dot before the @ must stand between two other characters": {
		"un punto delante de la @ debe estar entre otros dos caracteres",
		"um ponto antes do @ deve estar entre outros dois caracteres",
	},
	"after the @: %v": {
		"después de la @: %v",
		"depois do @: %v",
	},
	"it needs at least two parts, such as example.com": {
		"necesita al menos dos partes, como example.com",
		"precisa de pelo menos duas partes, como example.com",
	},
	"'_' cannot stand in it": {
		"no puede llevar '_'",
		"não pode ter '_'",
	},
	"it is an IP address, not a name": {
		"es una dirección IP, no un nombre",
		"é um endereço IP, não um nome",
	},
	"it is a URL, not a name": {
		"es una URL, no un nombre",
		"é uma URL, não um nome",
	},
	"it contains an @": {
		"contiene una @",
		"contém um @",
	},
	"it ends in a dot": {
		"termina en un punto",
		"termina em um ponto",
	},
	"it begins with a dot": {
		"empieza por un punto",
		"começa com um ponto",
	},
	"it is too long": {
		"es demasiado largo",
		"é longo demais",
	},
	"it is not a valid internationalised name": {
		"no es un nombre internacionalizado válido",
		"não é um nome internacionalizado válido",
	},
	"it is longer than 253 characters": {
		"tiene más de 253 caracteres",
		"tem mais de 253 caracteres",
	},
	"two dots follow one another": {
		"hay dos puntos seguidos",
		"há dois pontos seguidos",
	},
	"a part of it is longer than 63 characters": {
		"una de sus partes tiene más de 63 caracteres",
		"uma de suas partes tem mais de 63 caracteres",
	},
	"the part %q begins or ends with a hyphen": {
		"la parte %q empieza o termina con un guion",
		"a parte %q começa ou termina com um hífen",
	},
	"%q cannot stand in it": {
		"no puede llevar %q",
		"não pode ter %q",
	},
	"it is longer than 63 characters": {
		"tiene más de 63 caracteres",
		"tem mais de 63 caracteres",
	},
	"it is longer than 64 characters": {
		"tiene más de 64 caracteres",
		"tem mais de 64 caracteres",
	},
	"it is longer than 100 characters": {
		"tiene más de 100 caracteres",
		"tem mais de 100 caracteres",
	},
	"it is listed twice": {
		"está dos veces en la lista",
		"está duas vezes na lista",
	},
	"it stands in the list already": {
		"ya está en la lista",
		"já está na lista",
	},
	"there are more than %d": {
		"hay más de %d",
		"há mais de %d",
	},
	`write it as "name@example.com"`: {
		`escríbala como "nombre@example.com"`,
		`escreva como "nome@example.com"`,
	},
	"write it without mailto:": {
		"escríbala sin mailto:",
		"escreva sem mailto:",
	},
	`write it as "example.com"`: {
		`escríbalo como "example.com"`,
		`escreva como "example.com"`,
	},
	"write only what follows the @: %s": {
		"escriba solo lo que sigue a la @: %s",
		"escreva só o que vem depois do @: %s",
	},
	`write letters without accents, digits, hyphens and underscores, such as "care" or "ventas-2"`: {
		`escriba letras sin acentos, cifras, guiones y guiones bajos, como "care" o "ventas-2"`,
		`escreva letras sem acento, algarismos, hifens e sublinhados, como "care" ou "vendas-2"`,
	},
	"name is longer than 200 bytes": {
		"el nombre tiene más de 200 bytes",
		"o nome tem mais de 200 bytes",
	},
	"write the few words that a customer reads beside the address": {
		"escriba las pocas palabras que el cliente lee junto a la dirección",
		"escreva as poucas palavras que o cliente lê junto ao endereço",
	},
	`write short texts, such as ["sale", "complaint"]`: {
		`escriba textos cortos, como ["venta", "queja"]`,
		`escreva textos curtos, como ["venda", "reclamação"]`,
	},
	`write a name such as "recado", or ["new", "old"] while changing keys`: {
		`escriba un nombre como "recado", o ["nuevo", "viejo"] mientras cambia de clave`,
		`escreva um nome como "recado", ou ["novo", "velho"] enquanto troca de chave`,
	},
	"dkim_selector %s is not usable: %v": {
		"dkim_selector %s no sirve: %v",
		"dkim_selector %s não serve: %v",
	},
	"dkim_selector lists %d names": {
		"dkim_selector tiene %d nombres",
		"dkim_selector tem %d nomes",
	},
	"list two at most: the one that signs, and the one before or after it": {
		"ponga dos como máximo: el que firma, y el anterior o el siguiente",
		"ponha dois no máximo: o que assina, e o anterior ou o seguinte",
	},
	"addresses that begin with b+ are the return paths of our own mail": {
		"las direcciones que empiezan por b+ son las de retorno de nuestro propio correo",
		"os endereços que começam com b+ são os de retorno do nosso próprio e-mail",
	},
	"choose another address": {
		"elija otra dirección",
		"escolha outro endereço",
	},
	`write an address or a domain, such as ["orders@shop.example", "bank.example"]`: {
		`escriba una dirección o un dominio, como ["pedidos@tienda.example", "banco.example"]`,
		`escreva um endereço ou um domínio, como ["pedidos@loja.example", "banco.example"]`,
	},
	"%s is outside our domains": {
		"%s no es de un dominio nuestro",
		"%s não é de um domínio nosso",
	},
	"write an address of %s, or a [[domain]] with name = %q": {
		"escriba una dirección de %s, o un [[domain]] con name = %q",
		"escreva um endereço de %s, ou um [[domain]] com name = %q",
	},
	"%s already has a row of type %q on line %d": {
		"%s ya tiene una fila del tipo %q en la línea %d",
		"%s já tem uma linha do tipo %q na linha %d do arquivo",
	},
	"remove one of the two, or give it another send type": {
		"quite una de las dos o dele otro tipo de envío",
		"remova uma das duas ou dê a ela outro tipo de envio",
	},
	`%s has another row on line %d, and one of the two is of type "all", which does what every other would`: {
		`%s tiene otra fila en la línea %d y una de las dos es del tipo "all", que hace lo de todas las demás`,
		`%s tem outra linha na linha %d do arquivo, e uma das duas é do tipo "all", que faz o que todas as outras fazem`,
	},
	`remove one of the two, or give the "all" row a narrower send type`: {
		`quite una de las dos o dele a la fila "all" un tipo de envío más estrecho`,
		`remova uma das duas ou dê à linha "all" um tipo de envio mais restrito`,
	},
	"send type %q of the department %s leads only to inactive channels": {
		"el tipo de envío %q del departamento %s lleva solo a canales inactivos",
		"o tipo de envio %q do departamento %s leva só a canais inativos",
	},
	`write status = "active", remove this row, or give the department an active channel with send = "all"`: {
		`actívelo, quite esta fila o dele al departamento un canal activo con send = "all"`,
		`ative o canal, remova esta linha ou dê ao departamento um canal ativo com send = "all"`,
	},
	"there is no channel %s": {
		"no existe el canal %s",
		"não existe o canal %s",
	},
	"there is no form %s": {
		"no existe el formulario %s",
		"não existe o formulário %s",
	},
	"there is no channel %s of send type %q; it has %s": {
		"no existe el canal %s con el tipo de envío %q; tiene %s",
		"não existe o canal %s com o tipo de envio %q; ele tem %s",
	},
	"%s has %d rows: say which with its send type, %s": {
		"%s tiene %d filas: diga cuál con su tipo de envío, %s",
		"%s tem %d linhas: diga qual com o tipo de envio, %s",
	},
	"the department %s was already written on line %d": {
		"el departamento %s ya está en la línea %d",
		"o departamento %s já está na linha %d",
	},
	"give it another id, or remove one of the two": {
		"dele otro id o quite uno de los dos",
		"dê a ele outro id ou remova um dos dois",
	},
	"the department %s has no channel": {
		"el departamento %s no tiene ningún canal",
		"o departamento %s não tem nenhum canal",
	},
	"write a [[channel]] with department = %q, or remove the department": {
		"añada un canal que lleve al departamento %q, o quite el departamento",
		"adicione um canal que leve ao departamento %q, ou remova o departamento",
	},
	"there is no department %s": {
		"no existe el departamento %s",
		"não existe o departamento %s",
	},
	"the departments are %s": {
		"los departamentos son %s",
		"os departamentos são %s",
	},
	"the department %s acknowledges mail, but none of its channels is active and receives": {
		"el departamento %s acusa recibo, pero ninguno de sus canales activos recibe correo",
		"o departamento %s confirma o recebimento, mas nenhum de seus canais ativos recebe e-mail",
	},
	`write acknowledge = false, or give it an active channel with send = "all" or "receptive"`: {
		`quite el acuse de recibo, o dele un canal activo que reciba (send = "all" o "receptive")`,
		`tire a confirmação, ou dê a ele um canal ativo que receba (send = "all" ou "receptive")`,
	},
	"the id %q was used before": {
		"el id %q ya se usó antes",
		"o id %q já foi usado antes",
	},
	"choose another": {
		"elija otro",
		"escolha outro",
	},
	"the id of a department stays: what is kept is kept by it": {
		"el id de un departamento no cambia: por él se guarda todo lo suyo",
		"o id de um departamento não muda: por ele se guarda tudo o que é dele",
	},
	"change its name": {
		"cambie su nombre",
		"mude o nome",
	},
	"department %s cannot be removed": {
		"el departamento %s no se puede quitar",
		"o departamento %s não pode ser removido",
	},
	"there is no other department %q that its channels could go to": {
		"no hay otro departamento %q al que puedan pasar sus canales",
		"não há outro departamento %q para onde os canais dele possam ir",
	},
	"department %s cannot be removed while channels lead to it: %s": {
		"el departamento %s no se puede quitar mientras haya canales que lleven a él: %s",
		"o departamento %s não pode ser removido enquanto houver canais que levem a ele: %s",
	},
	"say which department they go to, or that they are removed with it": {
		"diga a qué departamento pasan, o que se quitan con él",
		"diga para qual departamento vão, ou que são removidos com ele",
	},
	"the domain %s was already written on line %d": {
		"el dominio %s ya está en la línea %d",
		"o domínio %s já está na linha %d",
	},
	"there is no domain %s": {
		"no existe el dominio %s",
		"não existe o domínio %s",
	},
	"%s names no domain %s": {
		"en %s no está el dominio %s",
		"em %s não está o domínio %s",
	},
	"a domain keeps its name": {
		"un dominio conserva su nombre",
		"um domínio mantém o nome",
	},
	"add another, and remove this one once no channel is of it": {
		"añada otro, y quite este cuando ningún canal sea de él",
		"adicione outro, e remova este quando nenhum canal for dele",
	},
	"%s is still used by channels": {
		"hay canales que todavía usan %s",
		"há canais que ainda usam %s",
	},
	"%s and %d more": {
		"%s y %d más",
		"%s e mais %d",
	},
	"remove them, or give them an address of another domain, first": {
		"quítelos antes, o deles una dirección de otro dominio",
		"remova-os antes, ou dê a eles um endereço de outro domínio",
	},
	"no active channel receives mail, so postmaster leads nowhere": {
		"ningún canal activo recibe correo, así que postmaster no lleva a ningún sitio",
		"nenhum canal ativo recebe e-mail, então postmaster não leva a lugar nenhum",
	},
	`give a channel send = "all" or "receptive" and status = "active"`: {
		`tiene que haber un canal activo que reciba (send = "all" o "receptive")`,
		`é preciso um canal ativo que receba (send = "all" ou "receptive")`,
	},
	"name a channel that is active and receives": {
		"indique un canal activo que reciba",
		"indique um canal ativo que receba",
	},
	"postmaster leads to %s, which is inactive": {
		"postmaster lleva a %s, que está inactivo",
		"postmaster leva a %s, que está inativo",
	},
	"postmaster leads to %s, which does not receive": {
		"postmaster lleva a %s, que no recibe",
		"postmaster leva a %s, que não recebe",
	},
	"postmaster leads to %s, which is no channel": {
		"postmaster lleva a %s, que no es un canal",
		"postmaster leva a %s, que não é um canal",
	},
	"%s is missing": {
		"falta %s",
		"falta %s",
	},
	"name is missing": {
		"falta el nombre",
		"falta o nome",
	},
	"only an admin changes the channel file": {
		"el archivo de canales solo lo cambia administración",
		"o arquivo de canais só é mudado pela administração",
	},
	"the channel file was changed meanwhile": {
		"el archivo de canales cambió entretanto",
		"o arquivo de canais mudou nesse meio-tempo",
	},
	"the channel file was changed meanwhile: look at it again": {
		"el archivo de canales cambió entretanto: mírelo de nuevo",
		"o arquivo de canais mudou nesse meio-tempo: olhe de novo",
	},
	"the text was changed meanwhile": {
		"el texto cambió entretanto",
		"o texto mudou nesse meio-tempo",
	},
	"the text was changed meanwhile: look at it again": {
		"el texto cambió entretanto: mírelo de nuevo",
		"o texto mudou nesse meio-tempo: olhe de novo",
	},
	"the text cannot be used: %s": {
		"el texto no sirve: %s",
		"o texto não serve: %s",
	},
	"it is not UTF-8": {
		"no es UTF-8",
		"não é UTF-8",
	},
	"it is not plain text": {
		"no es texto sin formato",
		"não é texto simples",
	},
	"%s was changed, but it is not taken up: %v": {
		"%s se cambió, pero no se pudo poner en uso: %v",
		"%s foi alterado, mas não pôde entrar em uso: %v",
	},
	"the channel file has mistakes, which are to be mended first:\n%s": {
		"el archivo de canales tiene errores que hay que corregir antes:\n%s",
		"o arquivo de canais tem erros que é preciso corrigir antes:\n%s",
	},
	"%s is in use": {
		"%s ya está en uso",
		"%s já está em uso",
	},
	"nothing was changed": {
		"no se ha cambiado nada",
		"nada foi alterado",
	},
	"recado config check, or the server's log, says why": {
		"quien opera el servidor puede ver por qué",
		"quem opera o servidor pode ver por quê",
	},
	"the channel file has mistakes, which are to be mended first: %v": {
		"el archivo de canales tiene errores que hay que corregir antes: %v",
		"o arquivo de canais tem erros que é preciso corrigir antes: %v",
	},
	"read keys: %v": {
		"no se pudo leer una clave DKIM: %v",
		"não foi possível ler uma chave DKIM: %v",
	},
	"read keys: others can read %s: chmod 600 it, and change the key if they did": {
		"otros usuarios pueden leer %s: quien opera el servidor debe quitarles el permiso (chmod 600), y cambiar la clave si la leyeron",
		"outros usuários podem ler %s: quem opera o servidor deve tirar a permissão (chmod 600), e trocar a chave se eles a leram",
	},
	"read keys: %s is too large for a key": {
		"%s es demasiado grande para ser una clave",
		"%s é grande demais para ser uma chave",
	},
}
