package storetest

import (
	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testTokens(e *env) {
	full := &conversation.Token{ID: "b", Hash: "hb", Name: "CRM", Role: conversation.RoleAgent, Departments: []string{"care"},
		CreatedAt: e.clock.now(), CreatedBy: "Eva <eva@o>", LastUsedAt: e.clock.now()}
	put := func(t *conversation.Token) { e.update(func(tx conversation.Tx) error { return tx.PutToken(t) }) }
	put(full)
	put(&conversation.Token{ID: "c", Hash: "hc"})
	put(&conversation.Token{ID: "a", Hash: "ha"})
	of := func(hash string) *conversation.Token {
		return get(e, func(tx conversation.Tx) (*conversation.Token, error) { return tx.TokenOf(hash) })
	}
	if diff := gocmp.Diff(full, of("hb")); diff != "" {
		e.Error(diff)
	}
	if diff := gocmp.Diff(full, get(e, func(tx conversation.Tx) (*conversation.Token, error) { return tx.Token("b") })); diff != "" {
		e.Error(diff)
	}
	list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Token, string, error) {
		return tx.Tokens(p)
	},
		func(t *conversation.Token) string { return t.ID })
	if diff := gocmp.Diff([]string{"a", "b", "c"}, e.all(2, list)); diff != "" {
		e.Error(diff)
	}
	changed := *full
	changed.Hash, changed.RevokedAt = "other", e.clock.now()
	put(&changed)
	if of("hb") != nil {
		e.Error("a token is found by a hash that it has no more")
	}
	if diff := gocmp.Diff(&changed, of("other")); diff != "" {
		e.Error(diff)
	}
	e.update(func(tx conversation.Tx) error { return tx.DeleteToken("b") })
	e.update(func(tx conversation.Tx) error { return tx.DeleteToken("unknown") })
	if of("other") != nil {
		e.Error("a deleted token is found")
	}
	if diff := gocmp.Diff([]string{"a", "c"}, e.all(2, list)); diff != "" {
		e.Error(diff)
	}
}
