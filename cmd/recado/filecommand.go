package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
)

// fileDesk answers what the channel file says, whether a server runs or not: nothing else is asked of it.
type fileDesk struct {
	api.Desk
	directory *conversation.Directory
}

func (d fileDesk) Directory() *conversation.Directory { return d.directory }

// readChannelFile calls fn with a client of the channel file as it is. While it has problems, that is the server
// that goes on with the last valid one.
func (a *app) readChannelFile(ctx context.Context, fn func(*api.Client) error) error {
	cfg, err := a.load()
	var problems config.Problems
	if errors.As(err, &problems) {
		return a.askDespite(ctx, err, "", func(_ context.Context, client *api.Client) error { return fn(client) })
	}
	if err != nil {
		return err
	}
	a.warnBehind(ctx, cfg)
	return fn(a.fileClient(buildDirectory(cfg), nil))
}

// fileClient asks the API over the channel file in this process.
func (a *app) fileClient(d *conversation.Directory, file api.ChannelFile) *api.Client {
	operator := api.OnSocket(func(context.Context, string) (*conversation.Agent, error) { return nil, nil })
	return &api.Client{Transport: api.InProcess(api.New(api.Options{Desk: fileDesk{directory: d}, File: file, DNS: newDomainDNS(a.load), Authenticate: operator}))}
}

// makeKeys makes a domain's keys where no server runs that has made them, and this user's server will read them.
func (a *app) makeKeys(ctx context.Context, path string, dom *conversation.Domain) error {
	cfg, err := config.Load(path, nil)
	if err != nil {
		return err
	}
	if running, err := api.Answers(ctx, socketPath(cfg)); err != nil || running {
		return nil // a server that this user may not ask is one that runs
	}
	if _, err := os.Stat(cfg.Server.Data); err != nil || checkOwner(cfg.Server.Data) != nil {
		return nil // the server makes them when it starts
	}
	return makeMissing(cfg.Server.Data, dom)
}

// warnBehind says where the running server has not taken the file up.
func (a *app) warnBehind(ctx context.Context, cfg *config.Config) {
	server := runningServer(ctx, socketPath(cfg))
	if server == nil {
		return
	}
	state, err := server.ChannelFile(ctx)
	if err != nil || state.Value.Hash == cfg.Hash || len(state.Value.Problems) == 0 {
		return
	}
	fmt.Fprintf(a.errs, "recado: the running server has not taken this file up: %s\n", cleanText(state.Value.Problems[0].Message))
}

// runningServer is a client of who answers at the socket, or nil.
func runningServer(ctx context.Context, socket string) *api.Client {
	if running, err := api.Answers(ctx, socket); err != nil || !running {
		return nil
	}
	return &api.Client{Transport: api.OverSocket(socket)}
}

// editChannelFile calls fn with a client that edits the file in this process, as whoever runs the command, and
// waits until a running server has taken the change up.
func (a *app) editChannelFile(ctx context.Context, fn func(*api.Client) error) error {
	path := a.channelFile()
	if _, err := a.load(); err != nil && !errors.As(err, new(config.Problems)) {
		return err
	}
	var d *conversation.Directory
	if cfg, err := config.Load(path, nil); err == nil {
		d = buildDirectory(cfg)
	} else {
		d = (&conversation.Directory{}).Build()
	}
	file := &channelFile{path: path, standing: askedStanding{a}, state: func() conversation.ChannelFileState { return conversation.ChannelFileState{Path: path} },
		takeUp: func(ctx context.Context, _ *ownEdit) (conversation.ChannelFileState, error) {
			return a.askTakeUp(ctx, path)
		},
		makeKeys: func(dom *conversation.Domain) error { return a.makeKeys(ctx, path, dom) }}
	err := fn(a.fileClient(d, file))
	if err != nil {
		if _, invalid := a.load(); invalid != nil {
			return invalid
		}
	}
	return err
}

// askTakeUp has the server that runs by the file read it now.
func (a *app) askTakeUp(ctx context.Context, path string) (conversation.ChannelFileState, error) {
	state := conversation.ChannelFileState{Path: path}
	cfg, err := config.Load(path, nil)
	if err != nil {
		return state, err
	}
	state.Hash = cfg.Hash
	running, err := api.Answers(ctx, socketPath(cfg))
	switch {
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintln(a.errs, "recado: this user may not ask the running server, which takes the change up by itself")
		return state, nil
	case err != nil || !running:
		return state, err
	}
	server := &api.Client{Transport: api.OverSocket(socketPath(cfg))}
	answer, err := server.TakeUpChannelFile(ctx)
	if err != nil {
		return state, err
	}
	if problems := answer.Value.Problems; len(problems) > 0 {
		return state, errors.New(problems[0].Message)
	}
	if answer.Value.Hash != cfg.Hash {
		return state, fmt.Errorf("%w, %s", errElsewhere, answer.Value.Path)
	}
	return state, nil
}

var errElsewhere = errors.New("the running server goes by another channel file")
