package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"stead/app/access"
	"stead/store"
)

// How long a sign-in lasts.
const (
	IdleLimit     = 12 * time.Hour
	AbsoluteLimit = 7 * 24 * time.Hour
	FreshFor      = 5 * time.Minute // how long a proof of who somebody is counts for what matters most
)

// Sessions knows who is signed in. scs carries cookie and token; whose session
// it is and whether it still holds is judged here, in memory, at each request.
// When a session was last used is written behind, so that no page waits for it.
type Sessions struct {
	st  *store.Store
	sm  *scs.SessionManager
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	live  map[string]*session // by hash of the token
	users map[string]*person
	turns int             // raised with each forgotten user or session, so that no old read is kept
	dirty map[string]bool // sessions whose last use is not on disk
}

type session struct {
	store.Session
	flash said // on the next page
}

// person is what each request asks of a user.
type person struct {
	name     string
	epoch    int64
	disabled bool
	confined bool // the role asks for a second factor that is still to be set up
	actor    access.Actor
}

// NewSessions returns the sessions of a store. secure says that browsers come
// by https: the cookie is then bound to the host and never sent in the clear.
func NewSessions(st *store.Store, secure bool, now func() time.Time, log *slog.Logger) *Sessions {
	s := &Sessions{
		st: st, sm: &scs.SessionManager{Lifetime: AbsoluteLimit}, now: now, log: log, // scs.New would link gob
		live: map[string]*session{}, users: map[string]*person{}, dirty: map[string]bool{},
	}
	s.sm.Store = scsStore{s}
	s.sm.Codec = codec{}
	s.sm.HashTokenInStore = true
	s.sm.ErrorFunc = s.broken
	s.sm.Cookie = scs.SessionCookie{Name: Jar{secure}.Name(SessionCookie), Secure: secure, HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Persist: true}
	st.Watch(s.forgetChanged)
	return s
}

// Entry says how somebody came in.
type Entry struct {
	Method   string // password, oidc, remembered, setup, invitation
	TimeZone string // as the browser said
	Selector string // of the remembered browser
	Proved   bool   // the person proved who they are just now; a remembered browser did not
}

// SignIn begins a session for a user under a new token and ends the one that
// the browser had. Its row is written with the response. If the sessions of u
// were all ended since u was read, so is this one.
func (s *Sessions) SignIn(ctx context.Context, u store.User, e Entry) error {
	if err := s.sm.RenewToken(ctx); err != nil {
		return err
	}
	cur := currentOf(ctx)
	cur.entry, cur.epoch, cur.carried = e, u.Epoch, false
	s.sm.Put(ctx, userValue, u.ID)
	return nil
}

// Prove notes that the person of the request has just proved who they are, and
// gives their session another token: what was proved is worth nothing to whoever
// knows the old one.
func (s *Sessions) Prove(ctx context.Context) error {
	return s.renew(ctx, func(row *store.Session) { row.ProvedAt = s.now().UnixMilli() })
}

// Adopt has the session of the request go on although all sessions of its user
// ended: the person changed, in this very request, what they sign in with.
func (s *Sessions) Adopt(ctx context.Context, u store.User) error {
	return s.renew(ctx, func(row *store.Session) {
		row.Epoch, row.ProvedAt, row.Selector = u.Epoch, s.now().UnixMilli(), ""
	})
}

// renew goes on with the session of the request under a new token. The row is
// written with the response, like that of a sign-in.
func (s *Sessions) renew(ctx context.Context, change func(*store.Session)) error {
	cur := currentOf(ctx)
	if cur.session == nil {
		return errSignIn
	}
	s.mu.Lock()
	row := cur.session.Session
	s.mu.Unlock()
	change(&row)
	if err := s.sm.RenewToken(ctx); err != nil {
		return err
	}
	cur.session = &session{Session: row}
	cur.carried = true
	cur.key = rowKey(s.sm.Token(ctx)) // what this request leaves for the next page is found there
	return nil
}

// rowKey is the hash under which scs has the session of a token stored.
func rowKey(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// Method tells how whoever asks came in, or "".
func Method(ctx context.Context) string {
	if ses := currentOf(ctx).session; ses != nil {
		return ses.Method
	}
	return ""
}

// IsConfined tells that whoever asks must set up a second factor first: their
// role asks for one, and they have none.
func IsConfined(ctx context.Context) bool {
	p := currentOf(ctx).person
	return p != nil && p.confined
}

// IsFresh tells that whoever asks proved who they are within FreshFor.
func IsFresh(ctx context.Context, s *Sessions) bool {
	ses := currentOf(ctx).session
	if ses == nil || s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.now().UnixMilli() - ses.ProvedAt
	return gone >= 0 && gone < FreshFor.Milliseconds()
}

// SignOut ends the session of the request.
func (s *Sessions) SignOut(ctx context.Context) error { return s.sm.Destroy(ctx) }

// Holds tells whether a session may go on; streams ask while they are open.
func (s *Sessions) Holds(ctx context.Context, key string) bool {
	ses, err := s.find(ctx, key)
	if err != nil || ses == nil {
		return false
	}
	p, err := s.person(ctx, ses.UserID)
	return err == nil && s.holds(ses.Session, p)
}

func (s *Sessions) holds(ses store.Session, p *person) bool {
	now := s.now().UnixMilli()
	return !p.disabled && p.epoch == ses.Epoch && now < ses.ExpiresAt && now-s.lastSeen(ses) < IdleLimit.Milliseconds()
}

func (s *Sessions) lastSeen(ses store.Session) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if live := s.live[ses.TokenHash]; live != nil {
		return max(live.LastSeenAt, ses.LastSeenAt)
	}
	return ses.LastSeenAt
}

// find returns a session from memory or the store; nil when there is none.
func (s *Sessions) find(ctx context.Context, key string) (*session, error) {
	s.mu.Lock()
	ses, turn := s.live[key], s.turns
	s.mu.Unlock()
	if ses != nil {
		return ses, nil
	}
	row, err := s.st.Session(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // no session is an everyday answer
	}
	if err != nil {
		return nil, err
	}
	return s.keep(row, turn), nil
}

// keep has the next request find a session in memory, unless one ended since
// turn: it may be this one, and would come back after its sign-out.
func (s *Sessions) keep(row store.Session, turn int) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ses := s.live[row.TokenHash]; ses != nil {
		return ses
	}
	ses := &session{Session: row}
	if turn == s.turns {
		s.live[row.TokenHash] = ses
	}
	return ses
}

func (s *Sessions) person(ctx context.Context, id string) (*person, error) {
	s.mu.Lock()
	p, turn := s.users[id], s.turns
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	u, err := s.st.User(ctx, id)
	if err != nil {
		return nil, err
	}
	actor, err := access.For(ctx, &s.st.Reader, u)
	if err != nil {
		return nil, err
	}
	confined, err := s.confines(ctx, u)
	if err != nil {
		return nil, err
	}
	p = &person{name: u.Name, epoch: u.Epoch, disabled: u.DisabledAt != 0 || u.RemovedAt != 0, confined: confined, actor: actor}
	s.mu.Lock()
	defer s.mu.Unlock()
	if turn == s.turns { // else the user changed while we read
		s.users[id] = p
	}
	return p, nil
}

// confines tells whether a user must set up a second factor before anything else.
func (s *Sessions) confines(ctx context.Context, u store.User) (bool, error) {
	roles, err := s.st.SecondFactorRoles(ctx)
	if err != nil || !slices.Contains(roles, u.Role) {
		return false, err
	}
	has, err := s.st.HasSecondFactor(ctx, u.ID)
	return !has, err
}

// forgetChanged has the next request read everybody anew after any event of a
// user, a role, a team or the business: what one may do depends on the others
// of the team, and with the business everybody goes.
func (s *Sessions) forgetChanged(events []store.Event) {
	for _, e := range events {
		area, _, _ := strings.Cut(e.Kind, ".")
		if area == "user" || area == "role" || area == "team" || area == "business" {
			s.mu.Lock()
			clear(s.users)
			s.turns++
			s.mu.Unlock()
			return
		}
	}
}

func (s *Sessions) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "session lost", "request_id", trace(r).id, "err", err)
	http.Error(w, "Something went wrong on this server.", http.StatusInternalServerError)
}
