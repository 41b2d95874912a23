package port

import "context"

// Issuer is an identity provider at which the business is registered.
type Issuer struct {
	Key      string // ours: what its secret is filed under
	URL      string // exactly as it names itself
	ClientID string
}

// ClientSecret names an issuer's secret in the vault.
const ClientSecret = "client_secret"

// VaultName is the provider that an issuer's secret belongs to.
func (i Issuer) VaultName() string { return "oidc:" + i.Key }

// Journey is one browser's way to an issuer and back. What it holds is known to
// that browser and to us alone.
type Journey struct {
	Redirect               string // where the issuer sends the browser
	State, Nonce, Verifier string
	Again                  bool // the person is to prove anew who they are
}

// Landing is what the browser brought back.
type Landing struct {
	Code   string
	Issuer string // who sent it, if the issuer says so (RFC 9207)
}

// Claims are what an issuer says of a person. Who somebody is, is told by
// Issuer and Subject together and by nothing else.
type Claims struct {
	Issuer, Subject, Email string
	Verified               bool   // the issuer has confirmed that the address is theirs
	Name                   string // as they call themselves there
	ProvedAt               int64  // when the person last signed in there; 0: not told
}

// Identity speaks to issuers. Errors are *errs.Error without personal data:
// Unavailable when the issuer cannot be reached or is set up wrongly, Denied
// when what came back does not hold.
type Identity interface {
	// Begin returns the address to send the browser to.
	Begin(ctx context.Context, i Issuer, j Journey) (string, error)
	// Finish turns what came back into claims that were checked: signature,
	// issuer, audience, time, nonce. A code serves once.
	Finish(ctx context.Context, i Issuer, j Journey, l Landing) (Claims, error)
	// Check asks the issuer anew who it is.
	Check(ctx context.Context, i Issuer) error
}
