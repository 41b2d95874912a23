package web

import "context"

type baseKey struct{}

// WithBase notes which of the product's own addresses a request came to, where
// it has several. Whoever calls it has checked the name; no header is trusted.
func WithBase(ctx context.Context, base string) context.Context {
	return context.WithValue(ctx, baseKey{}, base)
}

// Base is the address that a request came to, such as https://crm.example.com,
// or otherwise where there is but one.
func Base(ctx context.Context, otherwise string) string {
	if base, ok := ctx.Value(baseKey{}).(string); ok {
		return base
	}
	return otherwise
}
