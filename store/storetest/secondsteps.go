package storetest

import (
	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testSecondSteps(e *env) {
	full := &conversation.SecondStep{Agent: "eva@o", Secret: []byte{0, 1, 255}, Since: e.clock.now(), LastStep: 59_000_000,
		Codes: []string{"h1", "h2"}, CodesAt: e.clock.now(), EndedAt: e.clock.now(), EndedBy: "Ada <ada@o>"}
	of := func(email string) *conversation.SecondStep {
		return get(e, func(tx conversation.Tx) (*conversation.SecondStep, error) { return tx.SecondStep(email) })
	}
	put := func(s *conversation.SecondStep) {
		e.update(func(tx conversation.Tx) error { return tx.PutSecondStep(s) })
	}
	put(full)
	put(&conversation.SecondStep{Agent: "leo@o", LastStep: 1})
	if diff := gocmp.Diff(full, of("eva@o")); diff != "" {
		e.Error(diff)
	}
	if of("ana@o") != nil || of("") != nil {
		e.Error("somebody has a second step who never had one")
	}
	full.Codes, full.LastStep = full.Codes[:1], full.LastStep+1
	put(full)
	if diff := gocmp.Diff(full, of("eva@o")); diff != "" {
		e.Error(diff)
	}
	for range 2 { // that it is not there is no error
		e.update(func(tx conversation.Tx) error { return tx.DeleteSecondStep("eva@o") })
	}
	if of("eva@o") != nil || of("leo@o") == nil {
		e.Error("not the one was deleted that should be")
	}
}
