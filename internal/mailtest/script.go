package mailtest

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Stage is a point of an SMTP session at which a [Script] is asked.
type Stage string

// The stages, in the order of a session.
const (
	StageConnect  Stage = "connect"  // before the banner; Arg: the client's address
	StageEHLO     Stage = "ehlo"     // Arg: the client's name
	StageStartTLS Stage = "starttls" // before the 220
	StageAuth     Stage = "auth"     // credentials are there, and right or wrong; Arg: the user
	StageMail     Stage = "mail"     // Arg: the return path
	StageRcpt     Stage = "rcpt"     // Arg: the recipient
	StageData     Stage = "data"     // before the 354
	StageBody     Stage = "body"     // the 354 is out, the first line of the mail has come
	StageDot      Stage = "dot"      // the final dot has come, the mail is not taken yet
	StageQuit     Stage = "quit"
)

// Event is what a script decides on.
type Event struct {
	Stage Stage
	Arg   string   // what the stage says
	Conn  int      // 1 for the relay's first connection
	From  string   // from StageRcpt on
	To    []string // accepted so far
	User  string   // who authenticated
	TLS   bool
}

// Answer is what a relay does at a stage. The zero Answer is what it would do anyway.
type Answer struct {
	// Code, Enhanced and Text are the reply, such as 451, "4.3.0", "try later"; with Code 0 the usual one.
	// A code of 400 and above refuses what the stage is about. At StageBody only Drop is looked at.
	Code     int
	Enhanced string
	Text     string

	Delay time.Duration   // before the reply
	Hold  <-chan struct{} // wait until it is closed, before the reply

	// Drop cuts the connection in place of the reply. At StageDot the mail has been taken by then, as it
	// has when a relay dies between its disk and its answer, unless Lose is set.
	Drop bool
	Lose bool
}

// Script decides a relay's answers. It is called from the goroutine of the connection, so calls of
// several connections come at once.
type Script func(Event) Answer

// OnStage answers one stage, for every connection.
func OnStage(s Stage, a Answer) Script {
	return func(e Event) Answer {
		if e.Stage == s {
			return a
		}
		return Answer{}
	}
}

// OnRecipient answers the RCPT of one address (compared without regard to case).
func OnRecipient(addr string, a Answer) Script {
	return func(e Event) Answer {
		if e.Stage == StageRcpt && strings.EqualFold(e.Arg, addr) {
			return a
		}
		return Answer{}
	}
}

// Times lets a script decide the first n events that it has an answer for; after them it has none.
func Times(n int, s Script) Script {
	var mu sync.Mutex
	return func(e Event) Answer {
		mu.Lock()
		defer mu.Unlock()
		if n <= 0 {
			return Answer{}
		}
		a := s(e)
		if a != (Answer{}) {
			n--
		}
		return a
	}
}

// Scripts asks each script in turn; the first that has an answer decides.
func Scripts(list ...Script) Script {
	return func(e Event) Answer {
		for _, s := range list {
			if a := s(e); a != (Answer{}) {
				return a
			}
		}
		return Answer{}
	}
}

// line is the reply in one line; usual takes the place of what the answer leaves open.
func (a Answer) line(usual string) string {
	if a.Code == 0 {
		return usual
	}
	parts := []string{fmt.Sprint(a.Code)}
	if a.Enhanced != "" {
		parts = append(parts, a.Enhanced)
	}
	text := a.Text
	if text == "" {
		text = "as scripted"
	}
	return strings.Join(append(parts, text), " ")
}

// refuses tells whether the stage's command fails.
func (a Answer) refuses() bool { return a.Code >= 400 }
