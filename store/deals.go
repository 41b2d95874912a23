package store

import (
	"context"
	"database/sql"
	"fmt"
)

// statutory is how long a deal that ended is kept: what was sold or bought, when
// and for how much, which tax and commercial law asks for, seven years after the
// end of the year at most. One that nobody won, lost or touched goes as late.
var statutory = Rule{After: "closed_at", Else: "last_activity_at", Days: 8 * 366}

var dealTables = []Table{
	{
		Name: "deals", Purpose: "winning work", Subject: "contact_id", Rows: KeepRow, Bin: inTheBin, Retain: statutory,
		Columns: []Columns{
			{Names: `id number pipeline_id stage_id status entered_at closed_at company_id conversation_id owner_id amount currency has_lines probability
				own_probability weighted closes_on source source_id version created_at updated_at last_activity_at deleted_at erased_at`, Category: Plain},
			{Names: "contact_id", Category: Plain, Erase: Null},
			{Names: "title title_key", Category: Content, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "created_by deleted_by", Category: Staff, Erase: Null},
		},
	},
	{
		Name: "deal_contacts", Purpose: "winning work", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:deals"},
		Columns: []Columns{
			{Names: "deal_id contact_id position created_at", Category: Plain},
			{Names: "role", Category: Content, Erase: Redact},
		},
	},
	{Name: "deal_tags", Purpose: "winning work", Retain: Rule{Keep: "parent:deals"}, Columns: []Columns{{Names: "deal_id tag_id", Category: Plain}}},
	{
		Name: "deal_fields", Purpose: "winning work", Subject: "deal_id>deals.contact_id", Rows: KeepRow, Retain: Rule{Keep: "parent:deals"},
		Columns: []Columns{
			{Names: "deal_id field_id num", Category: Plain},
			{Names: "words", Category: Content, Erase: Redact},
			{Names: "words_key", Category: Content, Erase: Redact, Access: Withhold("a copy of a value that is in the package")},
		},
	},
	{Name: "deal_stays", Purpose: "winning work", Retain: Rule{Keep: "parent:deals"}, Columns: []Columns{
		{Names: "id deal_id pipeline_id stage_id entered_at left_at went_to", Category: Plain},
		{Names: "moved_by", Category: Staff},
	}},
	{Name: "deal_flow", Purpose: "winning work", Retain: Rule{Keep: "numbers about stages, made of the stays and gone with them"}, Columns: []Columns{
		{Names: "stage_id week owner_id went_to n took", Category: Plain},
	}},
	{
		Name: "deal_outcomes", Purpose: "winning work", Subject: "deal_id>deals.contact_id", Rows: KeepRow, Retain: Rule{Keep: "parent:deals"},
		Columns: []Columns{
			{Names: "id deal_id kind stage_id reason_id amount currency at reopened_at", Category: Plain},
			{Names: "note", Category: Content, Erase: Redact},
			{Names: "actor reopened_by", Category: Staff, Erase: Null},
		},
	},
}

// Deal is work that is to be won. Number is what people call it by; Title may be
// empty. Status is the kind of its stage. Amount is in minor units; HasLines: it
// is the sum of the lines before tax. Probability is the stage's unless
// OwnProbability. Weighted is Amount by Probability, and computed here. ErasedAt is
// when somebody whom it was with was erased.
type Deal struct {
	ID                                                       string
	Number                                                   int64
	Title                                                    string
	PipelineID, StageID, Status                              string
	EnteredAt, ClosedAt                                      int64 // its stage; won or lost
	ContactID, CompanyID, ConversationID, OwnerID            string
	Amount                                                   int64
	Currency                                                 string
	HasLines                                                 bool
	Probability                                              int64
	OwnProbability                                           bool
	Weighted                                                 int64
	ClosesOn                                                 int64 // expected: UTC midnight of the day; 0: nobody said
	Source, SourceID                                         string
	CreatedBy, DeletedBy                                     string
	Version, CreatedAt, UpdatedAt, LastActivityAt, DeletedAt int64
	ErasedAt                                                 int64
}

// Gone tells that a deal was with somebody who was erased, and is with nobody since.
func (d Deal) Gone() bool { return d.ErasedAt != 0 && d.ContactID == "" }

// KeptUntil is when a deal that ended goes, 0 of an open one: nobody knows yet.
func (d Deal) KeptUntil() int64 {
	if d.ClosedAt == 0 {
		return 0
	}
	return d.ClosedAt + int64(statutory.Days)*dayMillis
}

// Open tells that a deal is neither won nor lost.
func (d Deal) Open() bool { return d.Status == DealOpen }

const dealColumns = `d.id, d.number, d.title, d.pipeline_id, d.stage_id, d.status, d.entered_at, COALESCE(d.closed_at, 0), COALESCE(d.contact_id, ''),
	COALESCE(d.company_id, ''), COALESCE(d.conversation_id, ''), COALESCE(d.owner_id, ''), d.amount, d.currency, d.has_lines, d.probability, d.own_probability,
	d.weighted, COALESCE(d.closes_on, 0), d.source, COALESCE(d.source_id, ''), COALESCE(d.created_by, ''), COALESCE(d.deleted_by, ''),
	d.version, d.created_at, d.updated_at, d.last_activity_at, COALESCE(d.deleted_at, 0), COALESCE(d.erased_at, 0)`

func (d *Deal) into(lines, own *int64) []any {
	return []any{
		&d.ID, &d.Number, &d.Title, &d.PipelineID, &d.StageID, &d.Status, &d.EnteredAt, &d.ClosedAt, &d.ContactID,
		&d.CompanyID, &d.ConversationID, &d.OwnerID, &d.Amount, &d.Currency, lines, &d.Probability, own,
		&d.Weighted, &d.ClosesOn, &d.Source, &d.SourceID, &d.CreatedBy, &d.DeletedBy,
		&d.Version, &d.CreatedAt, &d.UpdatedAt, &d.LastActivityAt, &d.DeletedAt, &d.ErasedAt,
	}
}

func scanDeal(row interface{ Scan(...any) error }, d *Deal) error {
	var lines, own int64
	err := row.Scan(d.into(&lines, &own)...)
	d.HasLines, d.OwnProbability = lines != 0, own != 0
	return err
}

// Deal returns one deal, also from the bin, or ErrNotFound.
func (r *Reader) Deal(ctx context.Context, id string) (Deal, error) {
	return one(ctx, r, "store.Deal", `SELECT `+dealColumns+` FROM deals d WHERE d.id = $1`,
		func(row *sql.Row, d *Deal) error { return scanDeal(row, d) }, id)
}

// weightedBy is an amount by a probability in percent, rounded half away from
// nought, in whole minor units: what Weighted computes.
func weightedBy(probability string) string {
	return `(amount * ` + probability + ` + CASE WHEN amount < 0 THEN -50 ELSE 50 END) / 100`
}

// Weighted is an amount by a probability in percent, rounded half away from
// nought.
func Weighted(amount, probability int64) int64 {
	half := int64(50)
	if amount < 0 {
		half = -50
	}
	return (amount*probability + half) / 100
}

// InsertDeal adds a deal and begins its first stay. It gets the next number,
// which is returned, and is what its stage says: status, and probability unless
// it has its own. ErrNotFound: there is no such stage. ErrConflict: the stage is
// of another pipeline or was deleted.
func (tx *Tx) InsertDeal(ctx context.Context, d Deal, stayID string) (number int64, err error) {
	stage, err := tx.stageOf(ctx, d.PipelineID, d.StageID)
	if err != nil {
		return 0, err
	}
	last, err := tx.count(ctx, "store.InsertDeal", `SELECT COALESCE(MAX(number), 1000) FROM deals`)
	if err != nil {
		return 0, err
	}
	d.Number = last + 1
	if d.Status = stage.Kind; d.Status != DealOpen {
		d.ClosedAt = d.CreatedAt
	}
	if !d.OwnProbability || stage.Kind != DealOpen {
		d.Probability, d.OwnProbability = stage.Probability, false
	}
	_, err = tx.exec(ctx, "store.InsertDeal", `
		INSERT INTO deals (id, number, title, title_key, pipeline_id, stage_id, status, entered_at, closed_at, contact_id, company_id, conversation_id, owner_id,
			amount, currency, probability, own_probability, weighted, closes_on, source, source_id, created_by, created_at, updated_at, last_activity_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $8, $8, $8)`,
		d.ID, d.Number, d.Title, Fold(d.Title), d.PipelineID, d.StageID, d.Status, d.CreatedAt, nullTime(d.ClosedAt), nullText(d.ContactID),
		nullText(d.CompanyID), nullText(d.ConversationID), nullText(d.OwnerID), d.Amount, d.Currency, d.Probability, flag(d.OwnProbability),
		Weighted(d.Amount, d.Probability), nullTime(d.ClosesOn), d.Source, nullText(d.SourceID), nullText(d.CreatedBy))
	if err != nil {
		return 0, err
	}
	if err := tx.indexDeal(ctx, d); err != nil {
		return 0, err
	}
	return d.Number, tx.flowing(ctx, []string{d.ID}, func() error { return tx.insertStay(ctx, d, stayID, d.CreatedBy, d.CreatedAt) })
}

func (tx *Tx) stageOf(ctx context.Context, pipelineID, stageID string) (Stage, error) {
	stage, err := tx.Stage(ctx, stageID)
	switch {
	case err != nil:
		return stage, err
	case stage.PipelineID != pipelineID || stage.DeletedAt != 0:
		return stage, fmt.Errorf("store: the stage has gone: %w", ErrConflict)
	}
	return stage, nil
}

func (tx *Tx) insertStay(ctx context.Context, d Deal, id, by string, at int64) error {
	_, err := tx.exec(ctx, "store.insertStay", `INSERT INTO deal_stays (id, deal_id, pipeline_id, stage_id, entered_at, moved_by) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, d.ID, d.PipelineID, d.StageID, at, nullText(by))
	return err
}

// UpdateDeal saves what a form holds of the version that the editor saw, and
// raises it: title, contact, company, thread, owner, amount, currency, own
// probability, expected close. The amount of a deal with lines is theirs and
// stays. ErrConflict: somebody else saved in between.
func (tx *Tx) UpdateDeal(ctx context.Context, d Deal) error {
	old, err := tx.Deal(ctx, d.ID)
	if err != nil {
		return err
	}
	if old.HasLines {
		d.Amount, d.Currency = old.Amount, old.Currency
	}
	if old.Status != DealOpen || !d.OwnProbability {
		stage, err := tx.Stage(ctx, old.StageID)
		if err != nil {
			return err
		}
		d.Probability, d.OwnProbability = stage.Probability, false
	}
	save := func() error { return tx.saveDeal(ctx, d) }
	if old.OwnerID == d.OwnerID {
		err = save()
	} else {
		err = tx.flowing(ctx, []string{d.ID}, save)
	}
	if err != nil {
		return err
	}
	return tx.indexDeal(ctx, d)
}

func (tx *Tx) saveDeal(ctx context.Context, d Deal) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE deals SET title = $1, title_key = $2, contact_id = $3, company_id = $4, conversation_id = $5, owner_id = $6, amount = $7, currency = $8,
			probability = $9, own_probability = $10, weighted = $11, closes_on = $12, updated_at = $13, last_activity_at = $13, version = version + 1
		WHERE id = $14 AND version = $15 AND deleted_at IS NULL`,
		d.Title, Fold(d.Title), nullText(d.ContactID), nullText(d.CompanyID), nullText(d.ConversationID), nullText(d.OwnerID), d.Amount, d.Currency,
		d.Probability, flag(d.OwnProbability), Weighted(d.Amount, d.Probability), nullTime(d.ClosesOn), d.UpdatedAt, d.ID, d.Version)
	return tx.changed("store.UpdateDeal", result, err)
}

// TouchDeal notes activity with a deal; an older time changes nothing.
func (tx *Tx) TouchDeal(ctx context.Context, id string, at int64) error {
	_, err := tx.exec(ctx, "store.TouchDeal", `UPDATE deals SET last_activity_at = $1 WHERE id = $2 AND last_activity_at < $1`, at, id)
	return err
}

// BinDeal puts a deal into the bin and out of the search.
func (tx *Tx) BinDeal(ctx context.Context, id, by string, at int64) error {
	err := tx.flowing(ctx, []string{id}, func() error {
		result, err := tx.q.ExecContext(ctx, `
			UPDATE deals SET deleted_at = $1, deleted_by = $2, version = version + 1 WHERE id = $3 AND deleted_at IS NULL`, at, nullText(by), id)
		return tx.changed("store.BinDeal", result, err)
	})
	if err != nil {
		return err
	}
	return tx.UnindexText(ctx, "deal", id)
}

// DealContact is somebody else who has to do with a deal, and as what. Name is
// the contact's, and only read.
type DealContact struct {
	DealID, ContactID, Name, Role string
	Position, CreatedAt           int64

	OwnerID string // of the contact
}

// DealContacts lists who else has to do with a deal. Who is in the bin is left
// out.
func (r *Reader) DealContacts(ctx context.Context, dealID string) ([]DealContact, error) {
	return list(ctx, r, "store.DealContacts", `
		SELECT x.deal_id, x.contact_id, c.name, x.role, x.position, x.created_at, COALESCE(c.owner_id, '') FROM deal_contacts x JOIN contacts c ON c.id = x.contact_id
		WHERE x.deal_id = $1 AND c.deleted_at IS NULL ORDER BY x.position, x.contact_id`,
		func(rows *sql.Rows, x *DealContact) error {
			return rows.Scan(&x.DealID, &x.ContactID, &x.Name, &x.Role, &x.Position, &x.CreatedAt, &x.OwnerID)
		}, dealID)
}

// SetDealContacts makes these the others of a deal, in this order. One in the
// bin stays.
func (tx *Tx) SetDealContacts(ctx context.Context, dealID string, people []DealContact) error {
	_, err := tx.exec(ctx, "store.SetDealContacts", `
		DELETE FROM deal_contacts WHERE deal_id = $1 AND contact_id IN (SELECT id FROM contacts WHERE deleted_at IS NULL)`, dealID)
	for i, x := range people {
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "store.SetDealContacts", `
			INSERT INTO deal_contacts (deal_id, contact_id, role, position, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (deal_id, contact_id) DO UPDATE SET role = excluded.role, position = excluded.position`, dealID, x.ContactID, x.Role, i, x.CreatedAt)
	}
	return err
}

// AssignDeal says who looks after a deal; empty: nobody.
func (tx *Tx) AssignDeal(ctx context.Context, id, userID string, at int64) error {
	return tx.flowing(ctx, []string{id}, func() error {
		result, err := tx.q.ExecContext(ctx, `
			UPDATE deals SET owner_id = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND deleted_at IS NULL`, nullText(userID), at, id)
		return tx.changed("store.AssignDeal", result, err)
	})
}

// RestoreDeal takes a deal out of the bin, and searches find it again.
func (tx *Tx) RestoreDeal(ctx context.Context, id string) error {
	err := tx.flowing(ctx, []string{id}, func() error {
		result, err := tx.q.ExecContext(ctx, `
			UPDATE deals SET deleted_at = NULL, deleted_by = NULL, version = version + 1 WHERE id = $1 AND deleted_at IS NOT NULL`, id)
		return tx.changed("store.RestoreDeal", result, err)
	})
	if err != nil {
		return err
	}
	return tx.ReindexDeals(ctx, []string{id})
}

// ReindexDeals makes what a search looks through tell what stands in the rows of
// deals; those in the bin are not found.
func (tx *Tx) ReindexDeals(ctx context.Context, ids []string) error {
	for _, id := range ids {
		d, err := tx.Deal(ctx, id)
		if err == nil && d.DeletedAt == 0 {
			err = tx.indexDeal(ctx, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// DealByNumber finds a deal that is not in the bin by what people call it, or
// ErrNotFound.
func (r *Reader) DealByNumber(ctx context.Context, number int64) (Deal, error) {
	return one(ctx, r, "store.DealByNumber", `SELECT `+dealColumns+` FROM deals d WHERE d.number = $1 AND d.deleted_at IS NULL`,
		func(row *sql.Row, d *Deal) error { return scanDeal(row, d) }, number)
}

// SetDealTags makes these the tags of a deal. A deleted one that it has stays.
func (tx *Tx) SetDealTags(ctx context.Context, dealID string, tags []string) error {
	_, err := tx.exec(ctx, "store.SetDealTags", `
		DELETE FROM deal_tags WHERE deal_id = $1 AND tag_id IN (SELECT id FROM tags WHERE deleted_at IS NULL)`, dealID)
	for _, id := range tags {
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "store.SetDealTags", `INSERT INTO deal_tags (deal_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, dealID, id)
	}
	return err
}

// dealParts are the tables of what is a deal's.
var dealParts = []string{"deal_contacts", "deal_tags", "deal_fields", "deal_stays", "deal_outcomes", "deal_lines"}

// WatchDeals watches deals with all that is theirs: lines, stays, outcomes, tags,
// values, people.
func (u *Undoing) WatchDeals(ctx context.Context, ids ...string) error {
	err := u.Watch(ctx, "deals", "id", ids...)
	for _, table := range dealParts {
		if err == nil {
			err = u.Watch(ctx, table, "deal_id", ids...)
		}
	}
	return err
}

// DealTags lists the tags of a deal by name.
func (r *Reader) DealTags(ctx context.Context, dealID string) ([]Tag, error) {
	return list(ctx, r, "store.DealTags", `
		SELECT `+tagColumns+` FROM deal_tags g JOIN tags t ON t.id = g.tag_id WHERE g.deal_id = $1 AND t.deleted_at IS NULL ORDER BY t.name_key, t.id`, scanTag, dealID)
}

// DealTagsOf lists the tags of deals by name, for each that has some.
func (r *Reader) DealTagsOf(ctx context.Context, dealIDs []string) (map[string][]Tag, error) {
	out := map[string][]Tag{}
	if len(dealIDs) == 0 {
		return out, nil
	}
	type of struct {
		deal string
		Tag
	}
	marks, args := inList(dealIDs)
	rows, err := list(ctx, r, "store.DealTagsOf", `
		SELECT g.deal_id, t.id, t.name, t.colour FROM deal_tags g JOIN tags t ON t.id = g.tag_id
		WHERE g.deal_id IN (`+marks+`) AND t.deleted_at IS NULL ORDER BY t.name_key, t.id`,
		func(rows *sql.Rows, v *of) error { return rows.Scan(&v.deal, &v.ID, &v.Name, &v.Colour) }, args...)
	for _, v := range rows {
		out[v.deal] = append(out[v.deal], v.Tag)
	}
	return out, err
}
