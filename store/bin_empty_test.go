package store

import (
	"context"
	"errors"
	"testing"
)

// carriedByAll is a crowd all of whom have a field and a tag, which then wait in
// the bin, and another of each that stay.
func carriedByAll(ctx context.Context, t *testing.T) *Store {
	t.Helper()
	s, next := OpenTest(t), 0
	crowd(ctx, t, s, &next)
	err := s.InTx(ctx, func(tx *Tx) error {
		all := []error{
			tx.InsertField(ctx, Field{ID: "f-2", Record: "contact", Name: "Stays", NameKey: "stays", Kind: "text", CreatedAt: 1, UpdatedAt: 1}),
			tx.SetValue(ctx, "contact", "c-001", "f-2", &Value{Words: "stays"}), tx.AddTag(ctx, "c-001", "tc-002"),
			tx.SetValue(ctx, "company", "kc-001", "f-1", &Value{Words: "a company's"}), tx.SetCompanyTags(ctx, "kc-001", []string{"tc-001"}),
		}
		for _, id := range []string{"c-001", "c-002", "c-003", "c-004"} {
			all = append(all, tx.SetValue(ctx, "contact", id, "f-1", &Value{Num: 7, IsNum: true}), tx.AddTag(ctx, id, "tc-001"))
		}
		return errors.Join(all...)
	})
	if err == nil {
		err = s.InTx(ctx, func(tx *Tx) error {
			f, err := tx.Field(ctx, "f-1")
			if err != nil {
				return err
			}
			f.DeletedAt = 1000
			u, err := tx.Undoable(ctx, Undo{ID: "binned", Kind: "tag.deleted", At: 1000})
			if err == nil {
				err = u.Watch(ctx, "tags", "id", "tc-001")
			}
			return errors.Join(err, tx.UpdateField(ctx, f), tx.BinTag(ctx, "tc-001", 1000), u.Close(ctx))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// empty does one part in a transaction of its own.
func (s *Store) empty(ctx context.Context, kind, id string, limit int) (n int, more bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) (err error) { n, more, err = tx.EmptyBin(ctx, kind, id, limit); return err })
	return n, more, err
}

// What everybody has goes in parts, itself last, and from the first part on
// nothing brings it back.
func TestWhatManyHaveIsEmptiedInParts(t *testing.T) {
	ctx := t.Context()
	s, atOnce := carriedByAll(ctx, t), carriedByAll(ctx, t)
	for kind, id := range map[string]string{BinField: "f-1", BinTag: "tc-001"} {
		if n, more, err := s.empty(ctx, kind, id, 3); n != 3 || !more || err != nil {
			t.Fatalf("%s: %d, %v, %v", kind, n, more, err)
		}
		if list, err := s.Bin(ctx, kind, Everything, Page{}); err != nil || len(list) != 0 {
			t.Errorf("%s: the bin has %+v, %v", kind, list, err)
		}
		if err := s.InTx(ctx, func(tx *Tx) error { return tx.Restore(ctx, kind, id) }); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: restoring says %v", kind, err)
		}
	}
	f, err := s.Field(ctx, "f-1")
	if err != nil {
		t.Fatal(err)
	}
	f.DeletedAt = 0
	if err := s.InTx(ctx, func(tx *Tx) error { return tx.UpdateField(ctx, f) }); !errors.Is(err, ErrConflict) {
		t.Errorf("a field that is going is changed: %v", err)
	}
	if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.TakeBack(ctx, "binned", 9); return err }); !errors.Is(err, ErrConflict) {
		t.Errorf("taking its deletion back says %v", err)
	}
	fields, err := s.FieldsInBin(ctx)
	tags, err2 := s.TagsInBin(ctx)
	if len(fields)+len(tags) != 0 || err != nil || err2 != nil {
		t.Errorf("in the bin: %+v, %+v", fields, tags)
	}
	for kind, id := range map[string]string{BinField: "f-1", BinTag: "tc-001"} {
		if n, more, err := s.empty(ctx, kind, id, 3); n != 3 || more || err != nil {
			t.Errorf("%s: the last part: %d, %v, %v", kind, n, more, err)
		}
		if n, more, err := atOnce.empty(ctx, kind, id, 100); n != 6 || more || err != nil {
			t.Errorf("%s: at once: %d, %v, %v", kind, n, more, err)
		}
		if _, _, err := s.empty(ctx, kind, id, 3); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: once more: %v", kind, err)
		}
	}
	if a, b := dumpAll(ctx, t, s), dumpAll(ctx, t, atOnce); a != b {
		t.Errorf("in parts is not at once:\n%s", difference(a, b))
	}
	if v, err := s.FieldValues(ctx, "contact", []string{"c-001"}); err != nil || v["c-001"]["f-2"].Words != "stays" {
		t.Errorf("another's value: %+v, %v", v, err)
	}
}

// Somebody may get it back by an undo while it is going: it goes from them too.
func TestWhatComesBackWhileItGoesGoesToo(t *testing.T) {
	ctx := t.Context()
	s := carriedByAll(ctx, t)
	err := s.InTx(ctx, func(tx *Tx) error {
		u, err := tx.Undoable(ctx, Undo{ID: "untagged", Kind: "contact.changed", ContactID: "c-001", At: 1001})
		if err == nil {
			err = u.Watch(ctx, "contact_tags", "contact_id", "c-001")
		}
		return errors.Join(err, tx.RemoveTag(ctx, "c-001", "tc-001"), u.Close(ctx))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, more, err := s.empty(ctx, BinTag, "tc-001", 1); !more || err != nil {
		t.Fatal(more, err)
	}
	if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.TakeBack(ctx, "untagged", 9); return err }); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if _, more, err = s.empty(ctx, BinTag, "tc-001", 1); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := s.TaggedIDs(ctx, "contact", "tc-001", "", 9); err != nil || len(ids) != 0 {
		t.Errorf("%v have it, %v", ids, err)
	}
}

// The rule of the bin goes in batches as well, and ends at once what was begun.
func TestTheRuleOfTheBinGoesInBatches(t *testing.T) {
	ctx := t.Context()
	for name, begun := range map[string]bool{"begun": true, "after 30 days": false} {
		t.Run(name, func(t *testing.T) {
			s, now := carriedByAll(ctx, t), int64(1001+30*dayMillis)
			if begun {
				now = 999 + 30*dayMillis // what was begun alone is due
				for kind, id := range map[string]string{BinField: "f-1", BinTag: "tc-001"} {
					if _, more, err := s.empty(ctx, kind, id, 1); !more || err != nil {
						t.Fatal(more, err)
					}
				}
			}
			for _, rule := range SweepRules() {
				if carried[rule.Table] == nil {
					continue
				}
				for n, batches := int64(2), 0; n == 2; batches++ {
					err := s.InTx(ctx, func(tx *Tx) (err error) { n, err = tx.SweepBatch(ctx, rule, now, 2); return err })
					if err != nil || n > 2 || batches > 5 {
						t.Fatalf("%s: %d rows, %v", rule.Name, n, err)
					}
					if _, err := s.Tag(ctx, "tc-001"); batches == 0 && rule.Table == "tags" && err != nil {
						t.Errorf("it goes first: %v", err)
					}
				}
			}
			_, err := s.Field(ctx, "f-1")
			_, err2 := s.Tag(ctx, "tc-001")
			if !errors.Is(err, ErrNotFound) || !errors.Is(err2, ErrNotFound) {
				t.Errorf("still there: %v, %v", err, err2)
			}
		})
	}
}
