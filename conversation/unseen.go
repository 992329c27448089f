package conversation

import (
	"maps"
	"slices"
)

// unseen takes from an entry what names an isolated department to an actor who is not of it (rule 5): a
// protocol that was transferred out of one, or through one, carries that in its entries.
func (d *Directory) unseen(actor Actor, e *Entry) {
	d.unseenContact(actor, e)
	hidden := func(department string) bool {
		return department != "" && d.Isolated(department) && !actor.Sees(d, department)
	}
	if !hidden(e.Department) && !hidden(e.Details["from"]) && !hidden(e.Details["to"]) {
		return
	}
	shown := *e.Message
	shown.Details = maps.Clone(e.Details)
	maps.DeleteFunc(shown.Details, func(name, value string) bool { return (name == "from" || name == "to") && hidden(value) })
	if hidden(e.Department) {
		shown.Department, shown.Channel, shown.Trace, shown.Envelope = "", "", nil, nil
		shown.Mentions = nil
		if e.Kind == KindOut { // an answer of that department's, from its address and in its name
			shown.From, shown.Program = ContactRef{}, ""
		}
		e.To, e.Cc, e.ReplyTo = d.unnamed(e.To, ""), d.unnamed(e.Cc, ""), d.unnamed(e.ReplyTo, "")
	}
	e.Message = &shown
}

// unseenContact takes from an entry's trace what its side says of the contact, where the actor is not on that side
// (rule 22): the protocol went behind an isolated department's wall since.
func (d *Directory) unseenContact(actor Actor, e *Entry) {
	told := func(s TraceStep) bool { return s.Step == stepContact }
	if !slices.ContainsFunc(e.Trace, told) || slices.Contains(d.Sides(actor), d.side(e.Department)) {
		return
	}
	shown := *e.Message
	shown.Trace = slices.DeleteFunc(slices.Clone(shown.Trace), told)
	e.Message = &shown
}
