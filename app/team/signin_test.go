package team

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	newid "stead/app/ids"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
)

// bench is the capability over a real store, with a clock that the test moves.
type bench struct {
	*Service
	at time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{at: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)}
	st := storetest.New(t)
	b.Service = New(Deps{Store: st, Now: func() time.Time { return b.at }, NewID: newid.New, Log: slog.New(slog.DiscardHandler)})
	b.write(t, func(tx *store.Tx) error {
		return tx.SetSetting(t.Context(), throttleSetting, throttleSalt{Key: "k"}, 1)
	})
	return b
}

func (b *bench) write(t *testing.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := b.Store.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) hire(t *testing.T, hash string) store.User {
	t.Helper()
	u := store.User{ID: "u1", Name: "Ana", Email: "ana@example.com", EmailKey: "ana@example.com", PasswordHash: hash, Role: "owner", CreatedAt: 1, UpdatedAt: 1}
	b.write(t, func(tx *store.Tx) error { return tx.InsertUser(t.Context(), u) })
	return u
}

// Whoever has no account is answered like a wrong password, after the same work.
func TestNobodyCostsAsMuchAsSomebody(t *testing.T) {
	b := newBench(t)
	hash, err := b.hasher.hash(t.Context(), "kettle blue harbour seven")
	if err != nil {
		t.Fatal(err)
	}
	b.hire(t, hash)
	compared, dummy := 0, b.hasher.dummy
	b.hasher.dummy = func() string { compared++; return dummy() }
	_, known := b.Check(t.Context(), "ana@example.com", "not the password at all")
	if compared != 0 {
		t.Fatal("the known one is compared with the dummy")
	}
	_, unknown := b.Check(t.Context(), "nobody@example.com", "not the password at all")
	if compared != 1 {
		t.Errorf("for nobody %d passwords are hashed, want 1", compared)
	}
	if !errors.Is(known, errWrong) || !errors.Is(unknown, errWrong) {
		t.Errorf("%v and %v", known, unknown)
	}
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		keys, err := b.throttleKeys(t.Context(), store.User{}, email, web.Network(web.Client(t.Context())))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if row, err := b.Store.Throttle(t.Context(), k.hash); err != nil || row.Failures != 1 {
				t.Errorf("%s: counted %d times, %v", email, row.Failures, err)
			}
		}
	}
}

// A try that nobody came to look at is no failure.
func TestWhoIsSentAwayIsNotCounted(t *testing.T) {
	b := newBench(t)
	b.hire(t, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	for range cap(b.hasher.lane) {
		b.hasher.lane <- struct{}{} // somebody is at it for long
	}
	ctx, gone := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer gone()
	if _, err := b.Check(ctx, "ana@example.com", "not the password at all"); err == nil || errors.Is(err, errWrong) {
		t.Fatalf("the try ends with %v", err)
	}
	keys, err := b.throttleKeys(t.Context(), store.User{}, "ana@example.com", web.Network(web.Client(t.Context())))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if row, err := b.Store.Throttle(t.Context(), k.hash); err != nil || row.Failures != 0 || row.NextAt > b.at.UnixMilli() {
			t.Errorf("counted %d times, %v", row.Failures, err)
		}
	}
}

func TestThrottleSurvivesARestart(t *testing.T) {
	b := newBench(t)
	for range 6 {
		_, _ = b.Check(t.Context(), "ana@example.com", "not the password at all") // the last is looked at below
	}
	again := New(b.Deps)
	var refused *web.StatusError
	if _, err := again.Check(t.Context(), "ana@example.com", "not the password at all"); !errors.As(err, &refused) || refused.RetryAfter <= 0 {
		t.Errorf("after a restart: %v", err)
	}
}

// A clock that is set back by years must not lock anybody out for years, nor let
// anybody guess on.
func TestThrottleAndAClockThatJumps(t *testing.T) {
	key := throttleKey{"h", throttleRule{free: 2, limit: time.Minute}}
	for name, tt := range map[string]struct {
		jump time.Duration
		open bool // at once
	}{"back by years": {-5 * 365 * 24 * time.Hour, false}, "back by a minute": {-time.Minute, false}, "on by years": {5 * 365 * 24 * time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			for range 30 {
				_ = b.reserve(t.Context(), []throttleKey{key}) // until it refuses
				b.at = b.at.Add(20 * time.Second)
			}
			b.at = b.at.Add(tt.jump)
			err := b.reserve(t.Context(), []throttleKey{key})
			if open := err == nil; open != tt.open {
				t.Fatalf("right after the jump: %v", err)
			}
			b.at = b.at.Add(key.rule.limit)
			if err := b.reserve(t.Context(), []throttleKey{key}); err != nil {
				t.Errorf("after the longest pause: %v", err)
			}
		})
	}
}

// The beginnings of hashes as two frameworks write them.
const (
	djangoHash  = "pbkdf2_sha256$1000$saltsaltsalt$"
	passlibHash = "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$"
)

func stdText(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func dottedText(b []byte) string {
	return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "+", ".")
}

// RFC 7914 has a test vector of PBKDF2 with SHA-256.
func TestPBKDF2AsTheRFCHasIt(t *testing.T) {
	sum, err := imported{iterations: 80000, salt: []byte("NaCl")}.derive("Password")
	if want := "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"; err != nil || hex.EncodeToString(sum) != want {
		t.Errorf("%x, %v; want %s", sum, err, want)
	}
}

func TestImportedPasswords(t *testing.T) {
	sum, err := imported{iterations: 1000, salt: []byte("saltsaltsalt")}.derive("correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{"with equals signs": djangoHash + stdText(sum), "with dots": passlibHash + dottedText(sum)} {
		t.Run(name, func(t *testing.T) {
			if err := CheckImported(hash); err != nil {
				t.Fatal(err)
			}
			b := newBench(t)
			b.hire(t, hash)
			if _, err := b.Check(t.Context(), "ana@example.com", "correct horse battery stapler"); !errors.Is(err, errWrong) {
				t.Errorf("another password: %v", err)
			}
			for range 2 {
				if _, err := b.Check(t.Context(), "ana@example.com", "correct horse battery staple"); err != nil {
					t.Fatalf("the password: %v", err)
				}
			}
			if u, err := b.Store.User(t.Context(), "u1"); err != nil || isImported(u.PasswordHash) || u.Epoch != 0 {
				t.Errorf("the hash was not made anew: %q, epoch %d, %v", u.PasswordHash, u.Epoch, err)
			}
		})
	}
}

func TestImportedHashesThatAreRefused(t *testing.T) {
	sum := stdText(make([]byte, 32))
	for name, hash := range map[string]string{
		"nothing": "", "plain text": "password1234", "too many iterations": "pbkdf2_sha256$600001$saltsaltsalt$" + sum, "too few": "pbkdf2_sha256$999$saltsaltsalt$" + sum,
		"an overflow": "pbkdf2_sha256$99999999999999999999$saltsaltsalt$" + sum, "negative": "pbkdf2_sha256$-5000$saltsaltsalt$" + sum,
		"no salt": "pbkdf2_sha256$1000$$" + sum, "a short sum": "pbkdf2_sha256$1000$saltsaltsalt$AAAA", "no base64": "pbkdf2_sha256$1000$saltsaltsalt$%%%%",
		"SHA-1": "pbkdf2_sha1$1000$saltsaltsalt$" + sum, "too many parts": "pbkdf2_sha256$1000$salt$salt$" + sum, "dots of the other kind": "$pbkdf2-sha256$1000$!!$" + sum,
	} {
		if err := CheckImported(hash); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want it refused in words", name, err)
		}
	}
}

// What is said of a phone's clock and of blanks.
func TestCodesAreRead(t *testing.T) {
	seed, at := newSeed(), time.Unix(1_800_000_015, 0)
	if len(seed) != 32 {
		t.Fatalf("the seed has %d letters, want 32: 160 bits", len(seed))
	}
	if got := matchStep(seed, "000000", time.Unix(1, 0)); got < 0 {
		t.Errorf("at the beginning of time: step %d", got)
	}
	for _, text := range []string{"123456", "123 456", " 123-456 ", "123\u00a0456"} {
		if !isCode(tidyCode(text)) {
			t.Errorf("%q is no code", text)
		}
	}
	for _, text := range []string{"", "12345", "1234567", "12345a", "１２３４５６"} {
		if isCode(tidyCode(text)) || matchStep(seed, tidyCode(text), at) != 0 {
			t.Errorf("%q is a code", text)
		}
	}
}

func TestRecoveryCodesAreHard(t *testing.T) {
	shown, hashes := newSpares("u1")
	if len(shown) != 10 || len(slices.Compact(slices.Sorted(slices.Values(hashes)))) != 10 {
		t.Fatalf("%d codes, or two alike", len(shown))
	}
	for i, code := range shown {
		if len(tidyCode(code)) != 16 || spareHash("u1", tidyCode(code)) != hashes[i] || spareHash("u2", tidyCode(code)) == hashes[i] {
			t.Errorf("%q: 80 bits, bound to one person", code)
		}
	}
	for _, text := range []string{"", "ABC", "000000", "AAAA-BBBB", "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ"} {
		if spareHash("u1", text) != "" {
			t.Errorf("%q may be a recovery code", text)
		}
	}
}

func TestNamesAreSeen(t *testing.T) {
	b := newBench(t)
	b.hire(t, "")
	for name, ok := range map[string]bool{"Ana Ruiz": true, "أنا": true, "": false, "a\u0000b": false, "Ana\u202Egro": false, "Ana\u2066x": false, strings.Repeat("a", 121): false} {
		if err := b.Rename(t.Context(), "u1", name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
