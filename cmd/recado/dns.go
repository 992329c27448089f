package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/say"
)

func newDNS(a *app) *cobra.Command {
	return noun("dns", "The records that a domain needs", dnsShow(a), dnsCheck(a))
}

func dnsShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show DOMAIN", Short: "Print the records to publish, as a zone fragment", Args: exactly("DOMAIN"),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			domain, err := findDomain(cfg, args[0])
			if err != nil {
				return err
			}
			keys, err := publicKeys(cfg, domain)
			if err != nil {
				return err
			}
			keys = a.published(domain.Name, keys)
			records := dnsrecords.Records(dnsrecords.Options{Domain: domain.Name, MXHost: cfg.Server.Hostname, Keys: keys})
			if asJSON {
				document, err := json.Marshal(api.List[dnsrecords.Record]{Items: records})
				return errors.Join(err, printJSON(a.out, document))
			}
			_, err = fmt.Fprint(a.out, dnsrecords.ZoneFragment(records))
			return err
		},
	}
	outputFlags(c, &asJSON)
	return c
}

// findDomain is the domain of the file that the name, in any spelling, is.
func findDomain(cfg *config.Config, name string) (config.Domain, error) {
	wanted := strings.ToLower(strings.TrimSuffix(name, "."))
	if ascii, err := idna.Lookup.ToASCII(wanted); err == nil {
		wanted = ascii
	}
	i := slices.IndexFunc(cfg.Domains, func(d config.Domain) bool { return d.Name == wanted })
	if i < 0 {
		return config.Domain{}, &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("%s names no domain %s", cfg.Path, name)}
	}
	return cfg.Domains[i], nil
}

// publicKeys are the domain's DKIM keys; one that does not exist yet has no record.
func publicKeys(cfg *config.Config, domain config.Domain) ([]dnsrecords.Key, error) {
	var out []dnsrecords.Key
	for _, selector := range domain.DKIMSelectors {
		public := dnsrecords.Key{Selector: selector}
		key, err := readDKIM(cfg.Server.Data, domain.Name, selector)
		if err == nil {
			public.Record, err = dnsrecords.PublicRecord(key)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		out = append(out, public)
	}
	return out, nil
}

// published are the keys that exist; those that do not are told.
func (a *app) published(domain string, keys []dnsrecords.Key) (out []dnsrecords.Key) {
	for _, key := range keys {
		if key.Record == "" {
			a.noKey(domain, key.Selector)
			continue
		}
		out = append(out, key)
	}
	return out
}

func (a *app) noKey(domain, selector string) {
	fmt.Fprintf(a.errs, "The DKIM key %s of %s does not exist yet: the server makes it when it starts; ask again then.\n", selector, domain)
}

func dnsCheck(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check DOMAIN", Short: "Ask the DNS which of the records are there, and say what to paste", Args: exactly("DOMAIN"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.readChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.CheckDomain(c.Context(), args[0])
				if err != nil {
					return err
				}
				if err := show(a, asJSON, answer, writeDomainCheck); err != nil {
					return err
				}
				return inOrder(answer.Value)
			})
		},
	}
	outputFlags(c, &asJSON)
	return c
}

// relayHost is where mail leaves, "" where the file names no relay.
func relayHost(cfg *config.Config) string {
	host, _, _ := net.SplitHostPort(cfg.Relay.Address)
	return host
}

// writeDomainCheck is a table of the findings, and a zone fragment of what to paste.
func writeDomainCheck(w io.Writer, r api.DomainCheck) error {
	t := &table{head: []string{"STATE", "TYPE", "NAME", "WHAT"}}
	for _, f := range r.Findings {
		t.add(f.State, f.Type, f.Name, f.Why)
	}
	if err := t.write(w); err != nil {
		return err
	}
	var b strings.Builder
	pasted := map[string]bool{}
	for _, f := range r.Findings {
		if f.Paste == "" || pasted[f.Paste] {
			continue
		}
		pasted[f.Paste] = true
		fmt.Fprintf(&b, "\n; %s: %s\n", f.State, cleanLine(f.Why))
		for _, there := range f.Found {
			fmt.Fprintf(&b, "; there is: %s\n", cleanLine(there))
		}
		b.WriteString(f.Paste)
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n; What to publish, in place of what is there:\n%s", b.String())
	return err
}

// inOrder is an error where the domain's mail does not work as it should, or nobody knows whether it does.
func inOrder(r api.DomainCheck) error {
	if r.Fine() {
		return nil
	}
	count, parts := map[string]int{}, []string{}
	for _, f := range r.Findings {
		count[f.State]++
	}
	for _, s := range []dnscheck.State{dnscheck.Missing, dnscheck.Wrong, dnscheck.Unknown} {
		if n := count[string(s)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return fmt.Errorf("%s is not in order: %s", r.Domain, strings.Join(parts, ", "))
}
