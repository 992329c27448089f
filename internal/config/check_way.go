package config

import (
	"fmt"

	"recado/internal/say"
)

// checkPostmasters wants every domain's postmaster, as named or as chosen here, to reach a person
// (RFC 5321 4.5.1, rule 4).
func (l *loader) checkPostmasters() {
	certain := len(l.channels) > 0
	for _, row := range l.channels {
		certain = certain && row.ok // an unusable email may be the one that is meant
	}
	if !certain {
		return
	}
	anyone := false
	for _, row := range l.channels {
		anyone = anyone || !row.typed || row.Receives()
	}
	for i := range l.domains {
		row := &l.domains[i]
		if v := row.table.field("postmaster"); v != nil && (v.kind != kindText || v.text != "") {
			if row.Postmaster != "" {
				l.checkPostmaster(row)
			}
			continue
		}
		if row.Postmaster = l.defaultPostmaster(row.Name); row.Postmaster == "" && !anyone {
			l.problem(row.table.at, say.Of("no active channel receives mail, so postmaster leads nowhere"), say.Of(`give a channel send = "all" or "receptive" and status = "active"`))
			return
		}
	}
}

// checkPostmaster looks at the one that the file names.
func (l *loader) checkPostmaster(domain *domainRow) {
	key, at := EmailKey(domain.Postmaster), domain.table.place("postmaster")
	hint := say.Of("name a channel that is active and receives")
	var inactive, found bool
	var emails []string
	for _, row := range l.channels {
		emails = append(emails, row.Email)
		if EmailKey(row.Email) != key {
			continue
		}
		if row.Receives() || !row.typed {
			domain.Postmaster = row.Email
			return
		}
		found, inactive = true, inactive || row.Send.Receives()
	}
	switch near := nearest(domain.Postmaster, emails); {
	case inactive:
		l.problem(at, say.Of("postmaster leads to %s, which is inactive", domain.Postmaster), hint)
	case found:
		l.problem(at, say.Of("postmaster leads to %s, which does not receive", domain.Postmaster), hint)
	case near != "":
		l.problem(at, say.Of("postmaster leads to %s, which is no channel", domain.Postmaster), say.Of("did you mean %q?", near))
	default:
		l.problem(at, say.Of("postmaster leads to %s, which is no channel", domain.Postmaster), hint)
	}
}

// defaultPostmaster chooses for a domain that names none: its channel postmaster@, else its first
// channel that receives, else the file's first.
func (l *loader) defaultPostmaster(domain string) string {
	var own, other string
	for _, row := range l.channels {
		if !row.Receives() {
			continue
		}
		key := EmailKey(row.Email)
		at := len(key) - len(domain)
		switch {
		case key == "postmaster@"+domain:
			return row.Email
		case at > 0 && key[at:] == domain && key[at-1] == '@':
			own = either(own, row.Email)
		default:
			other = either(other, row.Email)
		}
	}
	return either(own, other)
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// checkSending follows the mails that departments send to the channels that they leave from and that
// their answers come back to.
func (l *loader) checkSending() {
	for _, department := range l.departments {
		rows := l.channelsOf(department.ID)
		sound := department.ok && len(rows) > 0
		var active, receives, all bool
		for _, row := range rows {
			sound = sound && row.typed
			active = active || row.Active
			receives = receives || row.Receives()
			all = all || (row.Active && row.Send == SendAll)
		}
		if !sound {
			continue
		}
		l.checkAcknowledgement(department, receives)
		if active {
			l.checkKinds(department.ID, rows, all)
			l.checkAnswers(department.ID, rows, receives)
		}
	}
}

// checkAcknowledgement: an acknowledgement leaves from the address that the mail came to, so a
// department that asks for it in so many words must be able to receive. The default asks for nothing.
func (l *loader) checkAcknowledgement(department departmentRow, receives bool) {
	v := department.table.field("acknowledge")
	if v != nil && v.kind == kindBool && department.Acknowledge && !receives {
		l.problem(v.at, say.Of("the department %s acknowledges mail, but none of its channels is active and receives", department.ID),
			say.Of(`write acknowledge = false, or give it an active channel with send = "all" or "receptive"`))
	}
}

// checkKinds: mail of a kind leaves from the department's channel of that kind, else from its `all`
// (rule 3). A kind whose only channels are switched off would fail at the moment an agent needs it. A
// department that is switched off as a whole sends nothing, and a kind that it has no row for is not offered.
func (l *loader) checkKinds(id string, rows []channelRow, all bool) {
	for _, kind := range []SendType{SendActive, SendRecontact, SendHistory} {
		var inactive *channelRow
		leads := all
		for i, row := range rows {
			if row.Send != kind {
				continue
			}
			leads = leads || row.Active
			if inactive == nil && !row.Active {
				inactive = &rows[i]
			}
		}
		if inactive != nil && !leads {
			l.problem(inactive.table.place("status"), say.Of("send type %q of the department %s leads only to inactive channels", kind, id),
				say.Of(`write status = "active", remove this row, or give the department an active channel with send = "all"`))
		}
	}
}

// checkAnswers warns of mail whose answers nobody takes: Reply-To would be the department's receiving
// address (rule 3), and it has none.
func (l *loader) checkAnswers(id string, rows []channelRow, receives bool) {
	if receives {
		return
	}
	for _, row := range rows {
		if row.Active && !row.Send.Receives() {
			l.warn(row.table.place("email"), fmt.Sprintf("answers to mail from %s will be refused, since the department %s has no active channel that receives", row.Email, id),
				`give it one with send = "all" or "receptive"`)
			return
		}
	}
}

// checkRelay: whoever receives also answers. A file without a way out still receives, which is all that
// a first try needs; what is to be sent waits in the queue until there is one.
func (l *loader) checkRelay() {
	if l.root.field("relay") != nil || l.meant[meaning{l.root, "relay"}] {
		return
	}
	for _, row := range l.channels {
		if row.Active {
			l.warn(l.root.at, "the table [relay] is missing, so no answer leaves", `write [relay] with address = "smtp.relay.example:587", username and password_file`)
			return
		}
	}
}
