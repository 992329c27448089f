package inbox

import (
	"strings"
	"testing"
)

func TestTroubleOf(t *testing.T) {
	for code, want := range map[string]trouble{
		"550 5.1.1": troubleMailbox, "5.1.1": troubleMailbox, "550 no such user": troubleMailbox, "550 blocked as spam": troublePolicy, "550": troubleOther, "5.2.1": troubleMailbox, "553 5.1.3": troubleMailbox,
		"5.1.2": troubleDomain, "556 5.1.10": troubleDomain, "5.4.4": troubleDomain,
		"552 5.2.2": troubleFull, "4.2.2": troubleFull, "552 over quota": troubleFull, "552 message size exceeds limit": troubleLarge,
		"552 5.3.4": troubleLarge, "5.2.3": troubleLarge,
		"550 5.7.1": troublePolicy, "554 5.7.26": troublePolicy, "4.7.0": troublePolicy,
		"4.4.7": troubleExpired, "5.4.7": troubleExpired,
		"451 4.3.0": troubleTemporary, "4.4.1": troubleTemporary, "421": troubleTemporary,
		"5.0.0": troubleOther, "554 5.6.0": troubleOther, "554": troubleOther, "": troubleOther, "5.": troubleOther, "x.y.z": troubleOther,
	} {
		code, reason, _ := strings.Cut(code, " ")
		if strings.ContainsAny(reason, ".") { // the enhanced code
			code, reason = code+" "+reason, ""
		}
		if got := troubleOf(code, reason); got != want {
			t.Errorf("%q %q: %s, want %s", code, reason, got, want)
		}
	}
}
