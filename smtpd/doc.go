// Package smtpd is the door: the SMTP server (RFC 5321) that is the MX of our domains. It gathers the
// facts about a mail and hands them to the domain, which decides; it decides nothing itself.
//
// # How a connection flows
//
//	listener.go   accept; tracking, so that a shutdown reaches everyone
//	  gate.go     who may come in: so many at a time of all, an address, a network; so many a minute
//	conn.go       stands between the client and go-smtp for the whole connection
//	  command.go  one command line at a time: sizes, floods, what go-smtp answers wrongly, postmaster
//	  answer.go   every reply on its way out: 421 closes, EHLO says only what is true
//	  starttls.go RFC 3207, here and not in go-smtp, so that the rest of the list holds under TLS too
//	  body.go     the octets after DATA: end of data, dot stuffing, deadlines
//	session.go    MAIL and RCPT: Receiver.Ready, Receiver.Recipient
//	data.go       DATA: spool.go (size, SHA-256; header limits: headerguard.go) -> message.Parse
//	              -> Verifier.Check, and beside it spam.go -> Receiver.Receive -> reply.go
//	spam.go       what blocklists say of the client, asked since the banner, and rspamd of the mail
//	reply.go      the only place that makes replies; causes are logged, never sent
//
// go-smtp parses commands and keeps the state of a session. It is given one command at a time, never
// the octets of a body: what it does with those (one deadline for all of DATA, the rest of a body that
// broke off run as commands, a cut BDAT chunk taken for a whole mail) cannot happen here.
//
// # What a body may hold
//
// Only CRLF.CRLF ends the data (RFC 5321 4.1.1.4). Bare CR, bare LF and NUL are kept as they were
// received: Recado is no relay, the raw mail never leaves again, and what outbound sends is composed
// anew. Dots are unstuffed (RFC 5321 4.5.2); nothing else is changed, nothing is prepended: our
// Received field and Authentication-Results are kept beside the mail.
//
// # Extensions
//
// PIPELINING (RFC 2920), 8BITMIME (RFC 6152), SIZE (RFC 1870), SMTPUTF8 (RFC 6531), STARTTLS
// (RFC 3207), ENHANCEDSTATUSCODES (RFC 2034), LIMITS (RFC 9422). Neither AUTH, since nobody submits mail
// here, nor CHUNKING: BDAT is refused and ends the connection, as its chunk would follow uninvited.
//
// # Deviations from RFC 5321
//
// A command line may end in a bare LF. A second MAIL within a transaction starts a new one (3.3)
// where 4.1.4 would let it be refused. Commands have at most 1024 octets, twice what 4.5.3.1.4 asks
// for, since the parameters of extensions add to it.
package smtpd
