package inbox

import (
	"net/http"
	"net/netip"
	"strings"
)

// pagePolicy is the Content-Security-Policy of our own pages: what is embedded here, and nothing inline.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// filePolicy is that of a file from a mail: whatever it is, it runs nothing and belongs to nobody.
const filePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// protect puts the security headers on every answer and refuses what another site makes a browser send.
func (in *Inbox) protect(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	if in.origin != "" {
		// A proxy may not hand on the Host that the browser asked; the Origin is still ours.
		if err := cross.AddTrustedOrigin(in.origin); err != nil {
			in.log.Error("trust our own origin", "origin", in.origin, "err", err)
		}
	}
	cross.SetDenyHandler(in.open(in.refuseForeign))
	guarded := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-DNS-Prefetch-Control", "off") // links in mails are not looked up before they are followed
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if in.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		guarded.ServeHTTP(w, r)
	})
}

// maxForm bounds the body of a form without files: a note of 1 MiB, encoded at its worst. maxLoginForm is for
// strangers, who may come by the thousand.
const (
	maxForm      = 4 << 20
	maxLoginForm = 16 << 10
)

// form reads an agent's form.
func form(w http.ResponseWriter, r *http.Request) error { return formUpTo(w, r, maxForm) }

// formUpTo reads a form of limit octets at most.
func formUpTo(w http.ResponseWriter, r *http.Request, limit int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		return errBadForm
	}
	return nil
}

// Remote is the address that a request comes from: the connection's, or what trusted proxies say. Their
// X-Forwarded-For is read from its end, and the first address that is not a trusted proxy's is the one:
// what stands before it was written by who knows whom.
func (in *Inbox) Remote(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && in.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr.WithZone("")
}

func (in *Inbox) trusts(a netip.Addr) bool {
	for _, p := range in.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
