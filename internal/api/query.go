package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/conversation"
)

const (
	maxCursor = 1024 // octets
	maxValue  = 1024
)

// query reads the parameters of r and refuses those that are not known, or given twice.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query of the address cannot be read: its escapes are wrong")
	}
	for name, given := range values {
		switch {
		case !slices.Contains(known, name):
			if len(known) == 0 {
				return nil, invalid(fmt.Sprintf("the parameter %q is not known; there are none here", name))
			}
			return nil, invalid(fmt.Sprintf("the parameter %q is not known; there are %s", name, strings.Join(known, ", ")))
		case len(given) > 1:
			return nil, invalid(fmt.Sprintf("the parameter %q is given more than once", name))
		case len(given[0]) > maxValue:
			return nil, invalid(fmt.Sprintf("the parameter %q is too long", name))
		}
	}
	return values, nil
}

// listQuery is query for a list, with its page.
func listQuery(r *http.Request, known ...string) (url.Values, conversation.Page, error) {
	values, err := query(r, append(known, "cursor", "limit")...)
	if err != nil {
		return nil, conversation.Page{}, err
	}
	page := conversation.Page{Cursor: values.Get("cursor"), Limit: conversation.DefaultLimit}
	if text := values.Get("limit"); text != "" {
		page.Limit, err = strconv.Atoi(text)
		if err != nil || page.Limit < 1 {
			return nil, conversation.Page{}, invalid("limit is a number from 1")
		}
		page.Limit = min(page.Limit, conversation.MaxLimit) // a page may hold fewer: next tells
	}
	if len(page.Cursor) > maxCursor {
		return nil, conversation.Page{}, conversation.ErrBadCursor
	}
	return values, page, nil
}

// word checks that value, when given, is one of the words.
func word[T ~string](name, value string, words ...T) (T, error) {
	if value == "" || slices.Contains(words, T(value)) {
		return T(value), nil
	}
	return "", invalid(fmt.Sprintf("%s is one of %s", name, strings.Join(texts(words), ", ")))
}

// moment reads a time: RFC 3339, or a day, which is its first moment where the numbers of protocols have their midnight.
func (h *handler) moment(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	at, err := h.desk.Directory().Day(text)
	if err != nil {
		return time.Time{}, invalid(name + " is a day, such as 2026-11-23, or a time, such as 2026-11-23T09:00:00Z")
	}
	return at, nil
}

// pageOf cuts a page out of a list that is in memory. Its cursor is a position.
func pageOf[T any](items []T, page conversation.Page) ([]T, string, error) {
	start := 0
	if page.Cursor != "" {
		n, err := strconv.Atoi(page.Cursor)
		if err != nil || n < 1 {
			return nil, "", conversation.ErrBadCursor
		}
		start = min(n, len(items))
	}
	end := min(start+page.Size(), len(items))
	next := ""
	if end < len(items) {
		next = strconv.Itoa(end)
	}
	return items[start:end], next, nil
}
