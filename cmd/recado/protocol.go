package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newProtocol(a *app) *cobra.Command {
	return noun("protocol", "The conversations", protocolList(a), protocolShow(a), protocolReply(a),
		protocolNote(a), protocolFinalize(a), protocolReopen(a),
		protocolRecontact(a), protocolHistory(a), protocolAssign(a), protocolTag(a), protocolTransfer(a),
		protocolSplit(a), protocolMerge(a), protocolUndo(a))
}

// asFlag adds --as.
func asFlag(c *cobra.Command, as *string) {
	c.Flags().Var((*agentFlag)(as), "as", "act as the agent with this address")
}

// agentFlag refuses an empty value: a script whose variable is empty must not act as the operator.
type agentFlag string

func (f *agentFlag) String() string { return string(*f) }
func (f *agentFlag) Type() string   { return "EMAIL" }
func (f *agentFlag) Set(value string) error {
	if value == "" {
		return errors.New("it is empty")
	}
	*f = agentFlag(value)
	return nil
}

func protocolList(a *app) *cobra.Command {
	var l listing
	var q api.ProtocolQuery
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List protocols", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			if q.Unassigned && q.Agent != "" {
				return usagef("--agent and --unassigned do not go together: a protocol of an agent is not of nobody")
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				q.Paging = l.paging
				answer, err := client.Protocols(ctx, q)
				if err != nil {
					return err
				}
				head := []string{"NUMBER", "STATUS", "DEPARTMENT", "CONTACT", "SUBJECT", "MESSAGES", "UNREAD", "UPDATED"}
				return showList(a, l.json, answer, "No protocols.", head, func(p api.Protocol) []string {
					return []string{p.Number, p.Status, p.Department, person(p.Contact), p.Subject,
						strconv.Itoa(p.Messages), strconv.Itoa(p.Unread), moment(p.UpdatedAt)}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	c.Flags().StringVar(&q.Status, "status", "", "open or finalized")
	c.Flags().StringVar(&q.Department, "department", "", "of this department")
	c.Flags().StringVar(&q.Contact, "contact", "", "with this customer's address")
	c.Flags().StringVar(&q.Agent, "agent", "", "assigned to this agent")
	c.Flags().StringVar(&q.Q, "q", "", "a search: words, from: to: subject: number: department: agent: status: before: after: has:attachment")
	c.Flags().BoolVar(&q.Unassigned, "unassigned", false, "assigned to nobody")
	c.Flags().StringVar(&q.Number, "number", "", "of this number, or of those that begin so, highest first")
	c.Flags().StringVar(&q.Classification, "classification", "", "finalized as this")
	c.Flags().StringVar(&q.After, "after", "", "finalized on this day (2026-11-23, of the server's time zone) or since; or since a time (2026-11-23T09:00:00Z)")
	c.Flags().StringVar(&q.Before, "before", "", "finalized before this day, or time")
	c.Flags().StringVar(&q.Sort, "sort", "", "newest, the latest changed first; waiting, who waits longest first; finalized, the latest end first (default newest)")
	return c
}

func protocolShow(a *app) *cobra.Command {
	return on(a, argNumber, "show", "Show a protocol with its messages", reading, writeConversation, (*api.Client).Protocol)
}

func protocolReply(a *app) *cobra.Command {
	var l letter
	c := on(a, argNumber, "reply", "Answer the customer", changing,
		func(w io.Writer, m api.Message) error {
			_, err := fmt.Fprintf(w, "Queued %s to %s\n", m.ID, cleanLine(people(m.To)))
			return err
		},
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Message], error) {
			text, files, err := l.read(a)
			if err != nil {
				return api.Answer[api.Message]{}, err
			}
			return client.Reply(ctx, number, text, files)
		})
	l.flags(c)
	return c
}

func protocolNote(a *app) *cobra.Command {
	var textFile string
	c := on(a, argNumber, "note", "Add a note that only agents read", changing,
		func(w io.Writer, m api.Message) error {
			told := ""
			if len(m.Mentions) > 0 {
				told = ", told " + cleanLine(strings.Join(m.Mentions, ", "))
			}
			_, err := fmt.Fprintf(w, "Noted %s%s\n", m.ID, told)
			return err
		},
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Message], error) {
			text, err := a.readText(textFile)
			if err != nil {
				return api.Answer[api.Message]{}, err
			}
			return client.Note(ctx, number, text)
		})
	c.Flags().StringVar(&textFile, "text-file", "", "the text, in UTF-8; - for standard input")
	return c
}

func protocolFinalize(a *app) *cobra.Command {
	var classification string
	c := on(a, argNumber, "finalize", "End a protocol", changing, writeStatus,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			return client.Finalize(ctx, number, classification)
		})
	c.Flags().StringVar(&classification, "classification", "", "what it was about")
	return c
}

func protocolReopen(a *app) *cobra.Command {
	return on(a, argNumber, "reopen", "Open a finalized protocol again", changing, writeStatus, (*api.Client).Reopen)
}

func writeStatus(w io.Writer, p api.Protocol) error {
	_, err := fmt.Fprintf(w, "%s is %s\n", p.Number, p.Status)
	return err
}

// maxTextFile is a little more than an answer may have, in octets: the server says what is too long.
const maxTextFile = 2 << 20

// readText reads the file that --text-file names.
func (a *app) readText(path string) (string, error) { return a.readFile("--text-file", path) }

// readFile reads the file that the flag names.
func (a *app) readFile(flag, path string) (string, error) {
	if path == "" {
		return "", usagef("%s is missing: it names the file with the text, - for standard input", flag)
	}
	in := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", usagef("read the text: %s", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxTextFile))
	if err != nil {
		return "", fmt.Errorf("read the text: %w", err)
	}
	return string(text), nil
}

// attachments are the files to send along, looked at before anything is sent.
func attachments(paths []string) ([]api.File, error) {
	var files []api.File
	var problems []error
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			problems = append(problems, err)
		case !info.Mode().IsRegular():
			problems = append(problems, fmt.Errorf("%s is not a file", path))
		}
		files = append(files, api.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	if len(problems) > 0 {
		return nil, usagef("attach: %s", errors.Join(problems...))
	}
	return files, nil
}

func people(list []api.Address) string {
	var out []string
	for _, p := range list {
		out = append(out, person(p))
	}
	return strings.Join(out, ", ")
}
