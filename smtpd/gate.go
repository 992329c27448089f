package smtpd

import (
	"net/netip"
	"time"
)

const (
	// networkShare is how many times what one address may have open its whole network may: enough for the
	// hosts of a large provider, and too little for a rented /24 to take every place there is.
	networkShare = 4
	// maxPaced bounds how many clients the gate remembers the pace of, some 80 octets each.
	maxPaced = 50_000
)

// gate decides who may connect: so many at a time, and so many a minute. A client is an IPv4 address or
// the /64 of an IPv6 one, which is what a single customer of a provider has; its network is the /24 or
// the /48, which is what a site has. Its user holds a lock.
type gate struct {
	limits    Limits
	neighbour func(netip.Addr) bool
	open      int
	byClient  map[netip.Prefix]int
	byNetwork map[netip.Prefix]int

	// paced is when each client will have used up nothing of its minute: the theoretical arrival time of
	// the generic cell rate algorithm, a token bucket that needs one value. Those in the past say nothing.
	paced   map[netip.Prefix]time.Time
	sweptAt time.Time
}

func newGate(l Limits, neighbour func(netip.Addr) bool) gate {
	if neighbour == nil {
		neighbour = func(netip.Addr) bool { return false }
	}
	return gate{
		limits: l, neighbour: neighbour,
		byClient: map[netip.Prefix]int{}, byNetwork: map[netip.Prefix]int{}, paced: map[netip.Prefix]time.Time{},
	}
}

// enter counts a connection in, or returns why it may not come in.
func (g *gate) enter(ip netip.Addr, now time.Time) turnedAway {
	client, network := clientOf(ip), networkOf(ip)
	perClient := g.limits.ConnectionsPerAddress
	switch {
	case g.limits.Connections > 0 && g.open >= g.limits.Connections:
		return tooMany
	case perClient > 0 && g.byClient[client] >= perClient:
		return tooManyOfAddress
	case perClient > 0 && g.byNetwork[network] >= perClient*networkShare:
		return tooManyOfNetwork
	case !g.neighbour(ip) && !g.pace(client, now):
		return tooFast
	}
	g.open++
	g.byClient[client]++
	g.byNetwork[network]++
	return ""
}

// leave counts one out that came in.
func (g *gate) leave(ip netip.Addr) {
	g.open--
	less(g.byClient, clientOf(ip))
	less(g.byNetwork, networkOf(ip))
}

func less(counts map[netip.Prefix]int, p netip.Prefix) {
	if counts[p]--; counts[p] <= 0 {
		delete(counts, p)
	}
}

// pace tells whether a client keeps to its connections a minute, and takes one of them if so.
func (g *gate) pace(client netip.Prefix, now time.Time) bool {
	limit := g.limits.ConnectionsPerMinute
	if limit <= 0 {
		return true
	}
	used := g.paced[client]
	if used.Before(now) {
		used = now
	}
	used = used.Add(time.Minute / time.Duration(limit))
	if used.Sub(now) > time.Minute {
		return false
	}
	if _, known := g.paced[client]; !known && len(g.paced) >= maxPaced {
		g.sweep(now)
	}
	g.paced[client] = used
	return true
}

// sweep makes room for one more: it drops what says nothing any more, once a minute, and any one otherwise. That
// one begins a new minute: with so many clients the limits of connections hold them.
func (g *gate) sweep(now time.Time) {
	if now.Sub(g.sweptAt) >= time.Minute {
		g.sweptAt = now
		for p, used := range g.paced {
			if !used.After(now) {
				delete(g.paced, p)
			}
		}
	}
	for p := range g.paced {
		if len(g.paced) < maxPaced {
			return
		}
		delete(g.paced, p)
	}
}

// turnedAway is why a connection is refused, as the log has it; empty: it is not.
type turnedAway string

const (
	tooMany          turnedAway = "too many connections"
	tooManyOfAddress turnedAway = "too many connections of the address"
	tooManyOfNetwork turnedAway = "too many connections of the network"
	tooFast          turnedAway = "too many connections a minute"
	shuttingDown     turnedAway = "shutting down"
)

func clientOf(ip netip.Addr) netip.Prefix  { return prefixOf(ip, 32, 64) }
func networkOf(ip netip.Addr) netip.Prefix { return prefixOf(ip, 24, 48) }

// prefixOf is the network of an address; the zero Prefix stands for those that are not of TCP.
func prefixOf(ip netip.Addr, bits4, bits6 int) netip.Prefix {
	bits := bits6
	if ip.Is4() {
		bits = bits4
	}
	p, _ := ip.Prefix(bits) // fails for the zero Addr alone
	return p
}
