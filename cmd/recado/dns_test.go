package main

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"recado/internal/mailtest"
)

// scriptZone serves a zone at the resolver of the script's channel file.
func scriptZone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: zone FILE...")
	}
	z := &mailtest.Zone{}
	for _, file := range args {
		ts.Check(z.Add(strings.ReplaceAll(ts.ReadFile(file), "\n\t", " "))) // a record a line
	}
	srv, err := mailtest.ServeDNS("", z)
	ts.Check(err)
	ts.Defer(func() { srv.Close() })
	path := ts.Getenv("RECADO_CONFIG")
	lines := strings.Split(ts.ReadFile(path), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "resolver = ") {
			lines[i] = `resolver = "` + srv.Addr() + `"`
		}
	}
	ts.Check(os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
}
