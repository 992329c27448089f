package conversation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Bounds of the files that an agent keeps beside drafts.
const (
	maxDraftFiles   = 50      // at one place
	maxDraftMails   = 4       // times the limit of a mail, in all
	maxUnboundFiles = 1 << 30 // octets in all, where a mail has no limit
	sniffed         = 512     // octets that tell a picture (WHATWG MIME Sniffing 5.1)
)

// DraftFile is a file that is kept with a draft until it is sent.
type DraftFile struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`           // one of its own at its place
	Type  string    `json:"type,omitempty"` // as it was stated; of a picture what it is
	Size  int64     `json:"size"`
	Image bool      `json:"image,omitempty"` // its first octets are those of a picture that can stand in the text
	At    time.Time `json:"at"`
}

// keptFile is a file of an agent's, and where.
type keptFile struct {
	DraftFile
	Place string    `json:"place"` // Place.key, or sentPlace of the mail that it went with
	Until time.Time `json:"until"`
}

// sentPlace is where the files of a mail are while it can be taken back.
func sentPlace(id string) string { return "sent/" + id }

func filesName(agent string) string { return "draftfiles/" + agent }

// filesOf are all that are kept for the agent.
func filesOf(tx Tx, agent string) ([]keptFile, error) {
	list, err := noted[[]keptFile](tx, filesName(agent))
	return slices.DeleteFunc(list, func(f keptFile) bool { return !tx.Now().Before(f.Until) }), err
}

func putFiles(tx Tx, agent string, list []keptFile) error {
	return note(tx, filesName(agent), list, len(list) == 0, tx.Now().Add(draftLife))
}

func (m *Manager) filesAt(tx Tx, agent string, at Place) ([]DraftFile, error) {
	list, err := filesOf(tx, agent)
	key := at.key(m.Directory())
	var out []DraftFile
	for _, f := range list {
		if f.Place == key {
			out = append(out, f.DraftFile)
		}
	}
	return out, err
}

// moveFiles gives the files of one place that which names to another until then; those of no place are forgotten.
func moveFiles(tx Tx, agent, from string, which func(id string) bool, to string, until time.Time) error {
	list, err := filesOf(tx, agent)
	if err != nil || len(list) == 0 {
		return err
	}
	for i := range list {
		if list[i].Place == from && which(list[i].ID) {
			list[i].Place, list[i].Until = to, until
		}
	}
	return putFiles(tx, agent, slices.DeleteFunc(list, func(f keptFile) bool { return f.Place == "" }))
}

func everyFile(string) bool { return true }

func (m *Manager) dropFilesAt(tx Tx, agent string, at Place) error {
	return moveFiles(tx, agent, at.key(m.Directory()), everyFile, "", time.Time{})
}

// room is how many octets another file of the agent's at the place may have.
func (m *Manager) room(list []keptFile, place string) (int64, error) {
	all := int64(maxUnboundFiles)
	if m.maxMessage > 0 {
		all = maxDraftMails * m.maxMessage
	}
	here, count := all, 0
	if m.maxMessage > 0 {
		here = m.maxMessage
	}
	for _, f := range list {
		all -= f.Size
		if f.Place == place {
			here -= f.Size
			count++
		}
	}
	if count >= maxDraftFiles {
		return 0, errorf(CodeInvalid, "more than %d files do not go with one mail: send them as one archive, or a link", maxDraftFiles)
	}
	if all <= 0 {
		return 0, errorf(CodeInvalid, "the files of all your drafts are too large together: send a draft, or remove its files")
	}
	return max(0, min(all, here)), nil
}

// KeepFile keeps a file with the actor's draft at a place, whatever its name: another of the same name there
// is told apart by a number. CodeInvalid where it is too large.
func (m *Manager) KeepFile(ctx context.Context, actor Actor, at Place, name, mediaType string, content io.Reader) (*DraftFile, error) {
	key := at.key(m.Directory())
	var room int64
	f := DraftFile{Name: fileName(name), Type: mediaType}
	err := m.store.View(ctx, func(tx Tx) error {
		f.ID = NewID(tx.Now())
		if _, err := m.enterable(tx, actor, at); err != nil {
			return err
		}
		list, err := filesOf(tx, actor.Email)
		if err == nil {
			room, err = m.room(list, key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	if _, err := io.CopyN(&head, content, sniffed); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	if kind := imageType(head.Bytes()); kind != "" {
		f.Type, f.Image = kind, true
		f.Name = pictureName(f.Name)
	}
	if f.Size, err = m.store.KeepFile(ctx, f.ID, io.LimitReader(io.MultiReader(&head, content), room+1)); err != nil {
		return nil, err
	}
	err = m.store.Update(ctx, func(tx Tx) error {
		list, err := filesOf(tx, actor.Email)
		if err != nil {
			return err
		}
		if room, err = m.room(list, key); err != nil {
			return err
		}
		if f.Size > room {
			return errorf(CodeInvalid, "%s is too large to go with this mail: send less, or a link", f.Name)
		}
		f.At = tx.Now()
		kept := keptFile{DraftFile: f, Place: key, Until: tx.Now().Add(draftLife)}
		kept.Name = freeName(list, key, f.Name)
		f.Name = kept.Name
		return putFiles(tx, actor.Email, append(list, kept))
	})
	if err != nil {
		return nil, errors.Join(err, m.store.DropFile(context.WithoutCancel(ctx), f.ID))
	}
	return &f, nil
}

// pictureName is a name that can stand in a text (message.ImageMark) and that a reader of the mail does not change.
func pictureName(s string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		switch {
		case r == '[':
			return '('
		case r == ']':
			return ')'
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, s), ". ")
}

// fileName is a name on one line without a path.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, oneLine(strings.ToValidUTF8(s, "")))
	s = path.Base("/" + strings.ReplaceAll(s, `\`, "/"))
	if ext := path.Ext(s); len(s) > maxName {
		s = strings.ToValidUTF8(cut(s, maxName-len(cut(ext, 20))), "") + cut(ext, 20)
	}
	if strings.Trim(s, "/. ") == "" {
		return "file"
	}
	return s
}

// freeName is the name, with a number where another file of the place has it.
func freeName(list []keptFile, place, name string) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(list, func(f keptFile) bool { return f.Place == place && strings.EqualFold(f.Name, n) })
	}
	ext := path.Ext(name)
	free := name
	for i := 2; taken(free); i++ {
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
	}
	return free
}

// imageType is the type of a picture that every mail program shows, by its first octets; empty for all else.
func imageType(head []byte) string {
	switch kind := http.DetectContentType(head); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return kind
	}
	return ""
}

// DropFile removes a file from the actor's draft at a place. That it is not there is no error.
func (m *Manager) DropFile(ctx context.Context, actor Actor, at Place, id string) error {
	found := false
	key := at.key(m.Directory())
	err := m.store.Update(ctx, func(tx Tx) error {
		list, err := filesOf(tx, actor.Email)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(f keptFile) bool { return f.ID == id && f.Place == key })
		if found = i >= 0; !found {
			return nil
		}
		return putFiles(tx, actor.Email, slices.Delete(list, i, i+1))
	})
	if err != nil || !found {
		return err
	}
	return m.store.DropFile(ctx, id)
}

// attachments are the files of a draft as they go with its mail. Those that are not kept at the place any more
// were removed, or sent, at another desk.
func (m *Manager) attachments(ctx context.Context, tx Tx, agent string, at Place, d *Draft) ([]AttachmentInput, error) {
	if d == nil || len(d.Files) == 0 {
		return nil, nil
	}
	files, err := m.filesAt(tx, agent, at)
	if err != nil {
		return nil, err
	}
	var out []AttachmentInput
	for _, asked := range d.Files {
		i := slices.IndexFunc(files, func(f DraftFile) bool { return f.ID == asked.ID })
		if i < 0 {
			return nil, errorf(CodeConflict, "a file is not with the draft any more: look at its files, then send again")
		}
		f := files[i]
		out = append(out, AttachmentInput{Name: f.Name, Type: f.Type, Size: f.Size, Placed: f.Image, Open: func() (io.ReadCloser, error) {
			r, err := m.store.OpenFile(ctx, f.ID)
			if errors.Is(err, fs.ErrNotExist) { // drafts are no part of a backup
				return nil, errorf(CodeConflict, "the file %s is not there any more: remove it, and attach it again", f.Name)
			}
			return r, err
		}})
	}
	return out, nil
}

// sweepFiles removes files that no draft has: they were sent, forgotten, or cut off. Those of the last hour stay:
// a file is written before its note.
func (m *Manager) sweepFiles(ctx context.Context) error {
	ids, err := m.store.FileIDs(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	live := map[string]bool{}
	young := ""
	err = m.store.View(ctx, func(tx Tx) error {
		young = NewID(tx.Now().Add(-time.Hour))
		for page := (Page{Limit: MaxLimit}); ; {
			agents, next, err := tx.Agents(page)
			if err != nil {
				return err
			}
			for _, a := range agents {
				files, err := filesOf(tx, a.Email)
				if err != nil {
					return err
				}
				for _, f := range files {
					live[f.ID] = true
				}
			}
			if page.Cursor = next; next == "" {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id < young && !live[id] {
			if err := m.store.DropFile(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}
