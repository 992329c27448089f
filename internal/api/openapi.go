package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"recado/conversation"
)

// describes is the path of the OpenAPI document. It is told to everybody: it says nothing of this installation,
// and programs that make clients read it before anybody has a token.
const describes = "/openapi.json"

func (h *handler) describe(w http.ResponseWriter, r *http.Request, _ conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	return answer(w, http.StatusOK, openAPI())
}

// object is one of JSON.
type object = map[string]any

// openAPI is the description of the API for programs (OpenAPI 3.1), made of the table of operations and of the Go
// types of the documents.
func openAPI() object {
	s := schemas{}
	paths := object{}
	for _, o := range operations {
		method, path, _ := strings.Cut(o.route, " ")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path].(object)[strings.ToLower(method)] = s.operation(o, method, path)
	}
	problem := object{"description": "What went wrong, and what to do (RFC 9457).", "content": object{"application/problem+json": object{"schema": s.of(reflect.TypeFor[Problem]())}}}
	return object{
		"openapi": "3.1.0",
		"info":    object{"title": "Recado", "version": "1", "description": "The API for programs of a self-hosted email channel for customer service."},
		"servers": []object{{"url": Prefix}},
		"paths":   paths,
		"components": object{
			"schemas": s, "responses": object{"Problem": problem},
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
		},
		"security": []object{{"token": []string{}}},
	}
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

func (s schemas) operation(o operation, method, path string) object {
	parameters := []object{}
	for _, m := range inPath.FindAllStringSubmatch(path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, name := range o.parameters() {
		kind := "string"
		if name == "limit" {
			kind = "integer"
		}
		parameters = append(parameters, object{"name": name, "in": "query", "schema": object{"type": kind}})
	}
	if method == http.MethodPost {
		parameters = append(parameters, object{"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string"}})
	}
	out := object{"summary": o.says, "operationId": o.id(), "parameters": parameters, "responses": object{
		fmt.Sprint(o.statusOr200()): s.good(o), "default": object{"$ref": "#/components/responses/Problem"},
	}}
	if o.route == http.MethodGet+" "+describes {
		out["security"] = []object{}
	}
	if o.body != nil {
		schema := s.of(reflect.TypeOf(o.body))
		s.optional(schema) // the handler says what is missing
		content := object{"application/json": object{"schema": schema}}
		if o.form {
			content["multipart/form-data"] = object{"schema": schema}
		}
		out["requestBody"] = object{"content": content}
	}
	return out
}

func (o operation) statusOr200() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// parameters are those of the query.
func (o operation) parameters() []string {
	if o.answer != nil && strings.HasPrefix(reflect.TypeOf(o.answer).Name(), "List[") {
		return append(slices.Clone(o.query), "cursor", "limit")
	}
	return o.query
}

// id is a name for the functions of generated clients: "post_protocols_number_replies".
func (o operation) id() string {
	return strings.ToLower(strings.Trim(regexp.MustCompile(`\W+`).ReplaceAllString(o.route, "_"), "_"))
}

func (s schemas) good(o operation) object {
	if o.answer == nil {
		return object{"description": "The file.", "content": object{"*/*": object{}}}
	}
	return object{"description": "Done.", "content": object{"application/json": object{"schema": s.of(reflect.TypeOf(o.answer))}}}
}

// schemas are those of the documents, by the names of their Go types.
type schemas map[string]any

// of is the schema of a type: a document has a name and is referred to.
func (s schemas) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[Time]():
		return object{"type": []string{"string", "null"}, "format": "date-time"}
	case reflect.TypeFor[OneOrMore]():
		return object{"oneOf": []object{{"type": "string"}, {"type": "array", "items": object{"type": "string"}}}}
	case reflect.TypeFor[[]byte](), reflect.TypeFor[json.RawMessage]():
		return object{"type": "string", "contentEncoding": "base64"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct {
			return object{"oneOf": []object{s.of(t.Elem()), {"type": "null"}}}
		}
		if t.Elem().Kind() == reflect.Int64 {
			return object{"type": []string{"integer", "null"}}
		}
		return s.of(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{"type": "object"}
		}
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Struct:
		return s.document(t)
	}
	return object{"type": "string"}
}

func (s schemas) document(t reflect.Type) object {
	name := t.Name()
	if name == "" || strings.Contains(name, "[") || name[0] >= 'a' {
		return s.fields(t)
	}
	if _, known := s[name]; !known {
		s[name] = object{} // what refers to itself ends here
		s[name] = s.fields(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// optional makes nothing of a body required.
func (s schemas) optional(schema object) {
	if name, ok := schema["$ref"].(string); ok {
		schema = s[strings.TrimPrefix(name, "#/components/schemas/")].(object)
	}
	delete(schema, "required")
}

// fields are those of a struct as JSON has them: an embedded one's stand among its own, which win.
func (s schemas) fields(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			embedded := s.fields(f.Type)
			maps.Copy(properties, embedded["properties"].(object))
			required = append(required, embedded["required"].([]string)...)
			continue
		}
		if name, options, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			properties[name] = s.of(f.Type)
			if options == "" && !slices.Contains(required, name) {
				required = append(required, name)
			}
		}
	}
	return object{"type": "object", "properties": properties, "required": required}
}
