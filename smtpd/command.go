package smtpd

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// command is an SMTP verb, or one of the words below it.
type command string

const (
	cmdBanner   command = "" // before any command
	cmdHelo     command = "HELO"
	cmdEhlo     command = "EHLO"
	cmdMail     command = "MAIL"
	cmdRcpt     command = "RCPT"
	cmdData     command = "DATA"
	cmdRset     command = "RSET"
	cmdNoop     command = "NOOP"
	cmdQuit     command = "QUIT"
	cmdVrfy     command = "VRFY"
	cmdExpn     command = "EXPN"
	cmdHelp     command = "HELP"
	cmdStartTLS command = "STARTTLS"
	cmdAuth     command = "AUTH"
	cmdBdat     command = "BDAT"

	// cmdForget is a RSET of ours, whose reply the client does not get.
	cmdForget command = "forget"
)

// take deals with one line of the client: it answers it, or hands it to go-smtp.
func (c *conn) take(line []byte) {
	if hasControl(line) {
		c.bad(replyBadSyntax)
		return
	}
	cmd, arg := splitCommand(line)
	if !isASCII(arg) && (cmd != cmdMail && cmd != cmdRcpt || !utf8.ValidString(arg)) {
		c.bad(replyBadSyntax) // RFC 6531 3.4: UTF-8, and only in mailboxes
		return
	}
	switch cmd {
	case cmdHelo, cmdEhlo:
		c.takeHello(cmd, arg)
	case cmdMail:
		c.takeMail(arg)
	case cmdRcpt:
		c.takeRcpt(arg)
	case cmdData, cmdQuit:
		c.hand(cmd, commandLine(cmd, arg))
	case cmdRset, cmdNoop, cmdVrfy, cmdExpn:
		if c.idle() {
			c.hand(cmd, commandLine(cmd, arg))
		}
	case cmdHelp:
		if c.idle() {
			c.say(formatReply(replyHelp))
		}
	case cmdStartTLS:
		c.takeStartTLS(arg)
	case cmdAuth:
		c.bad(replyNoAuth)
	case cmdBdat: // its chunk follows whatever we say, and must never be read as commands
		c.linger = true
		c.end(replyNoBdat)
	case "GET", "POST", "PUT", "HEAD", "CONNECT", "OPTIONS": // a browser that was led here
		c.linger = true
		c.end(replyNotHTTP)
	default:
		c.bad(replyUnknownCommand)
	}
}

func (c *conn) takeHello(cmd command, arg string) {
	name, _, _ := strings.Cut(arg, " ")
	if name == "" {
		c.bad(replyNoHelloName)
		return
	}
	if c.idle() {
		c.helo, c.esmtp = name, cmd == cmdEhlo
		c.hand(cmd, commandLine(cmd, arg))
	}
}

// takeMail hands MAIL on. Within a transaction it starts a new one (RFC 5321 3.3), which go-smtp has
// to be told, since it would keep the old recipients.
func (c *conn) takeMail(arg string) {
	line := commandLine(cmdMail, arg)
	switch {
	case !c.introduced:
		c.bad(replyHelloFirst)
	case hugeSize(arg):
		c.bad(replyTooLarge)
	case !c.idle():
	case c.transaction:
		c.forget()
		c.queued = &fed{cmdMail, line}
	default:
		c.hand(cmdMail, line)
	}
}

func (c *conn) takeRcpt(arg string) {
	if !c.introduced {
		c.bad(replyHelloFirst)
		return
	}
	params, bare := barePostmaster(arg)
	if bare { // go-smtp would refuse it; session.Rcpt finds the mark
		arg = "TO:<postmaster@" + c.srv.o.Hostname + ">" + params
	}
	c.postmaster = bare
	c.hand(cmdRcpt, commandLine(cmdRcpt, arg))
}

// forget makes go-smtp drop its transaction.
func (c *conn) forget() {
	c.transaction = false
	c.hand(cmdForget, commandLine(cmdRset, ""))
}

// bad answers a command that was not understood, and closes when there were too many.
func (c *conn) bad(reply error) {
	c.badCommands++
	if limit := c.srv.o.Limits.BadCommands; limit > 0 && c.badCommands > limit {
		c.linger = true
		c.end(replyTooManyErrors)
		return
	}
	c.say(formatReply(reply))
}

// idle counts a command that moves no mail, and closes when there were too many.
func (c *conn) idle() bool {
	c.idleCommands++
	if limit := c.srv.o.Limits.IdleCommands; limit > 0 && c.idleCommands > limit {
		c.linger = true
		c.end(replyTooManyIdle)
		return false
	}
	return true
}

// splitCommand parts a line into its verb, in upper case, and what follows it.
func splitCommand(line []byte) (command, string) {
	verb, arg, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte(" "))
	return command(bytes.ToUpper(verb)), string(bytes.TrimSpace(arg))
}

func commandLine(cmd command, arg string) []byte {
	if arg == "" {
		return []byte(string(cmd) + "\r\n")
	}
	return []byte(string(cmd) + " " + arg + "\r\n")
}

// barePostmaster tells whether the argument of RCPT is postmaster without a domain, which every server takes
// (RFC 5321 4.5.1), and returns the parameters after it.
func barePostmaster(arg string) (params string, ok bool) {
	path, ok := cutPrefixFold(arg, "TO:")
	if !ok {
		return "", false
	}
	path = strings.TrimLeft(path, " ")
	if params, ok = cutPrefixFold(path, "<postmaster>"); ok {
		return params, true
	}
	params, ok = cutPrefixFold(path, "postmaster")
	return params, ok && (params == "" || params[0] == ' ')
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// hugeSize tells whether MAIL declares a size of more than nine digits: RFC 1870 allows twenty, and
// go-smtp takes those beyond 32 bits for bad syntax.
func hugeSize(arg string) bool {
	for i, param := range strings.Fields(arg) {
		digits, ok := cutPrefixFold(param, "SIZE=")
		digits = strings.TrimLeft(digits, "0")
		if ok && i > 0 && len(digits) > 9 && len(digits) <= 20 && strings.Trim(digits, "0123456789") == "" {
			return true
		}
	}
	return false
}

// hasControl tells whether a command line holds control characters: NUL, a bare CR, escapes.
func hasControl(line []byte) bool {
	for _, b := range line {
		if b < ' ' && b != '\t' || b == 0x7f {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
