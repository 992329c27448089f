package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"recado/conversation"
	"recado/internal/say"
)

// ChannelFile edits the channel file. An edit carries the hash of the file that it was decided by, and is
// CodeChanged when that is another one by now.
type ChannelFile interface {
	State() conversation.ChannelFileState
	AddChannel(ctx context.Context, a conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error)
	SetChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error)
	RemoveChannel(ctx context.Context, a conversation.Actor, seen string, row conversation.ChannelRow) error
	DepartmentFile
	DomainFile
}

// channelsPage is how many rows a page of the table has.
const channelsPage = 200

// channelsView is Settings > Channels > Email.
type channelsView struct {
	Hash      string // of the file that the table shows
	Rows      []channelView
	Add       channelForm
	Sends     []choice
	Teams     []choice
	Page      int
	Older     string
	Newer     string
	Complaint []string // why the last edit of a row was not made
}

// channelView is a row of the table.
type channelView struct {
	Email, Department, Send, SendWord string
	Active                            bool
	Hold, Refuse                      bool
	Robots                            []string
	ID                                int
}

// channelForm is what was typed into the form of a new channel, with what is wrong with it.
type channelForm struct {
	Open                    bool
	Email, Department, Send string
	Errors                  map[string]string // by field; "" for the whole
}

// fileBanner says to admins on every page that the channel file has mistakes.
type fileBanner struct {
	Path     string
	Problems []fileMistake
}

type fileMistake struct {
	Line, Column int // 0: it has no place
	Text         string
}

// banner is nil while the file that is there is the one that counts.
func (in *Inbox) banner(v *visit) *fileBanner {
	if in.file == nil || !v.actor.MaySettle() {
		return nil
	}
	state := in.file.State()
	if len(state.Problems) == 0 {
		return nil
	}
	const most = 20
	banner := &fileBanner{Path: state.Path}
	for _, p := range state.Problems[:min(most, len(state.Problems))] {
		mistake := fileMistake{Line: p.Line, Column: p.Column, Text: "recado config check"}
		if v.actor.KnowsAll(v.dir) { // it may be about what is behind a wall
			mistake.Text, _ = v.lang.sentence(p.Said()) // what there are no words for, whoever read the file logged
		}
		banner.Problems = append(banner.Problems, mistake)
	}
	return banner
}

// settles lets admins alone through, where there is a file to edit.
func (in *Inbox) settles(h func(http.ResponseWriter, *http.Request, *visit) error) http.HandlerFunc {
	return in.agent(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		switch {
		case in.file == nil:
			return errNotFound
		case !v.actor.MaySettle():
			return &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only an admin changes the channels")}
		}
		return h(w, r, v)
	})
}

func (in *Inbox) showChannels(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderChannels(w, r, v, http.StatusOK, channelForm{}, nil)
}

func (in *Inbox) renderChannels(w http.ResponseWriter, r *http.Request, v *visit, status int, form channelForm, complaint []string) error {
	var p page
	view := &channelsView{Hash: in.file.State().Hash, Add: form, Complaint: complaint} // the hash before the rows: never newer than they are
	v.dir = in.desk.Directory()
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	var all []channelView
	for i := range v.dir.Channels {
		if c := &v.dir.Channels[i]; v.actor.Knows(v.dir, c.Department) {
			all = append(all, channelView{ID: i, Email: c.Email, Department: departmentName(v.dir, c.Department), Send: string(c.Send),
				SendWord: v.lang.word("send.", string(c.Send)), Active: c.Active, Hold: c.HoldUnverified, Refuse: c.DMARC == conversation.DMARCRefuse, Robots: c.Robots})
		}
	}
	number, err := strconv.Atoi(r.FormValue("page"))
	if err != nil || number < 0 || number*channelsPage >= len(all) {
		number = 0
	}
	view.Page = number
	view.Rows = all[number*channelsPage : min((number+1)*channelsPage, len(all))]
	if number > 0 {
		view.Newer = "/settings/channels?page=" + strconv.Itoa(number-1)
	}
	if (number+1)*channelsPage < len(all) {
		view.Older = "/settings/channels?page=" + strconv.Itoa(number+1)
	}
	for _, s := range sendTypes {
		view.Sends = append(view.Sends, choice{Value: string(s), Label: v.lang.word("send.", string(s)), Current: form.Send == string(s)})
	}
	for i := range v.dir.Departments {
		if d := &v.dir.Departments[i]; v.actor.Knows(v.dir, d.ID) {
			view.Teams = append(view.Teams, choice{Value: d.ID, Label: departmentName(v.dir, d.ID), Current: form.Department == d.ID})
		}
	}
	p.Title = v.lang.T("settings.channels")
	switch done := r.URL.Query().Get("done"); done {
	case "added", "on", "off", "removed":
		p.Notice = v.lang.T("settings.done." + done)
	}
	p.Body = view
	return in.render(w, v, status, "settings_channels", p)
}

var sendTypes = []conversation.SendType{conversation.SendAll, conversation.SendActive, conversation.SendRecontact,
	conversation.SendHistory, conversation.SendReceptive}

func (in *Inbox) addChannel(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := channelForm{Open: true, Email: strings.TrimSpace(r.PostForm.Get("email")), Department: r.PostForm.Get("department"),
		Send: r.PostForm.Get("send"), Errors: map[string]string{}}
	v.look(&f)
	if len(f.Errors) > 0 {
		return in.renderChannels(w, r, v, http.StatusUnprocessableEntity, f, nil)
	}
	_, err := in.file.AddChannel(r.Context(), v.actor, r.PostForm.Get("hash"), conversation.ChannelEdit{Email: &f.Email, Department: &f.Department, Send: &f.Send})
	var refusal conversation.ChannelFileRefusal
	switch {
	case err == nil:
		in.channelsDone(w, r, "added")
		return nil
	case errors.As(err, &refusal):
		for _, p := range refusal {
			f.Errors[p.Field] = v.told(p.Said())
		}
		return in.renderChannels(w, r, v, http.StatusUnprocessableEntity, f, nil)
	}
	status, words, err := v.notEdited(err)
	if err != nil {
		return err
	}
	f.Errors[""] = words
	return in.renderChannels(w, r, v, status, f, nil)
}

// look finds the mistakes that are made most, in the agent's language; the file has the last word.
func (v *visit) look(f *channelForm) {
	if mistake := v.emailMistake(f.Email); mistake != "" {
		f.Errors["email"] = mistake
	}
	if f.Department == "" {
		f.Errors["department"] = v.lang.T("settings.noteam")
	}
	if f.Send == "" {
		f.Errors["send"] = v.lang.T("settings.nosend")
	}
	if len(f.Errors) > 0 {
		return
	}
	key := (&conversation.Channel{Email: f.Email}).Key()
	for i := range v.dir.Channels {
		c := &v.dir.Channels[i]
		if c.Key() != key || !v.actor.Knows(v.dir, c.Department) {
			continue
		}
		if string(c.Send) == f.Send {
			f.Errors["email"] = v.lang.T("settings.twice")
		} else if c.Send == conversation.SendAll || f.Send == string(conversation.SendAll) {
			f.Errors["send"] = v.lang.T("settings.all")
		}
	}
}

// emailMistake is what is wrong with the address of a channel, "" for nothing that is seen at once.
func (v *visit) emailMistake(email string) string {
	_, domain, found := strings.Cut(email, "@")
	switch {
	case email == "":
		return v.lang.T("settings.noemail")
	case !found || domain == "" || strings.ContainsAny(email, " <>,"):
		return v.lang.T("settings.bademail")
	case !v.dir.IsDomain(strings.ToLower(domain)) && isASCII(domain):
		var ours []string
		for _, d := range v.dir.Domains[:min(6, len(v.dir.Domains))] {
			ours = append(ours, d.Name)
		}
		return v.lang.T("settings.foreign", "domains", strings.Join(ours, ", "))
	}
	return ""
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// notEdited is what a page says of an edit that was not made; an error that it has no words for comes back.
func (v *visit) notEdited(err error) (status int, words string, _ error) {
	var refusal conversation.ChannelFileRefusal
	var told *conversation.Error
	switch {
	case errors.As(err, &refusal):
		var lines []string
		for _, p := range refusal {
			lines = append(lines, v.told(p.Said()))
		}
		return http.StatusConflict, strings.Join(lines, " "), nil
	case !errors.As(err, &told):
		return 0, "", err
	case told.Code == conversation.CodeChanged:
		return http.StatusConflict, v.lang.T("settings.changed"), nil
	case told.Code == conversation.CodeConflict, told.Code == conversation.CodeNotFound, told.Code == conversation.CodeInvalid:
		return http.StatusConflict, v.told(told.Sentence), nil
	}
	return 0, "", err
}

func (in *Inbox) channelsDone(w http.ResponseWriter, r *http.Request, what string) {
	q := url.Values{"done": {what}}
	if number := r.PostForm.Get("page"); number != "" && number != "0" {
		q.Set("page", number)
	}
	http.Redirect(w, r, "/settings/channels?"+q.Encode(), http.StatusSeeOther)
}

// switchChannel is the status switch of a row.
func (in *Inbox) switchChannel(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.editChannel(w, r, v, func(row conversation.ChannelRow, seen string) (string, error) {
		status, done := "inactive", "off"
		if r.PostForm.Get("status") == "active" {
			status, done = "active", "on"
		}
		_, err := in.file.SetChannel(r.Context(), v.actor, seen, row, conversation.ChannelEdit{Status: &status})
		return done, err
	})
}

func (in *Inbox) removeChannel(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.editChannel(w, r, v, func(row conversation.ChannelRow, seen string) (string, error) {
		err := in.file.RemoveChannel(r.Context(), v.actor, seen, row)
		return "removed", err
	})
}

// editChannel makes an edit of the row that the form names, and says on the page why it was not made.
func (in *Inbox) editChannel(w http.ResponseWriter, r *http.Request, v *visit, edit func(conversation.ChannelRow, string) (string, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	row := conversation.ChannelRow{Email: r.PostForm.Get("email"), Send: conversation.SendType(r.PostForm.Get("send"))}
	done, err := edit(row, r.PostForm.Get("hash"))
	if err == nil {
		in.channelsDone(w, r, done)
		return nil
	}
	status, words, err := v.notEdited(err)
	if err != nil {
		return err
	}
	return in.renderChannels(w, r, v, status, channelForm{}, []string{v.lang.T("settings.not", "email", row.Email), words})
}
