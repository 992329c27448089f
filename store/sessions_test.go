package store

import (
	"testing"
	"time"

	"recado/conversation"
)

// TestMigrateSessions: sessions of the tenth schema are found by their agent, those that a note had ended stay so.
func TestMigrateSessions(t *testing.T) {
	began := time.Now().UTC().Add(-time.Hour)
	dir := olderStore(t, 10, []bucket{sessionsAgent}, func(tx conversation.Tx) error {
		for token, at := range map[string]time.Time{"ended": began, "good": began.Add(2 * time.Minute)} {
			s := &conversation.Session{TokenHash: token, Agent: "eva@o", CreatedAt: at, ExpiresAt: began.Add(24 * time.Hour)}
			if err := tx.PutSession(s); err != nil {
				return err
			}
		}
		return tx.PutNote("sessions/eva@o", began.Add(time.Minute).Format(time.RFC3339Nano), time.Time{})
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.View(t.Context(), func(tx conversation.Tx) error {
		list, _, err := tx.SessionsOf("eva@o", conversation.Page{})
		if err != nil || len(list) != 1 || list[0].TokenHash != "good" || list[0].ID == "" {
			t.Errorf("%+v, %v", list, err)
		}
		if gone, err := tx.Session("ended"); gone != nil || err != nil {
			t.Errorf("the session that had ended is %+v, %v", gone, err)
		}
		if note, err := tx.Note("sessions/eva@o"); note != "" || err != nil {
			t.Errorf("the note is %q, %v", note, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
