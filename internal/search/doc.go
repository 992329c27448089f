// Package search finds messages by their words: an index beside the store, in a file of its own, that implements
// conversation.Index over SQLite's FTS5.
//
// # How it goes along
//
//	follow.go   Run: reads the store's changes after those that the index has, reads the messages that they name, and
//	            writes both rows and the number of the last change in one transaction. What was killed goes on there
//	build.go    where there is no index, or one that cannot be gone on with: all protocols, page by page, then the
//	            changes since it began
//	lookup.go   Search, Has, CatchUp: read while it goes along
//	expr.go     a query in FTS5's words: each term quoted, nothing of it is syntax
//	file.go     the file: opened, looked at, thrown away
//
// The index is one goroutine's work, with a file and a memory of its own: no mail waits for it. It holds nothing that the
// store does not have, so that it can be deleted at any time. It knows no rights: who may find what, the domain asks the
// store for each hit.
package search
