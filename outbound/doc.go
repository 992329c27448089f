// Package outbound sends what the domain has queued, through one authenticated relay (RFC 6409), until
// each recipient is sent, failed or cancelled.
//
//	Jobs.LeaseDue        the attempt is counted and stored before anything leaves
//	Jobs.OutgoingMail    the raw mail, the same octets at every attempt
//	prepare              one pass: line ends are checked, the DKIM signatures made (RFC 6376)
//	relay.connect        TCP, STARTTLS or TLS, AUTH; or the connection that the last mail left open
//	session.send         MAIL, RCPT, DATA, the mail (RFC 5321 3.3)
//	Jobs.MarkDot         stored before the final dot is written: from here on a silence is "uncertain"
//	Jobs.Attempted       what came of it, per recipient, and when to try again
//
// What a reply means is decided in classify.go, when to try again in schedule.go; both are pure. A relay
// that cannot be reached, is not who it should be or refuses our login is our fault or its own, never
// the customer's: everything waits, and after the first such fault the queue tries with one mail at a
// time, at growing intervals, so that a wrong password is not tried a thousand times.
//
// The client is our own, over net and crypto/tls: it tells its name before STARTTLS too, bounds what a
// relay may answer, sees a relay that hung up before the final dot, and writes that dot by itself, so that "not sent" and
// "perhaps sent" can be told apart.
package outbound
