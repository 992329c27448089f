package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

// everything is the options with which every public route is there.
func everything() Options {
	return Options{Desk: struct{ Desk }{}, File: struct{ ChannelFile }{}, DNS: struct{ DNS }{}, Authenticate: func(*http.Request) (conversation.Actor, error) {
		return conversation.Actor{Token: "t", Role: conversation.RoleAdmin}, nil
	}}
}

// TestOpenAPIHasEveryRoute: what is served is described, and nothing else is.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	var described []string
	for _, o := range operations {
		described = append(described, o.route)
	}
	routes := Routes(everything())
	for _, r := range routes {
		if !slices.Contains(described, r) {
			t.Errorf("%s is not described: add {route: %q, says: …, query: …, body: …, answer: …} to operations in internal/api/openapi_table.go (docs/api.md, A new route)", r, r)
		}
	}
	for i, d := range described {
		if !slices.Contains(routes, d) {
			t.Errorf("%s is described in internal/api/openapi_table.go and is no route of the public API", d)
		}
		if slices.Contains(described[:i], d) {
			t.Errorf("%s is described twice", d)
		}
	}
}

// TestOpenAPIIsWhole: references lead somewhere, parameters of paths are told, names are used once.
func TestOpenAPIIsWhole(t *testing.T) {
	w := httptest.NewRecorder()
	New(Options{Authenticate: func(*http.Request) (conversation.Actor, error) { return conversation.Actor{}, ErrUnauthenticated }}).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, Prefix+describes, nil))
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct{ Name, In string }
		}
		Components struct{ Schemas, Responses map[string]json.RawMessage }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%d %v %.300s", w.Code, err, w.Body)
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if of := map[string]map[string]json.RawMessage{"schemas": doc.Components.Schemas, "responses": doc.Components.Responses}[m[1]]; of[m[2]] == nil {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if ids[o.OperationID] || o.OperationID == "" {
				t.Errorf("%s %s: the name %q is another's", method, path, o.OperationID)
			}
			ids[o.OperationID] = true
			for _, m := range inPath.FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(o.Parameters, func(p struct{ Name, In string }) bool { return p.Name == m[1] && p.In == "path" }) {
					t.Errorf("%s %s: {%s} is not told", method, path, m[1])
				}
			}
		}
	}
}

// example asks for a route; whatever a handler needs of the desk is not there, so that it ends where it read
// what came with the request.
func example(t *testing.T, h http.Handler, route, query, body string) (answer string) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer("{number}", "20261123-000042", "{id}", "06f2s9mhq40000000000000001", "{n}", "0", "{address}", "a@b.example", "{email}", "a@b.example", "{text}", "signature").Replace(path)
	r := httptest.NewRequestWithContext(t.Context(), method, Prefix+path+query, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	defer func() {
		if recover() != nil { // it read all of the request and asks the desk
			answer = ""
		}
	}()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

// TestOpenAPIQueries: the parameters that a handler takes are those that are described. It tells them where it
// is given another one.
func TestOpenAPIQueries(t *testing.T) {
	known := regexp.MustCompile(`is not known; there are ([a-z_, ]+)"`)
	h := New(everything())
	for _, o := range operations {
		var took []string
		answer := example(t, h, o.route, "?another=1", "")
		if m := known.FindStringSubmatch(answer); m != nil {
			took = strings.Split(m[1], ", ")
			if m[1] == "none here" {
				took = nil
			}
		} else if !strings.Contains(answer, "there are none here") {
			t.Errorf("%s takes any parameter: %s", o.route, answer)
		}
		described := o.parameters()
		slices.Sort(took)
		described = slices.Sorted(slices.Values(described))
		if !slices.Equal(took, described) {
			t.Errorf("%s reads the parameters %v, and %v are described: correct query in internal/api/openapi_table.go", o.route, took, described)
		}
	}
}

// TestOpenAPIBodies: of all the names of fields that this package knows, a handler takes those that are described.
func TestOpenAPIBodies(t *testing.T) {
	names := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("json:\"([a-z_0-9]+)").FindAllStringSubmatch(string(code), -1) {
			names[m[1]] = true
		}
	}
	h := New(everything())
	for _, o := range operations {
		if strings.HasPrefix(o.route, http.MethodGet) {
			continue
		}
		var described []string
		if o.body != nil {
			described = slices.Sorted(maps.Keys(schemas{}.fields(reflect.TypeOf(o.body))["properties"].(object)))
		}
		var took []string
		for _, name := range slices.Sorted(maps.Keys(names)) {
			// A number is no value of most fields; a field that is not there at all is told as such.
			if answer := example(t, h, o.route, "", `{"`+name+`":1}`); !strings.Contains(answer, "is not known") {
				took = append(took, name)
			}
		}
		if o.route == "DELETE /channels/{email}" {
			continue // it reads a body as PATCH does, and uses none of it
		}
		if !slices.Equal(took, described) {
			t.Errorf("%s reads the fields %v, and %v are described: correct body in internal/api/openapi_table.go", o.route, took, described)
		}
	}
}
