package mailtest

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/miekg/dns"
)

// DNSServer answers queries from a [Zone], over UDP and TCP on one port.
type DNSServer struct {
	addr string
	udp  *dns.Server
	tcp  *dns.Server
	done sync.WaitGroup // the two serving goroutines
}

// portTries is how often another port is tried when UDP has one that TCP cannot get.
const portTries = 20

// ServeDNS starts a server on addr (empty: "127.0.0.1:0", a free port). It answers at once; Close
// stops it.
func ServeDNS(addr string, z *Zone) (*DNSServer, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	pc, l, err := listenBoth(addr)
	if err != nil {
		return nil, fmt.Errorf("serve DNS on %s: %w", addr, err)
	}
	s := &DNSServer{addr: l.Addr().String()}
	h := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { answer(z, w, q) })
	s.udp = &dns.Server{PacketConn: pc, Handler: h}
	s.tcp = &dns.Server{Listener: l, Handler: h}
	for _, srv := range []*dns.Server{s.udp, s.tcp} {
		ready := make(chan struct{})
		srv.NotifyStartedFunc = func() { close(ready) }
		s.done.Go(func() { _ = srv.ActivateAndServe() })
		<-ready // Shutdown before it would leave the server running
	}
	return s, nil
}

func listenBoth(addr string) (net.PacketConn, net.Listener, error) {
	var last error
	for range portTries {
		pc, err := net.ListenPacket("udp", addr)
		if err != nil {
			return nil, nil, err
		}
		l, err := net.Listen("tcp", pc.LocalAddr().String())
		if err == nil {
			return pc, l, nil
		}
		_ = pc.Close()
		last = err
	}
	return nil, nil, last
}

// Addr is the server's "host:port", for UDP and TCP alike.
func (s *DNSServer) Addr() string { return s.addr }

// Close stops both listeners and waits for them.
func (s *DNSServer) Close() error {
	err := errors.Join(s.udp.Shutdown(), s.tcp.Shutdown())
	s.done.Wait()
	return err
}

func answer(z *Zone, w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	m.RecursionAvailable = true
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		_ = w.WriteMsg(m)
		return
	}
	rrs, rcode, silent := z.lookup(q.Question[0])
	if silent {
		return
	}
	m.Answer, m.Rcode = rrs, rcode
	if len(rrs) == 0 && rcode != dns.RcodeServerFailure {
		m.Ns = []dns.RR{negativeSOA(z.TTL)}
	}
	size := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		size = int(opt.UDPSize())
		m.SetEdns0(opt.UDPSize(), false)
	}
	if _, tcp := w.RemoteAddr().(*net.TCPAddr); tcp {
		size = dns.MaxMsgSize
	}
	m.Truncate(max(size, dns.MinMsgSize))
	_ = w.WriteMsg(m) // a client that went away is its own business
}

// negativeSOA lets a resolver that caches "no" do so (RFC 2308).
func negativeSOA(ttl uint32) dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: ttl},
		Ns:  "ns.invalid.", Mbox: "hostmaster.invalid.", Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: ttl,
	}
}
