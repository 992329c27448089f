package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	connections   []int
	duration      time.Duration // of a round
	mails         int           // of a round, in place of duration; 0: by duration
	rounds        int
	size          int // octets of a mail, about
	senders       int
	sign          bool
	perConnection int // mails of a connection; 0: all that it sends in the round
	pipeline      bool
	binary        string
	server        string
	to            string
	dns           string
	dir           string
	postfix       bool
}

// maxPool bounds what the mails of a run take of the memory, in octets.
const maxPool = 256 << 20

func parseOptions(args []string, usage io.Writer) (options, error) {
	o := options{connections: []int{1, 20, 100}, size: 4 << 10, sign: true}
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(usage)
	f.Func("connections", "how many at a time, one figure after the other (default 1,20,100)", func(s string) error {
		var err error
		o.connections, err = parseCounts(s)
		return err
	})
	f.DurationVar(&o.duration, "duration", 10*time.Second, "how long a round lasts")
	f.IntVar(&o.mails, "mails", 0, "how many mails a round has, whatever it takes (in place of --duration)")
	f.IntVar(&o.rounds, "rounds", 3, "rounds of each figure; the table shows their median")
	f.Func("size", "octets of a mail, such as 4KiB or 1MiB (default 4KiB)", func(s string) error {
		var err error
		o.size, err = parseSize(s)
		return err
	})
	f.IntVar(&o.senders, "senders", 1000, "customers; each has one protocol open, to which its mails are added")
	f.Func("sign", "rsa: each mail has a signature of RSA-2048; none (default rsa)", func(s string) error {
		if s != "rsa" && s != "none" {
			return errors.New("rsa or none")
		}
		o.sign = s == "rsa"
		return nil
	})
	f.IntVar(&o.perConnection, "per-connection", 1, "mails of a connection before the next is made; 0: it is kept for the round")
	f.BoolVar(&o.pipeline, "pipeline", false, "send MAIL, RCPT and DATA together (RFC 2920), not one by one")
	f.StringVar(&o.binary, "binary", "", "the product's binary, such as an older one's (default: it is built)")
	f.StringVar(&o.server, "server", "", "host:port of a server that runs, on loopback (default: the product is started)")
	f.StringVar(&o.to, "to", "care@shop.test", "the recipient")
	f.StringVar(&o.dns, "dns", "127.0.0.1:0", "where the senders' zone is served, on loopback")
	f.StringVar(&o.dir, "dir", "", "where the servers keep their mail: a disk, not memory (default: the system's temporary folder)")
	f.BoolVar(&o.postfix, "postfix", false, "measure Postfix too, accepting to its queue, in turns (needs root)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case o.rounds < 1 || o.senders < 1 || o.mails < 0 || o.perConnection < 0 || o.duration <= 0:
		return errors.New("counts and times are above zero")
	case o.size < 1024 || o.size > 64<<20:
		return errors.New("--size is from 1KiB to 64MiB")
	case o.server != "" && o.binary != "":
		return errors.New("--server is of one that runs, --binary of one to start: give one of the two")
	case o.server != "" && !onLoopback(o.server):
		return fmt.Errorf("--server %s is not on loopback (127.0.0.1:PORT, [::1]:PORT): this is no tool to load others with", o.server)
	case !onLoopback(o.dns):
		return fmt.Errorf("--dns %s is not on loopback", o.dns)
	}
	if local, domain, ok := strings.Cut(o.to, "@"); !ok || local == "" || domain == "" || strings.ContainsAny(o.to, "<> \r\n") {
		return fmt.Errorf("--to %q is no address", o.to)
	}
	return nil
}

// onLoopback wants an address, not a name, since a name may lead anywhere.
func onLoopback(hostPort string) bool {
	a, err := netip.ParseAddrPort(hostPort)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func parseCounts(s string) ([]int, error) {
	var out []int
	for _, word := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 10_000 {
			return nil, fmt.Errorf("%q is no number from 1 to 10000", word)
		}
		out = append(out, n)
	}
	return out, nil
}

// parseSize reads "4KiB", "1MiB" or octets.
func parseSize(s string) (int, error) {
	unit := 1
	for suffix, n := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if digits, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = strings.TrimSpace(digits), n
			break
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1<<30 {
		return 0, fmt.Errorf("%q is no size: 4KiB, 1MiB, 65536", s)
	}
	return n * unit, nil
}
