package api

import (
	"context"
	"net/http"
	"strings"

	"recado/conversation"
)

// ChannelFile edits the channel file. seen is the hash of the file that the asker decided by, "" for any:
// CodeChanged when it is another by now. A row of a department that the actor may not know is not there.
// A change that would make the file invalid is a conversation.ChannelFileRefusal.
type ChannelFile interface {
	State() conversation.ChannelFileState
	// TakeUp reads the file again and makes it the one that counts, if it is valid.
	TakeUp(ctx context.Context, a conversation.Actor) conversation.ChannelFileState
	AddChannel(ctx context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error)
	SetChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error)
	RemoveChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow) error
	DomainFile
	DepartmentFile
}

// ChannelEdit is the body of POST and PATCH. What is left out keeps its value, or has its default.
type ChannelEdit struct {
	Email      *string   `json:"email,omitempty"`
	Department *string   `json:"department,omitempty"`
	Send       *string   `json:"send,omitempty"`
	Status     *string   `json:"status,omitempty"`
	Unverified *string   `json:"unverified,omitempty"`
	DMARC      *string   `json:"dmarc,omitempty"`
	Robots     *[]string `json:"robots,omitempty"`
}

func (e ChannelEdit) domain() conversation.ChannelEdit {
	return conversation.ChannelEdit{Email: e.Email, Department: e.Department, Send: e.Send, Status: e.Status,
		Unverified: e.Unverified, DMARC: e.DMARC, Robots: e.Robots}
}

// channelRoutes are those of the channel file, where this handler has one.
func (h *handler) channelRoutes(table map[string]methods, local bool) {
	const path = "/channels/{email}"
	table[path] = methods{http.MethodGet: h.showChannel}
	if h.file == nil {
		return
	}
	table["/channels"][http.MethodPost] = h.addChannel
	table[path][http.MethodPatch] = h.setChannel
	table[path][http.MethodDelete] = h.removeChannel
	if local {
		table["/channel-file"] = methods{http.MethodGet: h.showFile, http.MethodPost: h.takeUpFile}
	}
}

// tellFile sets the ETag of what is read from the channel file: the hash of the one that counts.
func (h *handler) tellFile(w http.ResponseWriter) {
	if h.file != nil {
		w.Header().Set("ETag", `"`+h.file.State().Hash+`"`)
	}
}

// showChannel is the row of an email, which ?send= names where there are several.
func (h *handler) showChannel(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	row, err := channelRow(r)
	if err != nil {
		return err
	}
	h.tellFile(w)
	c, err := h.desk.Directory().ChannelRow(a, row)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, channelOf(c))
}

func (h *handler) addChannel(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	seen, edit, err := channelEdit(w, r, a)
	if err != nil {
		return err
	}
	c, err := h.file.AddChannel(r.Context(), a, seen, edit.domain())
	if err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusCreated, channelOf(c))
}

func (h *handler) setChannel(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	row, err := channelRow(r)
	if err != nil {
		return err
	}
	seen, edit, err := channelEdit(w, r, a)
	if err != nil {
		return err
	}
	c, err := h.file.SetChannel(r.Context(), a, seen, row, edit.domain())
	if err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusOK, channelOf(c))
}

// removeChannel answers with the row as it was.
func (h *handler) removeChannel(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	row, err := channelRow(r)
	if err != nil {
		return err
	}
	seen, _, err := channelEdit(w, r, a)
	if err != nil {
		return err
	}
	c, err := h.desk.Directory().ChannelRow(a, row)
	if err != nil {
		return err
	}
	if err := h.file.RemoveChannel(r.Context(), a, seen, row); err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusOK, channelOf(c))
}

func channelRow(r *http.Request) (conversation.ChannelRow, error) {
	values, err := query(r, "send")
	if err != nil {
		return conversation.ChannelRow{}, err
	}
	send, err := word("send", values.Get("send"), conversation.SendAll, conversation.SendActive, conversation.SendRecontact,
		conversation.SendHistory, conversation.SendReceptive)
	return conversation.ChannelRow{Email: r.PathValue("email"), Send: send}, err
}

// channelEdit reads what goes with an edit of a channel.
func channelEdit(w http.ResponseWriter, r *http.Request, a conversation.Actor) (seen string, edit ChannelEdit, err error) {
	seen, err = fileEdit(w, r, a, &edit)
	return seen, edit, err
}

// fileEdit reads what goes with an edit of the file, from those who may edit it: the hash of what it was decided
// by, and the body.
func fileEdit(w http.ResponseWriter, r *http.Request, a conversation.Actor, body any) (seen string, err error) {
	if !a.MaySettle() {
		return "", forbidden("only an admin changes the channel file")
	}
	values := r.Header.Values("If-Match")
	if len(values) > 0 && strings.TrimSpace(values[0]) != "*" {
		text := strings.TrimSpace(values[0])
		seen = strings.Trim(text, `"`)
		if len(values) > 1 || len(seen) != 64 || text != `"`+seen+`"` {
			return "", invalid("If-Match is the ETag that this was shown with")
		}
	}
	return seen, decode(w, r, maxWords, body)
}

// ChannelFileState is how the channel file stands with the running server.
type ChannelFileState struct {
	Path     string               `json:"path"`
	Hash     string               `json:"hash"`     // of the file that counts
	Problems []ChannelFileProblem `json:"problems"` // of the file that is there; none: it counts
}

// ChannelFileProblem is one mistake of the file; 0: it has no place.
type ChannelFileProblem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func fileOf(s conversation.ChannelFileState) ChannelFileState {
	return ChannelFileState{Path: s.Path, Hash: s.Hash, Problems: each(s.Problems, func(p conversation.ChannelFileProblem) ChannelFileProblem {
		return ChannelFileProblem{Line: p.Line, Column: p.Column, Message: p.Message.Text, Hint: p.Hint.Text}
	})}
}

func (h *handler) showFile(w http.ResponseWriter, r *http.Request, _ conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	return answer(w, http.StatusOK, fileOf(h.file.State()))
}

func (h *handler) takeUpFile(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	if !a.MaySettle() {
		return forbidden("only an admin has the channel file taken up")
	}
	return answer(w, http.StatusOK, fileOf(h.file.TakeUp(r.Context(), a)))
}
