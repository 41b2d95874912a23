package team

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// What a journey to an identity provider is for.
const (
	toSignIn  = "sign_in"
	toLink    = "link"
	toJoin    = "join"
	toConfirm = "confirm"
)

// journey is what is kept while a browser is away: choices, no secret. State,
// nonce and verifier are made from the token that the browser alone holds.
type journey struct {
	For      string `json:"for"`
	Key      string `json:"key"` // of the provider, as it was when the journey began
	Issuer   string `json:"issuer"`
	Client   string `json:"client"`
	Next     string `json:"next,omitempty"`
	TimeZone string `json:"time_zone,omitempty"`
	Join     string `json:"join,omitempty"` // hash of an invitation's token
}

const (
	byProvider   = "oidc" // the method of a session that began so
	callbackPath = "/login/oidc/callback"
)

// perJourney slows down who begins journeys and ends none. A whole office may
// begin at nine, and each that ends clears the count.
var perJourney = throttleRule{free: 40, limit: 30 * time.Second}

var (
	errNoProvider = &errs.Error{Kind: errs.NotFound, Code: "no_provider", Message: "This way to sign in is not offered any more."}
	errLostWay    = &errs.Error{Kind: errs.Denied, Code: "lost_way", Message: "This sign-in was begun in another browser, was finished before, or took longer than 10 minutes. Begin again."}
)

// accountsOffered are the providers that people can sign in with.
func (s *Service) accountsOffered(ctx context.Context) ([]view.Provider, error) {
	if s.Identity == nil {
		return nil, nil
	}
	list, err := s.Store.SignInProviders(ctx)
	out := make([]view.Provider, 0, len(list))
	for _, p := range list {
		out = append(out, view.Provider{Key: p.Key, Name: p.Name})
	}
	return out, err
}

func (s *Service) provider(ctx context.Context, key string) (store.SignInProvider, error) {
	list, err := s.Store.SignInProviders(ctx)
	if err != nil {
		return store.SignInProvider{}, err
	}
	for _, p := range list {
		if p.Key == key && s.Identity != nil {
			return p, nil
		}
	}
	return store.SignInProvider{}, errNoProvider
}

func issuerOf(p store.SignInProvider) port.Issuer {
	return port.Issuer{Key: p.Key, URL: p.Issuer, ClientID: p.ClientID}
}

// derive makes one value of a journey from the browser's token. They do not
// tell one another, nor the token.
func derive(token, what string) string {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte("stead oidc " + what))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (s *Service) journeyOf(token string, again bool) port.Journey {
	return port.Journey{
		Redirect: strings.TrimRight(s.URL, "/") + callbackPath, Again: again,
		State: derive(token, "state"), Nonce: derive(token, "nonce"), Verifier: derive(token, "verifier"),
	}
}

// setOut begins a journey for a browser and answers with the page that leads
// there. userID is who links an account or confirms, and empty otherwise.
func (s *Service) setOut(w http.ResponseWriter, r *http.Request, key, userID string, j journey) error {
	ctx := r.Context()
	p, err := s.provider(ctx, key)
	if err != nil {
		return err
	}
	count, err := s.journeyKey(ctx)
	if err != nil {
		return err
	}
	if err := s.reserve(ctx, []throttleKey{count}); err != nil {
		return err
	}
	token := newToken()
	address, err := s.Identity.Begin(ctx, issuerOf(p), s.journeyOf(token, j.For == toConfirm))
	if err != nil {
		return err
	}
	j.Key, j.Issuer, j.Client = p.Key, p.Issuer, p.ClientID
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	now := s.Now()
	row := store.Challenge{
		TokenHash: tokenHash(token), Kind: store.ChallengeOIDC, UserID: userID, Data: string(data),
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(web.AwayCookie.Lasts).UnixMilli(),
	}
	if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.InsertChallenge(ctx, row) }); err != nil {
		return err
	}
	s.jar().Set(w, web.AwayCookie, token)
	// A form of ours may be answered by our own pages alone (form-action), so
	// the way leads over one.
	w.Header().Set("Refresh", "0; url="+address)
	return web.Render(w, r, http.StatusOK, web.View{Title: "On the way", Body: view.OnTheWay(p.Name, address), Bare: true})
}

// journeyKey counts journeys of one network, whoever makes them.
func (s *Service) journeyKey(ctx context.Context) (throttleKey, error) {
	network := web.Network(web.Client(ctx))
	keys, err := s.keysFor(ctx, "oidc", store.User{}, network, network, perJourney)
	if err != nil || len(keys) == 0 {
		return throttleKey{}, err
	}
	return throttleKey{keys[0].hash, perJourney}, nil
}

// comeBack finds the journey that a browser has ended. It is over from then on,
// whatever becomes of it; but a stranger's state ends nobody's journey.
func (s *Service) comeBack(ctx context.Context, token, state string) (journey, store.Challenge, error) {
	var c store.Challenge
	var j journey
	if token == "" || subtle.ConstantTimeCompare([]byte(state), []byte(derive(token, "state"))) != 1 {
		return j, c, errLostWay
	}
	hash := tokenHash(token)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if c, err = tx.Challenge(ctx, store.ChallengeOIDC, hash); err != nil {
			return err
		}
		_, err = tx.EndChallenge(ctx, hash)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && c.ExpiresAt <= s.Now().UnixMilli():
		return j, c, errLostWay
	case err != nil:
		return j, c, err
	}
	return j, c, json.Unmarshal([]byte(c.Data), &j)
}

// claims asks the provider whom the browser brought back.
func (s *Service) claims(ctx context.Context, token string, j journey, l port.Landing) (port.Claims, error) {
	p, err := s.provider(ctx, j.Key)
	if err != nil {
		return port.Claims{}, err
	}
	if p.Issuer != j.Issuer || p.ClientID != j.Client { // it was set up anew meanwhile
		return port.Claims{}, errLostWay
	}
	return s.Identity.Finish(ctx, issuerOf(p), s.journeyOf(token, j.For == toConfirm), l)
}
