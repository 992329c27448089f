package reputation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	maxResponse   = 1 << 20 // octets of rspamd's answer
	maxSymbols    = 20      // kept of a mail
	maxSymbol     = 64      // octets of a symbol's name
	maxAtOnce     = 20      // mails that rspamd has at a time; others wait, within the deadline
	maxHeaderText = 512     // octets of what a client said of itself
)

// Rspamd asks a scanner of rspamd (its worker "normal", port 11333) for the score of a mail.
type Rspamd struct {
	url    string
	client *http.Client
}

// NewRspamd makes one for the scanner at url, such as http://127.0.0.1:11333. No proxy of the environment
// is used, and no redirect is followed: the mail goes there and nowhere else.
func NewRspamd(url string) *Rspamd {
	return &Rspamd{url: strings.TrimRight(url, "/") + "/checkv2", client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxConnsPerHost: maxAtOnce, MaxIdleConnsPerHost: maxAtOnce, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
		},
	}}
}

// Request is a mail and what SMTP told about it.
type Request struct {
	IP         netip.Addr
	HELO       string
	Hostname   string // of the client, confirmed; empty: none
	From       string // the return path; empty for <>
	Recipients []string
	QueueID    string // in rspamd's log
	Mail       io.ReaderAt
	Size       int64
}

// Score is what rspamd thinks of a mail.
type Score struct {
	Score   float64
	Symbols []string // the heaviest first, each with its own score
}

// Mail asks rspamd about a mail; there must be one. silent is a sentence where it gave no usable answer, err why.
func (c *Checker) Mail(ctx context.Context, r Request) (score Score, silent string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.deadline())
	defer cancel()
	score, err = c.Rspamd.check(ctx, r)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		silent = "rspamd did not answer in time"
	default:
		silent = "rspamd could not be asked"
	}
	return score, silent, err
}

func (r *Rspamd) check(ctx context.Context, mail Request) (Score, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, io.NewSectionReader(mail.Mail, 0, mail.Size))
	if err != nil {
		return Score{}, err
	}
	req.ContentLength = mail.Size
	if mail.Size == 0 {
		req.Body = http.NoBody
	}
	for name, value := range map[string]string{
		"IP": mail.IP.String(), "Helo": mail.HELO, "Hostname": mail.Hostname, "From": mail.From, "Queue-Id": mail.QueueID,
	} {
		if value = headerValue(value); value != "" {
			req.Header.Set(name, value)
		}
	}
	for _, rcpt := range mail.Recipients {
		req.Header.Add("Rcpt", headerValue(rcpt))
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return Score{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Score{}, fmt.Errorf("rspamd answered %s", resp.Status)
	}
	return readScore(resp.Body)
}

// answer is what of rspamd's answer counts.
type answer struct {
	Score   *float64 `json:"score"`
	Symbols map[string]struct {
		Score float64 `json:"score"`
	} `json:"symbols"`
}

var errAnswer = errors.New("an answer that is not rspamd's")

func readScore(body io.Reader) (Score, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxResponse+1))
	if err != nil {
		return Score{}, err
	}
	var a answer
	if len(text) > maxResponse {
		return Score{}, fmt.Errorf("%w: it has more than %d octets", errAnswer, maxResponse)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return Score{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	if a.Score == nil {
		return Score{}, fmt.Errorf("%w: it has no score", errAnswer)
	}
	names := make([]string, 0, len(a.Symbols))
	for name := range a.Symbols {
		if validSymbol(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(a.Symbols[y].Score, a.Symbols[x].Score), strings.Compare(x, y))
	})
	out := Score{Score: *a.Score}
	for _, name := range names[:min(len(names), maxSymbols)] {
		out.Symbols = append(out.Symbols, fmt.Sprintf("%s %.4g", name, a.Symbols[name].Score))
	}
	return out, nil
}

// validSymbol tells whether a symbol has a name that a trace can hold.
func validSymbol(name string) bool {
	return name != "" && len(name) <= maxSymbol && strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// headerValue is a text without what would end a field of HTTP's header, and not too long for one.
func headerValue(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), maxHeaderText)]
}
