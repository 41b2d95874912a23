package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Edge is how the instance stands in the network by itself: under a name, with
// certificates that it fetches and renews. All is empty behind a proxy.
type Edge struct {
	Domain     string // STEAD_DOMAIN
	HookDomain string // STEAD_HOOK_DOMAIN: for callbacks alone, which may come with TLS 1.2
	HTTPAddr   string // STEAD_HTTP_ADDR: where plain HTTP is answered, with a redirect
	ACMEEmail  string // STEAD_ACME_EMAIL
	ACMEURL    string // STEAD_ACME_URL: directory of the certificate authority
	ACMECA     string // STEAD_ACME_CA: file with the root that the authority's own address is checked by
}

// letsEncrypt is the authority when no other is named.
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// name is a host name as DNS and certificates have it.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// loadEdge reads what concerns the name and its certificates.
func loadEdge(getenv func(string) string) (Edge, error) {
	e := Edge{
		Domain: strings.ToLower(getenv("STEAD_DOMAIN")), HookDomain: strings.ToLower(getenv("STEAD_HOOK_DOMAIN")), HTTPAddr: getenv("STEAD_HTTP_ADDR"),
		ACMEEmail: getenv("STEAD_ACME_EMAIL"), ACMEURL: getenv("STEAD_ACME_URL"), ACMECA: getenv("STEAD_ACME_CA"),
	}
	if e.Domain == "" {
		if e != (Edge{}) {
			return e, errors.New("STEAD_HOOK_DOMAIN, STEAD_HTTP_ADDR and STEAD_ACME_… need STEAD_DOMAIN, the name that certificates are fetched for")
		}
		return e, nil
	}
	var problems []error
	for variable, name := range map[string]string{"STEAD_DOMAIN": e.Domain, "STEAD_HOOK_DOMAIN": e.HookDomain} {
		if name != "" && (len(name) > 253 || !hostName.MatchString(name)) {
			problems = append(problems, fmt.Errorf("%s must be a host name, such as crm.example.com: no address, no port, no path", variable))
		}
	}
	if e.HookDomain == e.Domain {
		problems = append(problems, errors.New("STEAD_HOOK_DOMAIN must be another name than STEAD_DOMAIN"))
	}
	e.HTTPAddr = or(e.HTTPAddr, ":80")
	problems = append(problems, listenAddr("STEAD_HTTP_ADDR", e.HTTPAddr))
	e.ACMEURL = or(e.ACMEURL, letsEncrypt)
	if u, err := url.Parse(e.ACMEURL); err != nil || u.Scheme != "https" || u.Host == "" {
		problems = append(problems, errors.New("STEAD_ACME_URL must be the address of an ACME directory that begins with https://"))
	}
	return e, errors.Join(problems...)
}

// listenAddr checks an address to listen on.
func listenAddr(variable, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return fmt.Errorf("%s must be an address with a port, such as 127.0.0.1:8080", variable)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s must end in a port from 1 to 65535, such as 127.0.0.1:8080", variable)
	}
	return nil
}

// checkURL refuses an address of the product that is not the name it serves.
func (e Edge) checkURL(base string) error {
	if e.Domain == "" {
		return nil
	}
	if u, err := url.Parse(base); err == nil && u.Scheme == "https" && u.Hostname() == e.Domain {
		return nil
	}
	return errors.New("STEAD_URL must begin with https:// and be the name in STEAD_DOMAIN; without it, it is")
}

// secureURL is the address of a name that is served on addr.
func secureURL(name, addr string) string {
	if _, port, err := net.SplitHostPort(addr); err == nil && port != "443" {
		name = net.JoinHostPort(name, port)
	}
	return "https://" + name
}

// HookURL is the address that providers call: that of the pages, unless
// callbacks have a name of their own.
func (c Config) HookURL() string {
	if c.HookDomain == "" {
		return c.URL
	}
	u, err := url.Parse(c.URL)
	if err == nil && u.Port() != "" {
		return "https://" + net.JoinHostPort(c.HookDomain, u.Port())
	}
	return "https://" + c.HookDomain
}
