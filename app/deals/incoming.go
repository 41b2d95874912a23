package deals

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// Incoming is a deal that was understood and that no person of the business makes:
// of a lead, of a call. It is put down once.
type Incoming struct {
	d    record
	stay string
	act  act
}

// Party is whom a deal that comes in is about, and who looks after it.
type Party struct{ ContactID, ConversationID, OwnerID string }

// Incoming understands a deal that comes in. It is errs.Invalid with a sentence
// for each input.
func (s *Service) Incoming(ctx context.Context, in Draft) (*Incoming, error) {
	d, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	d.ID = s.NewID()
	act := s.act(access.System("leads"), EventCreated, d.ID)
	d.CreatedAt, act.id = act.at, s.NewID()
	return &Incoming{d: d, stay: s.NewID(), act: act}, nil
}

// Open puts the deal down in the transaction of what it is made of, and returns
// its id. strict: it is errs.Invalid when the stage asks for what the deal has
// not, with a sentence for each input.
func (n *Incoming) Open(ctx context.Context, tx *store.Tx, p Party, strict bool) (string, error) {
	d, act := n.d, n.act
	d.ContactID, d.ConversationID, d.OwnerID = p.ContactID, p.ConversationID, p.OwnerID
	act.contact = p.ContactID
	stage, err := stageOf(ctx, tx, d.PipelineID, d.StageID)
	if err != nil {
		return "", err
	}
	if strict {
		if err := lacks(stage, d, 0); err != nil {
			return "", err
		}
	}
	return d.ID, act.undoable(ctx, tx, func() error {
		if _, err := tx.InsertDeal(ctx, d.Deal, n.stay); err != nil {
			return err
		}
		return d.notions(ctx, tx)
	}, d.ID)
}
