package inbox

import (
	"slices"
	"strings"
	"sync"
	"time"

	"recado/conversation"
)

const (
	lookingLife = time.Minute // how long a page counts that tells nothing of its end
	maxLooking  = 5000        // pairs of agent and protocol
)

// presence is who has which protocol open: a page with its live stream until that ends, another for a minute. It
// is kept in memory alone: who looked is nobody's business later.
type presence struct {
	mu    sync.Mutex
	at    map[string]map[string]*looking // by number, then agent
	pairs int
	wake  map[chan struct{}]string // the number that each live stream is of
}

type looking struct {
	streams int
	until   time.Time // of a page without a stream
}

func newPresence() *presence {
	return &presence{at: map[string]map[string]*looking{}, wake: map[chan struct{}]string{}}
}

// load notes that the agent was shown a page of the protocol.
func (p *presence) load(number, agent string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of(number, agent, now)
	if l == nil {
		return
	}
	news := l.streams == 0 && !now.Before(l.until)
	l.until = now.Add(lookingLife)
	if news {
		p.tell(number)
	}
}

// begin counts a live stream of the agent's until end is called. signal receives when somebody comes or goes.
func (p *presence) begin(number, agent string, now time.Time) (signal <-chan struct{}, end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := make(chan struct{}, 1)
	l := p.of(number, agent, now)
	if l == nil {
		return own, func() {}
	}
	if l.streams == 0 && !now.Before(l.until) {
		p.tell(number)
	}
	l.streams++
	l.until = time.Time{} // from here on the stream tells
	p.wake[own] = number
	return own, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.wake, own)
		if l.streams--; l.streams == 0 && l.until.IsZero() {
			p.drop(number, agent)
			p.tell(number)
		}
	}
}

// of is the agent's place at the protocol, a new one where there is none; nil where there are too many.
func (p *presence) of(number, agent string, now time.Time) *looking {
	if l := p.at[number][agent]; l != nil {
		return l
	}
	if p.pairs >= maxLooking {
		p.sweep(now)
	}
	if p.pairs >= maxLooking {
		return nil
	}
	if p.at[number] == nil {
		p.at[number] = map[string]*looking{}
	}
	l := &looking{}
	p.at[number][agent] = l
	p.pairs++
	return l
}

func (p *presence) drop(number, agent string) {
	delete(p.at[number], agent)
	p.pairs--
	if len(p.at[number]) == 0 {
		delete(p.at, number)
	}
}

// sweep drops the pages whose minute is over.
func (p *presence) sweep(now time.Time) {
	for number, agents := range p.at {
		for agent, l := range agents {
			if l.streams == 0 && !now.Before(l.until) {
				p.drop(number, agent)
			}
		}
	}
}

func (p *presence) tell(number string) {
	for w, n := range p.wake {
		if n != number {
			continue
		}
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// lookers are the agents who have the protocol open, in order.
func (p *presence) lookers(number string, now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for agent, l := range p.at[number] {
		if l.streams > 0 || now.Before(l.until) {
			out = append(out, agent)
		}
	}
	slices.Sort(out)
	return out
}

// company says who else is at the protocol: those who write, then those who look. It names only colleagues of
// the agent who may see the protocol today.
func (in *Inbox) company(v *visit, c *conversation.Conversation, writing []string) (writes, looks string) {
	var lookers []string
	for _, email := range in.presence.lookers(c.Number, v.now) {
		if email != v.agent.Email && !slices.Contains(writing, email) && v.seenBy(email, c) {
			lookers = append(lookers, email)
		}
	}
	writers := slices.DeleteFunc(slices.Clone(writing), func(email string) bool { return !v.seenBy(email, c) })
	return v.sentence(v.lang.N("reply.others", len(writers)), writers), v.sentence(v.lang.N("reply.looking", len(lookers)), lookers)
}

// seenBy tells whether a colleague may see the protocol.
func (v *visit) seenBy(email string, c *conversation.Conversation) bool {
	i := slices.IndexFunc(v.colleagues, func(a *conversation.Agent) bool { return a.Email == email && !a.Disabled })
	if i < 0 {
		return false
	}
	actor := conversation.ActorOf(v.colleagues[i])
	return slices.ContainsFunc(c.Departments(), func(d string) bool { return actor.Sees(v.dir, d) })
}

// sentence is the words with the agents' names; nothing of none.
func (v *visit) sentence(words string, agents []string) string {
	if len(agents) == 0 {
		return ""
	}
	names := make([]string, len(agents))
	for i, email := range agents {
		names[i] = v.name(email)
	}
	return strings.ReplaceAll(words, "{who}", strings.Join(names, ", "))
}
