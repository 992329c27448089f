package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/dnsrecords"
)

func newDNS(a *app) *cobra.Command { return noun("dns", "The records that a domain needs", dnsShow(a)) }

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
			published, err := a.publicKeys(cfg, domain)
			if err != nil {
				return err
			}
			records := dnsrecords.Records(dnsrecords.Options{Domain: domain.Name, MXHost: cfg.Server.Hostname, Keys: published})
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
		return config.Domain{}, &conversation.Error{Code: conversation.CodeNotFound, Text: fmt.Sprintf("%s names no domain %s", cfg.Path, name)}
	}
	return cfg.Domains[i], nil
}

// publicKeys are the domain's DKIM keys that exist; those that do not are told.
func (a *app) publicKeys(cfg *config.Config, domain config.Domain) ([]dnsrecords.Key, error) {
	var out []dnsrecords.Key
	for _, selector := range domain.DKIMSelectors {
		key, err := readDKIM(cfg.Server.Data, domain.Name, selector)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(a.errs, "The DKIM key %s of %s does not exist yet: the server makes it when it starts; ask again then.\n", selector, domain.Name)
			continue
		}
		if err != nil {
			return nil, err
		}
		record, err := dnsrecords.PublicRecord(key)
		if err != nil {
			return nil, err
		}
		out = append(out, dnsrecords.Key{Selector: selector, Record: record})
	}
	return out, nil
}
