package store

import (
	"context"
	"database/sql"
)

var productTables = []Table{
	{Name: "products", Purpose: "winning work", Retain: Rule{Keep: "what the business sells or buys"}, Columns: []Columns{
		{Names: "id price currency tax version created_at updated_at disabled_at", Category: Plain},
		{Names: "code name name_key description unit", Category: Firm},
	}},
	{
		Name: "deal_lines", Purpose: "winning work", Subject: "deal_id>deals.contact_id", Rows: KeepRow, Retain: Rule{Keep: "parent:deals"},
		Columns: []Columns{
			{Names: "id deal_id position product_id quantity price discount tax net created_at", Category: Plain},
			{Names: "name unit", Category: Content, Erase: Redact},
		},
	},
}

// Product is something that the business sells or buys. Price is for one, in
// minor units, before tax; Tax in hundredths of a percent. One that is Disabled
// is no longer offered; lines keep it.
type Product struct {
	ID, Code, Name, NameKey, Description, Unit string
	Price                                      int64
	Currency                                   string
	Tax                                        int64
	Version, CreatedAt, UpdatedAt, DisabledAt  int64
}

const productColumns = `id, code, name, name_key, description, unit, price, currency, tax, version, created_at, updated_at, COALESCE(disabled_at, 0)`

func scanProduct(row interface{ Scan(...any) error }, p *Product) error {
	return row.Scan(&p.ID, &p.Code, &p.Name, &p.NameKey, &p.Description, &p.Unit, &p.Price, &p.Currency, &p.Tax, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.DisabledAt)
}

// Product returns one product, disabled or not, or ErrNotFound.
func (r *Reader) Product(ctx context.Context, id string) (Product, error) {
	return one(ctx, r, "store.Product", `SELECT `+productColumns+` FROM products WHERE id = $1`,
		func(row *sql.Row, p *Product) error { return scanProduct(row, p) }, id)
}

// Products lists products by name; begins narrows them to those whose code or
// some word of whose name begins so.
func (r *Reader) Products(ctx context.Context, begins string, limit int) ([]Product, error) {
	key := likely(Fold(begins))
	return list(ctx, r, "store.Products", `
		SELECT `+productColumns+` FROM products WHERE disabled_at IS NULL
		AND ($1 = '' OR name_key LIKE $2 ESCAPE '\' OR name_key LIKE $3 ESCAPE '\' OR lower(code) LIKE $2 ESCAPE '\')
		ORDER BY name_key, id`+limitTo(limit),
		func(rows *sql.Rows, p *Product) error { return scanProduct(rows, p) }, key, key+"%", "% "+key+"%")
}

// ProductList lists a page of products by name, narrowed down as Products does:
// those that are offered, or, where asked for, those that are no longer.
func (r *Reader) ProductList(ctx context.Context, begins string, disabled bool, page Page) ([]Product, error) {
	key, state := likely(Fold(begins)), "IS NULL"
	if disabled {
		state = "IS NOT NULL"
	}
	query, args := `
		SELECT `+productColumns+` FROM products WHERE disabled_at `+state+`
		AND ($1 = '' OR name_key LIKE $2 ESCAPE '\' OR name_key LIKE $3 ESCAPE '\' OR lower(code) LIKE $2 ESCAPE '\')`, []any{key, key + "%", "% " + key + "%"}
	var name, id string
	if page.keys(&name, &id) {
		query, args = query+` AND (name_key, id) > ($4, $5)`, append(args, name, id)
	}
	return list(ctx, r, "store.ProductList", query+` ORDER BY name_key, id`+limitTo(page.limit()),
		func(rows *sql.Rows, p *Product) error { return scanProduct(rows, p) }, args...)
}

// ProductsCoded lists the products that are offered under a code, whatever the
// case of its letters.
func (r *Reader) ProductsCoded(ctx context.Context, code string) ([]Product, error) {
	if code == "" {
		return nil, nil
	}
	return list(ctx, r, "store.ProductsCoded", `SELECT `+productColumns+` FROM products WHERE lower(code) = lower($1) AND disabled_at IS NULL ORDER BY id`,
		func(rows *sql.Rows, p *Product) error { return scanProduct(rows, p) }, code)
}

// SaveProduct adds a product, or, where its Version is not 0, saves the version
// that the editor saw. ErrConflict: somebody else saved in between, or the code
// is another's.
func (tx *Tx) SaveProduct(ctx context.Context, p Product) error {
	if p.Code != "" && p.DisabledAt == 0 {
		n, err := tx.count(ctx, "store.SaveProduct", `SELECT COUNT(*) FROM products WHERE code = $1 AND id <> $2 AND disabled_at IS NULL`, p.Code, p.ID)
		if err != nil || n > 0 {
			return orConflict(err)
		}
	}
	if p.Version == 0 {
		_, err := tx.exec(ctx, "store.SaveProduct", `
			INSERT INTO products (id, code, name, name_key, description, unit, price, currency, tax, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
			p.ID, p.Code, p.Name, Fold(p.Name), p.Description, p.Unit, p.Price, p.Currency, p.Tax, p.CreatedAt)
		return err
	}
	result, err := tx.q.ExecContext(ctx, `
		UPDATE products SET code = $1, name = $2, name_key = $3, description = $4, unit = $5, price = $6, currency = $7, tax = $8, disabled_at = $9,
			updated_at = $10, version = version + 1 WHERE id = $11 AND version = $12`,
		p.Code, p.Name, Fold(p.Name), p.Description, p.Unit, p.Price, p.Currency, p.Tax, nullTime(p.DisabledAt), p.UpdatedAt, p.ID, p.Version)
	return tx.changed("store.SaveProduct", result, err)
}

func orConflict(err error) error {
	if err != nil {
		return err
	}
	return ErrConflict
}

// DealLine is one line of a deal. Quantity is in thousandths, Price in minor units
// for one, Discount and Tax in hundredths of a percent. Net is what Amount says,
// and computed here.
type DealLine struct {
	ID, DealID                     string
	Position                       int64
	ProductID, Name, Unit          string
	Quantity, Price, Discount, Tax int64
	Net, CreatedAt                 int64
}

// DealLines lists the lines of a deal in their order.
func (r *Reader) DealLines(ctx context.Context, dealID string) ([]DealLine, error) {
	return list(ctx, r, "store.DealLines", `
		SELECT id, deal_id, position, COALESCE(product_id, ''), name, unit, quantity, price, discount, tax, net, created_at FROM deal_lines
		WHERE deal_id = $1 ORDER BY position, id`,
		func(rows *sql.Rows, l *DealLine) error {
			return rows.Scan(&l.ID, &l.DealID, &l.Position, &l.ProductID, &l.Name, &l.Unit, &l.Quantity, &l.Price, &l.Discount, &l.Tax, &l.Net, &l.CreatedAt)
		}, dealID)
}

// SetDealLines makes these the lines of a deal of the version that the editor saw,
// in this order, and the amount of the deal their sum before tax; without lines
// the amount stays and is somebody's to say again. Nets are the caller's.
// ErrConflict: somebody else changed the deal.
func (tx *Tx) SetDealLines(ctx context.Context, dealID string, version int64, lines []DealLine, at int64) error {
	d, err := tx.Deal(ctx, dealID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.SetDealLines", `DELETE FROM deal_lines WHERE deal_id = $1`, dealID); err != nil {
		return err
	}
	amount := d.Amount
	if len(lines) > 0 {
		amount = 0
	}
	for i, l := range lines {
		amount += l.Net
		_, err := tx.exec(ctx, "store.SetDealLines", `
			INSERT INTO deal_lines (id, deal_id, position, product_id, name, unit, quantity, price, discount, tax, net, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			l.ID, dealID, i, nullText(l.ProductID), l.Name, l.Unit, l.Quantity, l.Price, l.Discount, l.Tax, l.Net, l.CreatedAt)
		if err != nil {
			return err
		}
	}
	result, err := tx.q.ExecContext(ctx, `
		UPDATE deals SET has_lines = $1, amount = $2, weighted = $3, updated_at = $4, last_activity_at = $4, version = version + 1
		WHERE id = $5 AND version = $6 AND deleted_at IS NULL`,
		flag(len(lines) > 0), amount, Weighted(amount, d.Probability), at, dealID, version)
	return tx.changed("store.SetDealLines", result, err)
}
