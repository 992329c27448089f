package inbox

// mailReasons are why a mail is not sent, taken back, kept or let through.
var mailReasons = map[string]reason{
	"the subject is missing: say in a few words what the mail is about": {
		"falta el asunto: diga en pocas palabras de qué trata el correo",
		"falta o assunto: diga em poucas palavras do que trata o e-mail",
	},
	"the subject has control characters, or more than %d characters": {
		"el asunto tiene caracteres de control o más de %d caracteres",
		"o assunto tem caracteres de controle ou mais de %d caracteres",
	},
	"the recipient is missing: name one e-mail address": {
		"falta el destinatario: escriba una dirección de correo",
		"falta o destinatário: escreva um endereço de e-mail",
	},
	"%q is not an e-mail address: write name@example.com": {
		"%q no es una dirección de correo: escríbala como nombre@example.com",
		"%q não é um endereço de e-mail: escreva como nome@example.com",
	},
	"%q is not an e-mail address": {
		"%q no es una dirección de correo",
		"%q não é um endereço de e-mail",
	},
	"the e-mail address is too long": {
		"la dirección de correo es demasiado larga",
		"o endereço de e-mail é longo demais",
	},
	"%s is in a domain of ours: write to a customer's address": {
		"%s es de un dominio nuestro: escriba a la dirección de un cliente",
		"%s é de um domínio nosso: escreva para o endereço de um cliente",
	},
	"%d recipients are too many: %d at most": {
		"%d destinatarios son demasiados: %d como máximo",
		"%d destinatários são demais: %d no máximo",
	},
	"the message is empty: write a text or attach a file": {
		"el mensaje está vacío: escriba un texto o adjunte un archivo",
		"a mensagem está vazia: escreva um texto ou anexe um arquivo",
	},
	"the text is longer than %d octets: attach it as a file": {
		"el texto tiene más de %d bytes: adjúntelo como archivo",
		"o texto tem mais de %d bytes: anexe como arquivo",
	},
	"the message is %d octets long with its attachments encoded, over the limit of %d: send less, or a link": {
		"el mensaje ocupa %d bytes con sus adjuntos codificados y el límite es de %d: envíe menos o un enlace",
		"a mensagem ocupa %d bytes com os anexos codificados, e o limite é de %d: envie menos ou um link",
	},
	"the department %s has no active channel to answer from: add or enable one": {
		"el departamento %s no tiene un canal activo desde el que responder: hay que añadir o activar uno",
		"o departamento %s não tem um canal ativo de onde responder: é preciso adicionar ou ativar um",
	},
	"%s belongs to a department that may not answer here": {
		"%s es de un departamento que no puede responder aquí",
		"%s é de um departamento que não pode responder aqui",
	},
	"%s is no active channel of ours: choose one that `recado channel list` shows": {
		"%s no es un canal activo nuestro: elija otra dirección",
		"%s não é um canal ativo nosso: escolha outro endereço",
	},
	"the department %s is not one of yours": {
		"el departamento %s no es de los suyos",
		"o departamento %s não é um dos seus",
	},
	"the department %s has no active channel to send this from: add or enable one of the send type %s or %s": {
		"el departamento %s no tiene un canal activo desde el que enviar esto: hay que añadir o activar uno del tipo «%s» o «%s»",
		"o departamento %s não tem um canal ativo de onde enviar isto: é preciso adicionar ou ativar um do tipo “%s” ou “%s”",
	},
	"the contact's protocols changed while the mail was composed: send it again": {
		"los protocolos del contacto cambiaron mientras se componía el correo: envíelo de nuevo",
		"os protocolos do contato mudaram enquanto o e-mail era montado: envie de novo",
	},
	"the mail is on its way and cannot be taken back": {
		"el correo está en camino y ya no se puede deshacer",
		"o e-mail já está a caminho e não pode ser desfeito",
	},
	"no mail of that id was taken back": {
		"no se deshizo ningún correo con ese identificador",
		"nenhum e-mail com esse identificador foi desfeito",
	},
	"no mail of yours has the id %s": {
		"ningún correo suyo tiene el identificador %s",
		"nenhum e-mail seu tem o identificador %s",
	},
	"there is no mail %s in the queue": {
		"el correo %s no está en la cola",
		"o e-mail %s não está na fila",
	},
	"mail %s is being sent at this moment; look again in a while": {
		"el correo %s se está enviando en este momento; mire de nuevo dentro de un rato",
		"o e-mail %s está sendo enviado neste momento; olhe de novo daqui a pouco",
	},
	"the lease of queue item %s ran out": {
		"se agotó el plazo para enviar el correo %s de la cola",
		"o prazo para enviar o e-mail %s da fila acabou",
	},
	"queue item %s is not held by this sender any more": {
		"otro proceso se ocupa ya del correo %s de la cola",
		"outro processo já cuida do e-mail %s da fila",
	},
	"only an agent has drafts": {
		"solo un agente tiene borradores",
		"só um atendente tem rascunhos",
	},
	"nothing is written at %q": {
		"en %q no se escribe nada",
		"em %q não se escreve nada",
	},
	"the draft is longer than %d octets": {
		"el borrador tiene más de %d bytes",
		"o rascunho tem mais de %d bytes",
	},
	"more than %d files do not go with one mail: send them as one archive, or a link": {
		"con un correo no van más de %d archivos: envíelos juntos en uno solo, o un enlace",
		"com um e-mail não vão mais de %d arquivos: envie todos juntos em um só, ou um link",
	},
	"the files of all your drafts are too large together: send a draft, or remove its files": {
		"los archivos de todos sus borradores son demasiado grandes juntos: envíe un borrador o quite sus archivos",
		"os arquivos de todos os seus rascunhos são grandes demais juntos: envie um rascunho ou remova os arquivos dele",
	},
	"%s is too large to go with this mail: send less, or a link": {
		"%s es demasiado grande para ir con este correo: envíe menos o un enlace",
		"%s é grande demais para ir com este e-mail: envie menos ou um link",
	},
	"a file is not with the draft any more: look at its files, then send again": {
		"un archivo ya no está con el borrador: mire sus archivos y envíelo de nuevo",
		"um arquivo não está mais com o rascunho: olhe os arquivos dele e envie de novo",
	},
	"the file %s is not there any more: remove it, and attach it again": {
		"el archivo %s ya no está: quítelo y adjúntelo de nuevo",
		"o arquivo %s não está mais lá: remova e anexe de novo",
	},
	"no held mail has the id %s: it may have been decided already": {
		"ningún correo retenido tiene el identificador %s: quizá ya se decidió sobre él",
		"nenhum e-mail retido tem o identificador %s: talvez já tenham decidido sobre ele",
	},
	"%s has no channel any more, and its mail may not go to another department: add one, or discard it": {
		"%s ya no tiene canal y su correo no puede ir a otro departamento: hay que añadir uno, o descartar el correo",
		"%s não tem mais canal, e o e-mail não pode ir para outro departamento: é preciso adicionar um, ou descartar o e-mail",
	},
	"no channel receives this mail any more: add or enable one for %s": {
		"ningún canal recibe ya este correo: hay que añadir o activar uno para %s",
		"nenhum canal recebe mais este e-mail: é preciso adicionar ou ativar um para %s",
	},
}
