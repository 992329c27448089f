package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// peakMemory is the most that a process has had resident (proc(5), VmHWM), in octets.
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kib, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status tells no VmHWM", pid)
}

// believedAttackers looks in the server's log for a mail of an attacker that was taken for verified: the honest domain
// vouches for 127.0.0.1 and nobody else.
func believedAttackers(log string) error {
	f, err := os.Open(log)
	if err != nil {
		return err
	}
	defer f.Close()
	judged := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if !bytes.Contains(line, []byte(" ip=127.66.")) || !bytes.Contains(line, []byte(" verdict=")) {
			continue
		}
		judged++
		if bytes.Contains(line, []byte(" verdict=verified")) {
			return fmt.Errorf("a mail of an attacker was taken for verified: %s", line)
		}
	}
	if judged == 0 {
		return errors.New("no mail of an attacker was judged, which proves nothing")
	}
	return lines.Err()
}
