package team

import (
	"context"
	"slices"
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
	hashersAtOnce   = 2
	strangersAtOnce = 1 // of them
	hashersWaiting  = 32
	knownWaiting    = 8
	waitingEach     = 4 // from one network
	waitingAtMost   = 5 * time.Second
)

// hasher keeps sign-ins from taking all memory and cores: two at once, few wait,
// the rest are told to come back. Strangers have one lane and each network a few
// places in it; who is signed in, or comes from a network that they are signed
// in from, has another, so that no crowd keeps them out.
type hasher struct {
	slots chan struct{}
	lane  chan struct{} // what strangers may take of the slots
	queue chan struct{} // strangers, waiting or at it
	known chan struct{} // the others
	dummy func() string // compared against when there is no such user

	mu    sync.Mutex
	crowd map[string]int // strangers by network
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, hashersAtOnce),
		lane:  make(chan struct{}, strangersAtOnce),
		queue: make(chan struct{}, strangersAtOnce+hashersWaiting),
		known: make(chan struct{}, hashersAtOnce+knownWaiting),
		crowd: map[string]int{},
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

// A place is held by whoever is at the door: waiting, being counted, compared.
// It comes before anything is written, so that a crowd does not hold up those
// who write.
type place struct {
	turns []chan struct{} // to wait for before the work begins
	leave func()
}

// place gives one at once, or none. crowd: the person may be anybody.
func (h *hasher) place(ctx context.Context, crowd bool) (place, error) {
	if !crowd {
		select {
		case h.known <- struct{}{}:
			return place{[]chan struct{}{h.slots}, func() { <-h.known }}, nil
		default:
			return place{}, errBusy
		}
	}
	network := web.Network(web.Client(ctx))
	if !h.join(network) {
		return place{}, errBusy
	}
	select {
	case h.queue <- struct{}{}:
		return place{[]chan struct{}{h.lane, h.slots}, func() { <-h.queue; h.part(network) }}, nil
	default:
		h.part(network)
		return place{}, errBusy
	}
}

// turn waits until the work may begin, but not longer than anybody would.
func (p place) turn(ctx context.Context) (done func(), err error) {
	patience, cancel := context.WithTimeout(ctx, waitingAtMost)
	defer cancel()
	var held []chan struct{}
	done = func() {
		for _, c := range slices.Backward(held) {
			<-c
		}
	}
	for _, c := range p.turns {
		select {
		case c <- struct{}{}:
			held = append(held, c)
		case <-patience.Done():
			done()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, errBusy
		}
	}
	return done, nil
}

// join counts one more of a network, unless there are enough of it.
func (h *hasher) join(network string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.crowd[network] >= waitingEach {
		return false
	}
	h.crowd[network]++
	return true
}

func (h *hasher) part(network string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.crowd[network]--; h.crowd[network] <= 0 {
		delete(h.crowd, network)
	}
}

// hash makes the PHC string of a new password. Whoever gives one has shown that
// they may.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	p, err := h.place(ctx, false)
	if err != nil {
		return "", err
	}
	defer p.leave()
	done, err := p.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(password, cost)
}

// check compares in the same time whether or not there is such a user; stale
// says that the hash was made at another cost, or by another product.
func (h *hasher) check(ctx context.Context, at place, password, hash string) (match, stale bool, err error) {
	done, err := at.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	there := hash != ""
	if !there {
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
	return match && there, *params != *cost, nil
}
