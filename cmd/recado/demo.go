package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/mailtest"
)

func newDemo(a *app) *cobra.Command {
	var verbose bool
	c := &cobra.Command{
		Use: "demo", Short: "Try the whole product on loopback, with mails to play with", Args: exactly(),
		Long: "Runs a server, a relay that keeps what it is given, and a DNS zone, all on loopback and in a\n" +
			"temporary folder; sends a dozen mails to it; prints each answer as the customer would receive it.\n" +
			"It needs no channel file and no rights. Ctrl-C ends it and leaves nothing behind.",
		RunE: func(c *cobra.Command, _ []string) error {
			level := slog.LevelError
			if verbose {
				level = slog.LevelInfo
			}
			// A demo ends with its terminal, and still leaves nothing behind.
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGHUP)
			defer stop()
			d := &demo{app: a, log: slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: level}))}
			defer d.close()
			return unlessStopped(ctx, d.run(ctx))
		},
	}
	c.Flags().BoolVar(&verbose, "verbose", false, "print the server's log too")
	return c
}

// demo is the product with peers to talk to.
type demo struct {
	app      *app
	log      *slog.Logger
	dir      string
	dns      *mailtest.DNSServer
	relay    *mailtest.Relay
	outbox   *outbox
	server   *server
	password string
}

// Where the demo listens if it can.
const (
	demoSMTP  = "127.0.0.1:2525"
	demoInbox = "127.0.0.1:8080"
	demoAgent = "demo@tienda.example"
)

func (d *demo) close() {
	if d.relay != nil {
		d.relay.Close()
		d.outbox.bounces.Wait()
	}
	if d.dns != nil {
		d.dns.Close()
	}
	if d.dir != "" {
		os.RemoveAll(d.dir)
	}
}

func (d *demo) run(ctx context.Context) error {
	if err := d.prepare(); err != nil {
		return fmt.Errorf("prepare the demo: %w", err)
	}
	ca, err := d.startRelay()
	if err != nil {
		return fmt.Errorf("start the demo's relay: %w", err)
	}
	cfg, err := d.channelFile()
	if err != nil {
		return fmt.Errorf("write the demo's channel file: %w", err)
	}
	if d.server, err = assemble(ctx, cfg, assembly{log: d.log, announce: func(string) {}, roots: ca.Pool()}); err != nil {
		return err
	}
	if err := d.addAgent(ctx); err != nil {
		d.server.close()
		return err
	}
	d.outbox.bounceTo(d.server.smtpAddr)
	stopped := make(chan error, 1)
	go func() { stopped <- d.server.run(ctx, func(ctx context.Context) { d.server.follow(ctx, nil) }) }()
	if err := d.play(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(d.app.errs, "recado: not all of the demo's mails could be sent: %v\n", err)
	}
	d.settle(ctx)
	d.greet()
	err = <-stopped
	fmt.Fprintln(d.app.out, "\nThe demo has ended; its folder is removed.")
	return err
}

// prepare makes the temporary folder and the DNS zone.
func (d *demo) prepare() error {
	var err error
	if d.dir, err = os.MkdirTemp("", "recado-demo-"); err != nil {
		return err
	}
	var b [10]byte
	rand.Read(b[:]) // never fails since Go 1.24
	d.password = strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	zone, err := demoZone()
	if err != nil {
		return err
	}
	d.dns, err = mailtest.ServeDNS("127.0.0.1:0", zone)
	return err
}

// startRelay starts the relay that answers leave through: STARTTLS, AUTH, and a certificate of its own.
func (d *demo) startRelay() (*mailtest.CA, error) {
	ca, err := mailtest.NewCA()
	if err != nil {
		return nil, err
	}
	cert, err := ca.Issue("127.0.0.1")
	if err != nil {
		return nil, err
	}
	d.outbox = &outbox{out: d.app.out}
	d.relay, err = mailtest.NewRelay(mailtest.RelayOptions{
		Hostname: "relay.example", Security: mailtest.SecurityStartTLS, Certificate: cert,
		Users: map[string]string{"tienda": d.password}, OnMessage: d.outbox.take,
	})
	return ca, err
}

// channelFile writes the demo's channel file and reads it as serve would.
func (d *demo) channelFile() (*config.Config, error) {
	secret := filepath.Join(d.dir, "relay.password")
	if err := os.WriteFile(secret, []byte(d.password+"\n"), 0o600); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(demoFile, demoListen(demoSMTP), demoListen(demoInbox), d.relay.Addr(), d.dns.Addr())
	path := filepath.Join(d.dir, "recado.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return config.Load(path, nil)
}

// demoListen is the address where it is free, else a free port of it.
func demoListen(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	l.Close()
	return address
}

const demoFile = `[server]
hostname = "mx.tienda.example"
data = "data"
timezone = "Europe/Madrid"
language = "es"

[smtp]
listen = %q

[inbox]
listen = %q

[monitor]
listen = ""

[relay]
address = %q
security = "starttls"
username = "tienda"
password_file = "relay.password"

[dns]
resolver = %q

[[domain]]
name = "tienda.example"
dkim_selector = "recado"
postmaster = "soporte@tienda.example"

[[department]]
id = "care"
name = "Atención al cliente"

[[department]]
id = "finance"
name = "Finanzas"

[[department]]
id = "hr"
name = "Personas"
isolated = true
acknowledge = false

[[channel]]
email = "soporte@tienda.example"
department = "care"

[[channel]]
email = "finanzas@tienda.example"
department = "finance"

[[channel]]
email = "rrhh@tienda.example"
department = "hr"
`

// addAgent makes the agent that the printed log-in is of.
func (d *demo) addAgent(ctx context.Context) error {
	_, err := d.server.manager.AddAgent(ctx, conversation.Intent{Actor: conversation.Actor{Operator: true}}, conversation.AgentInput{
		Email: demoAgent, Name: "Demo", Role: conversation.RoleAdmin, Departments: []string{"care", "finance", "hr"}, Password: d.password,
	})
	return err
}

// settle waits until the answers of the beginning have left, so that they are not printed among what the
// reader does; not for long.
func (d *demo) settle(ctx context.Context) {
	deadline := time.Now().Add(3 * time.Second)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		left, _, err := d.server.manager.Queue(ctx, conversation.Actor{Operator: true}, conversation.Page{})
		if err != nil || len(left) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// moved says that an address was taken, so that nobody sends to whoever has it.
func moved(wanted, got string) string {
	if wanted == got {
		return ""
	}
	return "   (" + wanted + " is taken)"
}

func (d *demo) greet() {
	d.outbox.quietUntilNow()
	host, port, _ := net.SplitHostPort(d.server.smtpAddr)
	fmt.Fprintf(d.app.out, `
Recado, the demo

  Inbox     http://%s%s
  Log in    %s
  Password  %s
  MX        %s%s   (an admin of tienda.example would point port 25 here)

  A mail of your own:

    swaks --server %s --port %s --from you@correo.example --to soporte@tienda.example \
          --header "Subject: Hola" --body "¿Hay tazas rojas?"

  Each answer that you give is printed here as the customer would receive it. Ctrl-C ends the demo.

Ready at %s

`, d.server.inboxAddr, moved(demoInbox, d.server.inboxAddr), demoAgent, d.password, d.server.smtpAddr, moved(demoSMTP, d.server.smtpAddr), host, port, time.Now().Format("15:04:05"))
}
