package conversation_test

import (
	"slices"
	"testing"

	"recado/conversation"
)

func TestAnswerChannels(t *testing.T) {
	d := (&conversation.Directory{
		Domains:     []conversation.Domain{{Name: "shop.test"}},
		Departments: []conversation.Department{{ID: "care"}, {ID: "sales"}, {ID: "hr", Isolated: true}, {ID: "empty"}},
		Channels: []conversation.Channel{
			{Email: "care@shop.test", Department: "care", Send: conversation.SendAll, Active: true},
			{Email: "news@shop.test", Department: "care", Send: conversation.SendActive, Active: true},
			{Email: "help@shop.test", Department: "care", Send: conversation.SendReceptive, Active: true},
			{Email: "off@shop.test", Department: "care", Send: conversation.SendAll},
			{Email: "sales@shop.test", Department: "sales", Send: conversation.SendAll, Active: true},
			{Email: "hr@shop.test", Department: "hr", Send: conversation.SendAll, Active: true},
			{Email: "jobs@shop.test", Department: "hr", Send: conversation.SendReceptive, Active: true},
			{Email: "empty@shop.test", Department: "empty", Send: conversation.SendAll},
		},
	}).Build()
	care := conversation.Actor{Email: "eva@shop.test", Role: conversation.RoleAgent, Departments: []string{"care"}}
	sales := conversation.Actor{Email: "leo@shop.test", Role: conversation.RoleAgent, Departments: []string{"sales"}}
	hr := conversation.Actor{Email: "ida@shop.test", Role: conversation.RoleAgent, Departments: []string{"hr"}}
	for name, c := range map[string]struct {
		actor               conversation.Actor
		department, wroteTo string
		want                []string
	}{
		"what the customer wrote to leads":             {care, "care", "help@shop.test", []string{"help@shop.test", "care@shop.test"}},
		"whatever its type":                            {care, "care", "news@shop.test", []string{"news@shop.test", "care@shop.test", "help@shop.test"}},
		"one that is off does not":                     {care, "care", "off@shop.test", []string{"care@shop.test", "help@shop.test"}},
		"another department's leads where he wrote so": {care, "care", "sales@shop.test", []string{"sales@shop.test", "care@shop.test", "help@shop.test"}},
		"nothing of an isolated department":            {care, "care", "hr@shop.test", []string{"care@shop.test", "help@shop.test"}},
		"nor out of one":                               {hr, "hr", "care@shop.test", []string{"hr@shop.test", "jobs@shop.test"}},
		"who only reads along has no choice":           {sales, "care", "care@shop.test", []string{"care@shop.test"}},
		"a department without any":                     {care, "empty", "empty@shop.test", nil},
	} {
		var got []string
		for _, channel := range d.AnswerChannels(c.actor, &conversation.Protocol{Department: c.department}, c.wroteTo) {
			got = append(got, channel.Email)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
