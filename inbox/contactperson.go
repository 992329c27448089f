package inbox

import (
	"context"
	"net/http"
	"slices"

	"recado/conversation"
)

// personView is what agents say of a contact, the sides told apart.
type personView struct {
	Address  string
	Action   string // what forms post under
	MailName string // what mails say, where an agent gave another name
	Blocked  bool
	Key      string // makes the second of two clicks do nothing
	Error    string // why what was asked was not done
	Sides    []sideView
}

// sideView is what one side says (conversation.Contact).
type sideView struct {
	ID         string // tells the fields of the sides apart
	Department string // what the forms say; "" for all that are not isolated
	Title      string // whose words they are, where there are several sides
	Folded     bool   // nothing is said on it, and there is another to show
	Name       string // that an agent gave
	Links      []personLink
	Block      *said
	Reason     string // of a block that was typed
	Notes      []noteAbout
	More       string // where all notes are, while only the newest are shown
	Text       string // of a note that was typed
	Acts       []said
}

type personLink struct {
	Address, URL string
	Blocked      bool
}

// said is what somebody said, and when.
type said struct {
	Text, By string
	At       moment
}

type noteAbout struct {
	said
	ID, Address string // the other address that it was written at
	Deletable   bool
}

// notesShown bounds what a page shows of the notes until all are asked for.
const notesShown = 20

// person shows what is said of a contact; p is nil for an address that nobody knows. typed is the form that could not be
// carried out, with its error; nil for a fresh page.
func (v *visit) person(p *conversation.Person, address string, all bool, typed *personTyped) *personView {
	view := &personView{Address: address, Action: contactURL(address), Key: conversation.NewID(v.now)}
	if typed != nil {
		view.Error = typed.problem
	}
	if p != nil {
		view.Blocked = p.Blocked
		if p.Name != p.MailName {
			view.MailName = p.MailName
		}
	}
	sides := v.dir.Sides(v.actor)
	for _, id := range sides {
		s := sideView{ID: "all", Department: id}
		if id != "" {
			s.ID = id
		}
		if len(sides) > 1 || id != "" {
			s.Title = v.sideTitle(id)
		}
		if id == "" { // the forms name a department of the side, as everybody does who writes
			s.Department = v.sharedDepartment()
		}
		if p != nil {
			if i := slices.IndexFunc(p.Sides, func(of conversation.ContactSide) bool { return of.Department == id }); i >= 0 {
				v.side(&s, &p.Sides[i], address, all)
			}
		}
		if typed != nil && typed.department == s.Department {
			s.Text, s.Reason = typed.text, typed.reason
		}
		typedHere := typed != nil && typed.department == s.Department
		s.Folded = len(sides) > 1 && !typedHere && s.silent()
		view.Sides = append(view.Sides, s)
	}
	if !slices.ContainsFunc(view.Sides, func(s sideView) bool { return !s.Folded }) && len(view.Sides) > 0 {
		view.Sides[0].Folded = false
	}
	return view
}

// silent tells whether the side says nothing of the contact.
func (s *sideView) silent() bool {
	return s.Name == "" && s.Block == nil && len(s.Links)+len(s.Notes)+len(s.Acts) == 0
}

func (v *visit) sideTitle(department string) string {
	if department == "" {
		return v.lang.T("person.shared")
	}
	return v.lang.T("person.alone", "department", departmentName(v.dir, department))
}

// sharedDepartment is one of the agent's departments that are not isolated.
func (v *visit) sharedDepartment() string {
	for i := range v.dir.Departments {
		if d := &v.dir.Departments[i]; !d.Isolated && v.actor.Sees(v.dir, d.ID) {
			return d.ID
		}
	}
	return ""
}

// side takes over what the side says.
func (v *visit) side(view *sideView, s *conversation.ContactSide, address string, all bool) {
	if s.Given != nil {
		view.Name = s.Given.Name
	}
	at := map[string]string{}
	for _, c := range s.Linked {
		at[c.Key] = c.Address
		view.Links = append(view.Links, personLink{Address: c.Address, URL: contactURL(c.Address), Blocked: c.Blocked != nil})
	}
	if b := s.Blocked; b != nil {
		view.Block = &said{Text: b.Reason, By: v.author(b.Author), At: v.moment(b.At)}
	}
	for i, n := range s.Notes {
		if i == notesShown && !all {
			view.More = contactURL(address) + "?notes=all#person"
			break
		}
		view.Notes = append(view.Notes, noteAbout{
			said: said{Text: n.Text, By: v.author(n.Author), At: v.moment(n.At)}, ID: n.ID, Address: at[n.Key], Deletable: v.actor.MayDelete(n),
		})
	}
	for _, a := range slices.Backward(s.Acts) {
		view.Acts = append(view.Acts, said{Text: v.lang.T("person.act."+a.Act, "detail", a.Detail), By: v.author(a.Author), At: v.moment(a.At)})
	}
}

// author names who said something.
func (v *visit) author(a conversation.Author) string {
	switch {
	case a.Agent != "":
		return v.name(a.Agent)
	case a.Token != "":
		return a.Label()
	}
	return v.lang.T("person.operator")
}

// knownView is what the protocol's side says of its contact, beside the protocol.
type knownView struct {
	Name    string // of the mails, where an agent gave another
	Blocked bool
	Notes   int
	Others  int // other addresses of the same person
}

func (in *Inbox) known(ctx context.Context, v *visit, c *conversation.Conversation) (*knownView, error) {
	item, err := in.desk.ProtocolContact(ctx, v.actor, c.Number)
	if err != nil {
		return nil, err
	}
	view := &knownView{Blocked: item.Blocked, Notes: item.Notes, Others: len(item.Linked)}
	if c.Known() != c.Contact {
		view.Name = displayName(c.Contact)
	}
	return view, nil
}

// personTyped is a form that could not be carried out.
type personTyped struct{ department, text, reason, problem string }

func (in *Inbox) nameContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.NameContact(r.Context(), i, address, department, r.PostForm.Get("name"))
		return err
	})
}

func (in *Inbox) linkContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.LinkContact(r.Context(), i, address, department, []string{r.PostForm.Get("other")}, nil)
		return err
	})
}

func (in *Inbox) unlinkContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.LinkContact(r.Context(), i, address, department, nil, []string{r.PostForm.Get("other")})
		return err
	})
}

func (in *Inbox) noteContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.AddContactNote(r.Context(), i, address, department, r.PostForm.Get("text"))
		return err
	})
}

func (in *Inbox) deleteContactNote(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, _ string) error {
		_, err := in.desk.DeleteContactNote(r.Context(), i, address, r.PathValue("id"))
		if hasCode(err, conversation.CodeNotFound) { // the second of two clicks finds it gone, which is what was asked for
			return nil
		}
		return err
	})
}

func (in *Inbox) blockContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.BlockContact(r.Context(), i, address, department, r.PostForm.Get("reason"))
		return err
	})
}

func (in *Inbox) unblockContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.say(w, r, v, func(i conversation.Intent, address, department string) (err error) {
		_, err = in.desk.UnblockContact(r.Context(), i, address, department)
		return err
	})
}

// say does one of the above and shows the contact again. What cannot be done is said on the page that it was asked on,
// with what was typed.
func (in *Inbox) say(w http.ResponseWriter, r *http.Request, v *visit, do func(i conversation.Intent, address, department string) error) error {
	if err := form(w, r); err != nil {
		return err
	}
	address, department := r.PathValue("address"), r.PostForm.Get("department")
	err := do(conversation.Intent{Actor: v.actor, IdempotencyKey: validKey(r.PostForm.Get("key"))}, address, department)
	if hasCode(err, conversation.CodeConflict) || hasCode(err, conversation.CodeInvalid) {
		status, _ := failure(err)
		typed := &personTyped{department: department, text: r.PostForm.Get("text"), reason: r.PostForm.Get("reason"), problem: v.reason(err)}
		return in.renderContact(w, r, v, status, nil, typed)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, contactURL(address)+"#person", http.StatusSeeOther)
	return nil
}
