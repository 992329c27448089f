package inbox

// peopleReasons are of agents, log-ins, tokens, contacts, canned answers, and of what the settings change.
var peopleReasons = map[string]reason{
	"the name is missing": {
		"falta el nombre",
		"falta o nome",
	},
	"the name has characters that cannot be shown, or more than %d of them": {
		"el nombre tiene caracteres que no se pueden mostrar o más de %d",
		"o nome tem caracteres que não podem ser mostrados ou mais de %d",
	},
	"%s is the only admin: make another one first": {
		"%s es la única cuenta de administración: cree otra antes",
		"%s é a única conta de administração: crie outra antes",
	},
	"%s is an agent already: change the password with passwd": {
		"%s ya es un agente: cambie su contraseña",
		"%s já é um atendente: mude a senha dele",
	},
	"there is no language %q: write es, pt or en": {
		"no hay idioma %q: elija es, pt o en",
		"não há o idioma %q: escolha es, pt ou en",
	},
	"there is no role %q: write agent, supervisor or admin": {
		"no hay un rol %q: elija agente, supervisión o administración",
		"não há o papel %q: escolha atendente, supervisão ou administração",
	},
	"the role %s needs a department, or there is nothing to see": {
		"el rol «%s» necesita un departamento; si no, no hay nada que ver",
		"o papel “%s” precisa de um departamento; sem ele não há nada para ver",
	},
	"only an admin changes the channels": {
		"los canales solo los cambia administración",
		"os canais só são mudados pela administração",
	},
	"only a supervisor or an admin may do this": {
		"solo supervisión o administración pueden hacer esto",
		"só a supervisão ou a administração podem fazer isto",
	},
	"only a supervisor or an admin writes canned answers": {
		"las respuestas preparadas las escriben solo supervisión y administración",
		"as respostas prontas são escritas só pela supervisão e pela administração",
	},
	"the form could not be read": {
		"el formulario no se pudo leer",
		"não foi possível ler o formulário",
	},
	"no such page": {
		"no existe esa página",
		"essa página não existe",
	},
	"too many live pages": {
		"hay demasiadas páginas abiertas a la vez",
		"há páginas demais abertas ao mesmo tempo",
	},
	"only an admin may do this": {
		"solo administración puede hacer esto",
		"só a administração pode fazer isto",
	},
	"only %s, or the operator, changes this password": {
		"esta contraseña solo la cambian %s o quien opera el servidor",
		"esta senha só é mudada por %s ou por quem opera o servidor",
	},
	"%s is not an agent": {
		"%s no es un agente",
		"%s não é um atendente",
	},
	"%q is not an agent": {
		"%q no es un agente",
		"%q não é um atendente",
	},
	"the signature is longer than %d characters": {
		"la firma tiene más de %d caracteres",
		"a assinatura tem mais de %d caracteres",
	},
	"the signature has characters that cannot be shown": {
		"la firma tiene caracteres que no se pueden mostrar",
		"a assinatura tem caracteres que não podem ser mostrados",
	},
	"the password is not text": {
		"la contraseña no es texto",
		"a senha não é texto",
	},
	"the password has %d characters: at least %d are needed": {
		"la contraseña tiene %d caracteres: hacen falta al menos %d",
		"a senha tem %d caracteres: são necessários pelo menos %d",
	},
	"the password is longer than %d octets": {
		"la contraseña tiene más de %d bytes",
		"a senha tem mais de %d bytes",
	},
	"the password is the agent's address or name: choose another": {
		"la contraseña es la dirección o el nombre del agente: elija otra",
		"a senha é o endereço ou o nome do atendente: escolha outra",
	},
	"the password is one character over and over: choose another": {
		"la contraseña es un solo carácter repetido: elija otra",
		"a senha é um só caractere repetido: escolha outra",
	},
	"the new password is the one that there is: choose another": {
		"la contraseña nueva es la que ya tiene: elija otra",
		"a senha nova é a que já existe: escolha outra",
	},
	"one's own password is changed in the settings, with the one there is": {
		"la contraseña propia se cambia en los ajustes, con la que ya tiene",
		"a própria senha muda-se nas configurações, com a que já existe",
	},
	"the address or the password is not right": {
		"la dirección o la contraseña no son correctas",
		"o endereço ou a senha não estão corretos",
	},
	"too many %s: wait %s": {
		"demasiado seguido (%s): espere %s",
		"depressa demais (%s): espere %s",
	},
	"attempts to log in": {
		"intentos de acceso",
		"tentativas de acesso",
	},
	"requests with a token that is not good": {
		"peticiones con un token que no vale",
		"pedidos com um token que não vale",
	},
	"the code is not right, or was used before": {
		"el código no es correcto o ya se usó",
		"o código não está certo ou já foi usado",
	},
	"the log-in took too long: enter the password again": {
		"el acceso tardó demasiado: escriba la contraseña de nuevo",
		"o acesso demorou demais: digite a senha de novo",
	},
	"there is nothing to confirm: begin again": {
		"no hay nada que confirmar: empiece de nuevo",
		"não há nada para confirmar: comece de novo",
	},
	"the second step is off": {
		"el segundo paso está desactivado",
		"o segundo passo está desativado",
	},
	"one's own second step is turned off in the settings, with the password": {
		"el segundo paso propio se desactiva en los ajustes, con la contraseña",
		"o próprio segundo passo é desativado nos ajustes, com a senha",
	},
	"only the operator turns off the second step of %s": {
		"el segundo paso de %s solo lo desactiva quien opera el servidor",
		"o segundo passo de %s só é desativado por quem opera o servidor",
	},
	"there is no session %s, or it has ended already": {
		"no hay una sesión %s, o ya terminó",
		"não há a sessão %s, ou ela já terminou",
	},
	"this agent was disabled": {
		"este agente fue desactivado",
		"este atendente foi desativado",
	},
	"the session has ended: log in again": {
		"la sesión ha terminado: entre de nuevo",
		"a sessão terminou: entre de novo",
	},
	"a token needs a name: that of the program that uses it": {
		"un token necesita un nombre: el del programa que lo usa",
		"um token precisa de um nome: o do programa que o usa",
	},
	"there is no token %s": {
		"no existe el token %s",
		"não existe o token %s",
	},
	"there are %d tokens already: revoke one that is not used any more": {
		"ya hay %d tokens: revoque uno que no se use",
		"já há %d tokens: revogue um que não seja mais usado",
	},
	"this was done before: the token %s was made then and cannot be shown again; where it was not kept, revoke it and make another": {
		"esto ya se hizo: entonces se creó el token %s y no se puede mostrar otra vez; si no se guardó, revóquelo y cree otro",
		"isto já foi feito: o token %s foi criado então e não pode ser mostrado de novo; se não foi guardado, revogue e crie outro",
	},
	"no contact has the address %s": {
		"ningún contacto tiene la dirección %s",
		"nenhum contato tem o endereço %s",
	},
	"%s is an address of ours, not a contact's": {
		"%s es una dirección nuestra, no de un contacto",
		"%s é um endereço nosso, não de um contato",
	},
	"you are of no department that has contacts": {
		"usted no es de ningún departamento que tenga contactos",
		"você não é de nenhum departamento que tenha contatos",
	},
	"say for which department: one of %s": {
		"diga para qué departamento: uno de estos: %s",
		"diga para qual departamento: um destes: %s",
	},
	"a person has at most %d addresses": {
		"una persona tiene como máximo %d direcciones",
		"uma pessoa tem no máximo %d endereços",
	},
	"%s is the address itself: name another one of the same person": {
		"%s es la propia dirección: escriba otra de la misma persona",
		"%s é o próprio endereço: escreva outro da mesma pessoa",
	},
	"a person has at most %d addresses, and these would be %d: unlink some first": {
		"una persona tiene como máximo %d direcciones y estas serían %d: desenlace algunas antes",
		"uma pessoa tem no máximo %d endereços, e estes seriam %d: desvincule alguns antes",
	},
	"there would be %d notes about one person, more than %d: delete some first": {
		"habría %d notas sobre una misma persona, más de %d: borre algunas antes",
		"haveria %d notas sobre uma mesma pessoa, mais de %d: apague algumas antes",
	},
	"name the address to take away, as seen from another one of the same person": {
		"diga qué dirección se quita, vista desde otra de la misma persona",
		"diga qual endereço sai, visto a partir de outro da mesma pessoa",
	},
	"the note has more than %d characters, or is not UTF-8": {
		"la nota tiene más de %d caracteres o no es UTF-8",
		"a nota tem mais de %d caracteres ou não é UTF-8",
	},
	"there are %d notes about this contact: delete one first": {
		"hay %d notas sobre este contacto: borre una antes",
		"há %d notas sobre este contato: apague uma antes",
	},
	"there is no note %s about %s": {
		"no hay una nota %s sobre %s",
		"não há uma nota %s sobre %s",
	},
	"only who wrote the note, or a supervisor, may delete it": {
		"solo quien escribió la nota, o supervisión, puede borrarla",
		"só quem escreveu a nota, ou a supervisão, pode apagá-la",
	},
	"only a supervisor or an admin of the department changes its canned answers, and only an admin those of every department": {
		"las respuestas preparadas de un departamento las cambian su supervisión o administración, y las de todos solo administración",
		"as respostas prontas de um departamento são mudadas por sua supervisão ou administração, e as de todos só pela administração",
	},
	"no canned answer has the id %s": {
		"ninguna respuesta preparada tiene el identificador %s",
		"nenhuma resposta pronta tem o identificador %s",
	},
	"no canned answer for this department has the id %s": {
		"ninguna respuesta preparada de este departamento tiene el identificador %s",
		"nenhuma resposta pronta deste departamento tem o identificador %s",
	},
	"there are %d canned answers, and no more are kept: remove one first": {
		"hay %d respuestas preparadas y no se guardan más: quite una antes",
		"há %d respostas prontas, e não se guardam mais: remova uma antes",
	},
	"the canned answer %s was changed since you read it: read it again": {
		"la respuesta preparada %s cambió desde que usted la leyó: léala de nuevo",
		"a resposta pronta %s mudou desde que você a leu: leia de novo",
	},
	"there is a canned answer %q already (%s): change that one, or choose another title": {
		"ya hay una respuesta preparada %q (%s): cambie esa o elija otro título",
		"já há uma resposta pronta %q (%s): mude essa ou escolha outro título",
	},
	"the title has characters that cannot be shown, or more than %d of them": {
		"el título tiene caracteres que no se pueden mostrar o más de %d",
		"o título tem caracteres que não podem ser mostrados ou mais de %d",
	},
	"the text in %s: %s": {
		"el texto en %s: %s",
		"o texto em %s: %s",
	},
	"the title is missing: it is what agents choose the answer by": {
		"falta el título: por él se elige la respuesta",
		"falta o título: é por ele que se escolhe a resposta",
	},
	"there is no department %q among yours": {
		"entre los suyos no hay un departamento %q",
		"entre os seus não há um departamento %q",
	},
	"the answer has no text: write it in one language at least": {
		"la respuesta no tiene texto: escríbala al menos en un idioma",
		"a resposta não tem texto: escreva em pelo menos um idioma",
	},
	"it is longer than %d characters": {
		"tiene más de %d caracteres",
		"tem mais de %d caracteres",
	},
	"it has characters that cannot be shown": {
		"tiene caracteres que no se pueden mostrar",
		"tem caracteres que não podem ser mostrados",
	},
	"there is no variable {{%s}}: there are %s": {
		"no existe la variable {{%s}}: hay estas: %s",
		"não existe a variável {{%s}}: há estas: %s",
	},
	"double braces are for variables alone, and one of them is not whole: there are %s": {
		"las llaves dobles son solo para variables, y una está incompleta: hay estas: %s",
		"as chaves duplas são só para variáveis, e uma está incompleta: há estas: %s",
	},
	"the canned answer has no text in %q: it has %s": {
		"la respuesta preparada no tiene texto en %q: lo tiene en %s",
		"a resposta pronta não tem texto em %q: tem em %s",
	},
	"there is no variable %s; the variables are %s": {
		"no existe la variable %s; las variables son %s",
		"não existe a variável %s; as variáveis são %s",
	},
	"write {%s} for %s": {
		"escriba {%s} en lugar de %s",
		"escreva {%s} em vez de %s",
	},
	"there is no channel %q": {
		"no existe el canal %q",
		"não existe o canal %q",
	},
	"there is no channel %q of send type %q; it has %s": {
		"no existe el canal %q con el tipo de envío %q; tiene %s",
		"não existe o canal %q com o tipo de envio %q; ele tem %s",
	},
	"%s has %d rows: say which with its send type, one of %s": {
		"%s tiene %d filas: diga cuál con su tipo de envío, uno de estos: %s",
		"%s tem %d linhas: diga qual com o tipo de envio, um destes: %s",
	},
	"there is no department %q": {
		"no existe el departamento %q",
		"não existe o departamento %q",
	},
	"%q is no domain of ours": {
		"%q no es un dominio nuestro",
		"%q não é um domínio nosso",
	},
	"%s while these protocols are open: %s: finalize or transfer them first": {
		"%s mientras estén abiertos estos protocolos: %s. Finalícelos o transfiéralos antes",
		"%s enquanto estes protocolos estiverem abertos: %s. Encerre ou transfira antes",
	},
	"%s while these protocols are open: %s": {
		"%s mientras estén abiertos estos protocolos: %s",
		"%s enquanto estes protocolos estiverem abertos: %s",
	},
	"department %s: isolated cannot become true": {
		"el departamento %s no se puede aislar",
		"o departamento %s não pode ser isolado",
	},
	"department %s: isolated cannot become false": {
		"el aislamiento del departamento %s no puede terminar",
		"o isolamento do departamento %s não pode terminar",
	},
	"fold_plus_tags cannot become %t while protocols of senders with a plus-tag are open: %s": {
		"fold_plus_tags no puede pasar a %t mientras estén abiertos protocolos de remitentes con «+»: %s",
		"fold_plus_tags não pode passar a %t enquanto estiverem abertos protocolos de remetentes com “+”: %s",
	},
	"%s: finalize them first": {
		"%s. Finalícelos antes",
		"%s. Encerre antes",
	},
}
