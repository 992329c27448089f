package inbox

import "net/http"

// router is a mux that tells what it serves.
type router struct {
	http.ServeMux
	patterns []string
}

func (m *router) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

func (m *router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// Routes are the patterns of every address of the inbox ("GET /inbox"), in the order of [Inbox.routes].
func (in *Inbox) Routes() []string { return in.routes().patterns }

// routes is every address of the inbox. Only POST changes anything, but for one: to open a protocol marks
// it as read for the agent who opened it.
func (in *Inbox) routes() *router {
	mux := &router{}
	mux.HandleFunc("GET /static/{file}", in.static.serve)

	mux.HandleFunc("GET /login", in.open(in.showLogin))
	mux.HandleFunc("POST /login", in.open(in.login))
	mux.HandleFunc("GET /login/code", in.open(in.showCode))
	mux.HandleFunc("POST /login/code", in.open(in.giveCode))
	mux.HandleFunc("POST /logout", in.agent(in.logout))
	mux.HandleFunc("POST /language", in.agent(in.chooseLanguage))

	mux.HandleFunc("GET /{$}", in.agent(in.home))
	mux.HandleFunc("GET /inbox", in.agent(in.showInbox))
	mux.HandleFunc("GET /history", in.agent(in.showHistory))
	mux.HandleFunc("GET /numbers", in.agent(in.showNumbers))
	mux.HandleFunc("GET /numbers.csv", in.agent(in.numbersFile))
	mux.HandleFunc("GET /search", in.agent(in.showSearch))

	mux.HandleFunc("POST /protocols/many", in.agent(in.changeMany))
	mux.HandleFunc("POST /protocols/many/undo", in.agent(in.undoMany))

	mux.HandleFunc("GET /protocols/{number}", in.agent(in.showProtocol))
	mux.HandleFunc("POST /protocols/{number}/replies", in.agent(in.reply))
	mux.HandleFunc("POST /protocols/{number}/assign", in.agent(in.assign))
	mux.HandleFunc("POST /protocols/{number}/transfer", in.agent(in.transfer))
	mux.HandleFunc("POST /protocols/{number}/tags", in.agent(in.tag))
	mux.HandleFunc("POST /protocols/{number}/draft", in.agent(in.saveDraft))
	mux.HandleFunc("POST /protocols/{number}/takeback", in.agent(in.takeBack))
	mux.HandleFunc("POST /protocols/{number}/notes", in.agent(in.note))
	mux.HandleFunc("POST /protocols/{number}/finalize", in.agent(in.finalize))
	mux.HandleFunc("POST /protocols/{number}/reopen", in.agent(in.reopen))
	mux.HandleFunc("POST /protocols/{number}/split", in.agent(in.split))
	mux.HandleFunc("POST /protocols/{number}/merge", in.agent(in.merge))
	mux.HandleFunc("POST /protocols/{number}/undo", in.agent(in.undo))
	mux.HandleFunc("POST /protocols/{number}/recontact", in.agent(in.resume))
	mux.HandleFunc("POST /protocols/{number}/recontact/draft", in.agent(in.saveRecontact))
	mux.HandleFunc("POST /protocols/{number}/history", in.agent(in.sendHistory))
	mux.HandleFunc("POST /protocols/{number}/read", in.agent(in.markRead))

	mux.HandleFunc("GET /protocols/{number}/colleagues", in.agent(in.suggestColleagues))
	mux.HandleFunc("GET /canned/{id}/text", in.agent(in.cannedText))
	mux.HandleFunc("POST /protocols/{number}/replies/canned", in.agent(in.addToReply))
	mux.HandleFunc("POST /protocols/{number}/recontact/canned", in.agent(in.addToResume))
	mux.HandleFunc("POST /contacts/{address}/mails/canned", in.agent(in.addToFirst))

	mux.HandleFunc("GET /messages/{id}/html", in.agent(in.showHTML))
	mux.HandleFunc("GET /messages/{id}/raw", in.agent(in.downloadRaw))
	mux.HandleFunc("GET /messages/{id}/attachments/{n}", in.agent(in.downloadAttachment))
	mux.HandleFunc("GET /messages/{id}/attachments/{n}/thumbnail", in.agent(in.showThumbnail))

	mux.HandleFunc("GET /contacts", in.agent(in.showContacts))
	mux.HandleFunc("GET /contacts/{address}", in.agent(in.showContact))
	mux.HandleFunc("POST /contacts/{address}/mails", in.agent(in.writeFirst))
	mux.HandleFunc("POST /contacts/{address}/name", in.agent(in.nameContact))
	mux.HandleFunc("POST /contacts/{address}/link", in.agent(in.linkContact))
	mux.HandleFunc("POST /contacts/{address}/unlink", in.agent(in.unlinkContact))
	mux.HandleFunc("POST /contacts/{address}/notes", in.agent(in.noteContact))
	mux.HandleFunc("POST /contacts/{address}/notes/{id}/delete", in.agent(in.deleteContactNote))
	mux.HandleFunc("POST /contacts/{address}/block", in.agent(in.blockContact))
	mux.HandleFunc("POST /contacts/{address}/unblock", in.agent(in.unblockContact))
	mux.HandleFunc("POST /contacts/{address}/mails/draft", in.agent(in.saveMail))

	mux.HandleFunc("GET /held", in.agent(in.showHeldList))
	mux.HandleFunc("POST /held/accept", in.agent(in.acceptGroup))
	mux.HandleFunc("POST /held/discard", in.agent(in.discardGroup))
	mux.HandleFunc("GET /held/{id}", in.agent(in.showHeld))
	mux.HandleFunc("POST /held/{id}/accept", in.agent(in.acceptHeld))
	mux.HandleFunc("POST /held/{id}/discard", in.agent(in.discardHeld))

	mux.HandleFunc("GET /settings", in.agent(in.settings))
	mux.HandleFunc("GET /settings/channels", in.settles(in.showChannels))
	mux.HandleFunc("POST /settings/channels", in.settles(in.addChannel))
	mux.HandleFunc("POST /settings/channels/status", in.settles(in.switchChannel))
	mux.HandleFunc("POST /settings/channels/delete", in.settles(in.removeChannel))
	mux.HandleFunc("GET /settings/departments", in.settles(in.showDepartments))
	mux.HandleFunc("POST /settings/departments", in.settles(in.addDepartment))
	mux.HandleFunc("GET /settings/departments/{id}", in.settles(in.showDepartment))
	mux.HandleFunc("POST /settings/departments/{id}", in.settles(in.saveDepartment))
	mux.HandleFunc("POST /settings/departments/{id}/isolated", in.settles(in.isolateDepartment))
	mux.HandleFunc("POST /settings/departments/{id}/delete", in.settles(in.removeDepartment))
	mux.HandleFunc("GET /settings/texts/departments/{id}/{text}", in.settles(in.showSaid))
	mux.HandleFunc("POST /settings/texts/departments/{id}/{text}", in.settles(in.saveSaid))

	mux.HandleFunc("GET /settings/domains", in.domains(in.showDomains))
	mux.HandleFunc("POST /settings/domains", in.domains(in.addDomain))
	mux.HandleFunc("GET /settings/domains/{name}", in.domains(in.showDomain))
	mux.HandleFunc("POST /settings/domains/{name}", in.domains(in.setDomain))
	mux.HandleFunc("POST /settings/domains/{name}/check", in.domains(in.checkDomain))
	mux.HandleFunc("POST /settings/domains/{name}/delete", in.domains(in.removeDomain))

	mux.HandleFunc("GET /settings/texts", in.agent(in.showTexts))
	mux.HandleFunc("GET /settings/texts/new", in.agent(in.newText))
	mux.HandleFunc("POST /settings/texts", in.agent(in.saveText))
	mux.HandleFunc("GET /settings/texts/{id}", in.agent(in.showText))
	mux.HandleFunc("POST /settings/texts/{id}", in.agent(in.saveText))
	mux.HandleFunc("POST /settings/texts/{id}/delete", in.agent(in.removeText))
	mux.HandleFunc("GET /settings/you", in.agent(in.showYou))
	mux.HandleFunc("POST /settings/you", in.agent(in.saveYou))
	mux.HandleFunc("POST /settings/you/password", in.agent(in.changeOwnPassword))
	// Where password managers look for it: https://w3c.github.io/webappsec-change-password-url
	mux.Handle("GET /.well-known/change-password", http.RedirectHandler(changePassword, http.StatusSeeOther))
	mux.HandleFunc("GET "+stepPage, in.agent(in.showStep))
	mux.HandleFunc("POST "+stepPage, in.agent(in.beginStep))
	mux.HandleFunc("POST "+stepPage+"/confirm", in.agent(in.confirmStep))
	mux.HandleFunc("POST "+stepPage+"/codes", in.agent(in.renewCodes))
	mux.HandleFunc("POST "+stepPage+"/off", in.agent(in.endStep))
	mux.HandleFunc("POST "+stepPage+"/seen", in.agent(in.acknowledgeStep))
	mux.HandleFunc("POST /settings/you/sessions", in.agent(in.endOwnSessions))

	mux.HandleFunc("GET /settings/agents", in.admins(in.showAgents))
	mux.HandleFunc("POST /settings/agents", in.admins(in.addAgent))
	mux.HandleFunc("GET /settings/agents/{email}", in.admins(in.showAgent))
	mux.HandleFunc("POST /settings/agents/{email}", in.admins(in.saveAgent))
	mux.HandleFunc("POST /settings/agents/{email}/password", in.admins(in.setAgentPassword))
	mux.HandleFunc("POST /settings/agents/{email}/disable", in.admins(in.disableAgent))
	mux.HandleFunc("POST /settings/agents/{email}/enable", in.admins(in.enableAgent))
	mux.HandleFunc("POST /settings/agents/{email}/totp-reset", in.admins(in.resetAgentStep))
	mux.HandleFunc("POST /settings/agents/{email}/sessions", in.admins(in.endAgentSessions))

	mux.HandleFunc("GET /settings/tokens", in.admins(in.showTokens))
	mux.HandleFunc("POST /settings/tokens", in.admins(in.addToken))
	mux.HandleFunc("POST /settings/tokens/revoke", in.admins(in.revokeToken))

	mux.HandleFunc("GET /settings/queue", in.supervisors(in.showQueue))
	mux.HandleFunc("POST /settings/queue/{id}/retry", in.supervisors(in.retryQueued))
	mux.HandleFunc("POST /settings/queue/{id}/cancel", in.supervisors(in.cancelQueued))
	mux.HandleFunc("GET /settings/journal", in.supervisors(in.showJournal))
	mux.HandleFunc("GET "+auditPath, in.admins(in.showAudit))

	mux.HandleFunc("GET "+eventsPath, in.agent(in.events))

	mux.HandleFunc("/", in.open(in.notFound))
	return mux
}
