package api

// operation tells programs of one route. openapi_test.go holds it against what the handlers read and answer.
type operation struct {
	route  string // "GET /protocols", as the route table has it
	says   string
	query  []string // beside cursor and limit, which every list has
	body   any      // a value of what the handler reads; nil: nothing
	form   bool     // it may come as multipart/form-data with files, too
	status int      // of a good answer; 0: 200
	answer any      // a value of the document; nil: a file
}

// Bodies that have no type of their own.
type (
	noFields struct{}
	textBody struct {
		Text string `json:"text"`
	}
	agentBody struct {
		Agent string `json:"agent"`
	}
	toBody struct {
		To string `json:"to"`
	}
)

var operations = []operation{
	{route: "GET /openapi.json", says: "This description. It needs no token.", answer: map[string]any{}},

	{route: "GET /protocols", says: "List protocols, newest change first where sort does not say otherwise.", answer: List[Protocol]{},
		query: []string{"status", "department", "contact", "agent", "number", "classification", "after", "before", "sort", "q"}},
	{route: "GET /protocols/{number}", says: "A protocol with its messages, oldest first.", answer: Conversation{}},
	{route: "POST /protocols/{number}/replies", says: "Answer within a protocol.", body: Reply{}, form: true, status: 201, answer: Message{}},
	{route: "POST /protocols/{number}/recontact", says: "Resume contact from a finalized protocol.", body: Recontact{}, form: true, status: 201, answer: Message{}},
	{route: "POST /protocols/{number}/history", says: "Send what was written to the contact, or to another address.", body: toBody{}, status: 201, answer: Message{}},
	{route: "POST /protocols/{number}/notes", says: "Add words that only agents read.", body: textBody{}, status: 201, answer: Message{}},
	{route: "POST /protocols/{number}/finalize", says: "End a protocol.", body: struct {
		Classification string `json:"classification"`
	}{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/reopen", says: "Open a finalized protocol again.", body: noFields{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/split", says: "Give a message and what follows it a protocol of its own, which is answered.", body: struct {
		Message string `json:"message"`
	}{}, status: 201, answer: Protocol{}},
	{route: "POST /protocols/{number}/merge", says: "Bring all of a protocol into another of the same contact, which is answered.", body: struct {
		Into string `json:"into"`
	}{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/undo", says: "Take back the last split or merge.", body: noFields{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/assign", says: "Give a protocol to an agent, to nobody where agent is empty.", body: agentBody{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/tags", says: "Add and remove tags; tags, when given, replaces all.", body: Tags{}, answer: Protocol{}},
	{route: "POST /protocols/{number}/transfer", says: "Give a protocol to another department or agent.", body: Transfer{}, answer: Protocol{}},
	{route: "POST /mails", says: "Write to a contact first. The message's number tells which protocol it joined or opened.", body: Mail{}, form: true, status: 201, answer: Message{}},
	{route: "GET /messages/{id}/raw", says: "A mail's bytes as received."},
	{route: "GET /messages/{id}/attachments/{n}", says: "An attachment; n is its id."},

	{route: "GET /held", says: "List mail that waits for a decision, newest first.", query: []string{"department", "reason"}, answer: List[Held]{}},
	{route: "GET /held/{id}", says: "A held mail with what it says.", answer: HeldMail{}},
	{route: "POST /held/{id}/accept", says: "Treat a held mail as if it had been accepted when it came.", body: noFields{}, answer: Message{}},
	{route: "POST /held/{id}/discard", says: "End a held mail.", body: noFields{}, answer: Held{}},
	{route: "GET /journal", says: "List the fates of accepted recipients, newest first.", query: []string{"receipt", "department", "address", "number"}, answer: List[JournalLine]{}},
	{route: "GET /audit", says: "List what agents, programs and the operator did, newest first. For admins.",
		query: []string{"actor", "action", "object", "department", "since", "until"}, answer: List[AuditLine]{}},
	{route: "GET /queue", says: "List what is to be sent, oldest first.", answer: List[QueueItem]{}},
	{route: "GET /queue/{id}", says: "One item of the queue.", answer: QueueItem{}},
	{route: "POST /queue/{id}/retry", says: "Make an item due at once.", body: noFields{}, answer: QueueItem{}},
	{route: "POST /queue/{id}/cancel", says: "Give an item's recipients up.", body: noFields{}, answer: QueueItem{}},

	{route: "GET /contacts", says: "List contacts by address.", query: []string{"prefix", "q", "blocked"}, answer: List[ContactItem]{}},
	{route: "GET /contacts/{address}", says: "A contact with what is known of him.", answer: Contact{}},
	{route: "GET /contacts/{address}/protocols", says: "The protocols of a contact and of the addresses linked to him.", answer: List[Protocol]{}},
	{route: "POST /contacts/{address}/name", says: "Give a contact a name, or take it away.", body: struct {
		Name       string `json:"name"`
		Department string `json:"department"`
	}{}, answer: Contact{}},
	{route: "POST /contacts/{address}/links", says: "Say which addresses are of the same person.", body: ContactLinks{}, answer: Contact{}},
	{route: "POST /contacts/{address}/notes", says: "Note something about a contact.", body: struct {
		Text       string `json:"text"`
		Department string `json:"department"`
	}{}, status: 201, answer: ContactNote{}},
	{route: "DELETE /contacts/{address}/notes/{id}", says: "Delete a note about a contact.", body: noFields{}, answer: Contact{}},
	{route: "POST /contacts/{address}/block", says: "Hold all that a contact writes.", body: struct {
		Reason     string `json:"reason"`
		Department string `json:"department"`
	}{}, answer: Contact{}},
	{route: "POST /contacts/{address}/unblock", says: "Let a contact write again.", body: struct {
		Department string `json:"department"`
	}{}, answer: Contact{}},

	{route: "GET /channels", says: "List the channel file's rows, in its order.", answer: List[Channel]{}},
	{route: "POST /channels", says: "Add a row. For admins.", body: ChannelEdit{}, status: 201, answer: Channel{}},
	{route: "GET /channels/{email}", says: "One row; send names it where the email has several.", query: []string{"send"}, answer: Channel{}},
	{route: "PATCH /channels/{email}", says: "Change a row. For admins.", query: []string{"send"}, body: ChannelEdit{}, answer: Channel{}},
	{route: "DELETE /channels/{email}", says: "Remove a row, which is answered as it was. For admins.", query: []string{"send"}, answer: Channel{}},
	{route: "GET /domains", says: "List our domains with the records to publish. For admins.", answer: List[Domain]{}},
	{route: "POST /domains", says: "Add a domain; its DKIM key is made at once. For admins.", body: DomainEdit{}, status: 201, answer: Domain{}},
	{route: "GET /domains/{name}", says: "One domain. For admins.", answer: Domain{}},
	{route: "PATCH /domains/{name}", says: "Change a domain's postmaster or selectors. For admins.", body: DomainEdit{}, answer: Domain{}},
	{route: "DELETE /domains/{name}", says: "Remove a domain that no channel is of, which is answered as it was. For admins.", answer: Domain{}},
	{route: "GET /domains/{name}/dns", says: "Ask the DNS which of a domain's records are there; an answer may be three seconds old. For admins.", answer: DomainCheck{}},
	{route: "GET /departments", says: "List departments.", answer: List[Department]{}},
	{route: "POST /departments", says: "Add a department with its first channel. For admins.", body: NewDepartment{}, status: 201, answer: Department{}},
	{route: "GET /departments/{id}", says: "A department.", answer: Department{}},
	{route: "PATCH /departments/{id}", says: "Change a department. For admins.", body: DepartmentEdit{}, answer: Department{}},
	{route: "DELETE /departments/{id}", says: "Remove a department that no protocol is open of; its channels go to channels_to, or with it. For admins.", query: []string{"channels_to", "with_channels"}, body: noFields{}, answer: Department{}},
	{route: "GET /departments/{id}/texts/{text}", says: "What a department says by itself: text is acknowledgement or signature. For admins.", answer: DepartmentText{}},
	{route: "PUT /departments/{id}/texts/{text}", says: "Write a text of the department's own. For admins.", body: textBody{}, answer: DepartmentText{}},
	{route: "DELETE /departments/{id}/texts/{text}", says: "Go back to the built-in text. For admins.", body: noFields{}, answer: DepartmentText{}},
	{route: "GET /canned-answers", says: "List canned answers by title.", answer: List[CannedAnswer]{}},
	{route: "POST /canned-answers", says: "Add a canned answer.", body: CannedEdit{}, status: 201, answer: CannedAnswer{}},
	{route: "GET /canned-answers/{id}", says: "A canned answer.", answer: CannedAnswer{}},
	{route: "PATCH /canned-answers/{id}", says: "Change a canned answer; a text that is empty goes.", body: CannedEdit{}, answer: CannedAnswer{}},
	{route: "DELETE /canned-answers/{id}", says: "Remove a canned answer, which is answered as it was.", body: noFields{}, answer: CannedAnswer{}},
	{route: "GET /canned-answers/{id}/text", says: "A canned answer as it would be said in a protocol.", query: []string{"number", "language"}, answer: CannedText{}},
	{route: "GET /numbers", says: "What happened on some days, and who waits now.", query: []string{"from", "to", "department", "agent"}, answer: Numbers{}},
	{route: "GET /numbers.csv", says: "The same as a file (RFC 4180).", query: []string{"from", "to", "department", "agent"}},
	{route: "GET /search", says: "How far the search index is.", answer: SearchIndex{}},
	{route: "POST /search/rebuild", says: "Build the search index anew. For admins.", body: noFields{}, answer: SearchIndex{}},
	{route: "GET /agents", says: "List agents by address: all for an admin, those of one's departments for others.", answer: List[Agent]{}},
	{route: "GET /agents/{email}/sessions", says: "List where an agent is logged in, the latest log-in first. For admins.", answer: List[Session]{}},
	{route: "POST /agents/{email}/sign-out", says: "End a session of an agent at once, or all of them. For admins.", body: SignOut{}, answer: SignedOut{}},
	{route: "POST /agents/{email}/totp-reset", says: "Turn off the second step of an agent who lost the app and the recovery codes. For admins.", body: noFields{}, answer: Agent{}},
	{route: "GET /tokens", says: "List tokens, oldest first. For admins.", answer: List[Token]{}},
	{route: "POST /tokens", says: "Make a token, which the answer shows this once. For admins.", body: NewToken{}, status: 201, answer: MadeToken{}},
	{route: "POST /tokens/{id}/revoke", says: "End a token at once. For admins.", body: noFields{}, answer: Token{}},
}
