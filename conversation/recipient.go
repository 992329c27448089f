package conversation

import "strings"

// Reasons why RCPT refuses (rule 4).
const (
	ReasonNotOurs      Reason = "not-ours"
	ReasonUnknown      Reason = "unknown-address"
	ReasonInactive     Reason = "inactive-channel"
	ReasonNotReceiving Reason = "does-not-receive"
	ReasonListed       Reason = "listed-host" // a blocklist lists who brings it, and the channel file says refuse
)

func (s RecipientStatus) reason() Reason {
	switch s {
	case RecipientNotOurs:
		return ReasonNotOurs
	case RecipientInactive:
		return ReasonInactive
	case RecipientNotReceiving:
		return ReasonNotReceiving
	}
	return ReasonUnknown
}

// Recipient tells what RCPT is to be answered: a return path of ours is taken when its mac is good
// (rule 12), everything else as the directory resolves it (rule 4). Who is listed must still reach
// postmaster, and the reports on our own mail must reach us.
func (m *Manager) Recipient(address string) RecipientStatus {
	d := m.Directory()
	if m.signer.IsReturnPath(address) && d.IsDomain(domainOf(lowerASCII(address))) {
		if m.signer.OpenReturnPath(address) != "" {
			return RecipientAlways
		}
		return RecipientUnknown
	}
	_, status := d.Resolve(address)
	if local, _, _ := strings.Cut(address, "@"); status == RecipientOK && strings.EqualFold(local, "postmaster") {
		return RecipientAlways
	}
	return status
}

// Ready tells whether mail can be taken.
func (m *Manager) Ready() error { return m.store.Room() }

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
