package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/mailauth"
	"recado/internal/say"
)

// domainDNS says which records our domains need and whether they are there.
type domainDNS struct {
	config func() (*config.Config, error) // as it counts at the moment
	keeper *dnscheck.Keeper
}

// newDomainDNS asks the resolver of the channel file that counts.
func newDomainDNS(current func() (*config.Config, error)) *domainDNS {
	resolver := func() mailauth.Resolver {
		cfg, err := current()
		if err != nil {
			return mailauth.NewResolver("")
		}
		return mailauth.NewResolver(cfg.DNS.Resolver)
	}
	return &domainDNS{config: current, keeper: dnscheck.NewKeeper(&dnscheck.Checker{Resolver: resolver})}
}

// Records are those to publish for the domain. A key that does not exist yet has none.
func (s *domainDNS) Records(name string) ([]dnsrecords.Record, error) {
	o, err := s.options(name)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(slices.Clone(o.Keys), func(k dnsrecords.Key) bool { return k.Record == "" })
	return dnsrecords.Records(dnsrecords.Options{Domain: o.Domain, MXHost: o.MXHost, Keys: keys}), nil
}

// Check asks the DNS.
func (s *domainDNS) Check(ctx context.Context, name string) (*dnscheck.Report, error) {
	o, err := s.options(name)
	if err != nil {
		return nil, err
	}
	return s.keeper.Check(ctx, o)
}

// LastCheck is what the last check found, nil where there was none since the domain is as it is.
func (s *domainDNS) LastCheck(name string) *dnscheck.Report {
	o, err := s.options(name)
	if err != nil {
		return nil
	}
	return s.keeper.Last(o)
}

// options are what the records of a domain depend on.
func (s *domainDNS) options(name string) (dnscheck.Options, error) {
	cfg, err := s.config()
	if err != nil {
		return dnscheck.Options{}, err
	}
	domain, err := findDomain(cfg, name)
	if err != nil {
		return dnscheck.Options{}, err
	}
	keys, err := publicKeys(cfg, domain)
	if err != nil { // it names the file to mend
		return dnscheck.Options{}, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("%s", err)}
	}
	return dnscheck.Options{Domain: domain.Name, MXHost: cfg.Server.Hostname, Keys: keys, Relay: relayHost(cfg)}, nil
}

// makeMissing makes the DKIM keys of a domain that do not exist yet. A process beside it that does the same wins: no
// key is ever replaced.
func makeMissing(data string, dom *conversation.Domain) error {
	for _, selector := range dom.DKIMSelectors {
		_, err := readDKIM(data, dom.Name, selector)
		if errors.Is(err, fs.ErrNotExist) {
			_, err = makeDKIM(data, dom.Name, selector)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
