package imports

import (
	"context"
	"maps"
	"slices"

	"stead/app/access"
	"stead/store"
)

// course decides what becomes of rows, one after the other. Each row sees what
// those above it did, in this batch or before: where a batch ends changes
// nothing, and what a check counts is what an import then does.
type course struct {
	store.Import
	settings Settings
	actor    access.Actor
	at       int64
	holders  holders
	notions  notions
	scene    scene
}

// scene is where rows meet those who are there already.
type scene interface {
	// card is somebody's as the rows above left it; nil where nobody knows it any more.
	card(ctx context.Context, id string) (*store.Card, error)
	made(c store.Card)
	altered(c *store.Card)
}

// decide says what becomes of a row and has the scene know it. erased tells that
// the row is about somebody who was.
func (c *course) decide(ctx context.Context, r *row, erased bool) (store.ImportRow, error) {
	out := store.ImportRow{Line: r.line, End: r.end, Outcome: store.RowRejected, Reason: r.reason}
	if r.reason != "" {
		return out, nil
	}
	if erased {
		out.Outcome, out.Reason = store.RowSuppressed, reasonErased
		return out, nil
	}
	who, known, reason, flag := c.holders.of(r, c.Mode)
	if flag == "" {
		flag = r.flag
	}
	switch {
	case reason != "":
		out.Reason = reason
		return out, nil
	case !known:
		out.Outcome, out.Reason, out.ContactID = store.RowCreated, flag, r.person.ID
		c.create(r)
		return out, nil
	case !reachable(c.actor, who):
		out.Reason = reasonTheirs
		return out, nil
	}
	out.Outcome, out.Reason, out.ContactID = store.RowUnchanged, r.flag, who.id
	if c.Mode == store.ImportAdd {
		return out, nil
	}
	changed, err := c.change(ctx, r, who.id)
	if changed {
		out.Outcome = store.RowUpdated
	}
	return out, err
}

func (c *course) create(r *row) {
	card := c.notions.settle(r.person, c.at)
	card.Source, card.CreatedBy, card.OwnerID = "import", c.CreatedBy, c.settings.Owner
	card.CreatedAt, card.UpdatedAt, card.LastActivityAt = c.at, c.at, c.at
	c.holders.learn(card)
	c.scene.made(card)
}

// change brings a row into somebody's card.
func (c *course) change(ctx context.Context, r *row, id string) (bool, error) {
	card, err := c.scene.card(ctx, id)
	if err != nil || card == nil {
		return true, err
	}
	if !c.notions.merge(card, r, c.Mode == store.ImportOverwrite, c.at) {
		return false, nil
	}
	c.holders.learn(*card)
	c.scene.altered(card)
	return true, nil
}

// foreseen reads at once the cards that rows are likely to change.
func (c *course) foreseen(ctx context.Context, r *store.Reader, rows []row) (map[string]*store.Card, error) {
	out := map[string]*store.Card{}
	if c.Mode == store.ImportAdd {
		return out, nil
	}
	ids := map[string]bool{}
	for i := range rows {
		if rows[i].reason != "" {
			continue
		}
		if who, known, _, _ := c.holders.of(&rows[i], c.Mode); known {
			ids[who.id] = true
		}
	}
	return out, cardsInto(ctx, r, slices.Sorted(maps.Keys(ids)), out)
}

func cardsInto(ctx context.Context, r *store.Reader, ids []string, into map[string]*store.Card) error {
	for some := range slices.Chunk(ids, 200) {
		cards, err := r.Cards(ctx, some)
		if err != nil {
			return err
		}
		for i := range cards {
			into[cards[i].ID] = &cards[i]
		}
	}
	return nil
}

// named are the companies and tags that rows name and that may yet be theirs, by
// key, each as it was first spelled.
func named(rows []row, erased func(at int) bool) (companies, tags map[string]string) {
	companies, tags = map[string]string{}, map[string]string{}
	note := func(in map[string]string, key, name string) {
		if _, is := in[key]; !is {
			in[key] = name
		}
	}
	for i := range rows {
		if rows[i].reason != "" || erased(i) {
			continue
		}
		for _, j := range rows[i].person.Jobs {
			note(companies, store.CompanyKey(j.Company), j.Company)
		}
		for _, name := range rows[i].person.Labels {
			note(tags, store.Fold(name), name)
		}
	}
	return companies, tags
}

// notions finds the companies and tags of those names; newID gives those that
// are not there the id under which they may be made.
func (c *course) know(ctx context.Context, r *store.Reader, companies, tags map[string]string, newID func(kind, key string) string) (fresh fresh, err error) {
	if c.notions.companies, err = r.CompaniesNamed(ctx, slices.Sorted(maps.Keys(companies))); err != nil {
		return fresh, err
	}
	for _, key := range slices.Sorted(maps.Keys(companies)) {
		if c.notions.companies[key].ID == "" {
			made := store.Company{ID: newID("company", key), Name: companies[key]}
			c.notions.companies[key] = made
			fresh.companies = append(fresh.companies, made)
		}
	}
	c.notions.tags, c.notions.tagNames = map[string]string{}, map[string]string{}
	if len(tags) == 0 {
		return fresh, nil
	}
	all, err := r.Tags(ctx)
	if err != nil {
		return fresh, err
	}
	for _, t := range all {
		c.notions.tags[t.NameKey], c.notions.tagNames[t.ID] = t.ID, t.Name
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if c.notions.tags[key] == "" {
			made := store.Tag{ID: newID("tag", key), Name: tags[key]}
			c.notions.tags[key], c.notions.tagNames[made.ID] = made.ID, made.Name
			fresh.tags = append(fresh.tags, made)
		}
	}
	return fresh, nil
}

// fresh are companies and tags that are not there yet.
type fresh struct {
	companies []store.Company
	tags      []store.Tag
}

// used leaves out what no card came to name: nothing is made for a row that was
// refused, or for somebody whom nothing new is said about.
func (f fresh) used(cards func(yield func(*store.Card) bool)) fresh {
	if len(f.companies)+len(f.tags) == 0 {
		return f
	}
	ids := map[string]bool{}
	for c := range cards {
		for _, job := range c.Companies {
			ids[job.CompanyID] = true
		}
		for _, tag := range c.Tags {
			ids[tag] = true
		}
	}
	return fresh{
		slices.DeleteFunc(slices.Clone(f.companies), func(c store.Company) bool { return !ids[c.ID] }),
		slices.DeleteFunc(slices.Clone(f.tags), func(t store.Tag) bool { return !ids[t.ID] }),
	}
}
