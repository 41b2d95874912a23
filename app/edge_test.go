package app

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func named() Config {
	return Config{URL: "https://crm.example.com", Edge: Edge{Domain: "crm.example.com", HookDomain: "hooks.example.com"}}
}

// Whatever a request says that it is for, http leads to our own name alone.
func TestPlainHTTPLeadsToOurNameAlone(t *testing.T) {
	for _, host := range []string{
		"crm.example.com", "CRM.EXAMPLE.COM", "crm.example.com:80", "hooks.example.com", "evil.example", "crm.example.com.evil.example", "crm.example.com@evil.example",
		"evil.example#crm.example.com", "127.0.0.1", "[::1]:80", "", "crm.example.com, evil.example", "xn--crm-evil.example",
	} {
		for path, want := range map[string]string{
			"/":                            "https://crm.example.com/",
			"/inbox?after=x&q=a%20b":       "https://crm.example.com/inbox?after=x&q=a%20b",
			"//evil.example/x":             "https://crm.example.com//evil.example/x",
			"/%2f%2fevil.example":          "https://crm.example.com/%2f%2fevil.example",
			"/\\evil.example":              "https://crm.example.com/%5Cevil.example",
			"/@evil.example":               "https://crm.example.com/@evil.example",
			"/hookshop":                    "https://crm.example.com/hookshop",
			"http://evil.example/contacts": "https://crm.example.com/contacts", // as to a proxy
		} {
			for _, method := range []string{"GET", "HEAD"} {
				r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\r\n")))
				if err != nil {
					continue // such a host never gets past the server
				}
				w := httptest.NewRecorder()
				plain(named(), func(http.ResponseWriter, *http.Request) bool { return false }).ServeHTTP(w, r)
				if got := w.Header().Get("Location"); w.Code != http.StatusMovedPermanently || got != want || w.Header().Get("Strict-Transport-Security") != "" {
					t.Errorf("%s %s for %q: %d to %q, want %q", method, path, host, w.Code, got, want)
				}
			}
		}
	}
}

// Programs are refused: one that is redirected sends its secrets twice, once in
// the clear, and nobody learns of it.
func TestPlainHTTPRefusesWhatProgramsSend(t *testing.T) {
	for _, target := range []string{
		"GET /hooks/twilio/sms", "POST /hooks/twilio/sms", "GET /hooks", "GET /HOOKS/x", "GET //hooks/x", "GET /./hooks/x", "GET /a/../hooks/x", "GET /%68ooks/x",
		"GET /api/contacts", "POST /api", "GET /API/x", "GET /\\hooks/x", "POST /login", "PUT /x", "DELETE /", "OPTIONS *", "CONNECT evil.example:443",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(target + " HTTP/1.1\r\nHost: crm.example.com\r\n\r\n")))
		if err != nil {
			t.Fatal(target, err)
		}
		w := httptest.NewRecorder()
		plain(named(), func(http.ResponseWriter, *http.Request) bool { return false }).ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d to %q", target, w.Code, w.Header().Get("Location"))
		}
	}
}

// The authority's questions are answered for our names alone.
func TestProofsAreForOurNamesAlone(t *testing.T) {
	for host, asked := range map[string]bool{"crm.example.com": true, "hooks.example.com:80": true, "evil.example": false, "": false, "127.0.0.1": false} {
		seen := false
		r := httptest.NewRequest("GET", "/.well-known/acme-challenge/token", http.NoBody)
		r.Host = host
		plain(named(), func(http.ResponseWriter, *http.Request) bool { seen = true; return true }).ServeHTTP(httptest.NewRecorder(), r)
		if seen != asked {
			t.Errorf("%q: asked %v", host, seen)
		}
	}
}

func TestOnlyOurNamesGetAPage(t *testing.T) {
	for name, tc := range map[string]struct {
		met, host, path string
		want            int
	}{
		"a page":                                 {"crm.example.com", "crm.example.com", "/inbox", 200},
		"with a port and in capitals":            {"crm.example.com", "CRM.example.com:443", "/inbox", 200},
		"a callback under the name of pages":     {"crm.example.com", "crm.example.com", "/hooks/twilio/sms", 200},
		"a callback under its own name":          {"hooks.example.com", "hooks.example.com", "/hooks/twilio/sms", 200},
		"a page under the name of callbacks":     {"hooks.example.com", "hooks.example.com", "/login", 404},
		"the way there by dots":                  {"hooks.example.com", "hooks.example.com", "/x/../hooks/y", 404},
		"a page over a connection for callbacks": {"hooks.example.com", "crm.example.com", "/login", 421},
		"a callback over a connection for pages": {"crm.example.com", "hooks.example.com", "/hooks/twilio/sms", 421},
		"somebody else's name":                   {"crm.example.com", "evil.example", "/login", 421},
		"an address":                             {"crm.example.com", "203.0.113.5", "/login", 421},
		"no name":                                {"crm.example.com", "", "/login", 421},
		"a name with a dot at its end":           {"crm.example.com", "crm.example.com.", "/login", 421},
		"a connection without a name":            {"", "crm.example.com", "/login", 421},
		"a health check under another name":      {"crm.example.com", "localhost", "/healthz", 421},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", http.NoBody)
			r.Host, r.URL.Path, r.TLS = tc.host, tc.path, &tls.ConnectionState{ServerName: tc.met}
			w := httptest.NewRecorder()
			guard(named(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("answers %d, want %d", w.Code, tc.want)
			}
		})
	}
	w := httptest.NewRecorder()
	guard(named(), http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", http.NoBody)) // no TLS at all
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("without TLS: %d", w.Code)
	}
}

func TestEdgeConfiguration(t *testing.T) {
	for name, tc := range map[string]struct {
		env   map[string]string
		wrong string // in the error; empty: there is none
		check func(Config) bool
	}{
		"nothing": {nil, "", func(c Config) bool { return c.Edge == Edge{} && c.HookURL() == c.URL }},
		"a name": {map[string]string{"STEAD_DOMAIN": "CRM.example.com"}, "", func(c Config) bool {
			return c.Addr == ":443" && c.HTTPAddr == ":80" && c.URL == "https://crm.example.com" && c.ACMEURL == letsEncrypt && c.HookURL() == c.URL
		}},
		"with another port": {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_ADDR": "10.0.0.1:8443", "STEAD_HOOK_DOMAIN": "hooks.example.com", "STEAD_HTTP_ADDR": ":8080"}, "", func(c Config) bool {
			return c.URL == "https://crm.example.com:8443" && c.HookURL() == "https://hooks.example.com:8443" && c.HTTPAddr == ":8080"
		}},
		"behind a port that is forwarded": {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_ADDR": ":8443", "STEAD_URL": "https://crm.example.com"}, "", func(c Config) bool {
			return c.URL == "https://crm.example.com"
		}},
		"an address for a name":      {map[string]string{"STEAD_DOMAIN": "203.0.113.5"}, "STEAD_DOMAIN must be a host name", nil},
		"a port in the name":         {map[string]string{"STEAD_DOMAIN": "crm.example.com:443"}, "STEAD_DOMAIN must be a host name", nil},
		"a star":                     {map[string]string{"STEAD_DOMAIN": "*.example.com"}, "STEAD_DOMAIN must be a host name", nil},
		"one label":                  {map[string]string{"STEAD_DOMAIN": "crm"}, "STEAD_DOMAIN must be a host name", nil},
		"a way out of the folder":    {map[string]string{"STEAD_DOMAIN": "../../etc"}, "STEAD_DOMAIN must be a host name", nil},
		"another address":            {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_URL": "https://www.example.com"}, "STEAD_URL must begin with https://", nil},
		"an address without https":   {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_URL": "http://crm.example.com"}, "STEAD_URL must begin with https://", nil},
		"callbacks without pages":    {map[string]string{"STEAD_HOOK_DOMAIN": "hooks.example.com"}, "need STEAD_DOMAIN", nil},
		"one name for both":          {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_HOOK_DOMAIN": "crm.example.com"}, "another name", nil},
		"an authority without https": {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_ACME_URL": "http://ca.example.com/dir"}, "STEAD_ACME_URL", nil},
		"no port for http":           {map[string]string{"STEAD_DOMAIN": "crm.example.com", "STEAD_HTTP_ADDR": "127.0.0.1"}, "STEAD_HTTP_ADDR", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := LoadConfig(func(name string) string { return tc.env[name] })
			switch {
			case tc.wrong != "":
				if err == nil || !strings.Contains(err.Error(), tc.wrong) {
					t.Errorf("err = %v, want %q", err, tc.wrong)
				}
			case err != nil || !tc.check(c):
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}
