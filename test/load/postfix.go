package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"recado/test/process"
)

// postfixMain is main.cf: mail is taken from loopback, without any check, into the hold queue, where it
// stays. So what is measured is smtpd and cleanup alone, which sync a file for each mail before their
// 250; no delivery takes the processor or the disk from them. Limits that would slow one client down are off.
const postfixMain = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
mail_owner = postfix
maillog_file_prefixes = %[1]s
maillog_file = %[1]s/maillog
myhostname = mx.%[2]s
mydestination = %[2]s
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
local_transport = discard:
default_transport = discard:
alias_maps =
alias_database =
message_size_limit = 134217728
mailbox_size_limit = 0
in_flow_delay = 0
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_restrictions = check_client_access static:HOLD
smtpd_relay_restrictions = permit_mynetworks, reject
`

// postfixMaster is master.cf: only what a mail meets on its way into the queue, and what Postfix wants to see.
const postfixMaster = `127.0.0.1:%d inet n - n - 0 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
discard unix - - n - - discard
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix starts an instance of its own, on a free port of loopback.
func startPostfix(ctx context.Context, o options, dir string) (*server, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("only root can start it: its processes change to users of their own")
	}
	if _, err := exec.LookPath("postfix"); err != nil {
		return nil, fmt.Errorf("it is not installed: %w", err)
	}
	base := filepath.Join(dir, "postfix")
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := writePostfix(base, o, port); err != nil {
		return nil, err
	}
	conf := filepath.Join(base, "conf")
	stop := func() error {
		if out, err := exec.Command("postfix", "-c", conf, "stop").CombinedOutput(); err != nil {
			return fmt.Errorf("stop Postfix: %w\n%s", err, out)
		}
		return nil
	}
	if out, err := exec.CommandContext(ctx, "postfix", "-c", conf, "start").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s%s", err, out, process.LastLines(filepath.Join(base, "maillog")))
	}
	s := &server{name: "postfix", addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), stop: stop,
		pids: func() ([]int, error) { return postfixProcesses(base) }}
	if err := waitListening(ctx, s.addr); err != nil {
		return nil, errors.Join(err, stop())
	}
	return s, nil
}

// writePostfix makes the instance's folders. Postfix's user must reach its own, which is why the folder
// of this run, otherwise ours alone, may be passed through.
func writePostfix(base string, o options, port int) error {
	owner, err := user.Lookup("postfix")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return err
	}
	_, domain, _ := strings.Cut(o.to, "@")
	conf := filepath.Join(base, "conf")
	return errors.Join(
		os.Chmod(filepath.Dir(base), 0o711),
		os.MkdirAll(conf, 0o755), os.Mkdir(filepath.Join(base, "queue"), 0o755), os.Mkdir(filepath.Join(base, "data"), 0o700),
		os.Chown(filepath.Join(base, "data"), uid, -1),
		os.WriteFile(filepath.Join(conf, "main.cf"), fmt.Appendf(nil, postfixMain, base, domain), 0o644),
		os.WriteFile(filepath.Join(conf, "master.cf"), fmt.Appendf(nil, postfixMaster, port), 0o644),
	)
}

// freePort is one that nobody listens on; Postfix cannot be told to take any.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func waitListening(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errors.New("it did not listen in time"))
	defer cancel()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond): // between two tries; the deadline decides
		}
	}
}

// postfixProcesses are the master and its children.
func postfixProcesses(base string) ([]int, error) {
	text, err := os.ReadFile(filepath.Join(base, "queue", "pid", "master.pid"))
	if err != nil {
		return nil, err
	}
	master, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("master.pid: %w", err)
	}
	pids := []int{master}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return nil, fmt.Errorf("find Postfix's processes: %w", err)
	}
	for _, word := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
