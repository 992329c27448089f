package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
)

// ProtocolQuery narrows a list of protocols; what is empty does not.
type ProtocolQuery struct {
	Status, Department, Contact, Agent string
	Unassigned                         bool   // of nobody; Agent is empty then
	Sort                               string // newest, waiting or finalized
	Number                             string // or what it begins with
	Classification                     string
	After, Before                      string // days or times (RFC 3339) of the end
	Q                                  string // a search
	Paging
}

// Protocols lists, newest change first where Sort does not say otherwise.
func (c *Client) Protocols(ctx context.Context, q ProtocolQuery) (Answer[List[Protocol]], error) {
	if q.Unassigned {
		q.Agent = agentNone
	}
	return get[List[Protocol]](ctx, c, address("protocols"),
		q.with("status", q.Status, "department", q.Department, "contact", q.Contact, "agent", q.Agent, "sort", q.Sort,
			"number", q.Number, "classification", q.Classification, "after", q.After, "before", q.Before, "q", q.Q))
}

// Protocol is one with its messages.
func (c *Client) Protocol(ctx context.Context, number string) (Answer[Conversation], error) {
	return get[Conversation](ctx, c, address("protocols", number), nil)
}

// File is one to send along. Open is called once.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Reply answers within a protocol; the files are streamed.
func (c *Client) Reply(ctx context.Context, number, text string, files []File) (Answer[Message], error) {
	return c.write(ctx, address("protocols", number, "replies"), files, "text", text)
}

// SendMail writes to a contact first; the files are streamed, those of the mail itself are not looked at.
func (c *Client) SendMail(ctx context.Context, m Mail, files []File) (Answer[Message], error) {
	return c.write(ctx, address("mails"), files,
		"department", m.Department, "to", m.To, "name", m.Name, "subject", m.Subject, "text", m.Text)
}

// Recontact resumes contact from a finalized protocol; the files are streamed.
func (c *Client) Recontact(ctx context.Context, number, subject, text string, files []File) (Answer[Message], error) {
	return c.write(ctx, address("protocols", number, "recontact"), files, "subject", subject, "text", text)
}

// SendHistory sends what was written in a protocol to the contact, or to another address.
func (c *Client) SendHistory(ctx context.Context, number, to string) (Answer[Message], error) {
	return post[Message](ctx, c, address("protocols", number, "history"), map[string]string{"to": to})
}

// write posts a form of the fields, names and values, that are not empty, and of the files.
func (c *Client) write(ctx context.Context, path string, files []File, fields ...string) (Answer[Message], error) {
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	written := make(chan error, 1) // takes the writer's one result, which this call waits for
	go func() {
		err := writeForm(form, fields, files)
		write.CloseWithError(err)
		written <- err
	}()
	body, err := c.do(ctx, http.MethodPost, path, nil, form.FormDataContentType(), read)
	read.CloseWithError(io.ErrClosedPipe) // lets a writer go whose reader stopped early
	if cause := <-written; cause != nil && !errors.Is(cause, io.ErrClosedPipe) {
		return Answer[Message]{}, cause // a file that cannot be read, not what the server makes of half a body
	}
	if err != nil {
		return Answer[Message]{}, err
	}
	return answered[Message](body)
}

func writeForm(form *multipart.Writer, fields []string, files []File) error {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			continue
		}
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := writeFile(form, f); err != nil {
			return fmt.Errorf("attach %s: %w", f.Name, err)
		}
	}
	return form.Close()
}

func writeFile(form *multipart.Writer, f File) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	part, err := form.CreateFormFile("attachments", f.Name)
	if err != nil {
		return err
	}
	_, err = io.Copy(part, in)
	return err
}

// Note adds words that only agents read.
func (c *Client) Note(ctx context.Context, number, text string) (Answer[Message], error) {
	return post[Message](ctx, c, address("protocols", number, "notes"), map[string]string{"text": text})
}

// Finalize ends a protocol.
func (c *Client) Finalize(ctx context.Context, number, classification string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "finalize"), map[string]string{"classification": classification})
}

// Reopen opens a finalized protocol again.
func (c *Client) Reopen(ctx context.Context, number string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "reopen"), struct{}{})
}

// Split gives a message and what follows it a protocol of its own.
func (c *Client) Split(ctx context.Context, number, message string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "split"), map[string]string{"message": message})
}

// Merge brings all of a protocol into another of the same contact.
func (c *Client) Merge(ctx context.Context, number, into string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "merge"), map[string]string{"into": into})
}

// Undo takes back the last split or merge of a protocol.
func (c *Client) Undo(ctx context.Context, number string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "undo"), struct{}{})
}

// Assign gives a protocol to an agent, to nobody where agent is empty.
func (c *Client) Assign(ctx context.Context, number, agent string) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "assign"), map[string]string{"agent": agent})
}

// Tag changes a protocol's tags.
func (c *Client) Tag(ctx context.Context, number string, t Tags) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "tags"), t)
}

// Transfer gives a protocol to another department or agent.
func (c *Client) Transfer(ctx context.Context, number string, t Transfer) (Answer[Protocol], error) {
	return post[Protocol](ctx, c, address("protocols", number, "transfer"), t)
}

// Held lists held mails, newest first.
func (c *Client) Held(ctx context.Context, reason, department string, p Paging) (Answer[List[Held]], error) {
	return get[List[Held]](ctx, c, address("held"), p.with("reason", reason, "department", department))
}

// HeldMail is one with what it says.
func (c *Client) HeldMail(ctx context.Context, id string) (Answer[HeldMail], error) {
	return get[HeldMail](ctx, c, address("held", id), nil)
}

// AcceptHeld lets a held mail be treated as if it had been accepted when it came.
func (c *Client) AcceptHeld(ctx context.Context, id string) (Answer[Message], error) {
	return post[Message](ctx, c, address("held", id, "accept"), struct{}{})
}

// DiscardHeld ends a held mail.
func (c *Client) DiscardHeld(ctx context.Context, id string) (Answer[Held], error) {
	return post[Held](ctx, c, address("held", id, "discard"), struct{}{})
}

// JournalQuery narrows the journal; what is empty does not.
type JournalQuery struct {
	Receipt string
	Address string // of the recipient or the sender
	Number  string // of a protocol
	Paging
}

// Journal lists the fates of accepted recipients, newest first.
func (c *Client) Journal(ctx context.Context, q JournalQuery) (Answer[List[JournalLine]], error) {
	return get[List[JournalLine]](ctx, c, address("journal"), q.with("receipt", q.Receipt, "address", q.Address, "number", q.Number))
}

// Queue lists what is to be sent, oldest first.
func (c *Client) Queue(ctx context.Context, p Paging) (Answer[List[QueueItem]], error) {
	return get[List[QueueItem]](ctx, c, address("queue"), p.values())
}

// Queued is one item of the queue.
func (c *Client) Queued(ctx context.Context, id string) (Answer[QueueItem], error) {
	return get[QueueItem](ctx, c, address("queue", id), nil)
}

// RetryQueued makes an item due at once.
func (c *Client) RetryQueued(ctx context.Context, id string) (Answer[QueueItem], error) {
	return post[QueueItem](ctx, c, address("queue", id, "retry"), struct{}{})
}

// CancelQueued gives an item's recipients up.
func (c *Client) CancelQueued(ctx context.Context, id string) (Answer[QueueItem], error) {
	return post[QueueItem](ctx, c, address("queue", id, "cancel"), struct{}{})
}

// Channels lists the channel file's rows, in its order.
func (c *Client) Channels(ctx context.Context, p Paging) (Answer[List[Channel]], error) {
	return get[List[Channel]](ctx, c, address("channels"), p.values())
}

// Channel is one row; sendType names it where the email has several.
func (c *Client) Channel(ctx context.Context, email, sendType string) (Answer[Channel], error) {
	return get[Channel](ctx, c, address("channels", email), Paging{}.with("send", sendType))
}

// AddChannel adds a row.
func (c *Client) AddChannel(ctx context.Context, e ChannelEdit) (Answer[Channel], error) {
	return post[Channel](ctx, c, address("channels"), e)
}

// SetChannel changes a row.
func (c *Client) SetChannel(ctx context.Context, email, sendType string, e ChannelEdit) (Answer[Channel], error) {
	return send[Channel](ctx, c, http.MethodPatch, address("channels", email), Paging{}.with("send", sendType), e)
}

// RemoveChannel removes a row, and answers with it as it was.
func (c *Client) RemoveChannel(ctx context.Context, email, sendType string) (Answer[Channel], error) {
	return send[Channel](ctx, c, http.MethodDelete, address("channels", email), Paging{}.with("send", sendType), struct{}{})
}

// Departments lists the channel file's departments, in its order.
func (c *Client) Departments(ctx context.Context, p Paging) (Answer[List[Department]], error) {
	return get[List[Department]](ctx, c, address("departments"), p.values())
}

// Department is one department.
func (c *Client) Department(ctx context.Context, id string) (Answer[Department], error) {
	return get[Department](ctx, c, address("departments", id), nil)
}

// AddDepartment adds a department with its first channel.
func (c *Client) AddDepartment(ctx context.Context, d NewDepartment) (Answer[Department], error) {
	return post[Department](ctx, c, address("departments"), d)
}

// SetDepartment changes a department.
func (c *Client) SetDepartment(ctx context.Context, id string, e DepartmentEdit) (Answer[Department], error) {
	return send[Department](ctx, c, http.MethodPatch, address("departments", id), nil, e)
}

// RemoveDepartment removes a department, and answers with it as it was. Its channels go to another, or with it.
func (c *Client) RemoveDepartment(ctx context.Context, id, channelsTo string, withChannels bool) (Answer[Department], error) {
	query := Paging{}.with("channels_to", channelsTo)
	if withChannels {
		query.Set("with_channels", "true")
	}
	return send[Department](ctx, c, http.MethodDelete, address("departments", id), query, struct{}{})
}

// ChannelFile tells how the channel file stands with the running server.
func (c *Client) ChannelFile(ctx context.Context) (Answer[ChannelFileState], error) {
	return get[ChannelFileState](ctx, c, address("channel-file"), nil)
}

// TakeUpChannelFile has the running server read the file now.
func (c *Client) TakeUpChannelFile(ctx context.Context) (Answer[ChannelFileState], error) {
	return post[ChannelFileState](ctx, c, address("channel-file"), struct{}{})
}

// Agents lists people, by address.
func (c *Client) Agents(ctx context.Context, p Paging) (Answer[List[Agent]], error) {
	return get[List[Agent]](ctx, c, address("agents"), p.values())
}

// AddAgent makes one.
func (c *Client) AddAgent(ctx context.Context, a NewAgent) (Answer[Agent], error) {
	return post[Agent](ctx, c, address("agents"), a)
}

// SetPassword changes an agent's password.
func (c *Client) SetPassword(ctx context.Context, email, password string) (Answer[Agent], error) {
	return post[Agent](ctx, c, address("agents", email, "password"), map[string]string{"password": password})
}

// DisableAgent keeps an agent from logging in; what he did stays his.
func (c *Client) DisableAgent(ctx context.Context, email string) (Answer[Agent], error) {
	return post[Agent](ctx, c, address("agents", email, "disable"), struct{}{})
}

// EnableAgent lets one who was disabled log in again.
func (c *Client) EnableAgent(ctx context.Context, email string) (Answer[Agent], error) {
	return post[Agent](ctx, c, address("agents", email, "enable"), struct{}{})
}

// ResetTOTP lets an agent log in with the password alone who lost the app and the recovery codes.
func (c *Client) ResetTOTP(ctx context.Context, email string) (Answer[Agent], error) {
	return post[Agent](ctx, c, address("agents", email, "totp-reset"), struct{}{})
}

// Tokens lists those of programs, oldest first.
func (c *Client) Tokens(ctx context.Context, p Paging) (Answer[List[Token]], error) {
	return get[List[Token]](ctx, c, address("tokens"), p.values())
}

// AddToken makes one.
func (c *Client) AddToken(ctx context.Context, t NewToken) (Answer[MadeToken], error) {
	return post[MadeToken](ctx, c, address("tokens"), t)
}

// RevokeToken ends one.
func (c *Client) RevokeToken(ctx context.Context, id string) (Answer[Token], error) {
	return post[Token](ctx, c, address("tokens", id, "revoke"), struct{}{})
}

// Envelope is what SMTP told of a mail; what is empty is taken from the mail itself.
type Envelope struct {
	Recipients     []string
	From, IP, HELO string
}

// Explain tells what would become of a mail today.
func (c *Client) Explain(ctx context.Context, mail io.Reader, e Envelope) (Answer[List[Explanation]], error) {
	q := Paging{}.with("from", e.From, "ip", e.IP, "helo", e.HELO)
	for _, r := range e.Recipients {
		q.Add("rcpt", r)
	}
	body, err := c.do(ctx, http.MethodPost, address("explain"), q, "message/rfc822", mail)
	if err != nil {
		return Answer[List[Explanation]]{}, err
	}
	return answered[List[Explanation]](body)
}

// ExplainStored tells it of a mail that is kept.
func (c *Client) ExplainStored(ctx context.Context, id string) (Answer[List[Explanation]], error) {
	return get[List[Explanation]](ctx, c, address("messages", id, "explain"), nil)
}

// SearchIndex is how far the search index is.
func (c *Client) SearchIndex(ctx context.Context) (Answer[SearchIndex], error) {
	return get[SearchIndex](ctx, c, address("search"), nil)
}

// RebuildSearch lets the search index be made anew.
func (c *Client) RebuildSearch(ctx context.Context) (Answer[SearchIndex], error) {
	return post[SearchIndex](ctx, c, address("search", "rebuild"), struct{}{})
}
