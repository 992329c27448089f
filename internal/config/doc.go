// Package config reads the channel file, recado.toml: the only truth about domains, departments and
// channels, and the settings of the server's parts.
//
// The file is TOML 1.0, its keys are described one by one in config.example.toml. Reading is strict,
// since a key that is silently ignored is a setting that somebody believes in. It goes like this:
//
//	bytes -> outline   (outline.go)  every key and value with its line and column; syntax ends it here
//	      -> decode    (decode.go)   outline -> Config: unknown keys, wrong types, wrong words, defaults
//	      -> check     (check*.go)   what one row means for another: the rules of conversations
//	      -> Problems                all of them at once, in the order of the lines
//
// Decoding is our own instead of go-toml's reflection because that stops at the first value of a wrong
// type and names Go types; its parser does the syntax, and its decoder has the last word on what is
// valid TOML. Each later step goes on where an earlier one found something wrong, and keeps silent
// about what only follows from that.
//
// Editing goes the other way: [Change] finds where a row stands (layout.go), puts other bytes there
// (splice.go), reads the whole as above, and puts it in the file's place (replace.go).
//
// A problem stops the file from being used. A warning does not: it says what is allowed but probably
// not meant. Secrets are never in the file, only the name of a file or an environment variable;
// [Config.RelayPassword] reads it when it is needed.
//
// Nothing below cmd imports this package: cmd translates a Config into each part's Options.
package config
