package config

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"recado/internal/say"
)

// check looks at what one part of the file means for another, and hands the rows to the configuration.
func (l *loader) check() {
	l.checkPresence()
	l.checkListeners()
	l.checkDomains()
	l.checkDepartments()
	l.checkChannels()
	l.checkRows()
	l.checkPostmasters()
	l.checkSending()
	l.checkRelay()
	l.checkForms()
	for _, row := range l.domains {
		l.config.Domains = append(l.config.Domains, row.Domain)
	}
	for _, row := range l.departments {
		l.config.Departments = append(l.config.Departments, row.Department)
	}
	for _, row := range l.channels {
		l.config.Channels = append(l.config.Channels, row.Channel)
	}
}

// checkPresence asks for one of each: without them nothing can be received.
func (l *loader) checkPresence() {
	for _, need := range []struct {
		name string
		hint say.Sentence
	}{
		{"domain", say.Of(`write [[domain]] with name = "example.com", a domain whose mail comes here`)},
		{"department", say.Of(`write [[department]] with id = "care" and name = "Customer care"`)},
		{"channel", say.Of(`write [[channel]] with email = "support@example.com" and department = "care"`)},
	} {
		v := l.root.field(need.name)
		if l.meant[meaning{l.root, need.name}] {
			continue
		}
		if v == nil {
			l.problem(l.root.at, say.Of("there is no [[%s]]", need.name), need.hint)
		} else if v.kind == kindList && len(v.items) == 0 {
			l.problem(v.key, say.Of("there is no [[%s]]", need.name), need.hint)
		}
	}
}

// checkListeners finds two listeners on one port.
func (l *loader) checkListeners() {
	seen := map[string]string{}
	for _, listener := range []struct{ name, address string }{
		{"smtp", l.config.SMTP.Listen}, {"inbox", l.config.Inbox.Listen}, {"monitor", l.config.Monitor.Listen},
	} {
		_, port, err := net.SplitHostPort(listener.address)
		if err != nil || port == "0" {
			continue
		}
		if other := seen[listener.address]; other != "" {
			at := l.root.at
			for _, name := range []string{other, listener.name} {
				if v := l.root.field(name).field("listen"); v != nil {
					at = v.at
				}
			}
			l.problem(at, say.Of("[%s] and [%s] both listen on %s", other, listener.name, listener.address), say.Of("give each a port of its own"))
		}
		seen[listener.address] = listener.name
	}
}

func (l *loader) checkDomains() {
	first := map[string]place{}
	for _, row := range l.domains {
		if !row.ok {
			continue
		}
		at := row.table.place("name")
		if earlier, found := first[row.Name]; found {
			l.problem(at, say.Of("the domain %s was already written on line %d", row.Name, earlier.line), say.Of("remove one of the two"))
			continue
		}
		first[row.Name] = at
	}
}

// checkDepartments wants ids that are unique and lead somewhere.
func (l *loader) checkDepartments() {
	first := map[string]place{}
	for _, row := range l.departments {
		if !row.ok {
			continue
		}
		at := row.table.place("id")
		if earlier, found := first[row.ID]; found {
			l.problem(at, say.Of("the department %s was already written on line %d", row.ID, earlier.line), say.Of("give it another id, or remove one of the two"))
			continue
		}
		first[row.ID] = at
		if len(l.channelsOf(row.ID)) == 0 && len(l.channels) > 0 {
			l.problem(at, say.Of("the department %s has no channel", row.ID), say.Of("write a [[channel]] with department = %q, or remove the department", row.ID))
		}
	}
}

// checkChannels wants each row to be in one of our domains and one of our departments.
func (l *loader) checkChannels() {
	domains, departments, complete := []string{}, []string{}, true
	for _, row := range l.domains {
		domains, complete = append(domains, row.Name), complete && row.ok
	}
	ids := true
	for _, row := range l.departments {
		departments, ids = append(departments, row.ID), ids && row.ok
	}
	for _, row := range l.channels {
		_, domain, _ := strings.Cut(row.Email, "@")
		if row.ok && complete && len(domains) > 0 && !slices.Contains(domains, domain) {
			hint := say.Of("write an address of %s, or a [[domain]] with name = %q", oneOf(firstFew(domains)), domain)
			if near := nearest(domain, domains); near != "" {
				hint = say.Of("did you mean %q?", row.Email[:len(row.Email)-len(domain)]+near)
			}
			l.problem(row.table.place("email"), say.Of("%s is outside our domains", row.Email), hint)
		}
		if row.Department != "" && ids && len(departments) > 0 && !slices.Contains(departments, row.Department) {
			hint := say.Of("the departments are %s", allOf(firstFew(departments)))
			if near := nearest(row.Department, departments); near != "" {
				hint = say.Of("did you mean %q?", near)
			}
			l.problem(row.table.place("department"), say.Of("there is no department %s", quote(row.Department)), hint)
		}
	}
}

// firstFew keeps a hint readable.
func firstFew(words []string) []string {
	words = slices.Compact(slices.Sorted(slices.Values(words)))
	return words[:min(len(words), 6)]
}

// checkRows holds rule 3: a channel is identified by email and send type, an `all` row excludes other
// rows of its email, and an address receives through one row only. Status does not matter, since it
// may change at any time.
func (l *loader) checkRows() {
	rows := map[string][]channelRow{}
	for _, row := range l.channels {
		if !row.ok || !row.typed {
			continue
		}
		key := EmailKey(row.Email)
		for _, earlier := range rows[key] {
			at, line := row.table.place("email"), earlier.table.place("email").line
			if row.Send == earlier.Send {
				l.problem(at, say.Of("%s already has a row of type %q on line %d", row.Email, row.Send, line), say.Of("remove one of the two, or give it another send type"))
				break
			}
			if row.Send == SendAll || earlier.Send == SendAll {
				l.problem(at, say.Of("%s has another row on line %d, and one of the two is of type \"all\", which does what every other would", row.Email, line),
					say.Of(`remove one of the two, or give the "all" row a narrower send type`))
				break
			}
		}
		rows[key] = append(rows[key], row)
	}
}

// channelsOf is the rows of a department.
func (l *loader) channelsOf(department string) []channelRow {
	if l.byDepartment == nil {
		l.byDepartment = map[string][]channelRow{}
		for _, row := range l.channels {
			l.byDepartment[row.Department] = append(l.byDepartment[row.Department], row)
		}
	}
	return l.byDepartment[department]
}

// checkForms warns of a form that can never be met: mail from an address of ours is held (rule 15).
func (l *loader) checkForms() {
	channels := map[string]bool{}
	for _, row := range l.channels {
		if row.ok {
			channels[EmailKey(row.Email)] = true
		}
	}
	for _, table := range tablesOf(l.root.field("form")) {
		v := table.field("from")
		if v != nil && v.kind == kindText && channels[EmailKey(v.text)] {
			l.warn(v.at, fmt.Sprintf("%s is a channel, and mail from our own channels is held", quote(v.text)), "let the form send from an address that is not a channel")
		}
	}
}
