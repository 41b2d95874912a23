package contacts

import (
	"context"

	"stead/app/errs"
	"stead/store"
)

// optOuts tells which numbers want no texts. Opt-outs are kept by keyed hash
// alone, so that they outlive the person's erasure.
type optOuts struct {
	store *store.Store
	// hash is the keyed hash of a number (a match key) as suppressions hold
	// it; Unavailable while the vault is locked.
	hash func(matchKey string) (string, error)
}

// optedOut tells which of the numbers want no texts. While the vault is locked
// nobody can tell, and known is false.
func (o optOuts) optedOut(ctx context.Context, numbers []string) (out map[string]bool, known bool, err error) {
	hashes := make([]string, 0, len(numbers))
	for _, number := range numbers {
		hash, err := o.hash(number)
		if errs.KindOf(err) == errs.Unavailable {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		hashes = append(hashes, hash)
	}
	found, err := o.store.SuppressedAmong(ctx, "sms", hashes)
	if err != nil || len(found) == 0 {
		return nil, err == nil, err
	}
	out = make(map[string]bool, len(found))
	for i, hash := range hashes {
		if found[hash] {
			out[numbers[i]] = true
		}
	}
	return out, true, nil
}
