// Package process runs the product in a process of its own, for programs that measure it: what it takes of
// the processor and of memory is then known.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// within bounds how long a server may take to start and to stop.
const within = 60 * time.Second

// Process is the product, ready to take mail.
type Process struct {
	SMTP  string // host:port
	Inbox string // host:port
	PID   int
	Log   string // the file that it logs to

	process *os.Process
	exited  chan error
}

var readyAt = regexp.MustCompile(`msg=ready .*?smtp=(\S+) inbox=(\S+)`)

// Build builds the product; the working directory is within its module.
func Build(ctx context.Context, binary string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "recado/cmd/recado").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build it: %w\n%s", err, out)
	}
	return nil
}

// Start runs the product in dir with that channel file, and returns when it is ready. An empty binary is built first.
func Start(ctx context.Context, binary, dir, channelFile string) (*Process, error) {
	if binary == "" {
		binary = filepath.Join(dir, "recado")
		if err := Build(ctx, binary); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(dir, "recado.toml")
	if err := os.WriteFile(file, []byte(channelFile), 0o600); err != nil {
		return nil, err
	}
	p := &Process{Log: filepath.Join(dir, "recado.log"), exited: make(chan error, 1)}
	logFile, err := os.Create(p.Log)
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
	p.process, p.PID = cmd.Process, cmd.Process.Pid
	go func() { p.exited <- cmd.Wait() }() // exited takes the one end of the process, even when nobody waits for it
	if err := p.waitReady(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// waitReady reads the log until it tells the addresses.
func (p *Process) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errors.New("it was not ready in time"))
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case err := <-p.exited:
			p.exited <- err // for whoever stops it
			return fmt.Errorf("it ended at once: %v\n%s", err, LastLines(p.Log))
		case <-look.C:
			text, err := os.ReadFile(p.Log)
			if err != nil {
				return err
			}
			if m := readyAt.FindSubmatch(text); m != nil {
				p.SMTP, p.Inbox = string(m[1]), string(m[2])
				return nil
			}
		}
	}
}

// Stop ends it as a supervisor does. It is an error where it had ended by itself, or does not.
func (p *Process) Stop() error {
	_ = p.process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case err := <-p.exited:
		if err != nil {
			return fmt.Errorf("the product ended with %w\n%s", err, LastLines(p.Log))
		}
		return nil
	case <-time.After(within):
		_ = p.process.Kill()
		<-p.exited
		return errors.New("the product did not stop and was killed")
	}
}

// LastLines is the end of a log.
func LastLines(path string) string {
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
