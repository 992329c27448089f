package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
	"recado/internal/dnsrecords"
)

func newDomain(a *app) *cobra.Command {
	return noun("domain", "The domains of the channel file", domainList(a), domainShow(a), domainAdd(a), domainSet(a), domainRemove(a))
}

func domainList(a *app) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use: "list", Short: "List the domains, in the file's order", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.readChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.Domains(c.Context(), l.paging)
				if err != nil {
					return err
				}
				head := []string{"DOMAIN", "POSTMASTER", "DKIM"}
				return showList(a, l.json, answer, "No domains: add one with recado domain add.", head, func(d api.Domain) []string {
					return []string{d.Name, d.Postmaster, strings.Join(d.DKIMSelectors, ", ")}
				})
			})
		},
	}
	l.flags(c)
	return c
}

// domainCommand is a command that names one domain.
func domainCommand(verb, short string, asJSON *bool, run func(ctx context.Context, name string) error) *cobra.Command {
	c := &cobra.Command{
		Use: verb + " DOMAIN", Short: short, Args: exactly("DOMAIN"),
		RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), args[0]) },
	}
	outputFlags(c, asJSON)
	return c
}

func domainShow(a *app) *cobra.Command {
	var asJSON bool
	return domainCommand("show", "Show a domain, with the records to publish", &asJSON, func(ctx context.Context, name string) error {
		return a.readChannelFile(ctx, func(client *api.Client) error {
			answer, err := client.Domain(ctx, name)
			if err != nil {
				return err
			}
			return show(a, asJSON, answer, func(w io.Writer, d api.Domain) error {
				var b bytes.Buffer
				facts(&b, "Domain", d.Name, "Postmaster", d.Postmaster, "DKIM", strings.Join(d.DKIMSelectors, ", "))
				b.WriteString("\n" + fragment(d.Records))
				_, err := w.Write(b.Bytes())
				return err
			})
		})
	})
}

// domainFlags are the keys of a domain that are set by flags.
type domainFlags struct {
	postmaster string
	selectors  []string
}

func (f *domainFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.postmaster, "postmaster", "", "the channel that mail to postmaster goes to; \"\" lets one be chosen")
	c.Flags().StringSliceVar(&f.selectors, "dkim-selector", nil, "names of the DKIM keys: the one that signs, and one before or after it; \"\" for none")
}

func (f *domainFlags) edit(c *cobra.Command) (e api.DomainEdit) {
	if c.Flags().Changed("postmaster") {
		e.Postmaster = &f.postmaster
	}
	if c.Flags().Changed("dkim-selector") {
		selectors := slices.DeleteFunc(slices.Clone(f.selectors), func(s string) bool { return s == "" })
		e.DKIMSelectors = &selectors
	}
	return e
}

func domainAdd(a *app) *cobra.Command {
	var asJSON bool
	var given domainFlags
	var c *cobra.Command
	c = domainCommand("add", "Add a domain, make its DKIM key and print the records to publish", &asJSON, func(ctx context.Context, name string) error {
		edit := given.edit(c)
		edit.Name = &name
		return a.editChannelFile(ctx, func(client *api.Client) error {
			answer, err := client.AddDomain(ctx, edit)
			if err != nil {
				return err
			}
			return show(a, asJSON, answer, a.sayDomain("Added", true))
		})
	})
	given.flags(c)
	return c
}

func domainSet(a *app) *cobra.Command {
	var asJSON bool
	var given domainFlags
	var c *cobra.Command
	c = domainCommand("set", "Change a domain's postmaster or DKIM keys", &asJSON, func(ctx context.Context, name string) error {
		edit := given.edit(c)
		if edit == (api.DomainEdit{}) {
			return usagef("say what to change: --postmaster or --dkim-selector")
		}
		return a.editChannelFile(ctx, func(client *api.Client) error {
			answer, err := client.SetDomain(ctx, name, edit)
			if err != nil {
				return err
			}
			return show(a, asJSON, answer, a.sayDomain("Changed", edit.DKIMSelectors != nil))
		})
	})
	given.flags(c)
	return c
}

func domainRemove(a *app) *cobra.Command {
	var asJSON bool
	return domainCommand("remove", "Remove a domain that no channel is of; its keys stay", &asJSON, func(ctx context.Context, name string) error {
		return a.editChannelFile(ctx, func(client *api.Client) error {
			answer, err := client.RemoveDomain(ctx, name)
			if err != nil {
				return err
			}
			return show(a, asJSON, answer, a.sayDomain("Removed", false))
		})
	})
}

// sayDomain says what was done and, where they are new, which records to publish.
func (a *app) sayDomain(what string, records bool) func(io.Writer, api.Domain) error {
	return func(w io.Writer, d api.Domain) error {
		keys := strings.Join(d.DKIMSelectors, ", ")
		if keys == "" {
			keys = "no key"
		}
		if _, err := fmt.Fprintf(w, "%s %s (postmaster %s, DKIM %s)\n", what, cleanLine(d.Name), cleanLine(d.Postmaster), cleanLine(keys)); err != nil || !records {
			return err
		}
		for _, selector := range d.DKIMSelectors {
			if !slices.ContainsFunc(d.Records, func(r api.DNSRecord) bool { return strings.HasPrefix(r.Name, selector+"._domainkey.") }) {
				a.noKey(d.Name, selector)
			}
		}
		_, err := io.WriteString(w, "\n"+fragment(d.Records))
		return err
	}
}

// fragment is the zone fragment of the API's records.
func fragment(records []api.DNSRecord) string {
	out := make([]dnsrecords.Record, len(records))
	for i, r := range records {
		out[i] = dnsrecords.Record{Name: r.Name, Type: r.Type, TTL: uint32(r.TTL), Value: r.Value, Why: r.Why}
	}
	return dnsrecords.ZoneFragment(out)
}
