package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"recado/internal/api"
)

// schema is one of the OpenAPI document, as far as answers are compared with it.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]*schema
	Required   []string
	Items      *schema
	Additional *schema `json:"additionalProperties"`
	OneOf      []*schema
}

type description struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema *schema }
		}
	}
	Components struct{ Schemas map[string]*schema }
}

// asDescribed wants an answer to be what openapi.json says of its route: status, fields and their kinds. What is
// for the local socket alone is not described.
func asDescribed(t *testing.T, h http.Handler, method, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	var d description
	if err := json.Unmarshal(call(t, h, http.MethodGet, api.Prefix+"/openapi.json", "").Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if method == "" {
		method = http.MethodGet
	}
	path, _, _ = strings.Cut(path, "?")
	for pattern, methods := range d.Paths {
		operation, ok := methods[strings.ToLower(method)]
		if !ok || !regexp.MustCompile("^"+regexp.MustCompile(`\{\w+\}`).ReplaceAllString(pattern, "[^/]+")+"$").MatchString(path) {
			continue
		}
		response, ok := operation.Responses[fmt.Sprint(w.Code)]
		if !ok {
			t.Errorf("%s %s: the status %d is not described", method, pattern, w.Code)
		}
		var answer any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		for _, problem := range d.compare(response.Content["application/json"].Schema, answer, "answer") {
			t.Errorf("%s %s: %s", method, pattern, problem)
		}
	}
}

// compare tells where a value is not as the schema says.
func (d *description) compare(s *schema, value any, where string) []string {
	if s == nil {
		return []string{where + " is not described"}
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.compare(d.Components.Schemas[name], value, where)
	}
	if s.OneOf != nil {
		if value == nil {
			return nil
		}
		return d.compare(s.OneOf[0], value, where)
	}
	kinds := fmt.Sprint(s.Type)
	switch v := value.(type) {
	case nil:
		if !strings.Contains(kinds, "null") {
			return []string{where + " is null"}
		}
	case map[string]any:
		if s.Properties == nil {
			return nil // its names are free
		}
		var out []string
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				out = append(out, where+" has no "+name)
			}
		}
		for name, field := range v {
			out = append(out, d.compare(s.Properties[name], field, where+"."+name)...)
		}
		return out
	case []any:
		var out []string
		for i, item := range v {
			out = append(out, d.compare(s.Items, item, fmt.Sprintf("%s[%d]", where, i))...)
		}
		return out
	case string:
		if !strings.Contains(kinds, "string") {
			return []string{where + " is text"}
		}
	case bool:
		if kinds != "boolean" {
			return []string{where + " is true or false"}
		}
	case float64:
		if !strings.Contains(kinds, "integer") {
			return []string{where + " is a number"}
		}
	}
	return nil
}
