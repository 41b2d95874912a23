package team

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"

	"stead/app/errs"
)

// What an imported hash may ask for: more iterations would let a list of users
// keep the server busy, fewer were never safe.
const (
	importedMost  = 600_000
	importedLeast = 1_000
)

// imported is a password hash of another product: PBKDF2 with SHA-256. It is
// replaced by one of ours at the next sign-in.
type imported struct {
	iterations int
	salt, sum  []byte
}

var errImported = &errs.Error{Kind: errs.Invalid, Code: "hash", Message: "This password hash cannot be taken over. It must be PBKDF2 with SHA-256, written like pbkdf2_sha256$600000$salt$… or $pbkdf2-sha256$29000$salt$…, with at most 600,000 iterations."}

// CheckImported tells whether a password hash of another product can be taken
// over: errs.Invalid, in words, when it cannot.
func CheckImported(hash string) error {
	_, err := parseImported(hash)
	return err
}

// isImported tells the hashes of other products from ours.
func isImported(hash string) bool {
	return strings.HasPrefix(hash, "pbkdf2_sha256$") || strings.HasPrefix(hash, "$pbkdf2-sha256$")
}

func parseImported(hash string) (imported, error) {
	if len(hash) > 512 || !isImported(hash) {
		return imported{}, errImported
	}
	parts := strings.Split(strings.TrimPrefix(hash, "$"), "$")
	if len(parts) != 4 {
		return imported{}, errImported
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil || n < importedLeast || n > importedMost {
		return imported{}, errImported
	}
	v := imported{iterations: n, salt: []byte(parts[2])}
	if hash[0] == '$' {
		var saltErr error
		v.salt, saltErr = dotted(parts[2])
		v.sum, err = dotted(parts[3])
		if saltErr != nil {
			return imported{}, errImported
		}
	} else {
		v.sum, err = base64.StdEncoding.DecodeString(parts[3])
	}
	if err != nil || len(v.salt) < 8 || len(v.sum) != sha256.Size {
		return imported{}, errImported
	}
	return v, nil
}

// dotted is base64 without padding that writes a dot for a plus.
func dotted(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.ReplaceAll(text, ".", "+"))
}

func (v imported) derive(password string) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, v.salt, v.iterations, sha256.Size)
}

// matches compares a password.
func (v imported) matches(password string) bool {
	sum, err := v.derive(password)
	return err == nil && subtle.ConstantTimeCompare(sum, v.sum) == 1
}
