package conversation

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password: 19 MiB, two passes, one lane, which is the second of the choices that OWASP
// gives for argon2id (RFC 9106). About 40 ms of one core.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonSalt   = 16 // octets
	argonKey    = 32 // octets
)

// Bounds of a password, in characters and octets. The upper one keeps a stranger from making us hash megabytes.
const (
	MinPassword = 10
	maxPassword = 1024
)

// hashing bounds how many passwords are hashed at one time in this process, since each takes 19 MiB.
var hashing = make(chan struct{}, max(1, min(4, runtime.GOMAXPROCS(0))))

// argonOf hashes password when its turn comes; the only error is the context's.
func argonOf(ctx context.Context, password string, salt []byte, memory, time uint32, lanes uint8, length uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, length), nil
}

// hashPassword makes the PHC string of a password: "$argon2id$v=19$m=19456,t=2,p=1$salt$key".
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails since Go 1.24
	key, err := argonOf(ctx, password, salt, argonMemory, argonTime, argonLanes, argonKey)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// nobodysPassword is hashed where there is no account, so that the answer takes as long as with one.
var nobodysPassword = phc{memory: argonMemory, time: argonTime, lanes: argonLanes, salt: make([]byte, argonSalt), key: make([]byte, argonKey)}

// verifyPassword tells whether password is the one that hash was made of. An empty hash is nobody's; it
// takes as long.
func verifyPassword(ctx context.Context, password, hash string) (bool, error) {
	p, nobody := nobodysPassword, hash == ""
	if !nobody {
		var err error
		if p, err = parsePHC(hash); err != nil {
			return false, err
		}
	}
	key, err := argonOf(ctx, password, p.salt, p.memory, p.time, p.lanes, uint32(len(p.key)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1 && !nobody, nil
}

// phc is a password's hash, taken apart.
type phc struct {
	memory, time uint32
	lanes        uint8
	salt, key    []byte
}

var errPHC = errors.New("a stored password is not in the form of argon2id")

// parsePHC reads what hashPassword wrote, with other costs too, within bounds that a stored value keeps.
func parsePHC(s string) (phc, error) {
	fields := strings.Split(s, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return phc{}, errPHC
	}
	var p phc
	var version int
	if n, err := fmt.Sscanf(fields[2], "v=%d", &version); n != 1 || err != nil || version != argon2.Version {
		return phc{}, errPHC
	}
	if n, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.lanes); n != 3 || err != nil {
		return phc{}, errPHC
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err != nil {
		return phc{}, errPHC
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(fields[5]); err != nil {
		return phc{}, errPHC
	}
	if p.memory > 1<<20 || p.time == 0 || p.time > 64 || p.lanes == 0 || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 128 {
		return phc{}, errPHC
	}
	return p, nil
}

// CheckPassword tells what is wrong with a new password of the agent.
func CheckPassword(password, email, name string) error {
	n := utf8.RuneCountInString(password)
	folded := strings.ToLower(password)
	local, _, _ := cutAddress(email)
	switch {
	case !utf8.ValidString(password):
		return errorf(CodeInvalid, "the password is not text")
	case n < MinPassword:
		return errorf(CodeInvalid, "the password has %d characters: at least %d are needed", n, MinPassword)
	case len(password) > maxPassword:
		return errorf(CodeInvalid, "the password is longer than %d octets", maxPassword)
	case folded == email, folded == strings.ToLower(name), len(local) >= 4 && strings.Trim(strings.ReplaceAll(folded, local, ""), "0123456789.!-_ ") == "":
		return errorf(CodeInvalid, "the password is the agent's address or name: choose another")
	case strings.Count(password, password[:1]) == len(password):
		return errorf(CodeInvalid, "the password is one character over and over: choose another")
	}
	return nil
}
