package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/search"
	"recado/store"
)

// need is what a command wants of the state.
type need int

const (
	reading  need = iota // a listing: without a server, the store is opened read only
	changing             // a change that the running server must make, since it sends and tells others
	offline              // a change that may also be made while no server runs
)

// ask reads the channel file, finds who can answer and calls fn with a client: the running server over
// its socket, or this process.
func (a *app) ask(ctx context.Context, need need, as string, fn func(context.Context, *api.Client) error) error {
	cfg, err := a.load()
	var problems config.Problems
	if errors.As(err, &problems) {
		return a.askDespite(ctx, err, as, fn)
	}
	if err != nil {
		return err
	}
	socket := socketPath(cfg)
	running, err := api.Answers(ctx, socket)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return notOurs(cfg.Server.Data)
	case err != nil:
		return err
	case running:
		return fn(ctx, &api.Client{Transport: api.OverSocket(socket), As: as})
	case need == changing:
		return fmt.Errorf("recado is not running (nobody answers at %s), and only a running server does this: start it with recado serve", socket)
	}
	st, err := openOffline(cfg.Server.Data, need == reading)
	if err != nil {
		return err
	}
	secrets, err := readSecrets(cfg.Server.Data)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	index, closeIndex := openIndex(cfg.Server.Data)
	defer closeIndex()
	manager := conversation.NewManager(conversation.Options{
		Index: index,
		Store: st, Directory: buildDirectory(cfg), Signer: conversation.NewSigner(secrets...), MaxMessage: cfg.SMTP.MaxMessage,
	})
	client := &api.Client{Transport: api.InProcess(socketHandler(manager, st, nil, nil, cfg, nil)), As: as}
	return errors.Join(fn(ctx, client), st.Close())
}

// askDespite asks the server that goes on with the last valid channel file, while the file has problems:
// the queue is looked at just then. Without such a server the problems are the answer.
func (a *app) askDespite(ctx context.Context, problems error, as string, fn func(context.Context, *api.Client) error) error {
	data := config.DataFolder(a.channelFile())
	if data == "" {
		return problems
	}
	socket := filepath.Join(data, api.SocketName)
	if running, err := api.Answers(ctx, socket); err != nil || !running {
		return problems
	}
	fmt.Fprintf(a.errs, "recado: the channel file %s is not valid (see recado config check); the server goes on with the last valid one\n", a.channelFile())
	return fn(ctx, &api.Client{Transport: api.OverSocket(socket), As: as})
}

// openStore opens the store that the channel file names, for the server.
func openStore(cfg *config.Config, o store.Options) (*store.Store, error) {
	o.Dir = cfg.Server.Data
	return store.Open(o)
}

// openOffline opens the store while no server runs.
func openOffline(data string, readOnly bool) (*store.Store, error) {
	if !readOnly {
		if err := checkOwner(data); err != nil {
			return nil, err
		}
	}
	st, err := store.Open(store.Options{Dir: data, ReadOnly: readOnly})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nothingKept(data)
	case errors.Is(err, fs.ErrPermission):
		return nil, notOurs(data)
	}
	return st, err
}

// nothingKept is a data folder that no server has served yet.
type nothingKept string

func (data nothingKept) Error() string {
	return fmt.Sprintf("nothing is kept in %s yet: start recado serve once", string(data))
}

// openIndex opens the search index as a server left it; nil where it is not complete, and then words cannot be searched for.
func openIndex(data string) (index conversation.Index, done func()) {
	x, err := search.Open(search.Options{Dir: data, ReadOnly: true})
	if err != nil {
		return nil, func() {}
	}
	return x, func() { x.Close() }
}

// notOurs is a data folder that this user may not enter.
func notOurs(data string) error {
	return fmt.Errorf("this user may not read %s: run the command as the user that recado serves as", data)
}

// checkOwner refuses to write into a folder of somebody else's: the server could not open what a root
// shell would leave there.
func checkOwner(data string) error {
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the first agent may be made before the first serve; opening the store makes the folder
	case err != nil:
		return fmt.Errorf("look at the data folder: %w", err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("the data folder %s belongs to the user with id %d: run the command as that user", data, owner.Uid)
	}
	return nil
}
