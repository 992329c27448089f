package inbox

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Options are what an Inbox is made of. Desk and Agents are needed.
type Options struct {
	Desk   Desk
	Agents Agents
	// ChannelFile is what Settings edits; nil: there are no settings.
	ChannelFile ChannelFile
	// DNS tells which records our domains need; nil: Settings has no domains.
	DNS DNS
	// Relay tells how the relay fared; nil: nothing is said of it.
	Relay func() RelayState
	// URL is the address that agents type, such as https://inbox.example.com. With https the cookie is
	// never sent in the clear.
	URL string
	// Language is the server's: es, pt or en. Empty: en.
	Language string
	// MaxMessage bounds an outgoing mail as it leaves, encoded, in octets. Zero: 25 MiB.
	MaxMessage int64
	// TrustedProxies are believed when they say which address a request comes from.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
	Now            func() time.Time
	// SessionLife is how long a log-in lasts. Zero: 12 hours.
	SessionLife time.Duration
	// Undo is how long an answer waits before it leaves, so that its agent can take it back. Zero: it
	// leaves at once.
	Undo time.Duration
}

// Inbox serves the agents' pages.
type Inbox struct {
	desk       Desk
	agents     Agents
	file       ChannelFile
	dns        DNS
	relay      func() RelayState
	languages  map[string]*language
	fallback   string // the server's language
	screens    map[string]*template.Template
	static     *assets
	maxMessage int64
	proxies    []netip.Prefix
	log        *slog.Logger
	now        func() time.Time
	life       time.Duration
	undoTime   time.Duration
	secure     bool   // the URL is https
	origin     string // scheme://host of the URL; empty without one
	streams    *streams
	presence   *presence
	gzip       func(http.Handler) http.HandlerFunc
	painter    chan struct{} // who holds its one place may decode a picture
}

// New makes an Inbox. The error names what is wrong with the options.
func New(o Options) (*Inbox, error) {
	if o.Desk == nil || o.Agents == nil {
		return nil, errors.New("inbox: a desk and agents are needed")
	}
	in := &Inbox{
		desk: o.Desk, agents: o.Agents, file: o.ChannelFile, dns: o.DNS, relay: o.Relay, fallback: o.Language, maxMessage: o.MaxMessage, proxies: o.TrustedProxies,
		log: o.Log, now: o.Now, life: o.SessionLife, undoTime: o.Undo, streams: newStreams(), presence: newPresence(), painter: make(chan struct{}, 1),
	}
	if in.fallback == "" {
		in.fallback = "en"
	}
	if in.maxMessage <= 0 {
		in.maxMessage = 25 << 20
	}
	if in.log == nil {
		in.log = slog.New(slog.DiscardHandler)
	}
	if in.now == nil {
		in.now = time.Now
	}
	if in.life <= 0 {
		in.life = 12 * time.Hour
	}
	if err := in.setURL(o.URL); err != nil {
		return nil, err
	}
	in.languages = newLanguages()
	if in.languages[in.fallback] == nil {
		return nil, fmt.Errorf("inbox: there is no language %q", o.Language)
	}
	var err error
	if in.static, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	if in.screens, err = loadScreens(in.languages, in.static); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	if in.gzip, err = newCompressor(); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	return in, nil
}

func (in *Inbox) setURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("inbox: %q is not an address of the form https://inbox.example.com", s)
	}
	if strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("inbox: the address %q has a path; the inbox stands at the top of its host", s)
	}
	in.secure, in.origin = u.Scheme == "https", u.Scheme+"://"+u.Host
	return nil
}

// Handler serves every page. It may be mounted at "/" beside other handlers.
func (in *Inbox) Handler() http.Handler { return in.protect(in.compress(in.routes())) }

// Close ends the live streams, so that an http.Server can shut down, and waits for them until ctx ends.
// Pages are served on.
func (in *Inbox) Close(ctx context.Context) error { return in.streams.close(ctx) }
