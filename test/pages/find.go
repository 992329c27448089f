package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
)

// page is one to measure.
type page struct{ name, path string }

// lists are the pages that are there in every house. The far page of each is measured too.
var lists = []page{
	{"all, newest", "/inbox"},
	{"all, waiting", "/inbox?sort=waiting"},
	{"mine", "/inbox?view=mine"},
	{"mine, waiting", "/inbox?sort=waiting&view=mine"},
	{"unassigned", "/inbox?view=unassigned"},
	{"unassigned, waiting", "/inbox?sort=waiting&view=unassigned"},
	{"a department", "/inbox?department=care"},
	{"a department, waiting", "/inbox?department=care&sort=waiting"},
	{"history", "/history"},
	{"history of a department", "/history?department=care"},
	{"held", "/held"},
	{"contacts", "/contacts"},
}

// find says which pages there are.
func (b *browser) find(ctx context.Context, o options) ([]page, error) {
	var out []page
	for _, p := range lists {
		out = append(out, p)
		far, n := p.path, 0
		for ; n < o.deep; n++ {
			body, err := b.get(ctx, far)
			if err != nil {
				return nil, err
			}
			link := next(body)
			if link == "" {
				break
			}
			far = link
		}
		if n > 0 {
			out = append(out, page{fmt.Sprintf("%s, page %d", p.name, n+1), far})
		}
	}
	protocols, err := someProtocols(ctx, o.data)
	return append(out, protocols...), err
}

// someProtocols are the pages of protocols, and of one contact, found through the local socket.
func someProtocols(ctx context.Context, data string) ([]page, error) {
	socket := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(data, "recado.sock"))
	}}}
	found := map[int]string{5: "", 200: ""}
	contact, left := "", len(found)
	query := url.Values{"limit": {"500"}}
	for left > 0 {
		var list struct {
			Items []struct {
				Number   string
				Messages int
				Contact  struct{ Address string }
			}
			Next string
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://recado/api/v1/protocols?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		res, err := socket.Do(req)
		if err != nil {
			return nil, err
		}
		err = json.NewDecoder(res.Body).Decode(&list)
		res.Body.Close()
		if err != nil {
			return nil, err
		}
		for _, p := range list.Items {
			contact = p.Contact.Address
			if number, wanted := found[p.Messages]; wanted && number == "" {
				found[p.Messages] = p.Number
				left--
			}
		}
		if list.Next == "" {
			break
		}
		query.Set("cursor", list.Next)
	}
	var out []page
	for _, n := range []int{5, 200} {
		if found[n] != "" {
			out = append(out, page{fmt.Sprintf("protocol of %d messages", n), "/protocols/" + found[n]})
		}
	}
	if contact != "" {
		out = append(out, page{"a contact", "/contacts/" + url.PathEscape(contact)})
	}
	return out, nil
}
