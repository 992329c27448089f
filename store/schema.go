// Package store keeps what Recado knows: the records in a bbolt file, the raw mails in a log of
// segments beside it (docs/storage.md). It implements conversation.Store.
//
// # How a mail flows through it
//
//	AppendMail   the record goes to the end of the last segment; one fdatasync serves all that wait
//	Update       the functions that wait run one after the other in one bbolt transaction; one commit
//	             serves them all, while the log syncs the mails of the next group
//	View         a bbolt read transaction: one state, never waits for a writer
//	Watch        a signal after each commit that stored a change
//
// # The data folder
//
//	recado.db            everything but raw mail
//	mail/00000001.log    the mail log (record.go has its format)
//	lock                 held while a server has the store; its process id for people
//
// # The buckets
//
// Keys are big-endian and ordered; T is a time of 12 octets, S text that ends itself (keys.go).
// Lists that show the newest first keep the complement of what they are ordered by. No list is
// read but by an index, and none is scanned further than the page that is asked for.
//
//	meta                 schema -> version; logend -> segment, offset; logsalt -> 8 octets
//	counts               what, S status, S department -> number of records; of lists: listcount.go
//	numbers              day -> the last sequence of the day
//
//	protocols            number -> Protocol
//	protocols.open       S sender, S department of the key -> number; only while it is open and not aside
//	protocols.department S status, S department, ^(T updated, number)
//	protocols.contact    S contact, S status, S department, ^(T updated, number)
//	protocols.agent      S agent (empty: nobody), S status, S department, ^(T updated, number)
//	protocols.waiting    S status, S department, turn (waiting.go)
//	protocols.turn       S agent (empty: nobody), S status, S department, turn
//	protocols.ended      S what, S value, S department, ^(T finalized, number); of what is finalized (ended.go)
//	protocols.awaited    S department of its own, S agent (empty: nobody), T waiting, number; of what is open and waits (figures.go)
//	protocols.number     S status, S department, ^number, 255
//
//	messages             id -> Message
//	messages.order       S number, seq -> id
//	seen                 hash of key and Message-ID (16), content (32) -> id
//
//	held                 id -> Held
//	held.department      S reason, S department, ^(T received, id)
//	held.expires         T expires, id
//	held.member          S who, S reason, S department, ^(T received, id)
//	held.groups          S reason, S department, S who -> HeldGroup
//	held.recent          S reason, S department, ^(T last, the group's key)
//
//	journal              ^seq -> JournalLine
//	journal.receipt      S receipt, S department, ^seq
//	journal.department   S department, ^seq
//
//	audit                ^(T at, seq) -> AuditLine
//	audit.found          S what, S value, S department, ^(T at, seq) (audit.go)
//
//	queue                id -> QueueItem
//	queue.due            T due, id; of what waits for a time
//	queue.department     S department, T created, id
//	queue.number         S number, id
//
//	contacts             S side, key -> Contact; a side is empty, or an isolated department
//	contacts.found       S side, S text, key; by what somebody looks for (Contact.FoundBy)
//	contacts.blocked     S side, key
//	contacts.notes       S key, S side, id -> ContactNote
//	agents               email -> Agent
//	tokens               id -> Token
//	tokens.hash          hash of the secret -> id
//	secondsteps          email -> SecondStep
//	sessions             hash of the token -> Session
//	sessions.agent       S agent, ^(T created, hash of the token)
//	readmarks            S agent, number -> incoming messages read
//
//	mentions             S agent, ^(T received, message) -> number
//	mentions.unread      S agent, S number, message
//
//	canned               id -> CannedAnswer
//	canned.title         S department (empty: everybody's), S folded title, id -> CannedTitle
//
//	figures              S department, day, agent -> counts and times (figures.go)
//
//	times                name -> T expires, T...
//	notes                name -> T expires, value
//	expires              T expires, kind, name; of times, notes and sessions, for Sweep
//
//	changes              seq -> Change; the newest 50,000 or so
package store

// bucket is one of the buckets drawn above.
type bucket int

const (
	meta bucket = iota
	counts
	numbers
	protocols
	protocolsOpen
	protocolsDepartment
	protocolsContact
	protocolsAgent
	protocolsWaiting
	protocolsTurn
	protocolsEnded
	protocolsNumber
	protocolsAwaited
	messages
	messagesOrder
	seen
	held
	heldDepartment
	heldExpires
	heldMember
	heldGroups
	heldRecent
	journal
	journalReceipt
	journalDepartment
	auditLines
	auditFound
	queue
	queueDue
	queueDepartment
	queueNumber
	contacts
	contactsFound
	contactsBlocked
	contactsNotes
	agents
	tokens
	tokensHash
	secondSteps
	sessions
	sessionsAgent
	readMarks
	mentions
	mentionsUnread
	canned
	cannedTitle
	figures
	times
	notes
	expires
	changes
	bucketCount
)

// bucketNames are the names in the file. A name is never used for something else later.
var bucketNames = [bucketCount]string{
	meta:                "meta",
	counts:              "counts",
	numbers:             "numbers",
	protocols:           "protocols",
	protocolsOpen:       "protocols.open",
	protocolsDepartment: "protocols.department",
	protocolsContact:    "protocols.contact",
	protocolsAgent:      "protocols.agent",
	protocolsWaiting:    "protocols.waiting",
	protocolsTurn:       "protocols.turn",
	protocolsEnded:      "protocols.ended",
	protocolsNumber:     "protocols.number",
	protocolsAwaited:    "protocols.awaited",
	messages:            "messages",
	messagesOrder:       "messages.order",
	seen:                "seen",
	held:                "held",
	heldDepartment:      "held.department",
	heldExpires:         "held.expires",
	heldMember:          "held.member",
	heldGroups:          "held.groups",
	heldRecent:          "held.recent",
	journal:             "journal",
	journalReceipt:      "journal.receipt",
	journalDepartment:   "journal.department",
	auditLines:          "audit",
	auditFound:          "audit.found",
	queue:               "queue",
	queueDue:            "queue.due",
	queueDepartment:     "queue.department",
	queueNumber:         "queue.number",
	contacts:            "contacts",
	contactsFound:       "contacts.found",
	contactsBlocked:     "contacts.blocked",
	contactsNotes:       "contacts.notes",
	agents:              "agents",
	tokens:              "tokens",
	tokensHash:          "tokens.hash",
	secondSteps:         "secondsteps",
	sessions:            "sessions",
	sessionsAgent:       "sessions.agent",
	readMarks:           "readmarks",
	mentions:            "mentions",
	mentionsUnread:      "mentions.unread",
	canned:              "canned",
	cannedTitle:         "canned.title",
	figures:             "figures",
	times:               "times",
	notes:               "notes",
	expires:             "expires",
	changes:             "changes",
}

// The keys of the bucket meta.
var (
	metaSchema  = []byte("schema")
	metaLogEnd  = []byte("logend")
	metaLogSalt = []byte("logsalt")
)
