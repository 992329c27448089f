package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noEnv is an environment without variables.
func noEnv(string) (string, bool) { return "", false }

const exampleFile = "../../config.example.toml"

// TestExampleLoads holds the example to what it says: valid as it is, and every key explained.
func TestExampleLoads(t *testing.T) {

	config, err := Load(exampleFile, relayEnv)
	if err != nil {
		t.Fatalf("the example does not load:\n%v", err)
	}
	if len(config.Warnings) > 0 {
		t.Errorf("the example has warnings:\n%v", config.Warnings)
	}
	if password, err := config.RelayPassword(); err != nil || password != "s3cret" {
		t.Errorf("RelayPassword() = %q, %v", password, err)
	}
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Path:        exampleFile,
		Hash:        config.Hash,
		Content:     config.Hash, // it names no texts
		Server:      Server{Hostname: "mx.example.com", Data: "/var/lib/recado", Timezone: saoPaulo, Language: Spanish},
		SMTP:        SMTP{Listen: ":25", MaxMessage: 26214400, BannerDelay: 2 * time.Second},
		Inbox:       Inbox{Listen: "127.0.0.1:8080", URL: "https://inbox.example.com", Session: 12 * time.Hour, Undo: 10 * time.Second},
		Relay:       Relay{Address: "smtp.relay.example:587", Security: SecurityStartTLS, Username: "recado@example.com", PasswordEnv: "RECADO_RELAY_PASSWORD", Uncertain: UncertainRetry, GiveUpAfter: 120 * time.Hour, Connections: 4},
		Monitor:     Monitor{Listen: "127.0.0.1:9090"},
		Limits:      Limits{MailsPerHour: 60, AckPerHour: 3, HeldDays: 90, AuditDays: 365, Connections: 1000, ConnectionsPerAddress: 20, ConnectionsPerMinute: 120, Recipients: 100},
		Spam:        Spam{Listed: ListedHold, Threshold: 6, Deadline: 8 * time.Second},
		Domains:     []Domain{{Name: "example.com", DKIMSelectors: []string{"recado"}, Postmaster: "soporte@example.com"}},
		Departments: []Department{{ID: "care", Name: "Atención al cliente", Acknowledge: true, Language: Spanish}},
		Channels:    []Channel{{Email: "soporte@example.com", Department: "care", Send: SendAll, Active: true, Unverified: UnverifiedAccept, DMARC: DMARCHold}},
		Forms:       []Form{{From: "web@example.com"}},
	}
	options := cmp.Options{cmpopts.IgnoreUnexported(Config{}), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })}
	if diff := cmp.Diff(want, config, options); diff != "" {
		t.Errorf("the example reads differently (-want +got):\n%s", diff)
	}
}

// TestExampleShowsEveryKey: a key of the schema that the example lacks is a key that nobody finds, and
// one shown in a comment must be one that would be accepted.
func TestExampleShowsEveryKey(t *testing.T) {
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	header, key := regexp.MustCompile(`^\[+([a-z]+)\]+$`), regexp.MustCompile(`^(?:# )?([a-z_]+) *= `)
	shown, current := map[string]bool{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if match := header.FindStringSubmatch(line); match != nil {
			current = match[1]
		} else if match := key.FindStringSubmatch(line); match != nil {
			shown[current+"."+match[1]] = true
		}
	}
	for _, section := range schema {
		for _, name := range section.keys {
			if !shown[section.name+"."+name] {
				t.Errorf("the example does not show %s of %s", name, section.header())
			}
			delete(shown, section.name+"."+name)
		}
	}
	for name := range shown {
		t.Errorf("the example shows %s, which is no key", name)
	}
}

// TestGood loads each good file. What it warns of stands in a file beside it.
func TestGood(t *testing.T) {
	paths, err := filepath.Glob("testdata/good/*.toml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".toml"), func(t *testing.T) {
			config, err := Load(path, relayEnv)
			if err != nil {
				t.Fatalf("refused:\n%v", err)
			}
			compareGolden(t, strings.TrimSuffix(path, ".toml")+".warnings", relative(config.Warnings))
		})
	}
}

// TestBad compares the words about each bad file with those in the file beside it. They are read as
// prose when they change: this is a face of the product.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".toml"), func(t *testing.T) {
			_, err := Load(path, noEnv)
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("Load returned %v, want Problems", err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Hint.Text == "" {
					t.Errorf("a problem without place or hint: %+v", p)
				}
				if strings.Contains(p.Message.Text, "config.") || strings.Contains(p.String(), "\n") {
					t.Errorf("a problem that is not for people: %v", p)
				}
			}
			compareGolden(t, strings.TrimSuffix(path, ".toml")+".want", relative(problems))
		})
	}
}

// relative prints problems as for a file in the current folder.
func relative(problems Problems) string {
	if len(problems) == 0 {
		return ""
	}
	out := make(Problems, len(problems))
	for i, p := range problems {
		out[i] = p
		out[i].File = filepath.Base(p.File)
	}
	return out.Error() + "\n"
}

// compareGolden holds a text to its golden file; an empty one has none.
func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if got == "" {
			_ = os.Remove(path)
		} else if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// relayEnv is an environment that holds the relay's password.
func relayEnv(name string) (string, bool) {
	if name == "RECADO_RELAY_PASSWORD" {
		return "s3cret", true
	}
	return "", false
}

func TestDataFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "recado.toml")
	for text, want := range map[string]string{
		"[server]\nhostnam = 1\ndata = \"kept\"": filepath.Join(dir, "kept"),
		"[server]\ndata = \"/srv/recado\"\n[x]":  "/srv/recado",
		"[server]\n":                             "/var/lib/recado",
		"[server]\ndata = 7":                     "/var/lib/recado",
		"[server\ndata = \"x\"":                  "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := DataFolder(path); got != want {
			t.Errorf("DataFolder of %q = %q, want %q", text, got, want)
		}
	}
	if got := DataFolder(filepath.Join(dir, "nowhere.toml")); got != "" {
		t.Errorf("DataFolder of no file = %q", got)
	}
}
