package api_test

import (
	"context"

	"recado/conversation"
)

// person is known on both sides of a wall.
func person() *conversation.Person {
	work := &conversation.Contact{Key: "ana@work.example", Address: "ana@work.example", Name: "A. Pérez", Blocked: &conversation.Block{At: at}}
	return &conversation.Person{
		ContactItem: conversation.ContactItem{
			Key: "ana@customer.example", Address: "Ana@customer.example", Name: "Ana Pérez", MailName: "Ana", FirstAt: at, LastAt: later,
			Blocked: true, Linked: []string{"ana@work.example"}, Notes: 2,
		},
		Sides: []conversation.ContactSide{
			{
				Contact: conversation.Contact{
					Key: "ana@customer.example", Address: "Ana@customer.example", Name: "Ana", Notes: 1,
					Links: []conversation.ContactLink{{Key: "ana@work.example", Author: conversation.Author{Agent: "eva@example.com"}, At: later}},
					Acts: []conversation.ContactAct{
						{Act: conversation.ActLinked, Detail: "ana@work.example", Author: conversation.Author{Agent: "eva@example.com"}, At: at},
						{Act: conversation.ActNamed, Detail: "Ana Pérez", Author: conversation.Author{Agent: "eva@example.com"}, At: later},
					},
				},
				Given: &conversation.Naming{Name: "Ana Pérez", Author: conversation.Author{Agent: "eva@example.com"}, At: later}, Linked: []*conversation.Contact{work},
				Notes: []*conversation.ContactNote{{ID: messageID, Key: "ana@work.example", Text: "Calls on Mondays.", Author: conversation.Author{Agent: "eva@example.com"}, At: at}},
			},
			{
				Contact: conversation.Contact{
					Key: "ana@customer.example", Department: "hr", Address: "Ana@customer.example", Notes: 1,
					Blocked: &conversation.Block{Reason: "threats", At: later},
				},
				Notes: []*conversation.ContactNote{{ID: heldID, Key: "ana@customer.example", Department: "hr", Text: "A former colleague.", At: later}},
			},
		},
	}
}

func (d *fakeDesk) Contacts(_ context.Context, a conversation.Actor, f conversation.ContactFilter, p conversation.Page) ([]*conversation.ContactItem, string, error) {
	return []*conversation.ContactItem{&person().ContactItem}, d.next(), d.ask("Contacts %s %+v %+v", who(a), f, p)
}

func (d *fakeDesk) Contact(_ context.Context, a conversation.Actor, address string) (*conversation.Person, error) {
	return person(), d.ask("Contact %s %s", who(a), address)
}

func (d *fakeDesk) ContactProtocols(_ context.Context, a conversation.Actor, address string, p conversation.Page) ([]conversation.ProtocolItem, string, error) {
	return []conversation.ProtocolItem{*protocolItem(), *finalizedItem()}, d.next(), d.ask("ContactProtocols %s %s %+v", who(a), address, p)
}

func (d *fakeDesk) NameContact(_ context.Context, in conversation.Intent, address, department, name string) (*conversation.Person, error) {
	return person(), d.ask("NameContact %s %s department=%q %q", intentOf(in), address, department, name)
}

func (d *fakeDesk) LinkContact(_ context.Context, in conversation.Intent, address, department string, add, remove []string) (*conversation.Person, error) {
	return person(), d.ask("LinkContact %s %s department=%q add=%q remove=%q", intentOf(in), address, department, add, remove)
}

func (d *fakeDesk) AddContactNote(_ context.Context, in conversation.Intent, address, department, text string) (*conversation.ContactNote, error) {
	return person().Sides[1].Notes[0], d.ask("AddContactNote %s %s department=%q %q", intentOf(in), address, department, text)
}

func (d *fakeDesk) DeleteContactNote(_ context.Context, in conversation.Intent, address, id string) (*conversation.Person, error) {
	return person(), d.ask("DeleteContactNote %s %s %s", intentOf(in), address, id)
}

func (d *fakeDesk) BlockContact(_ context.Context, in conversation.Intent, address, department, reason string) (*conversation.Person, error) {
	return person(), d.ask("BlockContact %s %s department=%q %q", intentOf(in), address, department, reason)
}

func (d *fakeDesk) UnblockContact(_ context.Context, in conversation.Intent, address, department string) (*conversation.Person, error) {
	return person(), d.ask("UnblockContact %s %s department=%q", intentOf(in), address, department)
}
