package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"stead/app/logs"
)

// Config is what must be known before the database is open. Everything else is
// a setting of the product.
type Config struct {
	Addr        string // STEAD_ADDR
	Data        string // STEAD_DATA
	URL         string // STEAD_URL, without a slash at the end
	DatabaseURL string // STEAD_DATABASE_URL
	KeyFile     string // STEAD_KEY_FILE
	Log         string // STEAD_LOG: text or json
	LogLevel    slog.Level
	Trusted     []netip.Prefix // STEAD_TRUSTED_PROXIES
	TwilioURL   string         // STEAD_TWILIO_URL
	ResendURL   string         // STEAD_RESEND_URL
	Private     []string       // STEAD_PRIVATE_HOSTS: hosts of the business's own network that Stead may call

	Edge

	Demo bool // not from the environment: "stead demo"
}

// Environment reads the process's own, for LoadConfig.
func Environment(name string) string { return os.Getenv(name) }

// LoadConfig reads the environment through getenv. With nothing set the result
// works as it stands. All that is wrong comes back in one error.
func LoadConfig(getenv func(string) string) (Config, error) {
	c := Config{
		Addr:        getenv("STEAD_ADDR"),
		Data:        or(getenv("STEAD_DATA"), "data"),
		DatabaseURL: getenv("STEAD_DATABASE_URL"),
		Log:         or(getenv("STEAD_LOG"), "text"),
		TwilioURL:   strings.TrimRight(getenv("STEAD_TWILIO_URL"), "/"),
		ResendURL:   strings.TrimRight(getenv("STEAD_RESEND_URL"), "/"),
	}
	var problems []error
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	var err error
	c.Edge, err = loadEdge(getenv)
	note(err)
	if c.Domain != "" {
		c.Addr = or(c.Addr, ":443")
	}
	c.Addr = or(c.Addr, "127.0.0.1:8080")
	note(listenAddr("STEAD_ADDR", c.Addr))
	if c.Log != "text" && c.Log != "json" {
		note(fmt.Errorf("STEAD_LOG must be text or json"))
	}
	c.LogLevel, err = logs.Level(getenv("STEAD_LOG_LEVEL"))
	if err != nil {
		note(fmt.Errorf("STEAD_LOG_LEVEL must be debug, info, warn or error"))
	}
	c.URL, err = baseURL(or(getenv("STEAD_URL"), defaultURL(c)))
	note(err)
	note(c.checkURL(c.URL))
	c.Trusted, err = prefixes(getenv("STEAD_TRUSTED_PROXIES"))
	note(err)
	note(providerURL("STEAD_TWILIO_URL", c.TwilioURL))
	note(providerURL("STEAD_RESEND_URL", c.ResendURL))
	c.Private, err = hosts(getenv("STEAD_PRIVATE_HOSTS"))
	note(err)
	if c.DatabaseURL != "" {
		note(errors.New("STEAD_DATABASE_URL (PostgreSQL) is not part of this version: leave it empty, and Stead keeps its own database in STEAD_DATA"))
	}
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		note(fmt.Errorf("STEAD_DATA: %w", err))
	}
	c.KeyFile = or(getenv("STEAD_KEY_FILE"), defaultKeyFile(getenv, c.Data))
	return c, errors.Join(problems...)
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// defaultURL is the name with https, or http and the address, where a wildcard
// host is 127.0.0.1.
func defaultURL(c Config) string {
	if c.Domain != "" {
		return secureURL(c.Domain, c.Addr)
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return "http://127.0.0.1:8080"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func baseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", errors.New("STEAD_URL must be the address that browsers and providers use, such as https://crm.example.com, without a path")
	}
	return u.Scheme + "://" + u.Host, nil
}

func providerURL(name, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%s must be an address that begins with http:// or https://", name)
	}
	return nil
}

// hosts reads names or addresses, each with or without a port.
func hosts(text string) ([]string, error) {
	var out []string
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		u, err := url.Parse("//" + part)
		if err != nil || u.Hostname() == "" || u.Host != part || strings.ContainsAny(part, "*?#") {
			return nil, errors.New("STEAD_PRIVATE_HOSTS must be hosts, such as login.office.example,192.168.1.20:8443")
		}
		out = append(out, strings.ToLower(part))
	}
	return out, nil
}

func prefixes(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		if p, err := netip.ParsePrefix(part); err == nil {
			out = append(out, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(part)
		if err != nil {
			return nil, errors.New("STEAD_TRUSTED_PROXIES must be addresses or ranges, such as 127.0.0.1,10.0.0.0/8")
		}
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out, nil
}

// defaultKeyFile is beside the person's other settings, or the machine's: not
// in the data folder, whose copies would then open themselves.
func defaultKeyFile(getenv func(string) string, data string) string {
	name := instance(data) + ".key"
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "stead", name)
	}
	if home := getenv("HOME"); filepath.IsAbs(home) && home != "/" && os.Geteuid() != 0 {
		return filepath.Join(home, ".config", "stead", name)
	}
	return filepath.Join("/etc/stead", name)
}

// instance names a data folder so that two on one machine have two keys.
func instance(data string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.Trim(data, "/"))
	return or(name, "stead")
}

// Print writes what is set, one a line, with secrets masked.
func (c Config) Print(w io.Writer) error {
	var trusted []string
	for _, p := range c.Trusted {
		trusted = append(trusted, p.String())
	}
	for _, line := range [][2]string{
		{"STEAD_ADDR", c.Addr},
		{"STEAD_DATA", c.Data},
		{"STEAD_URL", c.URL},
		{"STEAD_DOMAIN", c.Domain},
		{"STEAD_HOOK_DOMAIN", c.HookDomain},
		{"STEAD_HTTP_ADDR", c.HTTPAddr},
		{"STEAD_ACME_EMAIL", c.ACMEEmail},
		{"STEAD_ACME_URL", c.ACMEURL},
		{"STEAD_ACME_CA", c.ACMECA},
		{"STEAD_DATABASE_URL", maskURL(c.DatabaseURL)},
		{"STEAD_KEY_FILE", c.KeyFile},
		{"STEAD_LOG", c.Log},
		{"STEAD_LOG_LEVEL", strings.ToLower(c.LogLevel.String())},
		{"STEAD_TRUSTED_PROXIES", strings.Join(trusted, ",")},
		{"STEAD_TWILIO_URL", maskURL(c.TwilioURL)},
		{"STEAD_RESEND_URL", maskURL(c.ResendURL)},
		{"STEAD_PRIVATE_HOSTS", strings.Join(c.Private, ",")},
	} {
		if _, err := fmt.Fprintf(w, "%s=%s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}

// maskURL hides the password of an address.
func maskURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "[not an address]"
	}
	return u.Redacted()
}
