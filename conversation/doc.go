// Package conversation is the domain of Recado: what becomes of a mail, and who answers it.
//
// # Words
//
// A channel is one of our addresses with a send type and a department. A contact is a customer's
// address with a name. A protocol is a numbered conversation with one contact; it is open or
// finalized, and a key (a sender, or a sender within an isolated department) has at most one that
// is open. A mail that is kept but waits for a person's decision is held. A report is a delivery
// status notification (RFC 3464). The journal has a line for every recipient that was answered 250.
//
// # The flow of a mail
//
//	smtpd gathers facts        -> Incoming (envelope, spooled mail, parsed header, verdict)
//	Manager.Receive            -> plan: facts from the store, decide() for every target
//	                              refuse | later  -> nothing is stored but the first try (rule 9)
//	                              otherwise       -> the raw mail is appended to the mail log, synced,
//	                                                 then ONE Store.Update plans again and applies:
//	                                                 protocol, message, held, journal, queue, change
//	                           <- Outcome, which smtpd turns into its reply
//
// The rules are numbered as in docs/rules.md, and [decide] is the one pure function that holds their
// order. The same function serves a mail that arrives, a held mail that an agent accepts, and
// Manager.Explain, which changes nothing.
//
// # Ports
//
// [Store] is all that the domain asks of a database and of the log of raw mails. The package imports
// internal/message and internal/say and nothing else of ours; adapters import it.
package conversation
