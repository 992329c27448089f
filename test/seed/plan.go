package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// span is how long the house has worked.
const span = 365 * 24 * time.Hour

// action is what happens.
type action uint8

const (
	opens   action = iota // the customer's first mail
	follows               // a further mail of his
	begins                // a first mail of ours
	answers               // an answer of ours
	assigns
	tags
	notes
	transfers
	bounces // a report about the last answer
	finalizes
	holds // a mail of nobody's protocol; the step's protocol is its number
)

// step is one thing that happens in one protocol.
type step struct {
	at       int64 // Unix seconds
	protocol int32
	action   action
}

// sketch is one protocol before it is.
type sketch struct {
	contact    int32
	department int8
	open       bool
	messages   int
	start, end int64 // Unix seconds; nothing happens at or after end
}

// plan is everything that happens, in order.
type plan struct {
	contacts  []contact
	protocols []sketch
	steps     []step
}

// longest is how many messages the longest protocols have.
const longest = 200

// newPlan makes the whole year from the seed.
func newPlan(o options) *plan {
	r := rand.New(rand.NewPCG(o.seed, 0))
	p := &plan{protocols: make([]sketch, o.protocols)}
	spread(r, p, o.messages)
	of := p.share(r)
	until := o.until.Unix()
	chance := float64(o.open) / float64(len(p.contacts))
	for i, mine := range of {
		p.place(r, int32(i), mine, until, chance)
	}
	for i := range p.protocols {
		p.sketch(rand.New(rand.NewPCG(o.seed, uint64(i)+1)), int32(i))
	}
	for i := range o.held { // of the last weeks: what robots send expires
		p.steps = append(p.steps, step{at: until - r.Int64N(60*86400), protocol: int32(i), action: holds})
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	return p
}

// spread says how many messages each protocol has: one to a dozen for most, a few very long ones, and in all as
// many as were asked for.
func spread(r *rand.Rand, p *plan, messages int) {
	left := messages
	mean := float64(messages) / float64(len(p.protocols))
	for i := range p.protocols {
		n := 1 + int(r.ExpFloat64()*(mean-1))
		if i%(len(p.protocols)/20+1) == 7 && messages > 100*longest {
			n = longest
		}
		n = max(1, min(n, longest, left-(len(p.protocols)-i-1)))
		p.protocols[i].messages = n
		left -= n
	}
	for i := 0; left > 0; i = (i + 1) % len(p.protocols) {
		if s := &p.protocols[i]; s.messages < longest {
			s.messages++
			left--
		}
	}
}

// share gives every protocol a contact: there are half as many, and some write again and again.
func (p *plan) share(r *rand.Rand) [][]int32 {
	n := len(p.protocols)/2 + 1
	p.contacts = make([]contact, n)
	of := make([][]int32, n)
	for i := range p.contacts {
		dep := departmentOf(r)
		p.contacts[i] = newContact(r, i, departments[dep].language)
	}
	for i := range p.protocols {
		who := i
		if i >= n {
			who = int(float64(n) * math.Pow(r.Float64(), 2))
		}
		of[who] = append(of[who], int32(i))
		s := &p.protocols[i]
		s.contact, s.department = int32(who), departmentOf(r)
		if l := p.contacts[who].language; l != departments[s.department].language { // he writes to who speaks it
			s.department = map[string]int8{"es": 0, "pt": 3, "en": 4}[l]
		}
	}
	return of
}

func departmentOf(r *rand.Rand) int8 {
	n := r.IntN(100)
	for i, d := range departments {
		if n -= d.share; n < 0 {
			return int8(i)
		}
	}
	return 0
}

// place divides the year among the protocols of one contact: never are two open at once. The last of some is
// open still, and then it is of the last weeks.
func (p *plan) place(r *rand.Rand, contact int32, mine []int32, until int64, chance float64) {
	if len(mine) == 0 {
		return
	}
	open := r.Float64() < chance
	last := until
	if open {
		last = until - int64(min(60*24, 6+r.ExpFloat64()*100)*3600)
	}
	first := until - int64(span.Seconds())
	slot := (last - first) / int64(len(mine))
	for k, i := range mine {
		s := &p.protocols[i]
		s.start = first + int64(k)*slot + int64(r.Float64()*float64(slot)*0.6)
		s.end = first + int64(k+1)*slot - 60
	}
	if open {
		s := &p.protocols[mine[len(mine)-1]]
		s.open, s.start, s.end = true, last, until
	}
}

// sketch lays out the steps of one protocol.
func (p *plan) sketch(r *rand.Rand, i int32) {
	s := &p.protocols[i]
	var list []action
	first := opens
	if departments[s.department].id == "sales" && r.IntN(12) == 0 {
		first = begins
	}
	list = append(list, first)
	if r.IntN(10) < 7 {
		list = append(list, assigns)
	}
	ours := first == begins
	for n := 1; n < s.messages; n++ {
		if ours = !ours && r.IntN(10) > 0; ours {
			list = append(list, answers)
			if r.IntN(1000) == 0 {
				list = append(list, bounces)
			}
		} else {
			list = append(list, follows)
		}
		if n == 1 {
			list = append(list, beside(r)...)
		}
	}
	if !s.open {
		list = append(list, finalizes)
	}
	p.time(r, i, list)
}

// beside are what agents do besides writing.
func beside(r *rand.Rand) []action {
	var out []action
	if r.IntN(5) == 0 {
		out = append(out, tags)
	}
	if r.IntN(12) == 0 {
		out = append(out, notes)
	}
	if r.IntN(30) == 0 {
		out = append(out, transfers)
	}
	return out
}

// time gives the steps their moments: hours apart, closer where there is little room before the end.
func (p *plan) time(r *rand.Rand, i int32, list []action) {
	s := &p.protocols[i]
	gaps := make([]float64, len(list))
	sum := 0.0
	for k := 1; k < len(list); k++ {
		switch list[k] {
		case assigns, tags, notes, transfers, bounces:
			gaps[k] = 60 + r.ExpFloat64()*600
		default:
			gaps[k] = 300 + r.ExpFloat64()*8*3600
		}
		sum += gaps[k]
	}
	room := float64(s.end - s.start - int64(len(list)))
	shrink := min(1, max(0, room)/max(1, sum))
	at := float64(s.start)
	for k, a := range list {
		at += gaps[k] * shrink
		p.steps = append(p.steps, step{at: int64(at), protocol: i, action: a})
	}
}
