package main

import (
	"crypto/rsa"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/config"
)

func TestLoadKeys(t *testing.T) {
	data := t.TempDir()
	domains := []config.Domain{{Name: "example.com", DKIMSelectors: []string{"recado"}}, {Name: "unsigned.example"}}
	first, err := loadKeys(data, domains)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(data, "keys/token.secret"), filepath.Join(data, "keys/dkim/example.com/recado.pem")}
	if diff := cmp.Diff(want, first.Made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	for _, path := range want {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	second, err := loadKeys(data, domains)
	if err != nil || len(second.Made) > 0 {
		t.Fatalf("%v, made %q again", err, second.Made)
	}
	if diff := cmp.Diff(first.Secrets, second.Secrets); diff != "" || len(first.Secrets) != 1 {
		t.Errorf("secrets changed: %s", diff)
	}
	key, ok := first.DKIM[0].Signer.(*rsa.PrivateKey)
	if !ok || len(first.DKIM) != 1 || !key.Equal(second.DKIM[0].Signer) {
		t.Error("the DKIM key changed")
	}
	left, err := os.ReadDir(filepath.Join(data, "keys"))
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestOldSecrets: what a former secret signed stays valid, and the first line signs.
func TestOldSecrets(t *testing.T) {
	data := t.TempDir()
	old, err := loadKeys(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := conversation.NewID(scriptTime)
	signed := conversation.NewSigner(old.Secrets...).MessageID(id, "example.com")

	path := filepath.Join(data, keysFolder, secretFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("n", secretSize)))
	if err := os.WriteFile(path, []byte(fresh+"\n"+string(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := loadKeys(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := conversation.NewSigner(both.Secrets...)
	if signer.OpenMessageID(signed) != id {
		t.Error("what the old secret signed is not recognised")
	}
	if signer.MessageID(id, "example.com") == signed {
		t.Error("the old secret still signs")
	}
}

func TestBadKeys(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by others": {"", 0o640, "others can read"},
		"short":              {"c2hvcnQ=\n", 0o600, "line 1 of"},
		"not base64":         {strings.Repeat("A", 44) + "\n%\n", 0o600, "line 2 of"},
		"empty":              {"", 0o600, "line 1 of"},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			path := filepath.Join(data, keysFolder, secretFile)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := loadKeys(data, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
