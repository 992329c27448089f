package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"recado/internal/config"
)

func newConfig(a *app) *cobra.Command { return noun("config", "The channel file", configCheck(a)) }

// checkResult is what config check --json prints.
type checkResult struct {
	File        string         `json:"file"`
	OK          bool           `json:"ok"`
	Domains     int            `json:"domains"`
	Departments int            `json:"departments"`
	Channels    int            `json:"channels"`
	Forms       int            `json:"forms"`
	Problems    []checkProblem `json:"problems"`
	Warnings    []checkProblem `json:"warnings"`
}

type checkProblem struct {
	Line    int    `json:"line"` // 0: of the whole file
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func checkProblems(list config.Problems) []checkProblem {
	out := make([]checkProblem, len(list))
	for i, p := range list {
		out[i] = checkProblem{Line: p.Line, Column: p.Column, Message: p.Message.Text, Hint: p.Hint.Text}
	}
	return out
}

func configCheck(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check", Short: "Tell every problem of the channel file at once", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load()
			result := checkResult{File: a.channelFile(), OK: err == nil, Problems: []checkProblem{}, Warnings: []checkProblem{}}
			var problems config.Problems
			switch {
			case errors.As(err, &problems):
				result.Problems = checkProblems(problems)
			case err != nil:
				return err
			default:
				result.Domains, result.Departments = len(cfg.Domains), len(cfg.Departments)
				result.Channels, result.Forms = len(cfg.Channels), len(cfg.Forms)
				result.Warnings = checkProblems(cfg.Warnings)
			}
			if asJSON {
				document, jsonErr := json.Marshal(result)
				return errors.Join(err, jsonErr, printJSON(a.out, document))
			}
			if err != nil {
				return err
			}
			return writeCheck(a.out, result, cfg.Warnings)
		},
	}
	outputFlags(c, &asJSON)
	return c
}

func writeCheck(w io.Writer, r checkResult, warnings config.Problems) error {
	for _, p := range warnings {
		if _, err := fmt.Fprintln(w, "warning: "+cleanLine(p.String())); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "OK: %s has %s, %s, %s\n", cleanLine(r.File),
		count(r.Domains, "domain"), count(r.Departments, "department"), count(r.Channels, "channel"))
	return err
}
