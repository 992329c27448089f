package store

import (
	"bytes"
	"encoding/binary"

	"recado/conversation"
)

func (t *transaction) Agent(email string) (*conversation.Agent, error) {
	return decode[conversation.Agent](t.get(agents, textKey(email)))
}

func (t *transaction) PutAgent(a *conversation.Agent) error {
	return t.putRecord(agents, textKey(a.Email), a)
}

// Agents are ordered by e-mail address.
func (t *transaction) Agents(p conversation.Page) ([]*conversation.Agent, string, error) {
	var out []*conversation.Agent
	next, err := t.page("agents", agents, [][]byte{nil}, p, func(_, value []byte) (bool, error) {
		a, err := decode[conversation.Agent](value)
		out = append(out, a)
		return true, err
	})
	return out, next, err
}

func (t *transaction) SecondStep(email string) (*conversation.SecondStep, error) {
	return decode[conversation.SecondStep](t.get(secondSteps, textKey(email)))
}

func (t *transaction) PutSecondStep(s *conversation.SecondStep) error {
	return t.putRecord(secondSteps, textKey(s.Agent), s)
}

func (t *transaction) DeleteSecondStep(email string) error {
	return t.delete(secondSteps, textKey(email))
}

// Session returns none that has expired, swept or not.
func (t *transaction) Session(tokenHash string) (*conversation.Session, error) {
	s, err := decode[conversation.Session](t.get(sessions, textKey(tokenHash)))
	if err != nil || s == nil || expired(s.ExpiresAt, t.now) {
		return nil, err
	}
	return s, nil
}

func (t *transaction) PutSession(s *conversation.Session) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	k := textKey(s.TokenHash)
	old, err := decode[conversation.Session](t.get(sessions, k))
	if err != nil {
		return err
	}
	if err := t.putRecord(sessions, k, s); err != nil {
		return err
	}
	return t.move(sessionEntries(old), sessionEntries(s))
}

func (t *transaction) DeleteSession(tokenHash string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	k := textKey(tokenHash)
	old, err := decode[conversation.Session](t.get(sessions, k))
	if err != nil || old == nil {
		return err
	}
	if err := t.delete(sessions, k); err != nil {
		return err
	}
	return t.move(sessionEntries(old), nil)
}

// sessionEntries are the places of a session in its indexes.
func sessionEntries(s *conversation.Session) []entry {
	if s == nil {
		return nil
	}
	k := textKey(s.TokenHash)
	of := append(appendText(nil, s.Agent), reverse(append(appendTime(nil, s.CreatedAt), k...), 0)...)
	return append(expiry(kindSession, k, s.ExpiresAt), entry{sessionsAgent, of})
}

func (t *transaction) SessionsOf(agent string, p conversation.Page) ([]*conversation.Session, string, error) {
	var out []*conversation.Session
	next, err := t.page("sessions "+agent, sessionsAgent, [][]byte{appendText(nil, agent)}, p, func(end, _ []byte) (bool, error) {
		s, err := t.Session(string(reverse(bytes.Clone(end), 0)[timeSize:]))
		if s != nil {
			out = append(out, s)
		}
		return s != nil, err
	})
	return out, next, err
}

func (t *transaction) ReadMark(agent, number string) (int, error) {
	if v := t.get(readMarks, readMarkKey(agent, number)); len(v) == 8 {
		return int(binary.BigEndian.Uint64(v)), nil
	}
	return 0, nil
}

func (t *transaction) PutReadMark(agent, number string, incoming int) error {
	return t.put(readMarks, readMarkKey(agent, number), key64(uint64(max(incoming, 0))))
}

func readMarkKey(agent, number string) []byte {
	return append(appendText(nil, agent), valid(number)...)
}
