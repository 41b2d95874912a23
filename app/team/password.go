package team

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"stead/app/web"
)

const (
	passwordMin = 12
	passwordMax = 256 // bytes; more would only cost time
)

// passwordProblem says what is wrong with a new password, or "".
func passwordProblem(password, name, email, business string) string {
	switch {
	case utf8.RuneCountInString(password) < passwordMin:
		return "Use at least 12 characters. Four or five words in a row are good and easy to keep in mind."
	case len(password) > passwordMax:
		return "Use at most 256 characters."
	case guessable(password, name, email, business):
		return "That is too easy to guess. Four or five words in a row that only you would put together are good."
	}
	return ""
}

var wellKnown = []string{"password", "passwort", "qwerty", "letmein", "welcome", "iloveyou", "123456789", "1234567890", "abcdefghijkl", "stead", "administrator", "changeme"}

// guessable finds passwords that are hardly more than what everyone knows.
func guessable(password, name, email, business string) bool {
	rest := strings.ToLower(password)
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	known := append([]string{local, domain}, wellKnown...)
	known = append(known, strings.Fields(strings.ToLower(name))...)
	known = append(known, strings.Fields(strings.ToLower(business))...)
	for _, word := range known {
		if len(word) > 3 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	distinct := map[rune]bool{}
	for _, c := range rest {
		distinct[c] = true
	}
	return len(distinct) < 5
}

// The cost of one guess: 19 MiB and two passes, some 25 ms of one core.
var cost = &argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	hashersAtOnce  = 2
	hashersWaiting = 32
)

// hasher keeps sign-ins from taking all memory and cores: two at once, few wait,
// the rest are told to come back.
type hasher struct {
	slots chan struct{}
	queue chan struct{}
	dummy func() string // compared against when there is no such user
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, hashersAtOnce),
		queue: make(chan struct{}, hashersAtOnce+hashersWaiting),
		dummy: sync.OnceValue(func() string {
			hash, err := argon2id.CreateHash("nobody has this password", cost)
			if err != nil {
				panic("team: no randomness") // nothing else can fail
			}
			return hash
		}),
	}
}

var errBusy = web.TooMany(2*time.Second, "Many people are signing in. Wait a moment, then try again.")

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, errBusy
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, ctx.Err()
	}
}

// hash makes the PHC string of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return argon2id.CreateHash(password, cost)
}

// check compares in the same time whether or not there is such a user; stale
// says that the hash was made at another cost, or by another product.
func (h *hasher) check(ctx context.Context, password, hash string) (match, stale bool, err error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	known := hash != ""
	if !known {
		hash = h.dummy()
	}
	if isImported(hash) {
		v, err := parseImported(hash)
		return err == nil && v.matches(password), true, nil
	}
	match, params, err := argon2id.CheckHash(password, hash)
	if err != nil {
		return false, false, err
	}
	return match && known, *params != *cost, nil
}
