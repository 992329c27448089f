package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/internal/say"
)

// maxLists bounds the blocklists: each is asked for every connection.
const maxLists = 10

func (l *loader) decodeSpam(r reader) {
	s := &l.config.Spam
	s.Listed, s.Threshold, s.Deadline = ListedHold, 6, 8*time.Second
	r.list("dnsbl", say.Of(`write the zone that the list publishes, such as "zen.spamhaus.org"`), func(text string) error {
		zone, err := parseDomain(text)
		switch {
		case err != nil:
			return err
		case slices.Contains(s.DNSBL, zone):
			return say.Errorf("it is listed twice")
		case len(s.DNSBL) >= maxLists:
			return say.Errorf("ten lists are the most")
		}
		s.DNSBL = append(s.DNSBL, zone)
		return nil
	})
	word(r, "listed", &s.Listed, ListedHold, ListedRefuse)
	r.parsed("rspamd", &s.Rspamd, say.Of(`write it as "http://127.0.0.1:11333"`), parseScanner)
	r.number("threshold", &s.Threshold, 0.1, 1000)
	r.duration("deadline", &s.Deadline, "8s")
	if most := time.Minute; s.Deadline > most {
		l.problem(r.table.place("deadline"), say.Of("deadline is longer than a minute, for which every sender would wait"), say.Of(`write "8s"`))
	}
}

// parseScanner takes the address of rspamd. Whole mails go there: over plain HTTP only to this machine, a private
// network, or a name without a dot, which leads nowhere else.
func parseScanner(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil || strings.HasPrefix(u, "https:") {
		return u, err
	}
	parsed, err := url.Parse(u)
	if err != nil {
		return "", say.Errorf("it is not a URL")
	}
	host := parsed.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil && (ip.IsLoopback() || ip.IsPrivate()) || err != nil && !strings.Contains(host, ".") {
		return u, nil
	}
	return "", say.Errorf("over http, customers' mail would cross the network for all to read")
}

// number reads a number within bounds, whole or not.
func (r reader) number(key string, into *float64, least, most float64) {
	v := r.table.field(key)
	if v == nil {
		return
	}
	hint := say.Of("write a number from %s to %s", strconv.FormatFloat(least, 'g', -1, 64), strconv.FormatFloat(most, 'g', -1, 64))
	if v.kind != kindInteger && v.kind != kindFloat {
		r.l.problem(v.at, say.Of("%s must be a number, not %s", key, v.kind), hint)
		return
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(v.text, "_", ""), 64)
	if err != nil || !(n >= least && n <= most) { // nan is in no bounds
		r.l.problem(v.at, say.Of("%s = %s is out of bounds", key, v.text), hint)
		return
	}
	*into = n
}
