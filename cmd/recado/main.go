// Command recado is a self-hosted email channel for customer service: the server, and the commands
// that look into it and work it.
//
//	main.go      signal context, Execute, the one error -> exit code switch
//	root.go      the commands, and what all of them share
//	serve.go     the only assembly of the server; demo.go the same on loopback
//	connect.go   a command -> the running server's socket, or the store in this process
//	<noun>.go    one file a command
//	keys.go, directory.go, handler.go   parts that serve, demo and the commands share
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command and returns its exit status.
func run(args []string, in *os.File, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default comes back: a second one ends the process at once.
	context.AfterFunc(ctx, stop)

	root := newRoot(&app{in: in, out: out, errs: errs})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintf(errs, "recado: %s\n", cleanText(err.Error()))
	}
	return exitStatus(err)
}

// Exit statuses.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2 // used or configured wrongly
	exitNotFound = 3
)

// usageError is a command that was given wrongly.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// exitStatus is the one place that turns an error into an exit status.
func exitStatus(err error) int {
	var (
		usage    *usageError
		problems config.Problems
		file     *fileError
		answer   *api.Problem
		domain   *conversation.Error
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage), errors.As(err, &problems), errors.As(err, &file):
		return exitUsage
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound,
		errors.As(err, &domain) && domain.Code == conversation.CodeNotFound:
		return exitNotFound
	case errors.As(err, &answer) && answer.Status == http.StatusBadRequest,
		errors.As(err, &domain) && domain.Code == conversation.CodeInvalid:
		return exitUsage
	}
	return exitFailed
}
