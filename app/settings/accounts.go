package settings

import (
	"context"
	"errors"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// Accounts tells a provider which account of its is connected here. It stands
// beside the service, which itself needs the provider.
type Accounts struct {
	Store    *store.Store
	Provider string
}

// Account returns the connected account; errs.NotFound while there is none.
func (a Accounts) Account(ctx context.Context) (port.Account, error) {
	account, service, err := a.Store.Account(ctx, a.Provider)
	if errors.Is(err, store.ErrNotFound) {
		return port.Account{}, &errs.Error{Kind: errs.NotFound, Code: "not_connected", Message: "This provider is not connected."}
	}
	return port.Account{ID: account, Service: service}, err
}

// Lines returns the numbers of the account that are in use here.
func (a Accounts) Lines(ctx context.Context) ([]string, error) {
	lines, err := a.Store.Lines(ctx, a.Provider)
	numbers := make([]string, 0, len(lines))
	for _, l := range lines {
		numbers = append(numbers, l.Number)
	}
	return numbers, err
}
