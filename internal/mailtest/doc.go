// Package mailtest holds the other side of every conversation that Recado has: a DNS server with
// zones made for the occasion ([Zone], [ServeDNS]), a submission relay that captures what it is
// given and fails where it is told to ([Relay]), a certificate authority ([CA]), DKIM signatures
// ([SignDKIM]) and an SMTP client that does exactly what it is told ([Dial], [RunDialogue]).
//
// Everything listens on loopback and speaks the real protocols (RFC 1035, RFC 5321, RFC 3207,
// RFC 4954), so the code under test is the code that runs in production. The tests use it, and so
// does `recado demo`: therefore nothing here imports "testing"; what needs a test takes a [TB],
// which *testing.T and *testing.B are.
//
// A typical test:
//
//	z := mailtest.MustParseZone(`
//	    example.com.  TXT "v=spf1 ip4:192.0.2.1 -all"
//	    broken.test.  SERVFAIL
//	`)
//	srv, err := mailtest.ServeDNS("127.0.0.1:0", z)  // srv.Addr() is the resolver to ask
//	relay, err := mailtest.NewRelay(mailtest.RelayOptions{Users: map[string]string{"u": "p"}})
//	… send through relay.Addr() …
//	mails, err := relay.Wait(ctx, 1)
package mailtest
