package twilio

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"stead/app/errs"
)

// testField marks a callback that we signed ourselves. Twilio never sends it.
const testField = "SteadTest"

// TestHook signs a callback with the stored token and posts it to our own
// public address. It succeeds when this process has seen the callback arrive
// there and verify: address, proxy, signature and account are then all right.
// What went wrong otherwise is the error's code: "hook_unreachable",
// "hook_refused" (it arrived, but its signature did not fit the address),
// "hook_elsewhere" (something else answered) or "http_" and a status.
func (p *Provider) TestHook(ctx context.Context) error {
	account, err := p.cfg.Accounts.Account(ctx)
	if err != nil {
		return err
	}
	id := p.cfg.NewID()
	arrived := make(chan struct{})
	p.tests.Store(id, arrived)
	defer p.tests.Delete(id)
	form := url.Values{"AccountSid": {account.ID}, "MessageSid": {"SM" + strings.ReplaceAll(id, "-", "")}, testField: {id}}
	var signature string
	err = p.cfg.Secrets.Use(ctx, Name, SecretToken, "test", func(token []byte) error {
		signature = Sign(token, p.cfg.PublicURL+PathSMS, form)
		return nil
	})
	if err != nil {
		return err
	}
	status, err := p.post(ctx, p.cfg.PublicURL+PathSMS, form, signature)
	if err != nil {
		return err
	}
	return verdict(status, arrived)
}

func verdict(status int, arrived <-chan struct{}) error {
	seen := false
	select {
	case <-arrived:
		seen = true
	default:
	}
	switch {
	case seen && status < 300:
		return nil
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &errs.Error{Kind: errs.Denied, Code: "hook_refused", Message: "The test callback arrived, but its signature does not fit the public address."}
	case status >= 300:
		return (&apiError{status: status}).hook()
	}
	return &errs.Error{Kind: errs.Invalid, Code: "hook_elsewhere", Message: "Something else answers at the public address."}
}

func (e *apiError) hook() error {
	return &errs.Error{Kind: errs.Unavailable, Code: e.public().Code, Message: "The public address answers with an error."}
}

func (p *Provider) post(ctx context.Context, address string, form url.Values, signature string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, &errs.Error{Kind: errs.Invalid, Code: "hook_unreachable", Message: "The public address cannot be reached."}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set(headerSignature, signature)
	res, err := p.cfg.HTTP.Do(req)
	if err != nil {
		return 0, &errs.Error{Kind: errs.Unavailable, Code: "hook_unreachable", Message: "The public address cannot be reached."}
	}
	return res.StatusCode, res.Body.Close()
}

// passed tells the test that is under way that its callback has arrived and verified.
func (p *Provider) passed(form url.Values) {
	if arrived, ok := p.tests.LoadAndDelete(form.Get(testField)); ok {
		close(arrived.(chan struct{}))
	}
}
