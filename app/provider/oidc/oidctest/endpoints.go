package oidctest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	odd := s.odds()
	styles := []string{"client_secret_post", "client_secret_basic"}
	if odd.Basic {
		styles = styles[1:]
	}
	base := or(odd.At, s.URL)
	answer(w, http.StatusOK, map[string]any{
		"issuer": or(odd.Name, base), "authorization_endpoint": base + "/authorize",
		"token_endpoint": or(odd.Token, base+"/token"), "jwks_uri": or(odd.Keys, base+"/keys"),
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "response_types_supported": []string{"code"},
		"token_endpoint_auth_methods_supported": styles, "authorization_response_iss_parameter_supported": odd.NamesItself,
	})
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key := rightKey().PublicKey
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "right", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}})
}

// authorize is the page on which a person signs in; it sends the browser back at once.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "this is not a request that the server takes", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}}
	if s.odd.Error != "" {
		out.Set("error", s.odd.Error)
		out.Set("error_description", "words that nobody shows")
	} else {
		s.next++
		code := "code-" + strconv.Itoa(s.next) + "-" + q.Get("nonce")
		s.code[code] = &grant{person: s.who, nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), clientID: q.Get("client_id")}
		out.Set("code", code)
	}
	if s.odd.Issuer != "-" {
		out.Set("iss", or(s.odd.Issuer, or(s.odd.At, s.URL)))
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, inHeader := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if !inHeader {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.code[r.PostForm.Get("code")]
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case id != ClientID || secret != Secret || s.odd.Basic && !inHeader:
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "error_description": "words that nobody shows"})
	case g == nil, g.used && !s.odd.Reuse,
		!s.odd.Lax && (base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge || r.PostForm.Get("redirect_uri") != g.redirect):
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	default:
		g.used = true
		out := map[string]any{"access_token": "an access token", "token_type": "Bearer", "expires_in": 300}
		if !s.odd.NoToken {
			out["id_token"] = s.idToken(g)
		}
		answer(w, http.StatusOK, out)
	}
}

// idToken says who signed in, with all that the server gets wrong. The caller
// holds the lock.
func (s *Server) idToken(g *grant) string {
	now := s.now()
	claims := map[string]any{
		"iss": or(s.odd.At, s.URL), "sub": g.person.Subject, "aud": g.clientID, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(),
		"email": g.person.Email, "name": g.person.Name, "email_verified": g.person.Verified, "picture": s.URL + "/picture.png",
	}
	for name, value := range s.odd.Claims {
		claims[name] = value
	}
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	algorithm := or(s.odd.Algorithm, "RS256")
	text := part(map[string]any{"alg": algorithm, "kid": or(s.odd.KeyID, "right"), "typ": "JWT"}) + "." + part(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.sign(algorithm, text))
}

func (s *Server) sign(algorithm, text string) []byte {
	switch algorithm {
	case "none":
		return nil
	case "HS256": // with what everybody can know: the public key
		m := hmac.New(sha256.New, rightKey().N.Bytes())
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	key := rightKey()
	if s.odd.StrangeKey {
		key = wrongKey()
	}
	sum := sha256.Sum256([]byte(text))
	out, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic("oidctest: not signed: " + err.Error())
	}
	return out
}

func part(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("oidctest: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
