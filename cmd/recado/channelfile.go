package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/say"
)

// channelFile edits the channel file for the API, the inbox and the commands. The server's takes each change
// up itself; a command's asks the running server to.
type channelFile struct {
	path  string
	log   *slog.Logger // of who changed what; nil: silence
	state func() conversation.ChannelFileState
	// takeUp has what the file says counted, after an edit of ours (nil: none). The caller holds taking.
	takeUp func(context.Context, *ownEdit) (conversation.ChannelFileState, error)
	// makeKeys makes those of a domain that are absent; nil: whoever takes the file up does.
	makeKeys func(*conversation.Domain) error
	audit    func(context.Context, conversation.Actor, ...conversation.FileDeed) // nil: nobody keeps lines

	// taking is held while the file is taken up, and from before an edit of ours until then: nobody else shall take
	// that up, and take it for somebody else's.
	taking   sync.Mutex
	standing standing
}

func (f *channelFile) State() conversation.ChannelFileState { return f.state() }

// TakeUp tells by the state what became of it.
func (f *channelFile) TakeUp(ctx context.Context, a conversation.Actor) conversation.ChannelFileState {
	f.taking.Lock()
	defer f.taking.Unlock()
	state, err := f.takeUp(ctx, nil)
	if f.audit != nil {
		deed := conversation.FileDeed{Action: conversation.AuditFileReload}
		if err != nil {
			deed.Detail = "refused"
		}
		f.audit(ctx, a, deed)
	}
	if err != nil && len(state.Problems) == 0 {
		state.Problems = problemsOf(err)
	}
	return state
}

// change makes edits of one thing and has them taken up. It returns who we are by the file as it now is. may
// says, by the file as it was, why the actor may not; the operator may do everything.
func (f *channelFile) change(ctx context.Context, a conversation.Actor, seen string, may func(*conversation.Directory) error, edits ...config.Edit) (*conversation.Directory, error) {
	if !a.MaySettle() {
		return nil, errSettles
	}
	f.taking.Lock()
	defer f.taking.Unlock()
	var own ownEdit
	if f.audit != nil || !a.Operator && may != nil {
		var err error
		if own.before, err = config.Load(f.path, nil); err != nil {
			return nil, editError(a, err)
		}
	}
	if !a.Operator && may != nil {
		if err := may(buildDirectory(own.before)); err != nil {
			return nil, err
		}
	}
	var err error
	var elsewhere error
	own.after, err = config.Change(ctx, f.path, seen, nil, func(cfg *config.Config) error {
		own.after = cfg
		_, err := f.takeUp(ctx, &own)
		if errors.Is(err, errElsewhere) { // nobody goes by this file yet
			elsewhere, err = err, nil
		}
		return err
	}, edits...)
	switch {
	case elsewhere != nil:
		return nil, f.untaken(elsewhere)
	case errors.Is(err, config.ErrChanged), errors.As(err, new(*config.NotTakenError)): // what is shown next should be what is there
		_, _ = f.takeUp(ctx, nil)
	}
	if err != nil {
		return nil, f.notChanged(a, own.after, err)
	}
	return f.edited(ctx, a, &own, edits), nil
}

// edited leaves the lines of an edit that was made, unless it said nothing new, and returns who we are by the file as it
// now is.
func (f *channelFile) edited(ctx context.Context, a conversation.Actor, own *ownEdit, edits []config.Edit) *conversation.Directory {
	after := buildDirectory(own.after)
	if f.audit != nil && own.before.Content != own.after.Content { // the same again is no edit
		f.auditEdits(ctx, a, buildDirectory(own.before), after, edits)
	}
	return after
}

// notChanged says why a file is as it was. Why it was not taken up may be what is open behind a wall.
func (f *channelFile) notChanged(a conversation.Actor, after *config.Config, err error) error {
	var refused *config.NotTakenError
	if !errors.As(err, &refused) {
		return editError(a, err)
	}
	why, told := say.Find(err)
	switch {
	case !a.KnowsAll(buildDirectory(after)):
		why = say.Of("%v", errTellsWhy)
	case !told:
		why = say.Of("%v", err)
	}
	return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Join("; ", why, say.Of("nothing was changed"))}
}

// takenUp has a change taken up that was made. Why it is not may be what is open behind a wall.
func (f *channelFile) takenUp(ctx context.Context, a conversation.Actor, own *ownEdit, d *conversation.Directory) error {
	_, err := f.takeUp(ctx, own)
	if err == nil {
		return nil
	}
	if !a.KnowsAll(d) {
		err = errTellsWhy
	}
	return f.untaken(err)
}

func (f *channelFile) untaken(err error) error {
	return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("%s was changed, but it is not taken up: %v", f.path, err)}
}

// errTellsWhy is for those who may not be told what an isolated department has.
var errTellsWhy = say.Errorf("recado config check, or the server's log, says why")

var errSettles = &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only an admin changes the channel file")}

// editError says in the domain's words why a file was not changed. The mistakes that a file has already are told to the
// operator alone: they may be about what an isolated department has.
func editError(a conversation.Actor, err error) error {
	var (
		row      *config.RowError
		text     *config.TextError
		refused  *config.RefusedError
		problems config.Problems
	)
	switch {
	case errors.Is(err, config.ErrChanged):
		return &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("the channel file was changed meanwhile: look at it again")}
	case errors.Is(err, config.ErrTextChanged):
		return &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("the text was changed meanwhile: look at it again")}
	case errors.As(err, &text):
		return &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("the text cannot be used: %s", text)}
	case errors.As(err, &row) && row.Ambiguous():
		return &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("%s", row)}
	case errors.As(err, &row):
		return &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("%s", row)}
	case errors.As(err, &refused):
		out := problemsOf(refused.Problems)
		for i := range out {
			out[i].Field, out[i].Line, out[i].Column = refused.Fields[i], 0, 0 // of a file that is not there
		}
		return out
	case errors.As(err, &problems) && !a.Operator:
		return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("the channel file has mistakes, which are to be mended first: %v", errTellsWhy)}
	case errors.As(err, &problems):
		return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("the channel file has mistakes, which are to be mended first:\n%s", problems)}
	}
	return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("%s", err)}
}

// problemsOf lists why a file is not taken.
func problemsOf(err error) conversation.ChannelFileRefusal {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return conversation.ChannelFileRefusal{{Message: say.Of("%v", err)}}
	}
	out := make(conversation.ChannelFileRefusal, len(problems))
	for i, p := range problems {
		out[i] = conversation.ChannelFileProblem{Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint}
	}
	return out
}
