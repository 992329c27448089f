package config

import (
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"recado/internal/say"
)

// Config is a channel file that has been read and found valid: defaults are filled in, emails are
// normalised (see [EmailKey]), and relative paths have become paths from the file's folder.
// It is never changed after [Load] returned it, so it may be shared.
type Config struct {
	Path string // the channel file, as it was given to Load
	Hash string // SHA-256 of the file's bytes, lower-case hex: an edit carries it to prove what it read
	// Content is as Hash, of the texts that the file names too: whoever has it has the same configuration.
	Content string

	Server      Server
	SMTP        SMTP
	Inbox       Inbox
	Relay       Relay
	DNS         DNS
	Monitor     Monitor
	Limits      Limits
	Spam        Spam
	Domains     []Domain     // at least one
	Departments []Department // at least one, each with at least one channel
	Channels    []Channel    // in the file's order, which decides between equals (rule 3)
	Forms       []Form

	// Warnings are what the file may say but its author may not have meant. They stop nothing.
	Warnings Problems

	env Env
}

// Server says who this server is and where it keeps things.
type Server struct {
	Hostname     string         // FQDN, lower-case ASCII: banner, EHLO, Received, Message-ID of automatic mail
	Data         string         // folder of store, raw mail, keys and search index; need not exist yet
	Timezone     *time.Location // whose midnight starts a new day of protocol numbers; default UTC
	Language     Language       // of automatic texts, and the inbox's default; default en
	FoldPlusTags bool           // a customer's name+tag@ counts as name@ (rule 1); default false
}

// SMTP is the port that mail arrives at.
type SMTP struct {
	Listen     string // host:port; default ":25"
	MaxMessage int64  // bytes, announced as SIZE (RFC 1870); default 25 MiB
	// BannerDelay is how long a client must keep quiet before it is greeted; default 2 s, 0 turns it off.
	BannerDelay time.Duration
	TLS         TLS
}

// TLS names a certificate in PEM, or none: then both are empty and STARTTLS is not offered.
type TLS struct {
	CertFile string // the chain, leaf first
	KeyFile  string
}

// Enabled reports whether a certificate is named.
func (t TLS) Enabled() bool { return t.CertFile != "" }

// Inbox is where agents work, and the JSON API.
type Inbox struct {
	Listen         string         // host:port; default "127.0.0.1:8080"; "" turns it off
	URL            string         // as agents reach it, without a final slash; see [Config.InboxURL]
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; default none
	Session        time.Duration  // how long a login lasts; default 12 h
	Undo           time.Duration  // how long what an agent sends waits so that it can be undone; default 10 s, 0 sends at once
}

// Relay is where answers leave through.
type Relay struct {
	Address      string // host:port
	Security     Security
	Username     string // "": no AUTH
	PasswordFile string // at most one of the two is set
	PasswordEnv  string
	Uncertain    Uncertain
	GiveUpAfter  time.Duration // default 5 days (RFC 5321 4.5.4.1)
	Connections  int           // at once, at least 1; default 4
}

// Security is how the connection to the relay is protected.
type Security string

const (
	SecurityStartTLS Security = "starttls" // RFC 3207; the default
	SecurityTLS      Security = "tls"      // from the first byte, RFC 8314
	SecurityNone     Security = "none"     // only to a loopback address
)

// Uncertain is what becomes of an item whose relay was lost after the final dot and before its answer.
type Uncertain string

const (
	UncertainRetry Uncertain = "retry" // the same bytes again, under the same Message-ID; the default
	UncertainAsk   Uncertain = "ask"   // wait for a person
)

// DNS is whom SPF, DKIM and DMARC ask.
type DNS struct {
	Resolver string // host:port of the only server to ask; "": the system's
}

// Monitor is the listener of /healthz, /readyz and /metrics.
type Monitor struct {
	Listen string // host:port; default "127.0.0.1:9090"; "" turns it off
}

// Limits are bounds on what others may do to us. 0 turns one off.
type Limits struct {
	MailsPerHour          int // from one sender, above it held as flood (rule 15); default 60
	AckPerHour            int // acknowledgements to one sender (rule 14); default 3
	HeldDays              int // until automatic, backscatter and spam expire (rule 19); default 90
	AuditDays             int // that audit lines are kept; 0: for good; default 365
	Connections           int // to the SMTP port, in all; default 1000
	ConnectionsPerAddress int // to the SMTP port; default 20; of a network four times that
	ConnectionsPerMinute  int // new ones to the SMTP port, of one address; default 120
	Recipients            int // of one mail (RFC 5321 4.5.3.1.8); default 100
}

// Spam is who is asked about senders and their mail, and what that means.
type Spam struct {
	DNSBL     []string      // zones of blocklists (RFC 5782), lower-case ASCII; none: nobody is asked
	Listed    Listed        // what a listing means
	Rspamd    string        // URL of its scanner, without a final slash; "": not asked
	Threshold float64       // rspamd's score from which on a mail is held; default 6
	Deadline  time.Duration // for their answers; default 8 s
}

// Listed is hold or refuse.
type Listed string

const (
	ListedHold   Listed = "hold" // the default
	ListedRefuse Listed = "refuse"
)

// Domain is one that this server is the MX of.
type Domain struct {
	Name          string   // lower-case ASCII
	DKIMSelectors []string // none: mail is not signed; the first signs, a second is published beside it
	Postmaster    string   // email of an active channel that receives; filled in where the file names none
}

// Department owns channels and the protocols that come through them.
type Department struct {
	ID              string // [A-Za-z0-9_-]
	Name            string // default: its id
	Isolated        bool   // keys protocols by sender and department, nobody else reads them (rule 5)
	Acknowledge     bool   // rule 14; default true
	Language        Language
	Acknowledgement string // the text of acknowledgement_file; "": the built-in one of the language
	Signature       string // the text of signature_file; "": none
	// Classifications are what its protocols may be finalized as; none: anything
	Classifications []string

	AcknowledgementFile string // where the texts came from, "" when there is none
	SignatureFile       string
}

// Channel is one of our addresses with a send type and a department (rule 3).
type Channel struct {
	Email      string // local part as written, domain lower-case ASCII
	Department string // the id of one in Departments
	Send       SendType
	Active     bool       // status
	Unverified Unverified // what mail that nothing vouches for meets (rule 9)
	DMARC      DMARC      // what mail that fails its domain's policy meets (rule 9)
	Robots     []string   // emails or domains whose automatic mail is a customer's (rule 11)
}

// SendType is what a channel is for (rule 3).
type SendType string

const (
	SendAll       SendType = "all"       // everything; the default
	SendActive    SendType = "active"    // first contact
	SendRecontact SendType = "recontact" // resuming contact from History
	SendHistory   SendType = "history"   // a conversation's history
	SendReceptive SendType = "receptive" // receives
)

// Receives reports whether a channel of this type takes mail in.
func (s SendType) Receives() bool { return s == SendAll || s == SendReceptive }

// Unverified is accept or hold.
type Unverified string

const (
	UnverifiedAccept Unverified = "accept" // the default
	UnverifiedHold   Unverified = "hold"
)

// DMARC is hold or refuse.
type DMARC string

const (
	DMARCHold   DMARC = "hold" // the default
	DMARCRefuse DMARC = "refuse"
)

// Form is a contact form: for verified mail from it, Reply-To is the sender (rule 10).
type Form struct {
	From string // email
}

// Language is one that automatic texts exist in.
type Language string

const (
	Spanish    Language = "es"
	Portuguese Language = "pt"
	English    Language = "en"
)

// Receives reports whether the channel takes mail in today: RCPT gets 250 (rule 4).
func (c Channel) Receives() bool { return c.Active && c.Send.Receives() }

// InboxURL is where agents reach the inbox: `[inbox] url`, or else plain HTTP at the address that
// its listener was given (which the file does not know when it asks for port 0).
func (c *Config) InboxURL(bound string) string {
	if c.Inbox.URL != "" {
		return c.Inbox.URL
	}
	return derivedURL(bound, c.Server.Hostname)
}

// derivedURL makes an address that a listener has into one that a browser can open.
func derivedURL(listen, hostname string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		host = hostname
	}
	if port == "80" && !strings.Contains(host, ":") {
		return "http://" + host
	}
	return "http://" + net.JoinHostPort(host, port)
}

// LogValue keeps a log line about a configuration to what identifies it.
func (c *Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("file", c.Path), slog.String("hash", c.Hash[:min(12, len(c.Hash))]),
		slog.Int("domains", len(c.Domains)), slog.Int("departments", len(c.Departments)), slog.Int("channels", len(c.Channels)))
}

// Problem is one thing wrong with the file, or (in Warnings) one that may be.
type Problem struct {
	File    string       // as given to Load
	Line    int          // from 1; 0 when the problem has no place in the file
	Column  int          // from 1, in characters
	Message say.Sentence // what is wrong
	Hint    say.Sentence // what to write instead; may be empty
}

// String is the problem in one line: "recado.toml:12:3: what is wrong; what to write instead".
func (p Problem) String() string { return p.Said().Text }

// Said is the problem in one line.
func (p Problem) Said() say.Sentence {
	what := p.Message
	if p.Hint.Text != "" {
		what = say.Join("; ", p.Message, p.Hint)
	}
	if p.Line == 0 {
		return say.Of("%s: %s", p.File, what)
	}
	return say.Of("%s:%d:%d: %s", p.File, p.Line, p.Column, what)
}

// Problems is everything wrong with a file, in the order of its lines. As an error it prints one
// problem a line.
type Problems []Problem

// Error prints one problem a line.
func (p Problems) Error() string { return p.Said().Text }

// Said is the problems, one a line.
func (p Problems) Said() say.Sentence {
	lines := make([]say.Sentence, len(p))
	for i, problem := range p {
		lines[i] = problem.Said()
	}
	return say.Join("\n", lines...)
}

// Env looks up an environment variable, as os.LookupEnv does. A nil Env is os.LookupEnv.
type Env func(name string) (value string, found bool)
