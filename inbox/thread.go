package inbox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/conversation"
	"recado/internal/message"
)

// Bounds of what one page shows; the original mail has all of it.
const (
	maxShownText   = 64 << 10 // octets of a message's own words
	maxShownQuoted = 32 << 10
	openMessages   = 3 // the newest ones that stay open when older ones are folded
	foldFrom       = 6 // messages from which on older ones are folded
)

// entryView is one entry of a conversation: a message, a note, or a run of events.
type entryView struct {
	ID, Kind    string
	Who         string
	Address     string
	ToLine      []string // further lines of its head: to, copy, reply-to
	Badges      []string
	Verdict     *verdictView
	Pretences   []string
	When        moment
	Preview     string
	Folded      bool
	Unread      bool
	Words       []segment
	Cut         bool
	Quoted      string
	HTML        *htmlView
	Files       []fileView
	Deliveries  []deliveryView
	Undo        *undoView
	Troubled    bool // a delivery that somebody should look at
	Trace       []conversation.TraceStep
	TraceTitle  string
	Receipt     string
	HasRaw      bool
	CanSplit    bool        // a protocol of its own can begin with it
	Events      []eventView // with kind events
	EventsTitle string      // where the run is folded
}

type verdictView struct {
	Verdict  string
	Sentence string
	Label    string
	Evidence []string
}

type htmlView struct {
	URL, ImagesURL, Frame string
	Open                  bool
}

type fileView struct {
	Name, URL, Thumbnail string
	Stated, Sniffed      string // the media types, where they differ
	Size                 int64
}

type deliveryView struct {
	Recipient, State, Word, Detail string
	Next                           string
	Why, Advice                    string // where it did not arrive
}

type eventView struct {
	ID, Text, Detail string
	Folded           bool // the detail waits to be unfolded
	When             moment
	Undo             *undoView
}

// segment is a stretch of text, a link where URL is not empty, or the picture called Text where Image is its address.
type segment struct {
	Text, URL, Image string
	At               bool // it names a colleague
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `\x{201c}\x{201d}]+`)

// segments finds the links in a text. What looks like one is shown as it is written, and leads there.
func segments(text string) []segment {
	var out []segment
	pos := 0
	for _, m := range linkPattern.FindAllStringIndex(text, 500) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;:!?)]}*_")
		if pos < m[0] {
			out = append(out, segment{Text: text[pos:m[0]]})
		}
		out = append(out, segment{Text: link, URL: link})
		pos = m[0] + len(link)
	}
	if pos < len(text) {
		out = append(out, segment{Text: text[pos:]})
	}
	return out
}

// picturesIn is the text of a mail of ours with its pictures in their places, and the addresses of those.
func picturesIn(e *conversation.Entry, text string) ([]segment, map[string]bool) {
	addresses, placed := map[string]string{}, map[string]bool{}
	for i := range e.Attachments {
		if a := &e.Attachments[i]; a.Inline && imageTypes[a.Sniffed] {
			addresses[a.Name] = file(e.ID, a).URL
		}
	}
	if len(addresses) == 0 {
		return segments(text), nil
	}
	var out []segment
	at := 0
	for _, m := range message.ImageMarks(text) {
		name := text[m[2]:m[3]]
		if addresses[name] == "" {
			continue
		}
		out = append(append(out, segments(text[at:m[0]])...), segment{Text: name, Image: addresses[name]})
		placed[addresses[name]] = true
		at = m[1]
	}
	return append(out, segments(text[at:])...), placed
}

// cutText keeps the first n octets at most, whole characters of them.
func cutText(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// thread makes the entries of a conversation into what is shown. Runs of events become one entry.
func (v *visit) thread(c *conversation.Conversation) []entryView {
	unread := unreadEntries(c)
	messages := 0
	for i := range c.Entries {
		if c.Entries[i].Kind != conversation.KindEvent {
			messages++
		}
	}
	var out []entryView
	left := messages
	for i := range c.Entries {
		e := &c.Entries[i]
		if e.Kind == conversation.KindEvent {
			out = v.addEvent(out, e)
			continue
		}
		view := v.entry(c, e)
		view.Unread = unread[e.ID]
		view.Folded = messages >= foldFrom && left > openMessages && !view.Unread && !view.Troubled
		left--
		out = append(out, view)
	}
	for i := range out {
		if n := len(out[i].Events); n > 1 && !slices.ContainsFunc(out[i].Events, func(e eventView) bool { return e.Undo != nil }) {
			out[i].EventsTitle = v.lang.N("message.events", n)
		}
	}
	return out
}

// unreadEntries are the newest of the customer's messages, as many as are unread.
func unreadEntries(c *conversation.Conversation) map[string]bool {
	ids := map[string]bool{}
	left := c.Unread
	for i := len(c.Entries) - 1; i >= 0 && left > 0; i-- {
		if c.Entries[i].Kind == conversation.KindIn {
			ids[c.Entries[i].ID] = true
			left--
		}
	}
	return ids
}

func (v *visit) addEvent(out []entryView, e *conversation.Entry) []entryView {
	ev := eventView{ID: e.ID, Text: v.eventText(e.Message), When: v.moment(e.ReceivedAt), Undo: v.undoable(e.Message)}
	if ev.Detail, _ = cutText(v.text(e), 1000); ev.Detail == "" {
		ev.Detail = e.Preview
	}
	if by := e.Details["reporter"]; by != "" { // who reports is a claim, and told as one
		said := v.lang.T("event.reporter", "reporter", by)
		if ip := e.Details["ip"]; ip != "" {
			said += " (" + ip + ")"
		}
		ev.Detail = strings.TrimSpace(said + "\n" + ev.Detail)
	}
	ev.Folded = ev.Detail != "" && quietEvent(e.Event)
	if n := len(out); n > 0 && out[n-1].Kind == "events" {
		out[n-1].Events = append(out[n-1].Events, ev)
		return out
	}
	return append(out, entryView{ID: e.ID, Kind: "events", Events: []eventView{ev}})
}

// quietEvent tells whether an event's words can wait to be unfolded: those of what went wrong cannot.
func quietEvent(event string) bool {
	switch event {
	case conversation.EventAcknowledged, conversation.EventAutomatic, conversation.EventReported, conversation.EventDelayed, conversation.EventRead:
		return true
	}
	return false
}

func (v *visit) eventText(m *conversation.Message) string {
	who := displayName(m.From)
	if who == "" {
		who = v.lang.T("event.nobody")
	}
	event := m.Event
	if event == conversation.EventTakenBack && m.Details["status"] != "" {
		event += ".ended"
	}
	text := v.lang.word("event.", event)
	text = strings.ReplaceAll(text, "{who}", who)
	if m.Event != conversation.EventAssigned && m.Event != conversation.EventTransferred {
		return text
	}
	return strings.NewReplacer("{agent}", m.Details["name"], "{department}", departmentName(v.dir, m.Details["to"])).Replace(text)
}

// text is what a message says, or that its original cannot be read.
func (v *visit) text(e *conversation.Entry) string {
	if e.Damaged {
		return v.lang.T("message.damaged")
	}
	return e.Text
}

func (v *visit) entry(c *conversation.Conversation, e *conversation.Entry) entryView {
	view := entryView{
		ID: e.ID, Kind: string(e.Kind), Who: displayName(e.From), When: v.moment(e.ReceivedAt), Preview: e.Preview,
		Trace: e.Trace, Receipt: e.Receipt, HasRaw: !e.Raw.IsZero(),
	}
	words, quoted := v.text(e), e.Quoted
	if e.Kind == conversation.KindIn {
		words, quoted = spaced(words), spaced(quoted)
	}
	text, cut := cutText(strings.Trim(words, "\r\n"), maxShownText)
	view.Words, view.Cut = segments(text), cut
	view.Quoted, _ = cutText(strings.Trim(quoted, "\r\n"), maxShownQuoted)
	var placed map[string]bool
	if e.Kind == conversation.KindOut {
		view.Words, placed = picturesIn(e, text)
	}
	for i := range e.Attachments {
		if f := file(e.ID, &e.Attachments[i]); !placed[f.URL] {
			view.Files = append(view.Files, f)
		}
	}
	switch e.Kind {
	case conversation.KindNote:
		view.Words = named(view.Words, e.Mentions)
	case conversation.KindIn:
		v.incoming(&view, c, e)
	case conversation.KindOut:
		v.outgoing(&view, e)
	}
	return view
}

func (v *visit) incoming(view *entryView, c *conversation.Conversation, e *conversation.Entry) {
	view.TraceTitle = v.lang.T("message.trace")
	if view.Who != e.From.Address {
		view.Address = e.From.Address
	}
	if e.Auth != nil {
		view.Verdict = v.verdict(e.Auth, e.From.Address)
	}
	view.Pretences = v.pretences(e.From)
	if e.Channel != "" && e.Channel != c.Channel {
		view.ToLine = append(view.ToLine, v.lang.T("message.via", "address", e.Channel))
	}
	if len(e.AlsoTo) > 0 {
		view.ToLine = append(view.ToLine, v.lang.T("message.also", "addresses", strings.Join(e.AlsoTo, ", ")))
	}
	if len(e.Cc) > 0 {
		view.ToLine = append(view.ToLine, v.lang.T("message.cc")+" "+addressLine(e.Cc))
	}
	if slices.Contains(e.Flags, conversation.FlagReplyTo) && len(e.ReplyTo) > 0 {
		view.ToLine = append(view.ToLine, v.lang.T("message.replyto", "addresses", addressLine(e.ReplyTo)))
	}
	if e.Subject != "" && bareSubject(e.Subject) != bareSubject(c.Subject) {
		view.ToLine = append(view.ToLine, v.lang.T("message.subject")+": "+e.Subject)
	}
	for _, f := range e.Flags {
		// The verdict says it already, or a line above does.
		if f != conversation.FlagUnverified && f != conversation.FlagReplyTo && f != conversation.FlagAlsoSentTo {
			view.Badges = append(view.Badges, v.lang.word("flag.", string(f)))
		}
	}
	if strings.TrimSpace(e.HTML) != "" {
		view.HTML = &htmlView{URL: "/messages/" + e.ID + "/html", Frame: "frame-" + e.ID, Open: len(view.Words) == 0}
		if loadsRemote(e.HTML) {
			view.HTML.ImagesURL = view.HTML.URL + "?images=1"
		}
	}
}

// loadsRemote tells cheaply whether HTML may load something from elsewhere; the sanitiser, which runs
// when it is shown, decides.
func loadsRemote(html string) bool {
	lower := strings.ToLower(html)
	return strings.Contains(lower, "http") && (strings.Contains(lower, "<img") || strings.Contains(lower, "background") || strings.Contains(lower, "url("))
}

func bareSubject(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.LastIndex(s, "[#"); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	for {
		rest := s
		for _, p := range []string{"re:", "res:", "rv:", "fw:", "fwd:", "enc:", "aw:"} {
			rest = strings.TrimSpace(strings.TrimPrefix(rest, p))
		}
		if rest == s {
			return s
		}
		s = rest
	}
}

func (v *visit) outgoing(view *entryView, e *conversation.Entry) {
	view.TraceTitle = v.lang.T("message.trace.out")
	who := e.Program
	if e.Agent != "" {
		who = v.name(e.Agent)
	}
	if who != "" {
		view.Who = v.lang.T("message.us", "agent", who, "department", displayName(e.From))
	}
	view.ToLine = append(view.ToLine, v.lang.T("reply.fromto", "from", e.From.Address, "to", addressLine(e.To)))
	if len(e.Cc) > 0 {
		view.ToLine = append(view.ToLine, v.lang.T("message.cc")+" "+addressLine(e.Cc))
	}
	view.Undo = v.undoable(e.Message)
	waiting := waits(e.Message, v.now)
	for _, d := range e.Deliveries {
		dv := deliveryView{Recipient: d.Recipient, State: string(d.State), Word: v.lang.word("delivery.", string(d.State))}
		if waiting {
			dv.Word = v.lang.T("delivery.waiting")
		}
		dv.Detail = strings.TrimSpace(d.Code + " " + d.Reason)
		if d.State == conversation.DeliveryDeferred && !d.NextAt.IsZero() {
			dv.Next = v.lang.T("delivery.next", "time", v.moment(d.NextAt).Short)
		}
		v.explain(&dv, d)
		switch d.State {
		case conversation.DeliveryFailed, conversation.DeliveryUndelivered, conversation.DeliveryUncertain:
			view.Troubled = true
		}
		view.Deliveries = append(view.Deliveries, dv)
	}
}

func (v *visit) verdict(a *conversation.Auth, address string) *verdictView {
	_, domain, _ := strings.Cut(address, "@")
	word := v.lang.word("verdict.", string(a.Verdict))
	view := &verdictView{
		Verdict: string(a.Verdict), Label: v.lang.T("verdict.label", "verdict", word), Evidence: a.Evidence,
		Sentence: strings.ReplaceAll(v.lang.word("verdict."+string(a.Verdict), ".sentence"), "{domain}", domain),
	}
	view.Evidence = append(slices.Clone(view.Evidence), "SPF "+orNone(a.SPF)+" · DKIM "+orNone(a.DKIM)+" · DMARC "+orNone(a.DMARC))
	return view
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func addressLine(list []message.Address) string {
	var parts []string
	for i, a := range list {
		if i == 20 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, a.String())
	}
	return strings.Join(parts, ", ")
}

func file(id string, a *message.Attachment) fileView {
	f := fileView{Name: a.Name, Size: a.Size, URL: "/messages/" + id + "/attachments/" + strconv.Itoa(a.Index)}
	if thumbnailTypes[a.Sniffed] && a.Size <= thumbnailFile {
		f.Thumbnail = f.URL + "/thumbnail"
	}
	if f.Sniffed = otherType(a); f.Sniffed != "" {
		f.Stated, _ = cutText(a.Type, 60)
	}
	return f
}

// otherType returns what an attachment looks like where that is surely something else than what its sender states.
func otherType(a *message.Attachment) string {
	stated := strings.Replace(a.Type, "image/jpg", "image/jpeg", 1)
	if stated == a.Sniffed || stated == "application/octet-stream" {
		return ""
	}
	switch a.Sniffed {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf":
		return a.Sniffed
	case "text/html":
		if stated != "application/xhtml+xml" {
			return a.Sniffed
		}
	case "application/zip": // many kinds of documents are one
		if strings.HasPrefix(stated, "image/") || strings.HasPrefix(stated, "text/") || stated == "application/pdf" {
			return a.Sniffed
		}
	}
	return ""
}
