package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The documents may name files, functions and one another only as they are: what is renamed or goes must
// be told there too.

var (
	fence     = regexp.MustCompile("(?ms)^```.*?^```")
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
	goPlace   = regexp.MustCompile(`^([\w./-]+\.go)(?:: (\w+(?:\.\w+)?))?$`)
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdHeading = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	citedRFC  = regexp.MustCompile(`\bRFC (\d{3,5})`)
)

// documents are README.md and everything in docs, as paths from the root.
func documents(t *testing.T, root string) []string {
	t.Helper()
	list := []string{"README.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			rel, _ := filepath.Rel(root, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDocumentsNameWhatIsThere(t *testing.T) {
	root := ".."
	c := newDocsCheck(t, root)
	places := map[string]int{}
	for _, path := range documents(t, root) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		n, problems := c.check(path, string(text))
		places[path] = n
		for _, p := range problems {
			t.Errorf("%s: %s", path, p)
		}
	}
	for _, path := range []string{"docs/flow.md", "docs/rfcs.md"} {
		if places[path] < 50 {
			t.Errorf("%s: %d places in the code were recognised: does it still write them as `<path>.go: <Name>`?", path, places[path])
		}
	}
}

// TestDocsCheckFinds holds the check itself to finding what is wrong.
func TestDocsCheckFinds(t *testing.T) {
	c := newDocsCheck(t, "..")
	for name, tt := range map[string]struct {
		text string
		bad  bool
	}{
		"function":           {"`conversation/policy.go: decide`", false},
		"method":             {"`store/update.go: Store.Update`", false},
		"type":               {"`conversation/store.go: Store`", false},
		"method of a port":   {"`conversation/store.go: Tx.PutHeld`", false},
		"constant":           {"`smtpd/spool.go: spoolInMemory`", false},
		"file":               {"`conversation/policy.go`", false},
		"bare file":          {"`policy.go`", false},
		"no such function":   {"`conversation/policy.go: decided`", true},
		"of another file":    {"`conversation/plan.go: decide`", true},
		"of another type":    {"`store/update.go: update.Update`", true},
		"no such file":       {"`conversation/politics.go`", true},
		"no such bare file":  {"`politics.go`", true},
		"function, no path":  {"`policy.go: decide`", true},
		"link":               {"[rules](rules.md)", false},
		"link to a folder":   {"[decisions](adr/)", false},
		"link to a heading":  {"[rule](rules.md#the-rule-of-the-product)", false},
		"link to itself":     {"# A b, c\n[up](#a-b-c)", false},
		"link away":          {"[x](https://example.com/none)", false},
		"no such document":   {"[rules](rule.md)", true},
		"no such heading":    {"[rule](rules.md#the-product)", true},
		"within a fence":     {"```\n`politics.go` [x](none.md)\n```\n", false},
		"behind two of them": {"```\na\n```\n`politics.go`\n```\nb\n```\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			if _, problems := c.check("docs/x.md", tt.text); (len(problems) > 0) != tt.bad {
				t.Errorf("%q: problems %q, want any: %t", tt.text, problems, tt.bad)
			}
		})
	}
}

// TestRFCsAreListed wants a row in docs/rfcs.md for every RFC that the product's code cites.
func TestRFCsAreListed(t *testing.T) {
	text, err := os.ReadFile("../docs/rfcs.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for row := range strings.Lines(string(text)) {
		cells := strings.Split(row, "|")
		if len(cells) > 2 {
			for _, number := range regexp.MustCompile(`\d{3,5}`).FindAllString(cells[1], -1) {
				listed[number] = true
			}
		}
	}
	missing := map[string]string{}
	for _, path := range newDocsCheck(t, "..").files {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "test/") || strings.HasPrefix(path, "internal/mailtest/") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range citedRFC.FindAllStringSubmatch(string(source), -1) {
			if !listed[m[1]] {
				missing[m[1]] = path
			}
		}
	}
	for number, path := range missing {
		t.Errorf("RFC %s, which %s cites, has no row in docs/rfcs.md", number, path)
	}
}

// docsCheck knows the files and the names of the project.
type docsCheck struct {
	root     string
	files    []string                   // Go files, as paths from the root with slashes
	declared map[string]map[string]bool // of a file that was asked for
}

func newDocsCheck(t *testing.T, root string) *docsCheck {
	t.Helper()
	c := &docsCheck{root: root, declared: map[string]map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			rel, _ := filepath.Rel(root, path)
			c.files = append(c.files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// check returns how many places in the code a document names, and what is wrong with it.
func (c *docsCheck) check(path, text string) (places int, problems []string) {
	prose := fence.ReplaceAllString(text, "")
	for _, span := range codeSpan.FindAllStringSubmatch(prose, -1) {
		m := goPlace.FindStringSubmatch(span[1])
		if m == nil {
			continue
		}
		places++
		if problem := c.place(m[1], m[2]); problem != "" {
			problems = append(problems, span[0]+": "+problem)
		}
	}
	for _, link := range mdLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(prose, ""), -1) {
		if problem := c.link(path, prose, link[1]); problem != "" {
			problems = append(problems, link[1]+": "+problem)
		}
	}
	return places, problems
}

// place says what is wrong with a file and a name in it; either may stand alone.
func (c *docsCheck) place(file, name string) string {
	if !strings.Contains(file, "/") && name == "" {
		if !slices.ContainsFunc(c.files, func(f string) bool { return strings.HasSuffix("/"+f, "/"+file) }) {
			return "no file has this name"
		}
		return ""
	}
	if !slices.Contains(c.files, file) {
		return "there is no such file (paths are from the project's root)"
	}
	if name == "" {
		return ""
	}
	if c.declared[file] == nil {
		names, err := declaredIn(filepath.Join(c.root, file))
		if err != nil {
			return err.Error()
		}
		c.declared[file] = names
	}
	if !c.declared[file][name] {
		return "the file declares no " + name
	}
	return ""
}

// declaredIn are the names that a file declares: functions, types, variables, constants, Type.Method, and
// Interface.Method.
func declaredIn(path string) (map[string]bool, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			} else {
				names[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				declareSpec(names, s)
			}
		}
	}
	return names, nil
}

func declareSpec(names map[string]bool, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[n.Name] = true
		}
	case *ast.TypeSpec:
		names[s.Name.Name] = true
		if i, ok := s.Type.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				for _, n := range m.Names {
					names[s.Name.Name+"."+n.Name] = true
				}
			}
		}
	}
}

// receiver is the type's name without its pointer and type parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// link says what is wrong with a link of the document at path; links to elsewhere are not followed.
func (c *docsCheck) link(path, text, target string) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, heading, _ := strings.Cut(target, "#")
	if file != "" {
		at := filepath.Join(c.root, filepath.Dir(path), filepath.FromSlash(file))
		if _, err := os.Stat(at); err != nil {
			return "there is nothing at this path"
		}
		if heading == "" {
			return ""
		}
		other, err := os.ReadFile(at)
		if err != nil {
			return "it has no headings"
		}
		text = fence.ReplaceAllString(string(other), "")
	}
	for _, m := range mdHeading.FindAllStringSubmatch(text, -1) {
		if anchor(m[1]) == heading {
			return ""
		}
	}
	return "no heading has this anchor"
}

// anchor is what a heading is linked by: lower case, hyphens for spaces, no punctuation.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case strings.ContainsRune("`.,:;!?()[]'\"*/<>…=+", r):
			return -1
		}
		return r
	}, strings.ToLower(heading))
}
