package imports

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// batch is some rows on their way into the store. write may be called twice: it
// changes nothing of what it was given.
type batch struct {
	course
	rows     []row
	subjects map[int][]string
	ids      []string

	used    int // of ids
	tx      *store.Tx
	here    map[string]*store.Card // who may be changed, by id
	fresh   []store.Card
	freshAt map[string]int // contact id to place in fresh
	changed map[string]*store.Card
	order   []string // of changed
}

func newBatch(i store.Import, settings Settings, actor access.Actor, at int64) *batch {
	b := &batch{course: course{Import: i, settings: settings, actor: actor, at: at}}
	b.scene = b
	return b
}

func (b *batch) id() string {
	b.used++
	return b.ids[b.used-1]
}

func (b *batch) write(ctx context.Context, tx *store.Tx) (store.ImportCounts, error) {
	b.tx, b.used, b.fresh, b.order = tx, 0, nil, nil
	b.freshAt, b.changed = map[string]int{}, map[string]*store.Card{}
	counts := b.ImportCounts
	gone, err := forgotten(ctx, &tx.Reader, b.subjects)
	if err != nil {
		return counts, err
	}
	erased := func(at int) bool { return gone.any(b.subjects[at]) }
	if b.holders, err = look(ctx, &tx.Reader, b.rows, b.MatchBy); err != nil {
		return counts, err
	}
	if b.here, err = b.foreseen(ctx, &tx.Reader, b.rows); err != nil {
		return counts, err
	}
	companies, tags := named(b.rows, erased)
	news, err := b.know(ctx, &tx.Reader, companies, tags, func(string, string) string { return b.id() })
	if err != nil {
		return counts, err
	}
	outcomes := make([]store.ImportRow, 0, len(b.rows))
	for i := range b.rows {
		out, err := b.decide(ctx, &b.rows[i], erased(i))
		if err != nil {
			return counts, err
		}
		outcomes = append(outcomes, out)
		counts.Add(out.Outcome, out.Reason)
	}
	if err := b.save(ctx, news); err != nil {
		return counts, err
	}
	return counts, tx.InsertImportRows(ctx, b.ID, outcomes, b.at)
}

func (b *batch) card(ctx context.Context, id string) (*store.Card, error) {
	if at, is := b.freshAt[id]; is { // who came in a row above, and is still to be written
		return &b.fresh[at], nil
	}
	if c := b.changed[id]; c != nil {
		return c, nil
	}
	if b.here[id] == nil { // who is known only by what a row above said
		if err := cardsInto(ctx, &b.tx.Reader, []string{id}, b.here); err != nil {
			return nil, err
		}
	}
	if b.here[id] == nil {
		return nil, store.ErrNotFound
	}
	return b.here[id], nil
}

func (b *batch) made(c store.Card) {
	b.freshAt[c.ID] = len(b.fresh)
	b.fresh = append(b.fresh, c)
}

func (b *batch) altered(c *store.Card) {
	if _, is := b.freshAt[c.ID]; !is && b.changed[c.ID] == nil {
		b.changed[c.ID] = c
		b.order = append(b.order, c.ID)
	}
}

// cards are those to be written.
func (b *batch) cards(yield func(*store.Card) bool) {
	for i := range b.fresh {
		if !yield(&b.fresh[i]) {
			return
		}
	}
	for _, id := range b.order {
		if !yield(b.changed[id]) {
			return
		}
	}
}

// make adds companies and tags, under the undo of what the import made besides
// people. It has the import's own id.
func (b *batch) make(ctx context.Context, news fresh) error {
	if len(news.companies)+len(news.tags) == 0 {
		return nil
	}
	u, err := b.tx.UndoableAgain(ctx, b.ID)
	if err != nil {
		return err
	}
	for _, c := range news.companies {
		if err := u.Watch(ctx, "companies", "id", c.ID); err != nil {
			return err
		}
		err := b.tx.InsertCompany(ctx, store.Company{
			ID: c.ID, Name: c.Name, OwnerID: b.settings.Owner, Source: "import", CreatedBy: b.CreatedBy, CreatedAt: b.at, UpdatedAt: b.at, LastActivityAt: b.at,
		}, nil)
		if err != nil {
			return err
		}
	}
	for _, t := range news.tags {
		if err := u.Watch(ctx, "tags", "id", t.ID); err != nil {
			return err
		}
		if err := b.tx.InsertTag(ctx, store.Tag{ID: t.ID, Name: t.Name, CreatedAt: b.at}); err != nil {
			return err
		}
	}
	return u.Close(ctx)
}

// save writes new and changed cards, what they name, and where they come from.
func (b *batch) save(ctx context.Context, news fresh) error {
	if err := b.make(ctx, news.used(b.cards)); err != nil {
		return err
	}
	from := make([]store.Provenance, len(b.fresh))
	for i := range from {
		from[i] = store.Provenance{ID: b.fresh[i].ID, Source: "import", Ref: b.ID, Actor: b.CreatedBy, At: b.at}
	}
	if len(b.fresh) > 0 {
		if err := b.tx.InsertCards(ctx, b.fresh, from, b.notions.tagNames); err != nil {
			return err
		}
	}
	if len(b.order) == 0 {
		return nil
	}
	u, err := b.tx.UndoableAgain(ctx, b.UndoID)
	if err != nil {
		return err
	}
	if err := u.WatchContacts(ctx, b.order...); err != nil {
		return err
	}
	for _, id := range b.order {
		c := *b.changed[id]
		c.UpdatedAt = b.at
		if err := b.tx.SaveCard(ctx, c); err != nil {
			return err
		}
		if err := b.tx.InsertProvenance(ctx, store.Provenance{ID: b.id(), ContactID: id, Source: "import", Ref: b.ID, Actor: b.CreatedBy, At: b.at}); err != nil {
			return err
		}
	}
	return u.Close(ctx)
}
