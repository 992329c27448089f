package conversation

import (
	"context"
	"slices"
	"strings"
)

const (
	maxTag  = 40 // characters
	maxTags = 30 // of one protocol
)

// TagChange is what is to become of a protocol's tags. Set, when not nil, replaces them all before the others
// are added and removed.
type TagChange struct {
	Set, Add, Remove []string
}

// Tag changes the tags of a protocol. They are folded to lower case and kept in order; to add one that is
// there, or to remove one that is not, changes nothing.
func (m *Manager) Tag(ctx context.Context, intent Intent, number string, c TagChange) (*ProtocolItem, error) {
	var sets [3][]string
	for i, list := range [][]string{c.Set, c.Add, c.Remove} {
		folded, err := foldTags(list)
		if err != nil {
			return nil, err
		}
		sets[i] = folded
	}
	return m.alter(ctx, intent, "tags/", number, func(tx Tx, p *Protocol) (*Message, ChangeKind, error) {
		tags := p.Tags
		if c.Set != nil {
			tags = sets[0]
		}
		tags = without(append(slices.Clone(tags), sets[1]...), sets[2])
		slices.Sort(tags)
		tags = slices.Compact(tags)
		if len(tags) > maxTags {
			return nil, "", errorf(CodeInvalid, "a protocol has at most %d tags: remove one first", maxTags)
		}
		added, removed := without(tags, p.Tags), without(p.Tags, tags)
		if len(added)+len(removed) == 0 {
			return nil, "", nil
		}
		p.Tags = tags
		msg := entryOf(tx, KindEvent, intent.Actor, "")
		msg.Event = EventTagged
		msg.Details = map[string]string{"added": strings.Join(added, ", "), "removed": strings.Join(removed, ", ")}
		return msg, ChangeTagged, nil
	})
}

// foldTags makes the one form that each tag is kept in.
func foldTags(list []string) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, s := range list {
		tag, err := FoldTag(s)
		if err != nil {
			return nil, err
		}
		out = append(out, tag)
	}
	return out, nil
}

// FoldTag makes the form that a tag is kept in: lower case, single spaces. A comma would make two of it in lists.
func FoldTag(s string) (string, error) {
	tag := strings.ToLower(oneLine(strings.TrimPrefix(strings.TrimSpace(s), "#")))
	if tag == "" || strings.Contains(tag, ",") || !showable(tag, maxTag) {
		return "", errorf(CodeInvalid, "%q is no tag: write 1 to %d characters, without a comma", preview(s), maxTag)
	}
	return tag, nil
}

// without is the list less those that are in the other.
func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}
