package api

import (
	"context"
	"net/http"
	"strings"

	"recado/conversation"
)

// DepartmentFile edits the departments of the channel file, as ChannelFile does its channels.
type DepartmentFile interface {
	// AddDepartment adds one with its first channel, without which it could not be reached.
	AddDepartment(ctx context.Context, a conversation.Actor, seen string, d conversation.DepartmentEdit, first conversation.ChannelEdit) (*conversation.Department, error)
	SetDepartment(ctx context.Context, a conversation.Actor, seen, id string, d conversation.DepartmentEdit) (*conversation.Department, error)
	RemoveDepartment(ctx context.Context, a conversation.Actor, seen, id string, fate conversation.ChannelsFate) error
	// SetDepartmentText writes a text of its own, "" for none. seen is the hash of the text, "" for any.
	SetDepartmentText(ctx context.Context, a conversation.Actor, id string, kind conversation.DepartmentText, seen, text string) (*conversation.Department, error)
}

// DepartmentEdit is the body of PATCH. What is left out keeps its value, or has its default; an empty language or
// file takes the key out. The files are for the operator alone.
type DepartmentEdit struct {
	ID                  *string   `json:"id,omitempty"`
	Name                *string   `json:"name,omitempty"`
	Isolated            *bool     `json:"isolated,omitempty"`
	Acknowledge         *bool     `json:"acknowledge,omitempty"`
	Language            *string   `json:"language,omitempty"`
	Classifications     *[]string `json:"classifications,omitempty"`
	AcknowledgementFile *string   `json:"acknowledgement_file,omitempty"`
	SignatureFile       *string   `json:"signature_file,omitempty"`
}

// NewDepartment is the body of POST: the department and its first channel.
type NewDepartment struct {
	DepartmentEdit
	Channel ChannelEdit `json:"channel"`
}

func (e DepartmentEdit) domain(a conversation.Actor) (conversation.DepartmentEdit, error) {
	if !a.Operator && (e.AcknowledgementFile != nil || e.SignatureFile != nil) { // what any file says would be shown
		return conversation.DepartmentEdit{}, forbidden("files are named on the server itself; write the text at …/texts/acknowledgement or …/texts/signature")
	}
	return conversation.DepartmentEdit{ID: e.ID, Name: e.Name, Isolated: e.Isolated, Acknowledge: e.Acknowledge, Language: e.Language,
		Classifications: e.Classifications, AcknowledgementFile: e.AcknowledgementFile, SignatureFile: e.SignatureFile}, nil
}

// departmentRoutes are those of departments, with edits where this handler has a channel file.
func (h *handler) departmentRoutes(table map[string]methods) {
	const path, text = "/departments/{id}", "/departments/{id}/texts/{text}"
	table[path] = methods{http.MethodGet: h.showDepartment}
	if h.file == nil {
		return
	}
	table["/departments"][http.MethodPost] = h.addDepartment
	table[path][http.MethodPatch] = h.setDepartment
	table[path][http.MethodDelete] = h.removeDepartment
	table[text] = methods{http.MethodGet: h.showDepartmentText, http.MethodPut: h.setDepartmentText, http.MethodDelete: h.removeDepartmentText}
}

func (h *handler) listDepartments(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	h.tellFile(w)
	d := h.desk.Directory()
	var seen []*conversation.Department
	for i := range d.Departments {
		if dep := &d.Departments[i]; a.Knows(d, dep.ID) {
			seen = append(seen, dep)
		}
	}
	items, next, err := pageOf(seen, page)
	if err != nil {
		return err
	}
	return list(w, items, next, departmentOf)
}

func (h *handler) showDepartment(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	h.tellFile(w)
	dep, err := h.desk.Directory().DepartmentRow(a, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, departmentOf(dep))
}

func (h *handler) addDepartment(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	var body NewDepartment
	seen, err := fileEdit(w, r, a, &body)
	if err != nil {
		return err
	}
	edit, err := body.DepartmentEdit.domain(a)
	if err != nil {
		return err
	}
	dep, err := h.file.AddDepartment(r.Context(), a, seen, edit, body.Channel.domain())
	if err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusCreated, departmentOf(dep))
}

func (h *handler) setDepartment(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	var body DepartmentEdit
	seen, err := fileEdit(w, r, a, &body)
	if err != nil {
		return err
	}
	edit, err := body.domain(a)
	if err != nil {
		return err
	}
	dep, err := h.file.SetDepartment(r.Context(), a, seen, r.PathValue("id"), edit)
	if err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusOK, departmentOf(dep))
}

// removeDepartment answers with the department as it was. Its channels go to another, or with it.
func (h *handler) removeDepartment(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, err := query(r, "channels_to", "with_channels")
	if err != nil {
		return err
	}
	with, err := word("with_channels", values.Get("with_channels"), "true", "false")
	if err != nil {
		return err
	}
	fate := conversation.ChannelsFate{To: values.Get("channels_to"), Remove: with == "true"}
	if fate.To != "" && fate.Remove {
		return invalid("say channels_to or with_channels, not both")
	}
	seen, err := fileEdit(w, r, a, &noFields{})
	if err != nil {
		return err
	}
	dep, err := h.desk.Directory().DepartmentRow(a, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := h.file.RemoveDepartment(r.Context(), a, seen, dep.ID, fate); err != nil {
		return err
	}
	h.tellFile(w)
	return answer(w, http.StatusOK, departmentOf(dep))
}

// DepartmentText is a text of a department that goes into its mail.
type DepartmentText struct {
	Text      string   `json:"text"`     // what is said
	BuiltIn   bool     `json:"built_in"` // the department has none of its own
	Variables []string `json:"variables"`
}

// departmentText finds the text that the address names.
func (h *handler) departmentText(r *http.Request, a conversation.Actor) (*conversation.Department, conversation.DepartmentText, error) {
	dep, err := h.desk.Directory().DepartmentRow(a, r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	switch kind := conversation.DepartmentText(r.PathValue("text")); kind {
	case conversation.TextAcknowledgement, conversation.TextSignature:
		return dep, kind, nil
	}
	return nil, "", notFound("a department has the texts acknowledgement and signature")
}

// answerText sets the ETag to the text's own hash: another key of the file may change meanwhile.
func answerText(w http.ResponseWriter, dep *conversation.Department, kind conversation.DepartmentText) error {
	w.Header().Set("ETag", `"`+dep.TextHash(kind)+`"`)
	own := dep.Text(kind)
	out := DepartmentText{Text: own, BuiltIn: own == "", Variables: texts(kind.Variables())}
	if own == "" {
		out.Text = dep.BuiltInText(kind)
	}
	return answer(w, http.StatusOK, out)
}

func (h *handler) showDepartmentText(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	if !a.MaySettle() {
		return forbidden("only an admin sees to the texts of departments")
	}
	dep, kind, err := h.departmentText(r, a)
	if err != nil {
		return err
	}
	return answerText(w, dep, kind)
}

func (h *handler) setDepartmentText(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body textBody
	return h.changeDepartmentText(w, r, a, &body, func() (string, error) {
		if strings.TrimSpace(body.Text) == "" {
			return "", invalid("the text is empty; DELETE goes back to the built-in one")
		}
		return strings.ReplaceAll(body.Text, "\r\n", "\n"), nil
	})
}

// removeDepartmentText goes back to the built-in text.
func (h *handler) removeDepartmentText(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return h.changeDepartmentText(w, r, a, &noFields{}, func() (string, error) { return "", nil })
}

func (h *handler) changeDepartmentText(w http.ResponseWriter, r *http.Request, a conversation.Actor, body any, text func() (string, error)) error {
	if _, err := query(r); err != nil {
		return err
	}
	seen, err := fileEdit(w, r, a, body)
	if err != nil {
		return err
	}
	words, err := text()
	if err != nil {
		return err
	}
	dep, kind, err := h.departmentText(r, a)
	if err != nil {
		return err
	}
	if dep, err = h.file.SetDepartmentText(r.Context(), a, dep.ID, kind, seen, words); err != nil {
		return err
	}
	return answerText(w, dep, kind)
}
