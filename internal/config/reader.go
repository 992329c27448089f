package config

import (
	"math"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/internal/say"
)

// reader takes typed values out of one table of the outline. A method leaves its target alone when the
// key is absent or wrong, and reports what is wrong; so a target holds its default beforehand. Each
// returns whether the file sets the key to something usable.
type reader struct {
	l     *loader
	table *value // nil: the section is absent and everything keeps its default
	name  string // of the section, for messages
}

// typed is the value of a key if it is of the kind wanted.
func (r reader) typed(key string, want kind) (*value, bool) {
	v := r.table.field(key)
	if v == nil {
		return nil, false
	}
	if v.kind != want {
		r.l.wrongKind(key, v, want)
		return nil, false
	}
	return v, true
}

// wrongKind says what a value is, what it should be, and how that is written.
func (l *loader) wrongKind(key string, v *value, want kind) {
	var hint say.Sentence
	low := strings.ToLower(strings.TrimSpace(v.text))
	scalar := v.kind != kindTable && v.kind != kindList
	switch want {
	case kindText:
		hint = say.Of(`write %s = "…"`, key)
		if scalar {
			hint = say.Of("put it in quotes: %s = %q", key, v.text)
		} else if v.kind == kindList && len(v.items) > 0 && v.items[0].kind == kindText {
			hint = say.Of("write only one: %s = %s", key, quote(v.items[0].text))
		}
	case kindBool:
		hint = say.Of("write %s = true or %s = false", key, key)
		switch low {
		case "true", "yes", "on", "1":
			hint = say.Of("write %s = true, without quotes", key)
		case "false", "no", "off", "0":
			hint = say.Of("write %s = false, without quotes", key)
		}
	case kindInteger:
		hint = say.Of("write %s = 10, say, without quotes", key)
		if _, err := strconv.Atoi(low); err == nil {
			hint = say.Of("write %s = %s, without quotes", key, low)
		}
	case kindList:
		hint = say.Of(`write %s = ["…"]`, key)
		if scalar {
			hint = say.Of("write %s = [%s]", key, quote(v.text))
		}
	}
	l.problem(v.at, say.Of("%s must be %s, not %s", key, want, v.kind), hint)
}

// required reports a key that is absent or empty and has no default.
func (r reader) required(key string, hint say.Sentence) {
	v := r.table.field(key)
	if v == nil && !r.l.meant[meaning{r.table, key}] {
		r.l.problem(r.table.at, say.Of("%s of %s is missing", key, r.name), hint)
	} else if v == nil {
		return // a misspelt key was reported in its place
	} else if v.kind == kindText && v.text == "" {
		r.l.problem(v.at, say.Of("%s is empty", key), hint)
	}
}

// text reads a text that is one line without control characters.
func (r reader) text(key string, into *string) bool {
	v, ok := r.typed(key, kindText)
	if !ok {
		return false
	}
	if strings.ContainsFunc(v.text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.l.problem(v.at, say.Of("%s contains a line break or a control character", key), say.Of("write it on one line"))
		return false
	}
	*into = v.text
	return true
}

// parsed reads a text that parse must accept; why leads its complaint.
func (r reader) parsed(key string, into *string, hint say.Sentence, parse func(string) (string, error)) bool {
	v, ok := r.typed(key, kindText)
	if !ok || v.text == "" {
		return false
	}
	out, err := parse(v.text)
	if err != nil {
		r.l.problem(v.at, say.Of("%s %s is not usable: %v", key, quote(v.text), err), hint)
		return false
	}
	*into = out
	return true
}

// boolean reads true or false.
func (r reader) boolean(key string, into *bool) bool {
	v, ok := r.typed(key, kindBool)
	if ok {
		*into = v.text == "true"
	}
	return ok
}

// integer reads a whole number within bounds.
func (r reader) integer(key string, into *int, least, most int) {
	v, ok := r.typed(key, kindInteger)
	if !ok {
		return
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(v.text, "_", ""), 0, 64)
	if err != nil || n < int64(least) || n > int64(most) {
		hint := say.Of("write a number from %d to %d", least, most)
		if least == 0 {
			hint = say.Of("%s (0 turns the limit off)", hint)
		}
		r.l.problem(v.at, say.Of("%s = %s is out of bounds", key, v.text), hint)
		return
	}
	*into = int(n)
}

// duration reads "12h" or "5d", at least a second.
func (r reader) duration(key string, into *time.Duration, example string) {
	r.durationFrom(key, into, example, time.Second, math.MaxInt64)
}

// durationFrom reads a length of time within bounds.
func (r reader) durationFrom(key string, into *time.Duration, example string, least, most time.Duration) {
	v := r.table.field(key)
	if v == nil {
		return
	}
	hint := say.Of("write a text such as %q (units: d, h, m, s)", example)
	switch v.kind {
	case kindText:
		d, err := parseDuration(v.text)
		switch {
		case err != nil:
			r.l.problem(v.at, say.Of("%s %s is not a length of time", key, quote(v.text)), hint)
		case d < least:
			r.l.problem(v.at, say.Of("%s %s is shorter than a second", key, quote(v.text)), hint)
		case d > most:
			r.l.problem(v.at, say.Of("%s %s is longer than %s", key, quote(v.text), most), hint)
		default:
			*into = d
		}
	case kindInteger, kindFloat:
		r.l.problem(v.at, say.Of("%s %s lacks its unit", key, v.text), hint)
	default:
		r.l.problem(v.at, say.Of("%s must be a length of time, not %s", key, v.kind), hint)
	}
}

// size reads "25MiB" or a number of bytes.
func (r reader) size(key string, into *int64, most int64) {
	v := r.table.field(key)
	if v == nil {
		return
	}
	if v.kind != kindInteger {
		var ok bool
		if v, ok = r.typed(key, kindText); !ok {
			return
		}
	}
	n, err := parseSize(strings.ReplaceAll(v.text, "_", ""))
	if err != nil || n < 1 || n > most {
		r.l.problem(v.at, say.Of("%s %s is not a usable size", key, quote(v.text)), say.Of(`write one up to %dMiB, such as "25MiB" (units: KiB, MiB, GiB, or KB, MB, GB; none: bytes)`, most>>20))
		return
	}
	*into = n
}

// word reads one of a few words.
func word[T ~string](r reader, key string, into *T, words ...T) bool {
	v := r.table.field(key)
	if v == nil {
		return false
	}
	list := make([]string, len(words))
	for i, w := range words {
		if v.kind == kindText && v.text == string(w) {
			*into = w
			return true
		}
		list[i] = string(w)
	}
	hint := say.Of("write %s", oneOf(list))
	if v.kind != kindText {
		r.l.problem(v.at, say.Of("%s must be a text, not %s", key, v.kind), hint)
		return false
	}
	near := meantWords[strings.ToLower(v.text)]
	if !slices.Contains(list, near) {
		near = nearest(v.text, list)
	}
	if near != "" {
		hint = say.Of("did you mean %q? It may be %s", near, oneOf(list))
	}
	r.l.problem(v.at, say.Of("%s %s is not known", key, quote(v.text)), hint)
	return false
}

// meantWords are what other products say for the words of this file.
var meantWords = map[string]string{
	"ssl": "tls", "implicit": "tls", "smtps": "tls", "explicit": "starttls", "plain": "none", "off": "inactive", "disabled": "inactive",
	"on": "active", "enabled": "active", "receive": "receptive", "recieve": "receptive", "inbound": "receptive", "both": "all", "any": "all",
	"reject": "refuse", "quarantine": "hold", "resend": "retry",
}

// oneOf writes words as a person lists what may be chosen: "a", "b" or "c".
func oneOf(words []string) say.Sentence {
	rest, last := listed(words)
	if rest == "" {
		return say.Of("%s", last)
	}
	return say.Of("%s or %s", rest, last)
}

// allOf writes words as a person lists all that there are: "a", "b" and "c".
func allOf(words []string) say.Sentence {
	rest, last := listed(words)
	if rest == "" {
		return say.Of("%s", last)
	}
	return say.Of("%s and %s", rest, last)
}

// listed are all but the last of the words, and the last, in quotes.
func listed(words []string) (rest, last string) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	n := len(words) - 1
	return strings.Join(quoted[:n], ", "), quoted[n]
}

// list reads a list of texts and hands each to take, whose complaint is located at the element.
func (r reader) list(key string, hint say.Sentence, take func(string) error) {
	v, ok := r.typed(key, kindList)
	if !ok {
		return
	}
	for _, item := range v.items {
		if item.kind != kindText {
			r.l.problem(item.at, say.Of("an element of %s must be a text, not %s", key, item.kind), hint)
			continue
		}
		if err := take(item.text); err != nil {
			r.l.problem(item.at, say.Of("%s in %s is not usable: %v", quote(item.text), key, err), hint)
		}
	}
}

// email reads an address.
func (r reader) email(key string, into *string) bool {
	v := r.table.field(key)
	hint := say.Of(`write it as "name@example.com"`)
	if v != nil && strings.HasPrefix(strings.ToLower(v.text), "mailto:") {
		hint = say.Of("write it without mailto:")
	}
	return r.parsed(key, into, hint, parseEmail)
}

// listen reads the address of a listener. An empty one is allowed where it turns the listener off.
func (r reader) listen(key string, into *string, off bool) {
	v, ok := r.typed(key, kindText)
	if !ok {
		return
	}
	if v.text == "" {
		if !off {
			r.l.problem(v.at, say.Of("%s is empty, and mail arrives nowhere else", key), say.Of(`write listen = ":25"`))
			return
		}
		*into = ""
		return
	}
	address, err := hostPort(v.text, "")
	if err != nil {
		hint := say.Of(`write it as ":25" (every address) or "127.0.0.1:2525"`)
		if _, number := strconv.Atoi(v.text); number == nil {
			hint = say.Of("write %s = %q", key, ":"+v.text)
		}
		r.l.problem(v.at, say.Of("%s %s is not an address to listen on: %v", key, quote(v.text), err), hint)
		return
	}
	*into = address
}

// hostPort checks "host:port"; a port that is missing becomes the standard one, if there is one.
func hostPort(text, standard string) (string, error) {
	if strings.Contains(text, "/") {
		return "", say.Errorf("it is a URL or a network, not host:port")
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil && standard != "" {
		bare := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
		if net.ParseIP(bare) != nil || !strings.Contains(bare, ":") {
			host, port, err = bare, standard, nil
		}
	}
	if err != nil {
		if !strings.Contains(text, ":") {
			return "", say.Errorf("it has no port")
		}
		return "", say.Errorf("it is not host:port (an IPv6 address stands in brackets)")
	}
	if n, err := strconv.ParseUint(port, 10, 32); err != nil || n > math.MaxUint16 {
		return "", say.Errorf("the port %s is not a number from 0 to 65535", quote(port))
	}
	if plain, _, _ := strings.Cut(host, "%"); host != "" && net.ParseIP(plain) == nil {
		if host, err = parseHost(host); err != nil {
			return "", say.Errorf("the host: %w", err)
		}
	}
	return net.JoinHostPort(host, port), nil
}

// path reads a path, relative ones from the file's folder.
func (r reader) path(key string, into *string) bool {
	var text string
	if !r.text(key, &text) || text == "" {
		return false
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(r.l.dir, text)
	}
	*into = filepath.Clean(text)
	return true
}
