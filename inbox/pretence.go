package inbox

import (
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// pretences are the sentences of what makes an address look like somebody else's. They are told at sight and
// from the address alone, so that mail of before is warned of too.
func (v *visit) pretences(c conversation.ContactRef) []string {
	a := message.Address{Name: c.Name, Address: c.Address}
	var out []string
	for _, p := range a.Pretences() {
		out = append(out, strings.ReplaceAll(v.lang.word("pretence.", string(p)), "{domain}", a.Domain()))
	}
	return out
}
