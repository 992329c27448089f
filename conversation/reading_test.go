package conversation

import (
	"fmt"
	"strings"
	"testing"

	"recado/internal/message"
)

func TestReadingsAreBounded(t *testing.T) {
	r := newReadings(64 << 10)
	mail := &message.Message{Text: strings.Repeat("x", 6<<10)}
	for i := range 50 {
		r.put(fmt.Sprint(i), mail)
		r.get("0") // the one that is used stays
	}
	if r.held > r.most || r.order.Len() != len(r.byID) || r.order.Len() != 8 {
		t.Errorf("%d octets of %d in %d readings", r.held, r.most, r.order.Len())
	}
	if r.get("0") == nil || r.get("49") == nil || r.get("1") != nil {
		t.Error("it did not let the longest unused go")
	}
	r.put("large", &message.Message{Text: strings.Repeat("x", 32<<10)})
	if r.get("large") != nil {
		t.Error("one reading may not take the room of all")
	}
}
