package outbound

import "net/url"

// Permits tells whether an address may be asked at all. Whether what its name
// stands for is public shows when it is.
func (c *Client) Permits(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.transport.allow.permits(u)
}
