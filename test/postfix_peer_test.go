package test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"recado/internal/mailtest"
)

const (
	postfixUser     = "recado@relay.example"
	postfixPassword = "Grüße & \"more\" 7%"
)

// postfix is a Postfix of the test's own: a submission relay (RFC 6409) that takes mail from whoever
// logs in over STARTTLS, and hands it on to mx, which plays the MX of every customer. Nothing of the
// machine's own Postfix is read or changed.
type postfix struct {
	t    *testing.T
	dir  string
	addr string // host:port, for [relay] address
	root string // file of the certificate authority
	mx   *mailtest.Relay

	cmd    *exec.Cmd
	output lockedBuffer
	exited chan struct{} // closed once the master is gone
}

// postfixMain is main.cf: folder, banner's name, the domain's MX as the test has it, and mx.
const postfixMain = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[1]s/log/mail.log
maillog_file_prefixes = %[1]s
myhostname = submission.relay.test
mydomain = relay.test
mydestination =
local_transport = error:no local mail
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 192.0.2.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
notify_classes =
relayhost = [%[2]s]:%[3]s
transport_maps = texthash:%[1]s/transport
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
minimal_backoff_time = 1s
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = %[1]s/tls/relay.crt
smtpd_tls_key_file = %[1]s/tls/relay.key
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = relay.example
smtpd_sasl_security_options = noanonymous
smtpd_sasl_authenticated_header = yes
cyrus_sasl_config_path = %[1]s/config/sasl
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
`

const postfixMaster = `%s inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix ends the test where Postfix or the rights that it needs are absent.
func startPostfix(t *testing.T) *postfix {
	t.Helper()
	master := postfixProgram(t)
	mx, err := mailtest.NewRelay(mailtest.RelayOptions{Hostname: "mx.verified.test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mx.Close)
	// Not t.TempDir: Postfix's own user must reach it.
	dir, err := os.MkdirTemp("", "recado-postfix-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	f := &postfix{t: t, dir: dir, mx: mx, addr: freeAddress(t), root: filepath.Join(dir, "tls", "ca.pem")}
	f.folders()
	f.certificate()
	f.configure()
	f.password(postfixPassword)
	f.start(master)
	t.Cleanup(f.stop)
	return f
}

// postfixProgram is the path of Postfix's master.
func postfixProgram(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"postconf", "saslpasswd2"} {
		if _, err := exec.LookPath(program); err != nil {
			mailtest.RequireOrSkip(t, program+" is not installed: postfix, sasl2-bin and libsasl2-modules of Debian")
		}
	}
	if os.Getuid() != 0 {
		mailtest.RequireOrSkip(t, "Postfix starts for root alone")
	}
	dir, err := exec.Command("postconf", "-d", "-h", "daemon_directory").Output()
	if err != nil {
		t.Fatal("ask postconf where Postfix is:", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "master")
}

// freeAddress is a loopback address that nobody listened on a moment ago: master.cf has no port 0.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (f *postfix) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// folders makes what `postfix start` would make with its scripts.
func (f *postfix) folders() {
	f.t.Helper()
	owner, err := user.Lookup("postfix")
	if err != nil {
		f.t.Fatal("Postfix has no user:", err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, d := range []struct {
		name  string
		mode  os.FileMode
		owned bool
	}{
		{".", 0o755, false}, {"config", 0o755, false}, {"log", 0o755, false}, {"tls", 0o755, false}, {"config/sasl", 0o755, false},
		{"data", 0o700, true}, {"queue", 0o755, false}, {"queue/pid", 0o755, false},
		{"queue/active", 0o700, true}, {"queue/bounce", 0o700, true}, {"queue/corrupt", 0o700, true}, {"queue/defer", 0o700, true},
		{"queue/deferred", 0o700, true}, {"queue/flush", 0o700, true}, {"queue/hold", 0o700, true}, {"queue/incoming", 0o700, true},
		{"queue/maildrop", 0o730, true}, {"queue/private", 0o700, true}, {"queue/public", 0o710, true},
		{"queue/saved", 0o700, true}, {"queue/trace", 0o700, true},
	} {
		path := filepath.Join(f.dir, d.name)
		if err := os.MkdirAll(path, d.mode); err != nil {
			f.t.Fatal(err)
		}
		if err := os.Chmod(path, d.mode); err != nil { // whatever the umask
			f.t.Fatal(err)
		}
		if !d.owned {
			continue
		}
		if err := os.Chown(path, uid, gid); err != nil {
			f.t.Fatal(err)
		}
	}
}

// certificate makes an authority, and one certificate of it for the relay.
func (f *postfix) certificate() {
	f.t.Helper()
	ca, err := mailtest.NewCA()
	if err != nil {
		f.t.Fatal(err)
	}
	cert, err := ca.Issue("127.0.0.1", "localhost")
	if err != nil {
		f.t.Fatal(err)
	}
	if _, _, err := mailtest.WriteCertificate(filepath.Join(f.dir, "tls"), "relay", cert); err != nil {
		f.t.Fatal(err)
	}
	f.write("tls/ca.pem", string(ca.PEM()))
}

func (f *postfix) configure() {
	f.t.Helper()
	host, port, err := net.SplitHostPort(f.mx.Addr())
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("config/main.cf", fmt.Sprintf(postfixMain, f.dir, host, port))
	f.write("config/master.cf", fmt.Sprintf(postfixMaster, f.addr))
	f.write("transport", "")
	f.write("config/sasl/smtpd.conf", fmt.Sprintf("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s/config/sasl/sasldb2\nmech_list: PLAIN LOGIN\n", f.dir))
}

// password is what postfixUser logs in with from now on.
func (f *postfix) password(secret string) {
	f.t.Helper()
	name, realm, _ := strings.Cut(postfixUser, "@")
	db := filepath.Join(f.dir, "config", "sasl", "sasldb2")
	cmd := exec.Command("saslpasswd2", "-p", "-c", "-f", db, "-u", realm, name)
	cmd.Stdin = strings.NewReader(secret)
	if out, err := cmd.CombinedOutput(); err != nil {
		f.t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	if err := os.Chmod(db, 0o644); err != nil { // a test's secret, read by Postfix's own user
		f.t.Fatal(err)
	}
}

func (f *postfix) start(master string) {
	f.t.Helper()
	// -d: keep standard error. Its own session, so that its whole group can be ended.
	f.cmd = exec.Command(master, "-d", "-c", filepath.Join(f.dir, "config"))
	f.cmd.Stdout, f.cmd.Stderr = &f.output, &f.output
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	f.cmd.WaitDelay = within // for the output of children that outlive the master
	if err := f.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.exited = make(chan struct{})
	go func() {
		defer close(f.exited)
		f.cmd.Wait()
	}()
	eventually(f.t, "Postfix answers", func() bool {
		select {
		case <-f.exited:
			f.t.Fatalf("Postfix ended: %s\n%s%s", f.cmd.ProcessState, f.output.String(), f.log())
		default:
		}
		c, err := mailtest.Dial(f.addr)
		if err != nil {
			return false
		}
		c.Cmd("QUIT")
		c.Close()
		return true
	})
}

// stop ends every process of this Postfix.
func (f *postfix) stop() {
	f.t.Helper()
	group := -f.cmd.Process.Pid
	f.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-f.exited:
	case <-time.After(within):
		f.t.Error("Postfix did not stop")
	}
	syscall.Kill(group, syscall.SIGKILL) // what is left of it, if anything
	eventually(f.t, "Postfix's processes are gone", func() bool { return syscall.Kill(group, 0) == syscall.ESRCH })
	if f.t.Failed() {
		f.t.Logf("Postfix's log:\n%s%s", f.output.String(), f.log())
	}
}

func (f *postfix) log() []byte {
	text, err := os.ReadFile(filepath.Join(f.dir, "log", "mail.log"))
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text)
}

// route makes the product the MX of shop.test, for the bounces. It is for a Postfix that has had no
// mail yet.
func (f *postfix) route(p *product) {
	f.t.Helper()
	host, port, err := net.SplitHostPort(p.smtp)
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("transport", fmt.Sprintf("shop.test smtp:[%s]:%s\n", host, port))
}

// newProductWith is a product that sends through this Postfix; its relay is the customers' MX.
func (f *postfix) newProductWith(s settings) *product {
	f.t.Helper()
	f.relayPassword(postfixPassword)
	s.address = f.addr
	s.relay = fmt.Sprintf("security = \"starttls\"\nusername = %q\npassword_file = %q\n%s", postfixUser, f.passwordFile(), s.relay)
	s.env = append(s.env, "SSL_CERT_FILE="+f.root)
	p := newProduct(f.t, s)
	p.relay = f.mx
	f.route(p)
	return p
}

// passwordFile is the product's.
func (f *postfix) passwordFile() string { return filepath.Join(f.dir, "relay.password") }

// relayPassword is what the product logs in with, once it has read it.
func (f *postfix) relayPassword(secret string) {
	f.t.Helper()
	if err := os.WriteFile(f.passwordFile(), []byte(secret+"\n"), 0o600); err != nil {
		f.t.Fatal(err)
	}
}
