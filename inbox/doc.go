// Package inbox is where agents work: server-rendered pages over the domain, with one small script of
// ours for what only a script can do. Everything but live changes, shortcuts and drafts works without it.
//
// # How a request flows
//
//	routes.go      every address on one screen
//	secure.go      security headers, cross-origin protection, limits of bodies
//	session.go     cookie -> agent -> visit (who, in which language, at what time)
//	<screen>.go    asks the Desk as that agent's Actor, makes a view (plain strings and flags)
//	templates/     view -> HTML; html/template escapes, nothing else makes markup
//	errors.go      the only place that turns an error into a status and a page
//
// What an agent may see and do is decided by the [Desk] alone, by the Actor that goes with each call; what
// may not be seen is answered as if it did not exist.
//
// # Live changes
//
// events.go sends server-sent events (WHATWG HTML 9.2) whose ids are the domain's sequence of changes: a
// stream that was cut off resumes from Last-Event-ID and misses nothing. The event carries no content; the
// script fetches the page that is on the screen and swaps its live regions.
//
// # A customer's HTML
//
// It is shown by a route of its own in a sandboxed frame (mail.go) with a Content-Security-Policy that
// lets nothing run and nothing load but the mail's own images, and others once the agent asks for them.
package inbox
