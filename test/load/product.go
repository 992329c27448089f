package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// within bounds how long a server may take to start and to stop.
const within = 60 * time.Second

// channelFile is of one department that nothing is held in: no limits, no acknowledgements, since they
// are mails of their own that leave later.
const channelFile = `[server]
hostname = "mx.%[1]s"
data = "data"
[smtp]
listen = "127.0.0.1:0"
max_message = "128MiB"
[inbox]
listen = "127.0.0.1:0"
[monitor]
listen = ""
[relay]
address = "127.0.0.1:9"
security = "none"
[dns]
resolver = %[2]q
[limits]
mails_per_hour = 0
connections = 0
connections_per_address = 0
[[domain]]
name = %[1]q
[[department]]
id = "care"
acknowledge = false
[[channel]]
email = %[3]q
department = "care"
`

var readyAt = regexp.MustCompile(`msg=ready .*?smtp=(\S+)`)

// build builds the product; the working directory is within its module.
func build(ctx context.Context, binary string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "recado/cmd/recado").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build it: %w\n%s", err, out)
	}
	return nil
}

// startProduct runs the product in a process of its own, so that what it takes of the processor is known.
func startProduct(ctx context.Context, o options, dir, resolver string, notes io.Writer) (*server, error) {
	binary := o.binary
	if binary == "" {
		binary = filepath.Join(dir, "recado")
		if err := build(ctx, binary); err != nil {
			return nil, err
		}
	}
	_, domain, _ := strings.Cut(o.to, "@")
	file := filepath.Join(dir, "recado.toml")
	if err := os.WriteFile(file, fmt.Appendf(nil, channelFile, domain, resolver, o.to), 0o600); err != nil {
		return nil, err
	}
	logPath := filepath.Join(dir, "recado.log")
	logFile, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	defer logFile.Close() // the process has its own hold on it
	cmd := exec.Command(binary, "serve", "--config", file)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop it
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1) // takes the one end of the process, even when nobody waits for it
	go func() { exited <- cmd.Wait() }()
	stop := func() error { return stopProcess(cmd.Process, exited, logPath) }
	addr, err := waitReady(ctx, logPath, exited)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	fmt.Fprintf(notes, "the product runs at %s, process %d, in %s\n", addr, cmd.Process.Pid, dir)
	return &server{name: "recado", addr: addr, stop: stop, pids: func() ([]int, error) { return []int{cmd.Process.Pid}, nil }}, nil
}

// waitReady reads the log until it tells the address.
func waitReady(ctx context.Context, logPath string, exited chan error) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errors.New("it was not ready in time"))
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case err := <-exited:
			exited <- err // for whoever stops it
			return "", fmt.Errorf("it ended at once: %v\n%s", err, lastLines(logPath))
		case <-look.C:
			text, err := os.ReadFile(logPath)
			if err != nil {
				return "", err
			}
			if m := readyAt.FindSubmatch(text); m != nil {
				return string(m[1]), nil
			}
		}
	}
}

// stopProcess ends a process as a supervisor does.
func stopProcess(p *os.Process, exited chan error, logPath string) error {
	_ = p.Signal(syscall.SIGTERM) // it may have ended
	select {
	case err := <-exited:
		if err != nil {
			return fmt.Errorf("the product ended with %w\n%s", err, lastLines(logPath))
		}
		return nil
	case <-time.After(within):
		_ = p.Kill()
		<-exited
		return errors.New("the product did not stop and was killed")
	}
}

// lastLines is the end of a log.
func lastLines(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const most = 4000
	if len(text) > most {
		text = text[len(text)-most:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return string(text)
}
