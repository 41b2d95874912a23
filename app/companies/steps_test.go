package companies_test

import (
	"fmt"
	"testing"

	"stead/store"
)

// Steps that take long become short ones.
func TestSlowStepsBecomeShort(t *testing.T) {
	k := newKit(t)
	path, other := k.made("name", "Harbour"), k.made("name", "Other")
	k.change(func(tx *store.Tx) error {
		for i := range 330 {
			c := fmt.Sprintf("c%03d", i)
			err := tx.InsertContact(t.Context(), store.Contact{ID: c, Name: "P", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil, nil)
			if err == nil {
				err = tx.LinkCompany(t.Context(), store.ContactCompany{ContactID: c, CompanyID: id(path), CreatedAt: 1})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	k.slow = true
	run := func() {
		t.Helper()
		open, err := k.store.OpenOperations(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("open: %v, %v", open, err)
		}
		var did []int64
		op, err := k.work.Drive(t.Context(), open[0], func(op store.Operation) { did = append(did, op.Done) })
		if err != nil || op.State != store.OperationDone || len(did) < 5 || did[2]-did[1] > 20 {
			t.Errorf("%v to %+v, %v", did, op, err)
		}
	}
	k.post(path, "version", "1", "name", "Lighthouse")
	run()
	k.post(other + "/merge/" + id(path))
	run()
}
