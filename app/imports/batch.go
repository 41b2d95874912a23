package imports

import (
	"context"
	"maps"
	"slices"

	"stead/app/access"
	"stead/store"
)

// batch is some rows on their way into the store. write may be called twice: it
// changes nothing of what it was given.
type batch struct {
	store.Import
	settings Settings
	actor    access.Actor
	at       int64
	rows     []row
	subjects map[int][]string
	ids      []string

	used     int // of ids
	tx       *store.Tx
	holders  holders
	notions  notions
	tagNames map[string]string // by id
	fresh    []store.Card
	freshAt  map[string]int // contact id to place in fresh
	changed  map[string]*store.Card
	order    []string // of changed
	outcomes []store.ImportRow
}

func (b *batch) id() string {
	b.used++
	return b.ids[b.used-1]
}

func (b *batch) write(ctx context.Context, tx *store.Tx) (store.ImportCounts, error) {
	b.tx, b.used, b.fresh, b.order, b.outcomes = tx, 0, nil, nil, nil
	b.freshAt, b.changed = map[string]int{}, map[string]*store.Card{}
	counts := b.ImportCounts
	gone, err := forgotten(ctx, &tx.Reader, b.subjects)
	if err != nil {
		return counts, err
	}
	if b.holders, err = look(ctx, &tx.Reader, b.rows, b.MatchBy); err != nil {
		return counts, err
	}
	cards, err := b.cards(ctx)
	if err != nil {
		return counts, err
	}
	if err := b.name(ctx); err != nil {
		return counts, err
	}
	for i := range b.rows {
		out := b.one(i, gone, cards)
		b.outcomes = append(b.outcomes, out)
		counts.Add(out.Outcome, out.Reason)
	}
	if err := b.save(ctx); err != nil {
		return counts, err
	}
	return counts, tx.InsertImportRows(ctx, b.ID, b.outcomes, b.at)
}

// cards reads whom the rows may change, as they are now.
func (b *batch) cards(ctx context.Context) (map[string]store.Card, error) {
	if b.Mode == store.ImportAdd {
		return nil, nil
	}
	ids := map[string]bool{}
	for i := range b.rows {
		if b.rows[i].reason != "" {
			continue
		}
		if who, known, _, _ := b.holders.of(&b.rows[i], b.Mode); known {
			ids[who.ContactID] = true
		}
	}
	out := map[string]store.Card{}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 200) {
		cards, err := b.tx.Cards(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			out[c.ID] = c
		}
	}
	return out, nil
}

// name finds the companies and tags that the rows name and makes those that are
// not there, so that taking the import back can take them away.
func (b *batch) name(ctx context.Context) error {
	companies, tags := map[string]string{}, map[string]string{}
	for i := range b.rows {
		if b.rows[i].reason != "" {
			continue
		}
		for _, j := range b.rows[i].person.Jobs {
			companies[store.CompanyKey(j.Company)] = j.Company
		}
		for _, name := range b.rows[i].person.Labels {
			tags[store.Fold(name)] = name
		}
	}
	var err error
	if b.notions.companies, err = b.tx.CompaniesNamed(ctx, slices.Sorted(maps.Keys(companies))); err != nil {
		return err
	}
	var newCompanies, newTags []string
	for _, key := range slices.Sorted(maps.Keys(companies)) {
		if b.notions.companies[key].ID == "" {
			b.notions.companies[key] = store.Company{ID: b.id(), Name: companies[key]}
			newCompanies = append(newCompanies, key)
		}
	}
	if newTags, err = b.nameTags(ctx, tags); err != nil {
		return err
	}
	if len(newCompanies)+len(newTags) == 0 {
		return nil
	}
	return b.make(ctx, newCompanies, newTags, tags)
}

func (b *batch) nameTags(ctx context.Context, tags map[string]string) (fresh []string, err error) {
	b.notions.tags, b.tagNames = map[string]string{}, map[string]string{}
	if len(tags) == 0 {
		return nil, nil
	}
	all, err := b.tx.Tags(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		b.notions.tags[t.NameKey], b.tagNames[t.ID] = t.ID, t.Name
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if b.notions.tags[key] == "" {
			id := b.id()
			b.notions.tags[key], b.tagNames[id] = id, tags[key]
			fresh = append(fresh, key)
		}
	}
	return fresh, nil
}

// make adds companies and tags, under the undo of what the import made besides
// people. It has the import's own id.
func (b *batch) make(ctx context.Context, companies, tags []string, tagNames map[string]string) error {
	u, err := b.tx.UndoableAgain(ctx, b.ID)
	if err != nil {
		return err
	}
	for _, key := range companies {
		c := b.notions.companies[key]
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
	for _, key := range tags {
		id := b.notions.tags[key]
		if err := u.Watch(ctx, "tags", "id", id); err != nil {
			return err
		}
		if err := b.tx.InsertTag(ctx, store.Tag{ID: id, Name: tagNames[key], CreatedAt: b.at}); err != nil {
			return err
		}
	}
	return u.Close(ctx)
}

// one decides what becomes of a row.
func (b *batch) one(i int, gone map[string]bool, cards map[string]store.Card) store.ImportRow {
	r := &b.rows[i]
	out := store.ImportRow{Line: r.line, End: r.end, Outcome: store.RowRejected, Reason: r.reason}
	if r.reason != "" {
		return out
	}
	for _, subject := range b.subjects[i] {
		if gone[subject] {
			out.Outcome, out.Reason = store.RowSuppressed, reasonErased
			return out
		}
	}
	who, known, reason, flag := b.holders.of(r, b.Mode)
	if flag == "" {
		flag = r.flag
	}
	switch {
	case reason != "":
		out.Reason = reason
		return out
	case !known:
		out.Outcome, out.Reason, out.ContactID = store.RowCreated, flag, r.person.ID
		b.create(r)
		return out
	case !reachable(b.actor, who):
		out.Reason = reasonTheirs
		return out
	}
	out.Outcome, out.Reason, out.ContactID = store.RowUnchanged, r.flag, who.ContactID
	if b.Mode != store.ImportAdd && b.change(r, who.ContactID, cards) {
		out.Outcome = store.RowUpdated
	}
	return out
}

func (b *batch) create(r *row) {
	c := b.notions.settle(r.person, b.at)
	c.Source, c.CreatedBy, c.OwnerID = "import", b.CreatedBy, b.settings.Owner
	c.CreatedAt, c.UpdatedAt, c.LastActivityAt = b.at, b.at, b.at
	b.freshAt[c.ID] = len(b.fresh)
	b.fresh = append(b.fresh, c)
	b.holders.add(r, store.Fold(c.Name), c.OwnerID, b.MatchBy)
}

// change brings a row into somebody's card: of who came in a row above it, into
// the card that is still to be written.
func (b *batch) change(r *row, id string, cards map[string]store.Card) bool {
	over := b.Mode == store.ImportOverwrite
	if at, isFresh := b.freshAt[id]; isFresh {
		return b.notions.merge(&b.fresh[at], r, over, b.at)
	}
	c := b.changed[id]
	if c == nil {
		card := cards[id]
		c = &card
	}
	if !b.notions.merge(c, r, over, b.at) {
		return false
	}
	if b.changed[id] == nil {
		b.changed[id] = c
		b.order = append(b.order, id)
	}
	return true
}

// save writes new and changed cards, and where they come from.
func (b *batch) save(ctx context.Context) error {
	from := make([]store.Provenance, len(b.fresh))
	for i := range from {
		from[i] = store.Provenance{ID: b.fresh[i].ID, Source: "import", Ref: b.ID, Actor: b.CreatedBy, At: b.at}
	}
	if len(b.fresh) > 0 {
		if err := b.tx.InsertCards(ctx, b.fresh, from, b.tagNames); err != nil {
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
