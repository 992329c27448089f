package smtpd

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"recado/conversation"
)

// listener is what go-smtp accepts from: connections within the limits, each wrapped and tracked.
type listener struct{ s *Server }

func (l listener) Addr() net.Addr { return l.s.Addr() }

func (l listener) Close() error {
	l.s.drain()
	return nil
}

func (l listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.s.listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.s.admit(raw); c != nil {
			return c, nil
		}
	}
}

// admit makes a tracked connection, or turns the client away and returns nil.
func (s *Server) admit(raw net.Conn) *conn {
	ip := remoteIP(raw)
	s.mu.Lock()
	why := shuttingDown
	if !s.draining {
		why = s.gate.enter(ip, s.o.Now())
	}
	if why != "" {
		s.mu.Unlock()
		s.turnAway(raw, ip, why)
		return nil
	}
	c := s.newConn(raw, ip)
	s.conns[c] = struct{}{}
	s.running.Add(1)
	s.mu.Unlock()
	s.Counters.Connections.Add(1)
	s.Counters.Open.Add(1)
	return c
}

// turnAway answers a client that is over a limit. Its few octets fit any send buffer, so nothing waits.
func (s *Server) turnAway(raw net.Conn, ip netip.Addr, why turnedAway) {
	s.Counters.TurnedAway.Add(1)
	s.log.Debug("deferred", "part", "connect", "ip", ip, "reason", why)
	_ = raw.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = raw.Write(formatReply(turnedAwayReply(why, s.o.Hostname)))
	_ = raw.Close()
}

// forget ends the tracking of a connection that is closed.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.conns[c]; !ok {
		return
	}
	delete(s.conns, c)
	s.gate.leave(c.ip)
	s.Counters.Open.Add(-1)
	s.running.Done()
}

func (s *Server) newConn(raw net.Conn, ip netip.Addr) *conn {
	c := &conn{Conn: raw, srv: s, id: conversation.NewID(s.o.Now()), ip: ip, rw: raw}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.in.read = c.readRaw
	return c
}

// remoteIP is the client's address; the zero Addr where the connection is not of TCP.
func remoteIP(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// errEnded says to go-smtp that a connection is over; conn has told the client whatever there was to tell.
var errEnded = errors.New("connection ended")
