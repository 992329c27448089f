package storetest

import (
	"fmt"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testCanned(e *env) {
	put := func(id, department, title string, languages ...string) {
		e.Helper()
		c := &conversation.CannedAnswer{ID: id, Department: department, Title: title, Texts: map[string]string{}}
		for _, l := range languages {
			c.Texts[l] = "text of " + id
		}
		e.update(func(tx conversation.Tx) error { return tx.PutCannedAnswer(c) })
	}
	list := func(departments []string, size int) []string {
		e.Helper()
		return e.all(size, named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.CannedTitle, string, error) {
			return tx.CannedTitles(departments, p)
		}, func(c *conversation.CannedTitle) string { return c.ID }))
	}
	same := func(what string, want, got any) {
		e.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Errorf("%s: %s", what, diff)
		}
	}
	put("a", "", "Envíos", "es", "en")
	put("b", "care", "Ámbar", "es")
	put("c", "sales", "envios", "pt") // of another department: the same title is another answer
	put("d", "care", "Zeta", "en")
	same("everybody's and one's", []string{"b", "a", "d"}, list([]string{"", "care"}, 2))
	same("of all", 4, len(list(nil, 3)))
	same("two of one title", []string{"a", "c"}, list([]string{"", "sales"}, 1))
	same("of none", 0, len(list([]string{}, 3)))

	named := func(department, title string) string {
		c := get(e, func(tx conversation.Tx) (*conversation.CannedTitle, error) { return tx.CannedNamed(department, title) })
		if c == nil {
			return ""
		}
		return fmt.Sprint(c.ID, " ", c.Title, " ", c.Languages)
	}
	same("by title", "a Envíos [es en]", named("", " ENVIOS "))
	same("by the beginning of one", "", named("", "Envío"))
	same("of another department", "", named("care", "Envíos"))
	taken := &conversation.CannedAnswer{ID: "e", Department: "care", Title: "AMBAR"}
	if err := e.s.Update(e.Context(), func(tx conversation.Tx) error { return tx.PutCannedAnswer(taken) }); err == nil {
		e.Error("two of a department have one title")
	}

	put("b", "sales", "Berenjena", "es")
	same("moved", []string{"b", "c"}, list([]string{"sales"}, 3))
	same("moved from", "", named("care", "ámbar"))
	e.update(func(tx conversation.Tx) error {
		if err := tx.DeleteCannedAnswer("nothing"); err != nil {
			return err
		}
		return tx.DeleteCannedAnswer("c")
	})
	same("after one went", []string{"b"}, list([]string{"sales"}, 3))
	same("counted", 3, get(e, conversation.Tx.CountCanned))
	if c := get(e, func(tx conversation.Tx) (*conversation.CannedAnswer, error) { return tx.CannedAnswer("b") }); c == nil || c.Texts["es"] != "text of b" {
		e.Errorf("b is %+v", c)
	}
}
