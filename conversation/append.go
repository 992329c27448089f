package conversation

import "time"

// appendEntry makes msg the newest entry of p and puts both. It and renumber
// alone number entries, and keep what lists show of a protocol. msg needs its ID, Kind and ReceivedAt.
func appendEntry(tx Tx, p *Protocol, msg *Message) error {
	p.LastSeq++
	msg.Number, msg.Seq = p.Number, p.LastSeq
	p.UpdatedAt = tx.Now()
	p.count(msg)
	if err := tx.PutMessage(msg); err != nil {
		return err
	}
	return tx.PutProtocol(p)
}

// count takes the next message into what lists show of p.
func (p *Protocol) count(msg *Message) {
	switch msg.Kind {
	case KindIn:
		p.Messages++
		p.Incoming++
		p.Preview, p.PreviewKind = msg.Preview, KindIn
		if msg.Auth != nil {
			p.Verdict = msg.Auth.Verdict
		}
		if p.WaitingSince.IsZero() {
			p.WaitingSince = msg.ReceivedAt
		}
	case KindOut:
		p.Messages++
		p.Preview, p.PreviewKind = msg.Preview, KindOut
		p.WaitingSince = time.Time{}
	}
}

// change stores a change of the protocol for live streams.
func change(tx Tx, kind ChangeKind, p *Protocol, message, agent string) error {
	return tx.AddChange(&Change{
		At: tx.Now(), Kind: kind, Number: p.Number, Message: message,
		Departments: p.Departments(), Agent: agent,
	})
}
