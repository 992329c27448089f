package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

const argAddress = "ADDRESS"

func newContact(a *app) *cobra.Command {
	return noun("contact", "The customers, and what agents say of them", contactList(a), contactShow(a), contactProtocols(a), contactName(a),
		contactLink(a), contactUnlink(a), contactNote(a), contactBlock(a), contactUnblock(a))
}

func contactList(a *app) *cobra.Command {
	var l listing
	var q api.ContactQuery
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List contacts, by address", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				q.Paging = l.paging
				answer, err := client.Contacts(ctx, q)
				if err != nil {
					return err
				}
				head := []string{"ADDRESS", "NAME", "BLOCKED", "NOTES", "OTHER ADDRESSES", "LAST MAIL"}
				return showList(a, l.json, answer, "No contacts.", head, func(c api.ContactItem) []string {
					return []string{c.Address, c.Name, yes(c.Blocked), strconv.Itoa(c.Notes), strings.Join(c.Addresses[1:], ", "), moment(c.LastAt)}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	c.Flags().StringVar(&q.Prefix, "prefix", "", "whose address begins with this")
	c.Flags().StringVar(&q.Find, "find", "", "whose address, or a word of whose name, begins with this")
	c.Flags().BoolVar(&q.Blocked, "blocked", false, "that are blocked")
	return c
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func contactShow(a *app) *cobra.Command {
	return on(a, argAddress, "show", "Show a contact with what agents say of it", reading, writeContact, (*api.Client).Contact)
}

func contactProtocols(a *app) *cobra.Command {
	var l listing
	var as string
	c := &cobra.Command{
		Use: "protocols " + argAddress, Short: "List the protocols of a person, those of all linked addresses", Args: exactly(argAddress),
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.ContactProtocols(ctx, args[0], l.paging)
				if err != nil {
					return err
				}
				head := []string{"NUMBER", "STATUS", "DEPARTMENT", "CONTACT", "SUBJECT", "UPDATED"}
				return showList(a, l.json, answer, "No protocols.", head, func(p api.Protocol) []string {
					return []string{p.Number, p.Status, p.Department, person(p.Contact), p.Subject, moment(p.UpdatedAt)}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	return c
}

func contactName(a *app) *cobra.Command {
	return saying(a, "name", "Give a contact a name, which wins over what mails say; an empty one takes it away", []string{argAddress, "NAME"}, writeContact,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[api.Contact], error) {
			return client.NameContact(ctx, args[0], department, args[1])
		})
}

func contactLink(a *app) *cobra.Command {
	return saying(a, "link", "Say that another address is the same person's", []string{argAddress, "OTHER"}, writeContact,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[api.Contact], error) {
			return client.LinkContact(ctx, args[0], api.ContactLinks{Add: args[1:], Department: department})
		})
}

func contactUnlink(a *app) *cobra.Command {
	return saying(a, "unlink", "Say that another address is not the same person's", []string{argAddress, "OTHER"}, writeContact,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[api.Contact], error) {
			return client.LinkContact(ctx, args[0], api.ContactLinks{Remove: args[1:], Department: department})
		})
}

func contactBlock(a *app) *cobra.Command {
	var reason string
	c := saying(a, "block", "Hold the mail of an address from now on", []string{argAddress}, writeContact,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[api.Contact], error) {
			return client.BlockContact(ctx, args[0], department, reason)
		})
	c.Flags().StringVar(&reason, "reason", "", "why, for those who look at it later")
	return c
}

func contactUnblock(a *app) *cobra.Command {
	return saying(a, "unblock", "Let the mail of an address in again", []string{argAddress}, writeContact,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[api.Contact], error) {
			return client.UnblockContact(ctx, args[0], department)
		})
}

// contactNote adds a note, or with --delete removes one.
func contactNote(a *app) *cobra.Command {
	var textFile, note string
	human := func(w io.Writer, n noted) error {
		if n.deleted {
			return writeContact(w, n.contact)
		}
		_, err := fmt.Fprintf(w, "Noted %s\n", n.note.ID)
		return err
	}
	c := saying(a, "note", "Write down something about a contact, or delete a note", []string{argAddress}, human,
		func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[noted], error) {
			if note != "" {
				if textFile != "" {
					return api.Answer[noted]{}, usagef("--delete and --text-file do not go together")
				}
				answer, err := client.DeleteContactNote(ctx, args[0], note)
				return api.Answer[noted]{JSON: answer.JSON, Value: noted{contact: answer.Value, deleted: true}}, err
			}
			text, err := a.readText(textFile)
			if err != nil {
				return api.Answer[noted]{}, err
			}
			answer, err := client.AddContactNote(ctx, args[0], department, text)
			return api.Answer[noted]{JSON: answer.JSON, Value: noted{note: answer.Value}}, err
		})
	c.Flags().StringVar(&textFile, "text-file", "", "the text, in UTF-8; - for standard input")
	c.Flags().StringVar(&note, "delete", "", "the id of a note to delete")
	return c
}

// noted is what became of a note.
type noted struct {
	note    api.ContactNote
	contact api.Contact
	deleted bool
}

// saying is a command by which somebody says something of a contact, in the name of a department.
func saying[T any](a *app, use, short string, names []string, human func(io.Writer, T) error,
	call func(client *api.Client, ctx context.Context, department string, args []string) (api.Answer[T], error)) *cobra.Command {
	var asJSON bool
	var as, department string
	c := &cobra.Command{
		Use: use + " " + strings.Join(names, " "), Short: short, Args: exactly(names...),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), changing, as, func(ctx context.Context, client *api.Client) error {
				answer, err := call(client, ctx, department, args)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, human)
			})
		},
	}
	outputFlags(c, &asJSON)
	asFlag(c, &as)
	c.Flags().StringVar(&department, "department", "", "for this department: an isolated one says it for itself alone (default: for all others)")
	return c
}

func writeContact(w io.Writer, c api.Contact) error {
	var b bytes.Buffer
	facts(&b, "Contact", c.Address, "Name", c.Name)
	if c.Name != c.MailName {
		facts(&b, "In mails", c.MailName)
	}
	facts(&b, "First mail", moment(c.FirstAt), "Last mail", moment(c.LastAt))
	for _, l := range c.Links {
		facts(&b, "Also", by(l.Address, l.Department, l.Agent, l.At))
	}
	for _, l := range c.Blocks {
		facts(&b, "Blocked", by(l.Reason, l.Department, l.Agent, l.At))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "\n--- Note %s  %s\n", moment(n.At), n.ID)
		facts(&b, "Written", by("", n.Department, n.Agent, api.Time{}))
		writeBody(&b, n.Text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// by is what was said, for whom, by whom and when.
func by(what, department, agent string, at api.Time) string {
	if agent == "" {
		agent = "the operator"
	}
	parts := []string{what, "by " + agent, moment(at)}
	if department != "" {
		parts = append(parts, "(seen by "+department+" alone)")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
