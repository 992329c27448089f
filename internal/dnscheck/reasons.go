package dnscheck

import "maps"

// Reason says in a word what a finding is about; the part before the dot is the topic. sentences has all of them.
type Reason string

// Sentences are the reasons in English; {name} in one stands for a finding's value of that name.
func Sentences() map[Reason]string { return maps.Clone(sentences) }

var sentences = map[Reason]string{
	"dns.servfail": "The DNS answers that it cannot find {name} out (SERVFAIL). Look at the name servers of the domain.",
	"dns.timeout":  "The DNS did not answer for {name} in time. Check again later.",
	"dns.failed":   "The DNS refuses to answer for {name}. Look at the resolver that the channel file names.",

	"mx.ok":        "Mail is delivered to {host}, and nowhere else.",
	"mx.nodomain":  "The domain {domain} does not exist in the DNS.",
	"mx.none":      "The domain {domain} has no MX, so mail is tried at its address, or not at all.",
	"mx.null":      "The domain {domain} says that it takes no mail (a null MX).",
	"mx.elsewhere": "Mail goes to {others}, not to this server. If it is to stay there, use a subdomain of {domain} here.",
	"mx.others":    "Mail goes to {others} too, at least as often as to this server. Take the other MX away.",
	"mx.backup":    "Mail goes to {others} while this server does not answer. What it hands on fails SPF here. Better without.",
	"mx.alias":     "The MX {host} is an alias (CNAME) of {target}. An MX must name the host itself.",
	"mx.address":   "The MX {host} is an address. An MX must name a host.",
	"mx.name":      "The MX {host} is another name of this server. It calls itself {ours}; better use that.",

	"host.ok":      "{host} has addresses.",
	"host.none":    "{host} has no address. Publish an A record, or AAAA, with this server's address.",
	"host.alias":   "{host} is an alias (CNAME) of {target}. An MX must lead to a name with addresses of its own.",
	"host.v6only":  "{host} has only IPv6 addresses. Many senders have none and cannot deliver here.",
	"host.private": "{host} has an address that nobody reaches from outside.",

	"ptr.ok":    "{address} leads back to {host}.",
	"ptr.none":  "{address} leads back to no name. Whoever gave you the address can publish {host} for it.",
	"ptr.other": "{address} leads back to another name than {host}. Whoever gave you the address can change that.",

	"spf.ok":        "Where mail leaves is allowed. The record takes {lookups} of 10 DNS look-ups.",
	"spf.none":      "The domain {domain} has no SPF record, so receivers cannot tell its mail from a forgery's.",
	"spf.several":   "There are {n} SPF records. Receivers then use none. Keep one.",
	"spf.syntax":    "The SPF record has a mistake ({wrong}). Receivers then use none of it.",
	"spf.lookups":   "The SPF record takes {n} DNS look-ups or more, and 10 are allowed. Receivers then use none of it. Take includes away.",
	"spf.include":   "The SPF record leads to {include}, which has no usable record. Receivers then use none of it.",
	"spf.silent":    "The SPF record leads to {include}, of which the DNS did not tell.",
	"spf.everybody": "The SPF record ends in +all and so allows everybody to send as the domain.",
	"spf.neutral":   "The SPF record ends in ?all, which says nothing about strangers. Better ~all.",
	"spf.noend":     "The SPF record has no end, so it says nothing about strangers. Better ~all.",
	"spf.ptr":       "The SPF record uses ptr, which is slow and not to be used.",
	"spf.outside":   "Mail leaves from {addresses}, which the SPF record does not allow to send for {domain}.",
	"spf.unsure":    "Whether the SPF record allows {address} cannot be told, since the DNS does not answer for all of it.",
	"spf.broken":    "The SPF record cannot be used: {wrong}. Receivers then use none of it.",
	"spf.relay":     "Mail leaves by {relay}, and the record does not seem to allow it. Its operator says which include: to add.",
	"spf.propose":   "Mail leaves by {relay}, and the record does not seem to allow it. Its operator says which include: to add. It may be include:{include}, which has an SPF record: ask first.",

	"dkim.ok":        "The key {selector} is published.",
	"dkim.off":       "The domain {domain} has no dkim_selector, so its mail is not signed.",
	"dkim.nokey":     "The key {selector} does not exist yet. The server makes it when it takes the channel file up.",
	"dkim.none":      "The key {selector} is not published, so nobody can verify what is signed with it.",
	"dkim.several":   "There are several records for the key {selector}. Keep one.",
	"dkim.split":     "The key {selector} is published in pieces, as several records. It must be one record with several strings.",
	"dkim.quotes":    "The record of the key {selector} has quotes or backslashes in its text. Publish it without.",
	"dkim.form":      "What is published for {selector} is no key.",
	"dkim.version":   "The record of the key {selector} does not begin with v=DKIM1.",
	"dkim.revoked":   "The key {selector} is published as revoked (p= is empty), so no signature verifies.",
	"dkim.kind":      "The key that is published for {selector} is of another kind (k=) than ours.",
	"dkim.different": "Another key than ours is published for {selector}, so no signature verifies.",
	"dkim.use":       "The record of the key {selector} does not allow it for mail (s=), or not with SHA-256 (h=).",
	"dkim.testing":   "The key {selector} is published as a test (t=y). Receivers then treat mail as unsigned.",

	"dmarc.ok":      "The policy for mail that proves nothing is {policy}.",
	"dmarc.watch":   "The policy is none: nothing happens to mail that proves nothing. Go on to p=quarantine once all of the domain's mail is signed.",
	"dmarc.above":   "The policy of {above} applies: {policy}.",
	"dmarc.none":    "The domain {domain} has no DMARC policy, and none above it does.",
	"dmarc.several": "There are several DMARC records. Receivers then use none. Keep one.",
	"dmarc.form":    "The record was meant as DMARC, it seems, but it does not begin with v=DMARC1.",
	"dmarc.policy":  "The DMARC record has a mistake ({wrong}).",
	"dmarc.testing": "The policy {policy} is published as a test (t=y). Receivers then do less.",
}
