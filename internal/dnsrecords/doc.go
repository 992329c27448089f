// Package dnsrecords says which DNS records a domain of ours needs, so that mail for it arrives here and
// mail from it is believed elsewhere: MX (RFC 5321, 5.1), SPF (RFC 7208), the DKIM keys (RFC 6376, 3.6) and DMARC
// (RFC 9989).
//
//	Options ── Records ──> []Record, each with the reason for it ── ZoneFragment ──> text to paste
//
// It makes the DKIM keys too (keys.go): RSA of 2048 bits, since that is what every verifier understands, kept as
// PEM in PKCS #8. Nothing here asks the DNS.
package dnsrecords
