package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// Client asks the API. Its methods return *Problem for an answer that is an error.
type Client struct {
	// Transport carries the requests: [OverSocket] or [InProcess].
	Transport http.RoundTripper
	// As is the agent to act as, "" for the system's operator.
	As string
}

// OverSocket carries requests to the server that listens at path.
func OverSocket(path string) http.RoundTripper {
	var d net.Dialer
	return &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
		DisableKeepAlives: true,
	}
}

// Answer is a document as it came, and as a value.
type Answer[T any] struct {
	JSON  json.RawMessage
	Value T
}

// Paging is which part of a list to ask for; zero values for the first part, of the usual size.
type Paging struct {
	Limit  int
	Cursor string
}

func (p Paging) values() url.Values {
	v := url.Values{}
	if p.Limit > 0 {
		v.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Cursor != "" {
		v.Set("cursor", p.Cursor)
	}
	return v
}

// with adds what is not empty.
func (p Paging) with(pairs ...string) url.Values {
	v := p.values()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// address joins escaped segments under the prefix.
func address(segments ...string) string {
	out := Prefix
	for _, s := range segments {
		out += "/" + url.PathEscape(s)
	}
	return out
}

// do asks, and returns the body of a good answer.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, kind string, body io.Reader) ([]byte, error) {
	target := "http://recado" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", path, err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.As != "" {
		r.Header.Set(HeaderAs, c.As)
	}
	// The transport itself, not http.Client: nothing redirects, and its errors would name the made-up host.
	response, err := c.Transport.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("ask the running server: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if response.StatusCode < 300 {
		return answer, nil
	}
	var p Problem
	if err := json.Unmarshal(answer, &p); err != nil || p.Detail == "" {
		return nil, fmt.Errorf("the server answered %s and no problem document", response.Status)
	}
	p.Status = response.StatusCode
	return nil, &p
}

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (Answer[T], error) {
	body, err := c.do(ctx, http.MethodGet, path, query, "", nil)
	if err != nil {
		return Answer[T]{}, err
	}
	return answered[T](body)
}

func post[T any](ctx context.Context, c *Client, path string, request any) (Answer[T], error) {
	return send[T](ctx, c, http.MethodPost, path, nil, request)
}

func send[T any](ctx context.Context, c *Client, method, path string, query url.Values, request any) (Answer[T], error) {
	body, err := json.Marshal(request)
	if err != nil {
		return Answer[T]{}, fmt.Errorf("write the request: %w", err)
	}
	answer, err := c.do(ctx, method, path, query, "application/json", bytes.NewReader(body))
	if err != nil {
		return Answer[T]{}, err
	}
	return answered[T](answer)
}

func answered[T any](body []byte) (Answer[T], error) {
	a := Answer[T]{JSON: bytes.TrimSpace(body)}
	if err := json.Unmarshal(body, &a.Value); err != nil {
		return a, fmt.Errorf("read the server's answer: %w", err)
	}
	return a, nil
}

// IsNotFound tells whether the API answered that there is no such thing.
func IsNotFound(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == http.StatusNotFound
}
