package conversation

import (
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// Options are what a Manager is made of. All are needed but Index, Log and Now.
type Options struct {
	Store     Store
	Directory *Directory
	Signer    *Signer
	// MaxMessage bounds an outgoing mail, in octets as sent; 0 for no bound.
	MaxMessage int64
	Index      Index // nil: words cannot be searched for
	Log        *slog.Logger
	Now        func() time.Time // when an agent's mail is written; nil: time.Now. The store has a clock of its own.
}

// Manager applies the rules. Its methods may be called at the same time; each owns its transaction.
type Manager struct {
	store     Store
	directory atomic.Pointer[Directory]
	signer    *Signer
	log       *slog.Logger
	now       func() time.Time

	maxMessage int64
	index      Index
	turns      turns // of those who search
	readings   *readings
}

// readingsKept bounds the texts of mails that are kept read, in octets.
const readingsKept = 32 << 20

// NewManager makes a Manager over a store.
func NewManager(o Options) *Manager {
	m := &Manager{store: o.Store, signer: o.Signer, log: o.Log, now: o.Now, maxMessage: o.MaxMessage, index: o.Index, readings: newReadings(readingsKept)}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.now == nil {
		m.now = time.Now
	}
	m.directory.Store(o.Directory)
	return m
}

// Directory is who we are at the moment.
func (m *Manager) Directory() *Directory { return m.directory.Load() }

// Actor is who asks for something: an agent, a program, or the system's operator on the local socket.
type Actor struct {
	Email       string // an agent's; empty for the others
	Token       string // the id of a program's token
	Name        string
	Role        Role
	Departments []string
	Operator    bool // may see and do everything
	// Via is the door that he came in by, Remote where from; for the lines of what he does ([AuditLine]).
	Via    Via
	Remote netip.Addr
}

// ActorOf is the actor that the agent is.
func ActorOf(a *Agent) Actor {
	return Actor{Email: a.Email, Name: a.Name, Role: a.Role, Departments: a.Departments}
}

// Sees tells whether the actor may read what belongs to the department: the operator everything, an
// admin all but the isolated ones that he is not of, everybody else his own.
func (a Actor) Sees(d *Directory, department string) bool {
	if a.Operator || slices.Contains(a.Departments, department) {
		return true
	}
	return a.Role == RoleAdmin && !d.Isolated(department)
}

// scope is the filter of departments for lists: nil for all.
func (a Actor) scope(d *Directory) []string {
	if a.Operator {
		return nil
	}
	out := []string{}
	for i := range d.Departments {
		if a.Sees(d, d.Departments[i].ID) {
			out = append(out, d.Departments[i].ID)
		}
	}
	return out
}

// seesProtocol tells whether the actor may read the protocol: one of its departments is his.
func (a Actor) seesProtocol(d *Directory, p *Protocol) bool {
	if a.Sees(d, p.Department) {
		return true
	}
	// An isolated protocol has no SeenBy; asking again would only repeat the answer.
	return slices.ContainsFunc(p.SeenBy, func(dep string) bool { return a.Sees(d, dep) })
}

// Label names the actor in journals, events and logs.
func (a Actor) Label() string {
	switch {
	case a.Token != "":
		return a.Name + " (program)"
	case a.Email == "":
		return "the operator"
	case a.Name == "":
		return a.Email
	}
	return a.Name + " <" + a.Email + ">"
}

// id tells actors apart.
func (a Actor) id() string {
	if a.Token != "" {
		return "token/" + a.Token // no address reads so
	}
	return a.Email
}

// program is the name of the program that the actor is, "" for people.
func (a Actor) program() string {
	if a.Token == "" {
		return ""
	}
	return a.Name
}

// known are the departments of a list that the actor may know of.
func known(a Actor, d *Directory, departments []string) []string {
	var out []string
	for _, dep := range departments {
		if a.Knows(d, dep) {
			out = append(out, dep)
		}
	}
	return out
}

// narrow is the filter of departments for the actor's lists: those asked for, of those that he sees.
func (m *Manager) narrow(actor Actor, asked []string) []string {
	scope := actor.scope(m.Directory())
	switch {
	case asked == nil:
		return scope
	case scope == nil:
		return asked
	}
	out := []string{}
	for _, dep := range asked {
		if slices.Contains(scope, dep) {
			out = append(out, dep)
		}
	}
	return out
}
