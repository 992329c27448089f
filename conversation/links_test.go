package conversation

import (
	"fmt"
	"testing"
)

func TestStrangersLinksAreBounded(t *testing.T) {
	p := &Protocol{}
	for i := range 10 * maxLinks {
		p.link(fmt.Sprint(i), LinkStranger)
	}
	if len(p.Links) != maxLinks {
		t.Errorf("strangers made %d links, want %d", len(p.Links), maxLinks)
	}
	// Undo finds its way by these, and customers of ours go on by the others.
	for i, kind := range []LinkKind{LinkSplit, LinkMerged, LinkPrevious, LinkNext} {
		p.link("ours", kind)
		if len(p.Links) != maxLinks+i+1 {
			t.Errorf("the link %s was not made", kind)
		}
	}
}
