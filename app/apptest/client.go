package apptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Client is a browser: it keeps cookies and follows nothing by itself.
type Client struct {
	t       testing.TB
	base    string
	http    *http.Client
	Header  http.Header // sent with every request
	Partial bool        // asks as htmx does
}

// Page is an answer, read to its end.
type Page struct {
	Status   int
	Header   http.Header
	Body     string
	Location string // where a redirect leads
}

// Visitor is a browser that is not signed in.
func (h *House) Visitor() *Client {
	h.t.Helper()
	return Browse(h.t, h.URL)
}

// Browse is a browser for a product that listens at base.
func Browse(t testing.TB, base string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{
		Jar: jar, Timeout: 20 * time.Second, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(c.CloseIdleConnections)
	return &Client{t: t, base: base, http: c, Header: http.Header{}}
}

// SignedIn is the owner's browser.
func (h *House) SignedIn() *Client {
	h.t.Helper()
	c := h.Visitor()
	p := c.PostForm("/login", url.Values{"email": {Email}, "password": {Password}})
	if p.Status != http.StatusSeeOther {
		h.t.Fatalf("sign-in answered %d", p.Status)
	}
	return c
}

// Get asks for a page.
func (c *Client) Get(path string) Page {
	c.t.Helper()
	return c.Do(http.MethodGet, path, nil)
}

// PostForm submits a form.
func (c *Client) PostForm(path string, form url.Values) Page {
	c.t.Helper()
	return c.Do(http.MethodPost, path, form)
}

// Do sends a request of any method.
func (c *Client) Do(method, path string, form url.Values) Page {
	c.t.Helper()
	req := c.request(method, path, form)
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return Page{Status: resp.StatusCode, Header: resp.Header, Body: string(body), Location: resp.Header.Get("Location")}
}

// Stream opens a response that does not end by itself, such as /live.
func (c *Client) Stream(path string) *http.Response {
	c.t.Helper()
	client := *c.http
	client.Timeout = 0
	resp, err := client.Do(c.request(http.MethodGet, path, nil))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (c *Client) request(method, path string, form url.Values) *http.Request {
	c.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = c.Header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if c.Partial {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Request-Type", "partial")
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "text/html")
	}
	return req
}

// Cookie is the session cookie that the browser holds, or nil.
func (c *Client) Cookie() *http.Cookie {
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, k := range c.http.Jar.Cookies(u) {
		if strings.HasSuffix(k.Name, "session") {
			return k
		}
	}
	return nil
}

// Raw sends a request without a body and without the headers that a browser
// adds to a form of its own page.
func (c *Client) Raw(method, path string) Page {
	c.t.Helper()
	return c.Do(method, path, nil)
}
