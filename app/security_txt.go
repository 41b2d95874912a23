package app

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// goodFor is how long a security.txt says that it may be trusted: whoever keeps
// a copy asks again in time, long before the year that RFC 9116 allows.
const goodFor = 90 * 24 * time.Hour

const securityPath = "/.well-known/security.txt"

// securityTxt tells whoever finds a hole whom to tell. Until the business has
// said whom, there is nothing here.
func (a *App) securityTxt(w http.ResponseWriter, r *http.Request) error {
	b, err := a.Store.Business(r.Context())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	contact, ok := web.ContactLink(b.PrivacyContact)
	if !ok {
		return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	expires := a.now().UTC().Add(goodFor).Truncate(24 * time.Hour)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "Contact: %s\r\nExpires: %s\r\nPreferred-Languages: en\r\nCanonical: %s\r\n", // the client may have gone
		contact, expires.Format(time.RFC3339), a.cfg.URL+securityPath)
	return nil
}
