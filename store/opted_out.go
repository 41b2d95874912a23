package store

import "context"

// SuppressedAmong tells which of the addresses, given as keyed hashes, nothing
// may be sent to. It is one query for a whole page of a list.
func (r *Reader) SuppressedAmong(ctx context.Context, channel string, hashes []string) (map[string]bool, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	marks, args := inList(hashes, channel)
	found, err := list(ctx, r, "store.SuppressedAmong",
		`SELECT address_hash FROM suppressions WHERE channel = $1 AND address_hash IN (`+marks+`)`, scanText, args...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(found))
	for _, h := range found {
		out[h] = true
	}
	return out, nil
}

// Suppressions lists addresses, as keyed hashes, that nothing may be sent to.
func (r *Reader) Suppressions(ctx context.Context, channel string, limit int) ([]string, error) {
	return list(ctx, r, "store.Suppressions", `SELECT address_hash FROM suppressions WHERE channel = $1 LIMIT $2`, scanText, channel, limit)
}
