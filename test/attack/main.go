// Command attack plays what a public port 25 meets, all of it at once, against a product of its own, while
// one honest client sends a mail every so often. docs/load.md tells what was seen.
//
//	go run ./test/attack                      # half a minute
//	go run ./test/attack --duration 5m --memory 1024
//
//	main.go      the run: server, honest client, attackers, what must hold
//	honest.go    the honest client
//	attacks.go   the attackers: those that are slow, those that flood
//	mails.go     the mails they send: spoofed, smuggled, too large, too deep
//	watch.go     what the server's process and log tell
//
// It fails when a mail of the honest client is answered otherwise than 250, when the server ends, when a mail of an
// attacker was taken for verified or made two of one, or when the server's memory came to more than the bound. All is on loopback:
// the honest client comes from 127.0.0.1, which the DNS zone vouches for; the attackers from 127.66.0.0/16.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"recado/internal/mailtest"
	"recado/test/process"
)

func main() { process.Main("attack", run) }

// options are the flags.
type options struct {
	duration time.Duration
	pause    time.Duration // of the honest client, between two mails
	memory   int64         // octets that the server may have had at most
	binary   string
}

func parseOptions(args []string) (options, error) {
	var o options
	var mebibytes int64
	f := flag.NewFlagSet("attack", flag.ContinueOnError)
	f.DurationVar(&o.duration, "duration", 30*time.Second, "how long")
	f.DurationVar(&o.pause, "pause", 250*time.Millisecond, "of the honest client between two mails")
	f.Int64Var(&mebibytes, "memory", 512, "MiB that the server may come to")
	f.StringVar(&o.binary, "binary", "", "the product as it was built earlier")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 || o.duration <= 0 || o.pause <= 0 || mebibytes <= 0 {
		return o, errors.New("the flags are --duration, --pause, --memory (MiB) and --binary")
	}
	o.memory = mebibytes << 20
	return o, nil
}

// zone vouches for the honest domain's mail from 127.0.0.1 alone.
const zone = `
honest.test. TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.honest.test. TXT "v=DMARC1; p=reject"
honest.test. MX 10 mx.honest.test.
`

const channelFile = `[server]
hostname = "mx.shop.test"
data = "data"
[smtp]
listen = "127.0.0.1:0"
tls = { cert_file = %q, key_file = %q }
[inbox]
listen = ""
[monitor]
listen = ""
[relay]
address = "127.0.0.1:9"
security = "none"
[dns]
resolver = %q
[[domain]]
name = "shop.test"
[[department]]
id = "care"
acknowledge = false
[[channel]]
email = "care@shop.test"
department = "care"
`

// run is the whole command.
func run(ctx context.Context, args []string, out, _ io.Writer) (err error) {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "recado-attack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dns, err := mailtest.ServeDNS("", mailtest.MustParseZone(zone))
	if err != nil {
		return err
	}
	defer dns.Close()
	file, err := writeChannelFile(dir, dns.Addr())
	if err != nil {
		return err
	}
	p, err := process.Start(ctx, o.binary, dir, file)
	if err != nil {
		return err
	}
	honest, tallies, err := play(ctx, o, p)
	if err != nil {
		return errors.Join(err, p.Stop())
	}
	memory, err := peakMemory(p.PID)
	if err = errors.Join(err, p.Stop()); err != nil {
		return err
	}
	report(out, o, honest, tallies, memory)
	return errors.Join(honest.verdict(), tallies.verdict(), bounded(memory, o.memory), believedAttackers(p.Log))
}

func writeChannelFile(dir, resolver string) (string, error) {
	ca, err := mailtest.NewCA()
	if err != nil {
		return "", err
	}
	cert, err := ca.Issue("mx.shop.test")
	if err != nil {
		return "", err
	}
	certFile, keyFile, err := mailtest.WriteCertificate(dir, "mx", cert)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(channelFile, filepath.Base(certFile), filepath.Base(keyFile), resolver), nil
}

// play lets everybody at the server for the duration.
func play(ctx context.Context, o options, p *process.Process) (*honestClient, *tallies, error) {
	playing, end := context.WithTimeout(ctx, o.duration)
	defer end()
	t := &tallies{}
	honest := &honestClient{addr: p.SMTP}
	var all sync.WaitGroup
	for i, a := range attacks {
		all.Go(func() { a.run(playing, &attacker{name: a.name, addr: p.SMTP, network: i, tallies: t}) })
	}
	honest.run(playing, o.pause)
	all.Wait()
	return honest, t, ctx.Err()
}

func bounded(memory, most int64) error {
	if memory > most {
		return fmt.Errorf("the server came to %d MiB, more than %d", memory>>20, most>>20)
	}
	return nil
}

func report(out io.Writer, o options, h *honestClient, t *tallies, memory int64) {
	fmt.Fprintf(out, "honest client: %d mails in %v, the slowest answered after %v, half of them within %v\n", len(h.waits), o.duration, h.worst(), h.median())
	fmt.Fprintf(out, "server: %d MiB at most\n\n", memory>>20)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "attack\twhat it met")
	for _, a := range attacks {
		fmt.Fprintf(w, "%s\t%s\n", a.name, t.of(a.name))
	}
	_ = w.Flush()
}
