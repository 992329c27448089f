package store

import "recado/conversation"

func (t *transaction) Token(id string) (*conversation.Token, error) {
	return decode[conversation.Token](t.get(tokens, textKey(id)))
}

func (t *transaction) TokenOf(hash string) (*conversation.Token, error) {
	id := t.get(tokensHash, textKey(hash))
	if id == nil {
		return nil, nil
	}
	return decode[conversation.Token](t.get(tokens, id))
}

func (t *transaction) PutToken(token *conversation.Token) error {
	if err := t.DeleteToken(token.ID); err != nil {
		return err
	}
	k := textKey(token.ID)
	if err := t.putRecord(tokens, k, token); err != nil {
		return err
	}
	return t.put(tokensHash, textKey(token.Hash), k)
}

func (t *transaction) DeleteToken(id string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.Token(id)
	if err != nil || old == nil {
		return err
	}
	if err := t.delete(tokensHash, textKey(old.Hash)); err != nil {
		return err
	}
	return t.delete(tokens, textKey(id))
}

// Tokens are in the order of their ids, which is that of their times.
func (t *transaction) Tokens(p conversation.Page) ([]*conversation.Token, string, error) {
	var out []*conversation.Token
	next, err := t.page("tokens", tokens, [][]byte{nil}, p, func(_, value []byte) (bool, error) {
		token, err := decode[conversation.Token](value)
		out = append(out, token)
		return true, err
	})
	return out, next, err
}
