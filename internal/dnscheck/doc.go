// Package dnscheck asks the DNS whether the records that a domain of ours needs (see dnsrecords) are there, and says
// of each what is there, what is wanted and what to paste.
//
//	Options ── Checker.Check ──> Report{Findings}, each with a state and a reason
//	   mx.go        mail for the domain arrives here, and nowhere else (RFC 5321, 5.1; RFC 2181, 10.3; RFC 7505)
//	   host.go      the server's name has addresses, and they have its name (RFC 1912, 2.1)
//	   spf.go       what leaves by the relay is allowed (RFC 7208)
//	   dkim.go      the keys that are published are ours (RFC 6376, 3.6.1)
//	   dmarc.go     the domain has a policy (RFC 9989)
//	   merge.go     what is there already stays in what is to be pasted
//
// It asks as strangers do, so what it finds is what they find: a no is told from a DNS that does not answer, and
// that from one that does not answer in time. [Keeper] bounds who asks how often.
package dnscheck
