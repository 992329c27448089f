package conversation

import "fmt"

// planBlock tells whether an agent of the target's side blocked the sender (rule 22).
func planBlock(tx Tx, p *plan, facts *facts) error {
	c, err := tx.Contact(p.key)
	if err != nil || c == nil {
		return err
	}
	p.block, facts.blocked = c.Blocked, c.Blocked != nil
	return nil
}

// stepContact is the step of a trace that only the side reads that it tells of (Directory.unseen).
const stepContact = "contact"

// blockFact tells who blocked the sender, and since when.
func (f *mailFacts) blockFact(b *Block) string {
	return fmt.Sprintf("blocked by %s since %s", b.Label(), b.At.In(f.d.Location).Format("2006-01-02 15:04 -0700"))
}
