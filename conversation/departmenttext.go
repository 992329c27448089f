package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// DepartmentText is one of the texts that a department may have of its own.
type DepartmentText string

const (
	TextAcknowledgement DepartmentText = "acknowledgement" // what a new protocol's sender is told (rule 14)
	TextSignature       DepartmentText = "signature"       // what closes its mail
)

// Text is the department's own text of the kind; "" for none.
func (d *Department) Text(kind DepartmentText) string {
	if kind == TextSignature {
		return d.Signature
	}
	return d.AcknowledgementText
}

// TextHash is what an edit of the text carries to prove what it was decided by: SHA-256 in hex.
func (d *Department) TextHash(kind DepartmentText) string {
	sum := sha256.Sum256([]byte(d.Text(kind)))
	return hex.EncodeToString(sum[:])
}

// BuiltInText is what is said where a department has no text of its own.
func (d *Department) BuiltInText(kind DepartmentText) string {
	if kind == TextSignature {
		return ""
	}
	return wordsOf(d).text
}

// AcknowledgementVariables are what an acknowledgement may have between braces.
var AcknowledgementVariables = []string{"number", "date", "time", "department"}

// Variables are what the text may have between braces.
func (kind DepartmentText) Variables() []string {
	if kind == TextAcknowledgement {
		return AcknowledgementVariables
	}
	return nil
}

// bracePattern finds what looks like a variable, and a known one that is not closed.
var bracePattern = regexp.MustCompile(`\{+[^{}\n]{0,60}\}+|\{+(?:` + strings.Join(AcknowledgementVariables, "|") + `)`)

// Check refuses a variable that would stand as it is in a customer's mail.
func (kind DepartmentText) Check(text string) error {
	if kind != TextAcknowledgement {
		return nil
	}
	known := "{" + strings.Join(AcknowledgementVariables, "}, {") + "}"
	for _, found := range bracePattern.FindAllString(text, -1) {
		name := strings.Trim(found, "{} ")
		switch {
		case !slices.Contains(AcknowledgementVariables, name):
			return errorf(CodeInvalid, "there is no variable %s; the variables are %s", preview(found), known)
		case found != "{"+name+"}":
			return errorf(CodeInvalid, "write {%s} for %s", name, preview(found))
		}
	}
	return nil
}

// Preview is the text as a customer would read it, with a number that is made up; a signature stands below it.
func (kind DepartmentText) Preview(d *Directory, dep *Department, text string, now time.Time) string {
	p := &Protocol{Number: fmt.Sprintf("%s-000042", now.In(d.Location).Format("20060102")), OpenedAt: now}
	if kind == TextSignature {
		return numberLine(dep, p, d.Location) + "\n" + text
	}
	return withNumber(text, dep, p, d.Location)
}
