package apptest

import (
	"net/http"
	"net/url"
)

// Jar is every cookie that the browser would send, by name.
func (c *Client) Jar() map[string]string {
	c.t.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string]string{}
	for _, k := range c.http.Jar.Cookies(u) {
		out[k.Name] = k.Value
	}
	return out
}

// Plant puts a cookie into the browser, as a thief would; "" takes it out.
func (c *Client) Plant(name, value string) {
	c.t.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	k := &http.Cookie{Name: name, Value: value, Path: "/"}
	if value == "" {
		k.MaxAge = -1
	}
	c.http.Jar.SetCookies(u, []*http.Cookie{k})
}
