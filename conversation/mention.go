package conversation

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of mentions.
const (
	maxMentions     = 20   // of one note
	maxAts          = 200  // places of a note that are looked at
	maxMentionable  = 2000 // agents that a note may name
	maxMentionWords = 320  // octets after the @
	maxUnread       = 99   // unread mentions that are counted
	suggested       = 8    // agents that are suggested at a time
)

// Mention is a colleague whom a note names, and who is told so.
type Mention struct {
	Agent string `json:"agent"` // the address
	As    string `json:"as"`    // how the note writes it, after the @
}

// MentionPlace is where a mention is.
type MentionPlace struct{ Number, Message string }

// MentionRecords is the part of a transaction that finds mentions. PutMessage enters those of a new message as unread, and
// takes them along when it moves.
type MentionRecords interface {
	// Mentions of the agent are newest first.
	Mentions(agent string, page Page) ([]MentionPlace, string, error)
	// UnreadMentions are at most limit, by number.
	UnreadMentions(agent string, limit int) ([]MentionPlace, error)
	// Mentioned tells whether the agent has an unread one in the protocol; ReadMentions makes them read.
	Mentioned(agent, number string) (bool, error)
	ReadMentions(agent, number string) error
}

// FindMentions finds whom of the agents a text names after an @: by address, by the part before its @, by the name, or by
// its first word where no other's is the same; without case and accents. Each once, in the order of the text.
func FindMentions(text string, agents []*Agent) []Mention {
	var out []Mention
	var forms map[string]string
	for at, from := 0, 0; at < maxAts && len(out) < maxMentions; at++ {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			break
		}
		i += from
		from = i + 1
		if before, _ := utf8.DecodeLastRuneInString(text[:i]); i > 0 && wordRune(before) {
			continue // the @ of an address
		}
		if forms == nil {
			forms = mentionForms(agents)
		}
		as, agent := longestForm(text[from:min(len(text), from+maxMentionWords)], forms)
		if agent != "" && !slices.ContainsFunc(out, func(m Mention) bool { return m.Agent == agent }) {
			out = append(out, Mention{Agent: agent, As: as})
		}
	}
	return out
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// mentionForms are the agents by what they may be called, folded. What two are called calls neither.
func mentionForms(agents []*Agent) map[string]string {
	forms := map[string]string{}
	add := func(form, agent string) {
		form = FoldTitle(form)
		if other, taken := forms[form]; taken && other != agent {
			agent = ""
		}
		if form != "" {
			forms[form] = agent
		}
	}
	for _, a := range agents {
		local, _, _ := cutAddress(a.Email)
		first, _, _ := strings.Cut(a.Name, " ")
		for _, form := range []string{a.Email, a.Name, local, first} {
			add(form, a.Email)
		}
	}
	return forms
}

// longestForm is the longest beginning of the words that calls somebody, and whom.
func longestForm(words string, forms map[string]string) (as, agent string) {
	if first, _ := utf8.DecodeRuneInString(words); !wordRune(first) {
		return "", ""
	}
	for end := 0; end < len(words); {
		_, size := utf8.DecodeRuneInString(words[end:])
		end += size
		if words[end-1] == '\n' {
			break
		}
		next, _ := utf8.DecodeRuneInString(words[end:])
		if wordRune(next) || next == '@' || words[end-1] == ' ' {
			continue // in the middle of a word, or of an address
		}
		if found := forms[FoldTitle(words[:end])]; found != "" {
			as, agent = words[:end], found
		}
	}
	return as, agent
}

// mentionable are the agents whom the actor may name, himself left out.
func (m *Manager) mentionable(ctx context.Context, actor Actor) ([]*Agent, error) {
	var out []*Agent
	for page := (Page{Limit: MaxLimit}); len(out) < maxMentionable; {
		list, next, err := m.Agents(ctx, actor, page)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			if !a.Disabled && a.Email != actor.Email {
				out = append(out, a)
			}
		}
		if page.Cursor = next; next == "" {
			break
		}
	}
	return out, nil
}

// mentionsIn are the colleagues that a note of the actor's names, whether or not they may read the protocol. Found
// outside of any transaction.
func (m *Manager) mentionsIn(ctx context.Context, actor Actor, text string) ([]Mention, error) {
	if !strings.Contains(text, "@") {
		return nil, nil
	}
	agents, err := m.mentionable(ctx, actor)
	if err != nil {
		return nil, err
	}
	return FindMentions(text, agents), nil
}

// told are those of the mentions who may read the protocol.
func (m *Manager) told(tx Tx, p *Protocol, found []Mention) ([]Mention, error) {
	var out []Mention
	for _, mention := range found {
		a, err := tx.Agent(mention.Agent)
		if err != nil {
			return nil, err
		}
		if a != nil && !a.Disabled && ActorOf(a).seesProtocol(m.Directory(), p) {
			out = append(out, mention)
		}
	}
	return out, nil
}

// Mentionable suggests whom a note at the protocol may name: those who may read it, whose name, a word of it, or address
// begins so.
func (m *Manager) Mentionable(ctx context.Context, actor Actor, number, begins string) ([]*Agent, error) {
	agents, err := m.mentionable(ctx, actor)
	if err != nil {
		return nil, err
	}
	begins = FoldTitle(begins)
	agents = slices.DeleteFunc(agents, func(a *Agent) bool {
		name := FoldTitle(a.Name)
		return !strings.HasPrefix(name, begins) && !strings.Contains(name, " "+begins) && !strings.HasPrefix(a.Email, begins)
	})
	var out []*Agent
	err = m.store.View(ctx, func(tx Tx) error {
		out = nil
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		for _, a := range agents {
			if len(out) == suggested {
				break
			}
			read, err := m.told(tx, p, []Mention{{Agent: a.Email}})
			if err != nil {
				return err
			}
			if len(read) > 0 {
				out = append(out, a)
			}
		}
		return nil
	})
	return out, err
}

// Mentions lists the protocols with notes that name the actor, the newest note first, each once a page; open and finalized
// ones, that he still sees.
func (m *Manager) Mentions(ctx context.Context, actor Actor, page Page) ([]ProtocolItem, string, error) {
	var items []ProtocolItem
	var next string
	err := m.store.View(ctx, func(tx Tx) error {
		places, cursor, err := tx.Mentions(actor.Email, page)
		if err != nil {
			return err
		}
		next = cursor
		var list []*Protocol
		seen := map[string]bool{}
		for _, place := range places {
			if seen[place.Number] {
				continue
			}
			seen[place.Number] = true
			p, err := tx.Protocol(place.Number)
			if err != nil {
				return err
			}
			if p != nil && actor.seesProtocol(m.Directory(), p) {
				list = append(list, p)
			}
		}
		items, err = m.items(tx, actor, list)
		return err
	})
	return items, next, listError(err)
}

// CountMentions counts the actor's unread mentions in protocols that he sees, up to 99.
func (m *Manager) CountMentions(ctx context.Context, actor Actor) (int, error) {
	if actor.Email == "" {
		return 0, nil
	}
	n := 0
	err := m.store.View(ctx, func(tx Tx) error {
		places, err := tx.UnreadMentions(actor.Email, 2*maxUnread)
		if err != nil {
			return err
		}
		n = 0
		sees := map[string]bool{}
		for _, place := range places {
			if _, known := sees[place.Number]; !known {
				p, err := tx.Protocol(place.Number)
				if err != nil {
					return err
				}
				sees[place.Number] = p != nil && actor.seesProtocol(m.Directory(), p)
			}
			if sees[place.Number] && n < maxUnread {
				n++
			}
		}
		return nil
	})
	return n, err
}
