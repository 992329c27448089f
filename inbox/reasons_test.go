package inbox

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/say"
)

// spokenIn are the packages whose sentences an agent may come to read.
var spokenIn = []string{".", "../conversation", "../internal/config", "../cmd/recado"}

// unread are functions that are handed a format: their callers are looked at, or no page shows what they make.
var unread = map[string]string{
	"errorf":     "its callers are looked at",
	"queryError": "the search says by the mistake what is wrong: see searchTrouble",
}

// formatsIn are all formats of sentences in the sources of a package, with the place of one that has each.
func formatsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	files := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && unread[f.Name.Name] != "" {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at := -1
				switch f := call.Fun.(type) {
				case *ast.Ident:
					if f.Name == "errorf" {
						at = 1
					}
				case *ast.SelectorExpr:
					if x, ok := f.X.(*ast.Ident); ok && x.Name == "say" && (f.Sel.Name == "Of" || f.Sel.Name == "Errorf") {
						at = 0
					}
				}
				if at < 0 {
					return true
				}
				format, ok := constant(call.Args[at])
				if !ok {
					t.Errorf("%s: the format is no constant, so no translation is found by it", files.Position(call.Pos()))
				} else {
					out[strings.ReplaceAll(format, "%w", "%v")] = files.Position(call.Pos()).String()
				}
				return true
			})
		}
	}
	return out
}

// constant is a text that the source has as it is: in quotes, put together, or by the name of a constant.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, ok := constant(e.X)
		right, also := constant(e.Y)
		return left + right, ok && also
	case *ast.Ident:
		if e.Obj == nil || e.Obj.Kind != ast.Con {
			return "", false
		}
		if spec, ok := e.Obj.Decl.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if name.Name == e.Name && i < len(spec.Values) {
					return constant(spec.Values[i])
				}
			}
		}
	}
	return "", false
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z%])`)

// takes tells which argument a format takes by which verb.
func takes(format string) []string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		out = append(out, fmt.Sprintf("%d%s", next, strings.ReplaceAll(m[2], "v", "s")))
		next++
	}
	slices.Sort(out)
	return out
}

func TestReasonsAreWholeInEveryLanguage(t *testing.T) {
	said := map[string]string{}
	for _, dir := range spokenIn {
		maps.Copy(said, formatsIn(t, dir))
	}
	if len(said) < 150 {
		t.Fatalf("only %d formats were found: the test looks in the wrong place", len(said))
	}
	for _, code := range []string{"es", "pt"} {
		own := reasons(code)
		for format, where := range said {
			if hasWords(format) && own[format] == "" {
				t.Errorf("%s: no words in %s for %q", where, code, format)
			}
		}
		for format, text := range own {
			if said[format] == "" {
				t.Errorf("%s: nothing says %q any more", code, format)
			}
			if want, got := takes(format), takes(text); !slices.Equal(want, got) {
				t.Errorf("%s: %q takes %v, and %q takes %v", code, text, got, format, want)
			}
			if strings.ContainsAny(text, "!¡") || strings.HasSuffix(text, ".") && !strings.HasSuffix(format, ".") {
				t.Errorf("%s: %q: no exclamation mark, and the page ends the sentence", code, text)
			}
		}
	}
}

func TestNoReasonIsWrittenTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, some := range reasonTables {
		for format := range some {
			if seen[format] {
				t.Errorf("%q stands in two tables", format)
			}
			seen[format] = true
		}
	}
}

func TestReason(t *testing.T) {
	languages := newLanguages()
	refused := func(format string, args ...any) error {
		return fmt.Errorf("add: %w", &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of(format, args...)})
	}
	broken := errors.New("open /var/lib/recado/recado.db: input/output error")
	for name, c := range map[string]struct {
		err        error
		es, pt, en string
		logged     bool
	}{
		"as it is": {err: refused("the note is empty"), es: "La nota está vacía.", pt: "A nota está vazia.", en: "The note is empty."},
		"an argument": {err: refused("%s is disabled: choose another agent", "eva@example.com"), es: "eva@example.com está desactivado: elija otro agente.",
			pt: "eva@example.com está desativado: escolha outro atendente.", en: "eva@example.com is disabled: choose another agent."},
		"words of ours among them": {err: refused("the department %s has no active channel to send this from: add or enable one of the send type %s or %s", "care", conversation.SendHistory, conversation.SendAll),
			es: "El departamento care no tiene un canal activo desde el que enviar esto: hay que añadir o activar uno del tipo «Historial» o «Todo».",
			pt: "O departamento care não tem um canal ativo de onde enviar isto: é preciso adicionar ou ativar um do tipo “Histórico” ou “Tudo”.",
			en: "The department care has no active channel to send this from: add or enable one of the send type History or Everything."},
		"a sentence within": {err: refused("the text in %s: %s", "es", refused("it is longer than %d characters", 9)),
			es: "El texto en es: tiene más de 9 caracteres.", pt: "O texto em es: tem mais de 9 caracteres.", en: "The text in es: it is longer than 9 characters."},
		"a length of time": {err: &conversation.ThrottledError{RetryAfter: 90 * time.Second}, es: "Demasiado seguido (intentos de acceso): espere 1 min.",
			pt: "Depressa demais (tentativas de acesso): espere 1 min.", en: "Too many attempts to log in: wait 1 min."},
		"no words for it": {err: refused("what nobody translated"), es: "No se pudo; el registro del servidor dice por qué.", pt: "Não deu certo; o log do servidor diz por quê.",
			en: "What nobody translated.", logged: true},
		"a fault within": {err: refused("the text in %s: %s", "es", broken), es: "El texto en es: el registro del servidor dice por qué.",
			pt: "O texto em es: o log do servidor diz por quê.", en: "The text in es: the log of the server says why.", logged: true},
		"a fault": {err: broken, es: "No se pudo; el registro del servidor dice por qué", pt: "Não deu certo; o log do servidor diz por quê",
			en: "That did not work; the log of the server says why", logged: true},
	} {
		t.Run(name, func(t *testing.T) {
			for code, want := range map[string]string{"es": c.es, "pt": c.pt, "en": c.en} {
				var log strings.Builder
				v := &visit{lang: languages[code], log: slog.New(slog.NewTextHandler(&log, nil))}
				if got := v.reason(c.err); got != want {
					t.Errorf("%s: %q, want %q", code, got, want)
				}
				if logged := log.Len() > 0; logged != c.logged && !(code == "en" && name == "no words for it") {
					t.Errorf("%s: logged %q", code, log.String())
				}
			}
		})
	}
}

// The messages of the commands are no agent's: what they alone say needs no words of other languages.
func TestReasonsNameNoCommand(t *testing.T) {
	for _, some := range reasonTables {
		for _, r := range some {
			for _, text := range []string{r.es, r.pt} {
				if strings.Contains(text, "recado ") {
					t.Errorf("%q tells an agent to run a command", text)
				}
			}
		}
	}
}

func TestADamagedMessageIsSaidInTheLanguage(t *testing.T) {
	v := &visit{lang: newLanguages()["pt"]}
	e := &conversation.Entry{Message: &conversation.Message{}, Text: "The original cannot be read.", Damaged: true}
	if got := v.text(e); got != "O original desta mensagem não pode ser lido. O log do servidor diz por quê." {
		t.Errorf("it says %q", got)
	}
}
