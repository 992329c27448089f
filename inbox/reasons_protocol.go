package inbox

// protocolReasons are why something is not done to a protocol, or not found.
var protocolReasons = map[string]reason{
	"no protocol has the number %s": {
		"ningún protocolo tiene el número %s",
		"nenhum protocolo tem o número %s",
	},
	"no message has the id %s": {
		"ningún mensaje tiene el identificador %s",
		"nenhuma mensagem tem o identificador %s",
	},
	"message %s is a note or an event and has no mail": {
		"el mensaje %s es una nota o un suceso y no tiene correo",
		"a mensagem %s é uma nota ou um evento e não tem e-mail",
	},
	"message %s has no attachment %d": {
		"el mensaje %s no tiene el adjunto %d",
		"a mensagem %s não tem o anexo %d",
	},
	"this cursor is not of this list; begin without one": {
		"esta página no es de esta lista; empiece por el principio",
		"esta página não é desta lista; comece do início",
	},
	"protocol %s is finalized already, with another classification: reopen it to finalize it with this one": {
		"el protocolo %s ya está finalizado, con otra clasificación: reábralo para finalizarlo con esta",
		"o protocolo %s já está encerrado, com outra classificação: reabra para encerrá-lo com esta",
	},
	"protocol %s is finalized: reopen it to answer in it": {
		"el protocolo %s está finalizado: reábralo para responder en él",
		"o protocolo %s está encerrado: reabra para responder nele",
	},
	"protocol %s moved on to version %d since you read version %d: read what is new, then send again": {
		"la conversación %s avanzó (va por la versión %d y usted leyó la %d): lea lo nuevo y envíe otra vez",
		"a conversa %s andou (está na versão %d, e você leu a %d): leia o que há de novo e envie outra vez",
	},
	"protocol %s is open: answer in it": {
		"el protocolo %s está abierto: responda en él",
		"o protocolo %s está aberto: responda nele",
	},
	"protocol %s has no address of a contact to write to": {
		"el protocolo %s no tiene la dirección de un contacto a la que escribir",
		"o protocolo %s não tem o endereço de um contato para quem escrever",
	},
	"protocol %s has no messages to tell of": {
		"el protocolo %s no tiene mensajes que contar",
		"o protocolo %s não tem mensagens para contar",
	},
	"only a supervisor may send the history to another address than the contact's": {
		"solo supervisión puede enviar el historial a una dirección que no sea la del contacto",
		"só a supervisão pode enviar o histórico a um endereço que não seja o do contato",
	},
	"the department %s is not in the channel file any more: transfer protocol %s first": {
		"el departamento %s ya no existe: transfiera antes el protocolo %s",
		"o departamento %s não existe mais: transfira antes o protocolo %s",
	},
	"the messages of protocol %s are in %s: send its history": {
		"los mensajes del protocolo %s están en %s: envíe el historial de ese",
		"as mensagens do protocolo %s estão em %s: envie o histórico desse",
	},
	"the messages of protocol %s are in %s: go on there": {
		"los mensajes del protocolo %s están en %s: siga allí",
		"as mensagens do protocolo %s estão em %s: continue por lá",
	},
	"the messages of protocol %s are in %s: answer there, or undo the merge": {
		"los mensajes del protocolo %s están en %s: responda allí o deshaga la unión",
		"as mensagens do protocolo %s estão em %s: responda por lá ou desfaça a união",
	},
	"the messages of protocol %s are in %s: split there": {
		"los mensajes del protocolo %s están en %s: sepárelos allí",
		"as mensagens do protocolo %s estão em %s: separe por lá",
	},
	"the messages of protocol %s are in %s already: merge that one": {
		"los mensajes del protocolo %s ya están en %s: una ese",
		"as mensagens do protocolo %s já estão em %s: una esse",
	},
	"the messages of protocol %s are in %s: merge into that one": {
		"los mensajes del protocolo %s están en %s: únalo con ese",
		"as mensagens do protocolo %s estão em %s: una com esse",
	},
	"the messages of protocol %s are in %s: undo that first": {
		"los mensajes del protocolo %s están en %s: deshaga eso antes",
		"as mensagens do protocolo %s estão em %s: desfaça isso antes",
	},
	"the note is empty": {
		"la nota está vacía",
		"a nota está vazia",
	},
	"the note is longer than %d octets": {
		"la nota tiene más de %d bytes",
		"a nota tem mais de %d bytes",
	},
	"the classification has characters that cannot be shown, or more than %d of them": {
		"la clasificación tiene caracteres que no se pueden mostrar o más de %d",
		"a classificação tem caracteres que não podem ser mostrados ou mais de %d",
	},
	"%q is no classification of %s: choose one of %s": {
		"%q no es una clasificación de %s: elija una de estas: %s",
		"%q não é uma classificação de %s: escolha uma destas: %s",
	},
	"protocol %s of the same sender is open: answer there, or finalize it before you reopen %s": {
		"el protocolo %s del mismo remitente está abierto: responda allí o finalícelo antes de reabrir %s",
		"o protocolo %s do mesmo remetente está aberto: responda por lá ou encerre antes de reabrir %s",
	},
	"%s is not an agent: choose one that `recado agent list` shows": {
		"%s no es un agente: elija uno de la lista",
		"%s não é um atendente: escolha um da lista",
	},
	"%s is disabled: choose another agent": {
		"%s está desactivado: elija otro agente",
		"%s está desativado: escolha outro atendente",
	},
	"%s is not of a department that sees this protocol: transfer it first, or choose another agent": {
		"%s no es de un departamento que vea este protocolo: transfiéralo antes o elija otro agente",
		"%s não é de um departamento que vê este protocolo: transfira antes ou escolha outro atendente",
	},
	"say where it goes: a department, an agent or both": {
		"diga adónde va: a un departamento, a un agente o a ambos",
		"diga para onde vai: um departamento, um atendente ou ambos",
	},
	"the reason has characters that cannot be shown, or more than %d of them": {
		"el motivo tiene caracteres que no se pueden mostrar o más de %d",
		"o motivo tem caracteres que não podem ser mostrados ou mais de %d",
	},
	"there is no department %q in the channel file": {
		"no existe el departamento %q",
		"não existe o departamento %q",
	},
	"the customer has the open protocol %s there: merge %s into it, or finalize one of the two first": {
		"el cliente tiene allí abierto el protocolo %s: una %s con él o finalice antes uno de los dos",
		"o cliente tem lá aberto o protocolo %s: una %s com ele ou encerre antes um dos dois",
	},
	"the customer has an open protocol there already: have it merged with %s by somebody who sees both, or finalize this one": {
		"el cliente ya tiene allí un protocolo abierto: pida a alguien que vea los dos que lo una con %s, o finalice este",
		"o cliente já tem lá um protocolo aberto: peça a alguém que veja os dois que o una com %s, ou encerre este",
	},
	"a protocol has at most %d tags: remove one first": {
		"un protocolo tiene como máximo %d etiquetas: quite una antes",
		"um protocolo tem no máximo %d etiquetas: remova uma antes",
	},
	"%q is no tag: write 1 to %d characters, without a comma": {
		"%q no es una etiqueta: escriba de 1 a %d caracteres, sin comas",
		"%q não é uma etiqueta: escreva de 1 a %d caracteres, sem vírgulas",
	},
	"the request has no key of its own": {
		"la petición no tiene una clave propia",
		"o pedido não tem uma chave própria",
	},
	"choose 1 to %d protocols": {
		"elija de 1 a %d protocolos",
		"escolha de 1 a %d protocolos",
	},
	"this form was sent before, with another choice: load the list anew and choose again": {
		"este formulario ya se envió con otra selección: vuelva a cargar la lista y elija de nuevo",
		"este formulário já foi enviado com outra seleção: carregue a lista de novo e escolha outra vez",
	},
	"the customer's messages are others than when you saw protocol %s: read them first": {
		"los mensajes del cliente no son los mismos que cuando usted vio el protocolo %s: léalos antes",
		"as mensagens do cliente não são as mesmas de quando você viu o protocolo %s: leia antes",
	},
	"%q is nothing that is done to many": {
		"%q no es algo que se haga a varios",
		"%q não é algo que se faça a vários",
	},
	"it is too late to undo this": {
		"ya es tarde para deshacer esto",
		"é tarde demais para desfazer isto",
	},
	"there is nothing to undo": {
		"no hay nada que deshacer",
		"não há nada para desfazer",
	},
	"this was undone already": {
		"esto ya se deshizo",
		"isto já foi desfeito",
	},
	"the department %s, which protocol %s came from, is no more": {
		"el departamento %s, del que vino el protocolo %s, ya no existe",
		"o departamento %s, de onde veio o protocolo %s, não existe mais",
	},
	"a protocol cannot be merged into itself": {
		"un protocolo no se puede unir consigo mismo",
		"um protocolo não pode ser unido a si mesmo",
	},
	"%s and %s are not of one contact on one side of an isolated department's wall: they stay two": {
		"%s y %s no son del mismo contacto, o los separa un departamento aislado: siguen siendo dos",
		"%s e %s não são do mesmo contato, ou um departamento isolado os separa: continuam sendo dois",
	},
	"protocol %s is finalized and takes no messages: reopen it, or merge the other way": {
		"el protocolo %s está finalizado y no admite mensajes: reábralo o una al revés",
		"o protocolo %s está encerrado e não recebe mensagens: reabra ou una ao contrário",
	},
	"protocol %s has no split or merge to undo": {
		"el protocolo %s no tiene ninguna separación ni unión que deshacer",
		"o protocolo %s não tem separação nem união para desfazer",
	},
	"protocol %s belongs to a department that is not yours": {
		"el protocolo %s es de un departamento que no es el suyo",
		"o protocolo %s é de um departamento que não é o seu",
	},
	"messages of protocol %s were moved on from %s: undo that first": {
		"los mensajes del protocolo %s pasaron después de %s a otro: deshaga eso antes",
		"as mensagens do protocolo %s passaram depois de %s para outro: desfaça isso antes",
	},
	"%s and %s stand on two sides of an isolated department's wall by now: transfer one of them back first": {
		"entre %s y %s hay ahora un departamento aislado: transfiera antes uno de los dos de vuelta",
		"entre %s e %s há agora um departamento isolado: transfira antes um dos dois de volta",
	},
	"protocol %s is finalized, and %s has messages since: reopen it first": {
		"el protocolo %s está finalizado y %s tiene mensajes posteriores: reábralo antes",
		"o protocolo %s está encerrado, e %s tem mensagens posteriores: reabra antes",
	},
	"%d entries are too many to be moved at once: %d at most": {
		"%d entradas son demasiadas para moverlas de una vez: %d como máximo",
		"%d entradas são demais para mover de uma vez: %d no máximo",
	},
	"protocol %s has no message %s": {
		"el protocolo %s no tiene el mensaje %s",
		"o protocolo %s não tem a mensagem %s",
	},
	"%s is a note or an event: split at a message": {
		"%s es una nota o un suceso: separe a partir de un mensaje",
		"%s é uma nota ou um evento: separe a partir de uma mensagem",
	},
	"%s is the first message of protocol %s: nothing would stay behind": {
		"%s es el primer mensaje del protocolo %s: no quedaría nada en él",
		"%s é a primeira mensagem do protocolo %s: nada ficaria nele",
	},
	"%q is no protocol's number nor the beginning of one: write 20261123-000042, or less of it": {
		"%q no es un número de protocolo ni su comienzo: escríbalo como 20261123-000042, entero o en parte",
		"%q não é um número de protocolo nem o começo de um: escreva como 20261123-000042, inteiro ou em parte",
	},
	"what is open has no end: the classification, after, before and the order finalized are of finalized protocols": {
		"lo que está abierto no tiene fin: la clasificación, las fechas y el orden por fin son de protocolos finalizados",
		"o que está aberto não tem fim: a classificação, as datas e a ordem por fim são de protocolos encerrados",
	},
	"protocols of a classification or of a time are in the order finalized: leave the order out": {
		"los protocolos de una clasificación o de unas fechas van por orden de fin: no elija otro orden",
		"os protocolos de uma classificação ou de um período vêm na ordem do fim: não escolha outra ordem",
	},
	"nothing lies between: after must be earlier than before": {
		"no hay nada en medio: la primera fecha debe ser anterior a la última",
		"não há nada no meio: a primeira data deve ser anterior à última",
	},
	"%q is no day: write it as 2026-11-23": {
		"%q no es un día: escríbalo como 2026-11-23",
		"%q não é um dia: escreva como 2026-11-23",
	},
	"from: %q is no day: write it as 2026-11-23": {
		"desde: %q no es un día: escríbalo como 2026-11-23",
		"de: %q não é um dia: escreva como 2026-11-23",
	},
	"to: %q is no day: write it as 2026-11-23": {
		"hasta: %q no es un día: escríbalo como 2026-11-23",
		"até: %q não é um dia: escreva como 2026-11-23",
	},
	"to: the last day must not come before the first": {
		"hasta: el último día no puede ser anterior al primero",
		"até: o último dia não pode vir antes do primeiro",
	},
	"from: %d days at most are told at once": {
		"desde: se muestran como máximo %d días a la vez",
		"de: no máximo %d dias são mostrados de uma vez",
	},
	"what one agent did is shown to that agent and to supervisors": {
		"lo que hizo un agente lo ven solo ese agente y supervisión",
		"o que um atendente fez é mostrado só a ele e à supervisão",
	},
	"words cannot be searched for here: the index is made by a running server (recado serve); a protocol's number or a contact's address alone can be": {
		"aquí no se puede buscar por palabras, porque el índice lo hace el servidor en marcha; sí por el número de un protocolo o la dirección de un contacto",
		"aqui não é possível buscar por palavras, porque o índice é feito pelo servidor em funcionamento; só pelo número de um protocolo ou pelo endereço de um contato",
	},
	"words cannot be searched for at the moment: the index cannot be read (the server's log says why; search show tells how it is). Mail goes on; a protocol's number or a contact's address alone can be looked up": {
		"ahora no se puede buscar por palabras: el índice no se puede leer (el registro del servidor dice por qué). El correo sigue; se puede buscar el número de un protocolo o la dirección de un contacto",
		"agora não é possível buscar por palavras: o índice não pode ser lido (o log do servidor diz por quê). O e-mail continua; é possível buscar o número de um protocolo ou o endereço de um contato",
	},
	"the search was broken off after %d seconds: use longer words, or more of them, or fewer days with after:2026-11-23": {
		"la búsqueda se cortó a los %d segundos: use palabras más largas, o más palabras, o menos días con after:2026-11-23",
		"a busca foi cortada depois de %d segundos: use palavras mais longas, ou mais palavras, ou menos dias com after:2026-11-23",
	},
	"what words find is in the order of the messages: leave out sort=%s": {
		"lo que se encuentra por palabras va en el orden de los mensajes: quite el orden %s",
		"o que se encontra por palavras vem na ordem das mensagens: tire a ordem %s",
	},
	"%d searches of yours are not answered yet: wait for them": {
		"hay %d búsquedas suyas sin responder todavía: espérelas",
		"há %d buscas suas ainda sem resposta: espere por elas",
	},
	"%q is no action: write one such as %s, or a kind of them: %s": {
		"%q no es ninguna acción: escriba una como %s, o una clase de ellas: %s",
		"%q não é uma ação: escreva uma como %s, ou um tipo delas: %s",
	},
}
