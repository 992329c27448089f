package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ticks of a second, in which Linux tells processor time to every program (USER_HZ, proc(5)).
const ticks = 100

// processorTime is what the server's processes, and those of their children that have ended, took of the
// processor so far; below zero where that is not known.
func processorTime(s *server) (time.Duration, error) {
	if s.pids == nil {
		return -1, nil
	}
	pids, err := s.pids()
	if err != nil {
		return -1, err
	}
	var sum time.Duration
	for i, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			if i > 0 {
				continue // it ended, and its parent's figures have it
			}
			return -1, nil // not Linux
		}
		took, err := parseStat(text)
		if err != nil {
			return -1, err
		}
		sum += took
	}
	return sum, nil
}

// parseStat reads utime, stime, cutime and cstime, fields 14 to 17 of /proc/PID/stat. The name in field 2
// stands in parentheses and may hold anything.
func parseStat(text []byte) (time.Duration, error) {
	rest := text[bytes.LastIndexByte(text, ')')+1:]
	fields := bytes.Fields(rest)
	const first = 14 - 3 // fields begins with field 3
	if len(fields) < first+4 {
		return 0, fmt.Errorf("/proc/PID/stat has too few fields: %q", text)
	}
	var sum int64
	for _, f := range fields[first : first+4] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/stat: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks, nil
}
