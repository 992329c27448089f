package dnscheck

import (
	"strings"

	"recado/internal/mailauth"
)

// MergeSPF is one record that allows what the given ones allow, and besides what add says ("mx"). Terms that the
// grammar does not know are left out, since they make the whole an error; +all and ?all, which allow everybody, and
// the lack of an end become ~all.
func MergeSPF(records []string, add ...string) string {
	terms, last := []string{}, ""
	has := map[string]bool{}
	put := func(text string) {
		if key := strings.ToLower(strings.TrimPrefix(text, "+")); !has[key] {
			has[key] = true
			terms = append(terms, text)
		}
	}
	for _, a := range add {
		put(a)
	}
	redirect, modifiers := "", []string{}
	for _, record := range records {
		for _, t := range mailauth.SPFTerms(record) {
			switch {
			case t.Err != nil:
			case t.Name == "all":
				last = softer(last, t.Text)
			case t.Name == "redirect" && len(records) == 1:
				redirect = t.Text
			case t.Name == "redirect": // of several records it can be the end of none
				put("include:" + t.Value)
			case t.Modifier:
				modifiers = append(modifiers, t.Text)
			default:
				put(t.Text)
			}
		}
	}
	switch {
	case last == "" && redirect != "":
		terms = append(terms, redirect)
	case last == "":
		terms = append(terms, "~all")
	default:
		terms = append(terms, last)
	}
	return strings.Join(append(append([]string{"v=spf1"}, terms...), modifiers...), " ")
}

// softer is the end of a record that two others end in; ~all where they do not agree, or allow everybody.
func softer(last, text string) string {
	if strings.HasPrefix(text, "-") && (last == "" || strings.EqualFold(last, text)) {
		return text
	}
	return "~all"
}

// mergeDMARC is the first of several records that is in order, or else the first with a policy of none in place of
// what is not.
func mergeDMARC(records []string) string {
	for _, r := range records {
		if mailauth.DMARCSyntax(r) == "" {
			return r
		}
	}
	head, rest, _ := strings.Cut(records[0], ";")
	out := []string{strings.TrimSpace(head), "p=none"}
	for pair := range strings.SplitSeq(rest, ";") {
		pair = strings.TrimSpace(pair)
		name, value, _ := strings.Cut(pair, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		isPolicy := mailauth.DMARCSyntax("v=DMARC1; p="+value) == ""
		if pair != "" && name != "p" && (name != "sp" && name != "np" || isPolicy) {
			out = append(out, pair)
		}
	}
	return strings.Join(out, "; ")
}
