package api

import (
	"context"
	"net/http"
)

// Domains lists our domains, in the channel file's order.
func (c *Client) Domains(ctx context.Context, p Paging) (Answer[List[Domain]], error) {
	return get[List[Domain]](ctx, c, address("domains"), p.values())
}

// Domain is one of ours.
func (c *Client) Domain(ctx context.Context, name string) (Answer[Domain], error) {
	return get[Domain](ctx, c, address("domains", name), nil)
}

// AddDomain adds one.
func (c *Client) AddDomain(ctx context.Context, e DomainEdit) (Answer[Domain], error) {
	return post[Domain](ctx, c, address("domains"), e)
}

// SetDomain changes one.
func (c *Client) SetDomain(ctx context.Context, name string, e DomainEdit) (Answer[Domain], error) {
	return send[Domain](ctx, c, http.MethodPatch, address("domains", name), nil, e)
}

// RemoveDomain removes one, and answers with it as it was.
func (c *Client) RemoveDomain(ctx context.Context, name string) (Answer[Domain], error) {
	return send[Domain](ctx, c, http.MethodDelete, address("domains", name), nil, struct{}{})
}

// CheckDomain asks the DNS which of a domain's records are there.
func (c *Client) CheckDomain(ctx context.Context, name string) (Answer[DomainCheck], error) {
	return get[DomainCheck](ctx, c, address("domains", name, "dns"), nil)
}
