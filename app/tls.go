package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// certificates fetches and renews the certificates of the instance's names. It
// is the one part of the product that speaks to the network beside
// app/outbound: the protocol and its proofs are the library's, and what it
// tells the authority is the names and, when it is set, the operator's email.
// Each fetch is a row of the disclosures, written before it begins.
//
// Keys and certificates lie in the data folder under tls/, for their owner
// alone. Backups leave them out: new ones cost nothing, and a key that stands
// in a backup outlives the certificate it was made for.
type certificates struct {
	app    *App
	names  []string
	cache  *certmagic.Cache
	magic  *certmagic.Config
	issuer *certmagic.ACMEIssuer

	mu      sync.Mutex
	fetches map[string]string // name to the disclosure of the fetch under way
}

// tlsDir is where keys and certificates lie.
func (c Config) tlsDir() string { return filepath.Join(c.Data, "tls") }

// newCertificates prepares the names of the configuration. https and http are
// where the instance listens, for the authority's proofs.
func newCertificates(a *App, https, http net.Addr) (*certificates, error) {
	roots, err := authorityRoots(a.cfg.ACMECA)
	if err != nil {
		return nil, err
	}
	c := &certificates{app: a, names: []string{a.cfg.Domain}, fetches: map[string]string{}}
	if a.cfg.HookDomain != "" {
		c.names = append(c.names, a.cfg.HookDomain)
	}
	quiet := zap.NewNop() // it would print addresses of strangers
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.magic, nil }, Logger: quiet,
	})
	c.magic = certmagic.New(c.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: a.cfg.tlsDir()}, Logger: quiet, OnEvent: c.note,
		OCSP: certmagic.OCSPConfig{DisableStapling: true}, // authorities give it up, and asking tells them who visits when
	})
	host, httpsPort, err1 := hostPort(https)
	_, httpPort, err2 := hostPort(http)
	c.issuer = certmagic.NewACMEIssuer(c.magic, certmagic.ACMEIssuer{
		CA: a.cfg.ACMEURL, Email: a.cfg.ACMEEmail, Agreed: true, TrustedRoots: roots, Logger: quiet,
		ListenHost: host, AltHTTPPort: httpPort, AltTLSALPNPort: httpsPort,
	})
	c.magic.Issuers = []certmagic.Issuer{c.issuer}
	return c, errors.Join(err1, err2)
}

func hostPort(addr net.Addr) (string, int, error) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.Atoi(port)
	return host, n, err
}

// authorityRoots are those that the authority's own address is checked by; nil
// are the machine's.
func authorityRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return nil, &errs.Error{Kind: errs.Invalid, Code: "acme_ca", Message: "STEAD_ACME_CA names no file with a certificate that this user can read.", Err: err}
	}
	return pool, nil
}

// manage has the certificates fetched and kept fresh from now on, without
// waiting for them: until one is there, its name refuses connections.
func (c *certificates) manage(ctx context.Context) error {
	if err := os.MkdirAll(c.app.cfg.tlsDir(), 0o700); err != nil {
		return err
	}
	return c.magic.ManageAsync(ctx, c.names)
}

func (c *certificates) close() { c.cache.Stop() }

// config is how connections are met: browsers with TLS 1.3 alone, callbacks on
// a name of their own with 1.2 too, and names that are not ours not at all.
func (c *certificates) config() *tls.Config {
	pages := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: c.magic.GetCertificate, NextProtos: []string{"h2", "http/1.1"}}
	hooks := pages.Clone()
	hooks.MinVersion = tls.VersionTLS12
	hooks.CipherSuites = forwardSecret()
	proof := hooks.Clone()
	proof.NextProtos = []string{proofProtocol}
	met := func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		name := strings.ToLower(hello.ServerName)
		switch {
		case !slices.Contains(c.names, name):
			return nil, errUnknownName
		case slices.Contains(hello.SupportedProtos, proofProtocol):
			return proof, nil
		case name == c.app.cfg.HookDomain:
			return hooks, nil
		}
		return pages, nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: met}
}

const proofProtocol = "acme-tls/1"

var errUnknownName = errors.New("app: no such name here")

// forwardSecret are the suites of TLS 1.2 that lose nothing with a key.
func forwardSecret() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// What happens, as events and audit name it.
const (
	eventCertificate = "certificate.obtained"
	eventRefused     = "certificate.refused"
)

// note writes down that the authority is asked, and what came of it. What
// cannot be written down is not asked.
func (c *certificates) note(ctx context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	switch event {
	case "cert_obtaining":
		return c.asked(ctx, name)
	case "cert_obtained":
		c.app.log.InfoContext(ctx, "certificate obtained", "host", name)
		return c.answered(ctx, name, "obtained", eventCertificate)
	case "cert_failed":
		err, _ := data["error"].(error)
		c.app.log.WarnContext(ctx, "no certificate", "host", name, "code", refusal(err))
		return c.answered(ctx, name, "failed", eventRefused)
	}
	return nil
}

func (c *certificates) asked(ctx context.Context, name string) error {
	a, fields := c.app, "host"
	if a.cfg.ACMEEmail != "" {
		fields = "host email"
	}
	row := store.Disclosure{
		ID: a.newID(), Processor: c.authority(), Purpose: "certificate", Fields: fields, Ref: name, Result: store.DisclosurePending, At: a.now().UnixMilli(),
	}
	ctx = context.WithoutCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.fetches[name]
	err := a.Store.InTx(ctx, func(tx *store.Tx) error {
		if before != "" { // nobody said what became of it, and nobody will
			if err := tx.SetDisclosureResult(ctx, before, "failed", 0); err != nil {
				return err
			}
		}
		return tx.InsertDisclosure(ctx, row)
	})
	if err == nil {
		c.fetches[name] = row.ID
	}
	return err
}

// refusals are the authority's own codes (RFC 8555, 6.7). Its words are not
// written down: they may quote the operator's email.
var refusals = []string{
	"accountDoesNotExist", "badCSR", "badNonce", "caa", "connection", "dns", "externalAccountRequired", "incorrectResponse", "invalidContact",
	"malformed", "orderNotReady", "rateLimited", "rejectedIdentifier", "serverInternal", "tls", "unauthorized", "unsupportedContact",
	"unsupportedIdentifier", "userActionRequired",
}

// refusal says in a code why there is no certificate.
func refusal(err error) string {
	if err == nil {
		return "unknown"
	}
	_, after, _ := strings.Cut(err.Error(), "urn:ietf:params:acme:error:")
	for _, code := range refusals {
		if rest, ok := strings.CutPrefix(after, code); ok && (rest == "" || !unicode.IsLetter(rune(rest[0]))) {
			return code
		}
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case network != nil:
		return "network"
	}
	return "unknown"
}

// authority is the host that certificates come from.
func (c *certificates) authority() string {
	u, err := url.Parse(c.app.cfg.ACMEURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (c *certificates) answered(ctx context.Context, name, result, kind string) error {
	ctx = context.WithoutCancel(ctx)
	c.mu.Lock()
	id := c.fetches[name]
	delete(c.fetches, name)
	c.mu.Unlock()
	a, actor := c.app, access.System("tls").ID
	e := store.Event{ID: a.newID(), Kind: kind, Subject: name, Actor: actor, At: a.now().UnixMilli()}
	return a.Store.InTx(ctx, func(tx *store.Tx) error {
		if id != "" {
			if err := tx.SetDisclosureResult(ctx, id, result, 0); err != nil {
				return err
			}
		}
		return tx.Record(ctx, e)
	})
}
