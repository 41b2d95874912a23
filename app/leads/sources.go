package leads

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

const maxSources = 50

func mayLook(actor access.Actor) error {
	return access.Allow(actor, access.SettingsRead, access.Object{})
}

func maySet(actor access.Actor) error {
	return access.Allow(actor, access.SettingsWrite, access.Object{})
}

// set does something with a source in one transaction, once who acts is judged as
// they are now.
func (s *Service) set(ctx context.Context, actor access.Actor, do func(tx *store.Tx) error) error {
	if err := maySet(actor); err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := access.AsOfNow(ctx, &tx.Reader, actor)
		if err != nil {
			return err
		}
		if err := maySet(now); err != nil {
			return err
		}
		return do(tx)
	})
}

// Sources lists where leads come from.
func (s *Service) Sources(ctx context.Context, actor access.Actor) ([]store.LeadSource, error) {
	if err := mayLook(actor); err != nil {
		return nil, err
	}
	return s.Store.LeadSources(ctx)
}

// Source returns one of them, or NotFound.
func (s *Service) Source(ctx context.Context, actor access.Actor, id string) (store.LeadSource, error) {
	if err := mayLook(actor); err != nil {
		return store.LeadSource{}, err
	}
	src, err := s.Store.LeadSource(ctx, id)
	if err == nil && src.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return src, err
}

// Create adds a source with what most need, switched off, and returns its id and
// that of the undo. A form that comes twice, by its key, makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, kind string, in Draft, key string) (id, undoID string, err error) {
	if err := maySet(actor); err != nil {
		return "", "", err
	}
	first, ok := firstFields[kind]
	if !ok {
		return "", "", errs.Form(map[string]string{"kind": "Choose one of the list."})
	}
	in.Assign, in.TaskTitle, in.TaskHours, in.Fields, in.Enabled = store.AssignNobody, firstTask[kind], "24", first, false
	f, err := s.facts(ctx)
	if err != nil {
		return "", "", err
	}
	src, err := in.read(store.LeadSource{ID: s.NewID(), Kind: kind}, f)
	if err != nil {
		return "", "", err
	}
	if kind != store.LeadCall {
		src.Token = newToken()
	}
	act := s.act(actor, EventCreated, src.ID)
	src.CreatedAt = act.at
	for i := range src.Fields {
		src.Fields[i].ID, src.Fields[i].CreatedAt = s.NewID(), act.at
	}
	id, err = s.Store.Once(ctx, key, src.ID, act.at, func(tx *store.Tx) error {
		all, err := tx.LeadSources(ctx)
		if err != nil {
			return err
		}
		if len(all) >= maxSources {
			return errs.Form(map[string]string{"name": "There are 50 of these already. Delete one that nobody needs first."})
		}
		if err := free(all, src); err != nil {
			return err
		}
		return act.undoable(ctx, tx, func() error {
			return errors.Join(tx.InsertLeadSource(ctx, src), tx.SetLeadFields(ctx, src.ID, src.Fields))
		})
	})
	if id != src.ID { // the form was sent before
		act.id = ""
	}
	return id, act.id, err
}

var firstFields = map[string][]FieldDraft{
	store.LeadForm: {
		{Label: "Your name", Kind: "line", Target: ToName, Required: true},
		{Label: "Email", Kind: "email", Target: ToEmail, Required: true},
		{Label: "Phone", Kind: "phone", Target: ToPhone},
		{Label: "How can we help?", Kind: "text", Target: ToMessage},
	},
	store.LeadWebhook: {
		{Path: "name", Target: ToName}, {Path: "email", Target: ToEmail}, {Path: "phone", Target: ToPhone}, {Path: "message", Target: ToMessage},
	},
	store.LeadCall: nil,
}

var firstTask = map[string]string{store.LeadForm: "Answer the enquiry", store.LeadWebhook: "Answer the enquiry"}

func free(all []store.LeadSource, src store.LeadSource) error {
	for _, other := range all {
		if other.ID != src.ID && other.NameKey == store.Fold(src.Name) {
			return errs.Form(map[string]string{"name": "There is one of this name already."})
		}
		if other.ID != src.ID && src.Kind == store.LeadCall && other.Kind == store.LeadCall && other.Line == src.Line {
			return errs.Form(map[string]string{"line": "Deals are made of calls to this number already. Change that instead."})
		}
	}
	return nil
}

// Change saves what the editor of a version made of a source, and returns the id
// of the undo. The words of a consent that are new are kept for good. It is a
// Conflict of CodeChanged when there is a newer version.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (undoID string, err error) {
	old, err := s.Source(ctx, actor, id)
	if err != nil {
		return "", err
	}
	if err := maySet(actor); err != nil {
		return "", err
	}
	f, err := s.facts(ctx)
	if err != nil {
		return "", err
	}
	src, err := in.read(old, f)
	if err != nil {
		return "", err
	}
	act := s.act(actor, EventChanged, id)
	src.Version, src.UpdatedAt = version, act.at
	words := s.wordings(&src, act.at)
	err = s.set(ctx, actor, func(tx *store.Tx) error {
		all, err := tx.LeadSources(ctx)
		if err != nil {
			return err
		}
		if err := free(all, src); err != nil {
			return err
		}
		return act.undoable(ctx, tx, func() error {
			if err := changed(tx.UpdateLeadSource(ctx, src), "page"); err != nil {
				return err
			}
			for _, w := range words {
				if err := tx.InsertLeadWording(ctx, w); err != nil {
					return err
				}
			}
			return tx.SetLeadFields(ctx, id, src.Fields)
		})
	})
	return act.id, err
}

// wordings gives new fields their ids, and new words of consents theirs.
func (s *Service) wordings(src *store.LeadSource, at int64) []store.LeadWording {
	var out []store.LeadWording
	for i := range src.Fields {
		f := &src.Fields[i]
		if f.ID == "" {
			f.ID, f.CreatedAt = s.NewID(), at
		}
		if f.Kind == "consent" && f.WordingID == "" {
			f.WordingID = s.NewID()
			out = append(out, store.LeadWording{ID: f.WordingID, SourceID: src.ID, FieldID: f.ID, Words: f.Label, Channel: f.Channel, CreatedAt: at})
		}
	}
	return out
}

// Delete takes a source away: its address opens nothing any more, and its secret
// is destroyed. What came in stays.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string, version int64) (undoID string, err error) {
	act := s.act(actor, EventDeleted, id)
	err = s.set(ctx, actor, func(tx *store.Tx) error {
		if err := s.Vault.DropSecrets(ctx, tx, provider(id)); err != nil {
			return err
		}
		return act.undoable(ctx, tx, func() error { return changed(tx.DeleteLeadSource(ctx, id, version, act.at), "page") })
	})
	return act.id, err
}

// Secret gives a webhook a new secret in the place of any earlier one and returns
// it: this once, for it goes into the vault.
func (s *Service) Secret(ctx context.Context, actor access.Actor, id string) (string, error) {
	src, err := s.Source(ctx, actor, id)
	if err != nil {
		return "", err
	}
	if src.Kind != store.LeadWebhook {
		return "", &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret := base64.RawURLEncoding.EncodeToString(raw)
	act := s.act(actor, EventSecret, id)
	err = s.set(ctx, actor, func(tx *store.Tx) error {
		if err := s.Vault.PutSecret(ctx, tx, provider(id), secretName, vault.Secret(secret)); err != nil {
			return err
		}
		return tx.Record(ctx, act.event())
	})
	return secret, err
}
