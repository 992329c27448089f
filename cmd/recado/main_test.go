package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/message"
	"recado/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"recado": main})
}

// TestScripts runs testdata/*.txtar. Besides recado itself the scripts have
//
//	receive FILE RCPT [VERDICT]   take a mail in, as the server would, at a fixed time
//	code N recado ARGS...         run a command that exits with N
//	next NAME                     name the cursor that the last listing ended with, which there must be
//	zone FILE...                  serve a zone, of records of the files, at the channel file's resolver
//	answer                        serve the API at the data folder's socket, as the server would, until the script ends
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// A socket's path must be short, and a script's folder is not.
			data, err := os.MkdirTemp("", "recado")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(data) })
			env.Setenv("DATA", data)
			env.Setenv("RECADO_CONFIG", filepath.Join(env.WorkDir, "recado.toml"))
			env.Setenv("TZ", "UTC")
			file := fmt.Sprintf(scriptFile, data)
			return os.WriteFile(filepath.Join(env.WorkDir, "recado.toml"), []byte(file), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": scriptCode, "next": scriptNext, "receive": scriptReceive, "answer": scriptAnswer, "zone": scriptZone,
		},
	})
}

const scriptFile = `
[server]
hostname = "mx.example.com"
data = %q
timezone = "America/Sao_Paulo"
[relay]
address = "127.0.0.1:2525"
security = "none"
[dns]
resolver = "127.0.0.1:1"
[[domain]]
name = "example.com"
dkim_selector = "recado"
[[department]]
id = "care"
acknowledge = false
[[department]]
id = "hr"
isolated = true
[[channel]]
email = "soporte@example.com"
department = "care"
[[channel]]
email = "people@example.com"
department = "hr"
unverified = "hold"
`

var scriptTime = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)

// openScript opens the script's store and the domain over it.
func openScript(ts *testscript.TestScript) (*config.Config, *store.Store, *conversation.Manager) {
	cfg, err := config.Load(ts.Getenv("RECADO_CONFIG"), nil)
	ts.Check(err)
	options := store.Options{Now: func() time.Time { return scriptTime }, Reserve: 1}
	st, err := openStore(cfg, options)
	// Another script's process that was just forked has our lock's descriptor until it executes.
	for deadline := time.Now().Add(10 * time.Second); errors.Is(err, store.ErrInUse) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
		st, err = openStore(cfg, options)
	}
	ts.Check(err)
	k, err := loadKeys(cfg.Server.Data, cfg.Domains)
	ts.Check(err)
	return cfg, st, conversation.NewManager(conversation.Options{
		Store: st, Directory: buildDirectory(cfg), Signer: conversation.NewSigner(k.Secrets...), MaxMessage: cfg.SMTP.MaxMessage,
	})
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

func scriptNext(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: next NAME")
	}
	var list struct{ Next string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	if list.Next == "" {
		ts.Fatalf("there is no further page")
	}
	ts.Setenv(args[0], list.Next)
}

func scriptReceive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: receive FILE RCPT [VERDICT]")
	}
	_, st, m := openScript(ts)
	defer func() { ts.Check(st.Close()) }()
	raw := spooled(ts.ReadFile(args[0]))
	verdict := conversation.Verified
	if len(args) > 2 {
		verdict = conversation.Verdict(args[2])
	}
	out, err := m.Receive(context.Background(), &conversation.Incoming{
		At: scriptTime, Receipt: conversation.NewID(scriptTime), Mail: raw, Parsed: message.ParseBytes([]byte(raw), message.Options{Text: true}),
		Envelope: conversation.Envelope{From: "ana@customer.example", Recipients: args[1:2]},
		Auth:     conversation.Auth{Verdict: verdict, SPF: "pass", DKIM: "none", DMARC: "pass", Evidence: []string{"customer.example vouches for this sender."}},
	})
	ts.Check(err)
	if out.Action != conversation.Accepted {
		ts.Fatalf("the mail was not accepted: %+v", out)
	}
	ts.Setenv("RECEIPT", out.Receipt)
	ts.Setenv("MESSAGE", out.Fates[0].Message)
}

func scriptAnswer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: answer")
	}
	cfg, st, m := openScript(ts)
	l, err := api.Listen(socketPath(cfg))
	ts.Check(err)
	s := &http.Server{Handler: socketHandler(m, st, nil, nil, cfg, nil)}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	ts.Defer(func() {
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			ts.Logf("serve: %v", err)
		}
		ts.Check(st.Close())
	})
}
