package deals

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/lines"
	"stead/app/people"
	"stead/store"
)

// LineDraft is a line of a deal as somebody typed it.
type LineDraft struct{ ProductID, Name, Quantity, Unit, Price, Discount, Tax string }

// Lines are what is sold or bought in a deal, and what that comes to. Seen is to
// be named by a save.
type Lines struct {
	Deal   store.Deal
	Rows   []store.DealLine
	Totals lines.Totals
	Seen   string
	How    custom.How
}

// The most that is taken of each.
const (
	maxLines    = 200
	maxLineName = 300
	maxLineUnit = 30
)

// blank tells that nothing was typed: such a line is none.
func (d LineDraft) blank() bool {
	for _, cell := range []string{d.Name, d.Quantity, d.Unit, d.Price, d.Discount, d.Tax} {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// Cell is the name of a problem of a line: its place and what is asked there.
func Cell(row int, name string) string { return name + "-" + strconv.Itoa(row) }

// read understands a line. What is wrong stands under the names of its cells.
func (d LineDraft) read(row int, currency string, how custom.How, problems map[string]string) store.DealLine {
	out := store.DealLine{ProductID: d.ProductID, Name: people.Line(d.Name), Unit: people.Line(d.Unit)}
	say := func(cell string, err error) {
		if err != nil {
			problems[Cell(row, cell)] = errs.Message(err)
		}
	}
	switch {
	case out.Name == "":
		problems[Cell(row, "item")] = "Say what it is, or empty the line."
	case utf8.RuneCountInString(out.Name) > maxLineName:
		problems[Cell(row, "item")] = "Use at most 300 characters."
	}
	if utf8.RuneCountInString(out.Unit) > maxLineUnit {
		problems[Cell(row, "unit")] = "Use at most 30 characters."
	}
	var err error
	out.Quantity, err = lines.ReadQuantity(d.Quantity, how)
	say("quantity", err)
	out.Price, err = lines.ReadPrice(d.Price, currency, how)
	say("price", err)
	out.Discount, err = lines.ReadPercent(d.Discount, how)
	say("discount", err)
	out.Tax, err = lines.ReadPercent(d.Tax, how)
	say("tax", err)
	if out.Net, err = counted(out).Net(); err != nil {
		problems[Cell(row, "price")] = "This line comes to more than can be kept."
	}
	return out
}

func counted(l store.DealLine) lines.Line {
	return lines.Line{Quantity: l.Quantity, Price: l.Price, Discount: l.Discount, Tax: l.Tax}
}

// readLines understands the lines that are not blank, in their order. Problems are
// by cell; "lines" is about all of them.
func readLines(drafts []LineDraft, currency string, how custom.How) ([]store.DealLine, map[string]string) {
	problems := map[string]string{}
	var out []store.DealLine
	var sums []lines.Line
	for i, d := range drafts {
		if d.blank() {
			continue
		}
		row := d.read(i, currency, how, problems)
		out, sums = append(out, row), append(sums, counted(row))
	}
	if len(out) > maxLines {
		problems["lines"] = "A deal has at most 200 lines."
	}
	if len(problems) > 0 {
		return out, problems
	}
	if _, err := lines.Of(sums); err != nil {
		problems["lines"] = "The lines come to more than can be kept."
	}
	return out, problems
}

// Lines returns the lines of a deal for whoever may see it and what it comes to.
func (s *Service) Lines(ctx context.Context, actor access.Actor, id string) (Lines, error) {
	d, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Lines{}, err
	}
	if !showsLines(actor, d) {
		return Lines{}, &errs.Error{Kind: errs.Denied, Message: "Your role does not show what is in this deal."}
	}
	rows, err := s.Store.DealLines(ctx, id)
	if err != nil {
		return Lines{}, err
	}
	saw := seen(d, rows) // as they are stored
	out, err := s.linesOf(ctx, d, rows)
	out.Seen = saw
	return out, err
}

// linesOf is what lines are and come to, for whoever saves nothing.
func (s *Service) linesOf(ctx context.Context, d store.Deal, rows []store.DealLine) (Lines, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return Lines{}, err
	}
	if err := s.named(ctx, rows); err != nil {
		return Lines{}, err
	}
	out := Lines{Deal: d, Rows: rows, How: custom.For(b.Country)}
	sums := make([]lines.Line, len(rows))
	for i, row := range rows {
		sums[i] = counted(row)
	}
	out.Totals, err = lines.Of(sums)
	return out, err
}

// showsLines tells whether an actor is shown what is in a deal: its words and its
// amounts.
func showsLines(actor access.Actor, d store.Deal) bool {
	return access.Sees(actor, d.OwnerID) && access.May(actor, access.MoneySee, access.Object{Owner: d.OwnerID})
}

// seen stands for lines as an editor saw them. Whatever else of the deal changes
// meanwhile is no conflict: a colleague moves a deal while its lines are typed.
func seen(d store.Deal, rows []store.DealLine) string {
	text, err := json.Marshal(struct {
		Currency string
		Rows     []store.DealLine
	}{d.Currency, rows})
	if err != nil {
		panic("deals: lines cannot be written down") // texts and numbers always can
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// SetLines makes these the lines of a deal, and its amount what they come to
// before tax. It is errs.Invalid with a sentence for each cell, and a Conflict of
// CodeChanged when somebody else changed the lines since they were seen. What is
// the same already stays as it is, without an undo.
func (s *Service) SetLines(ctx context.Context, actor access.Actor, id, saw string, drafts []LineDraft) (Saved, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return Saved{}, err
	}
	how := custom.For(b.Country)
	act := s.act(actor, EventLines, id)
	fresh := make([]string, len(drafts))
	for i := range fresh {
		fresh[i] = s.NewID()
	}
	saved := Saved{ID: id}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		d, err := mayEdit(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		rows, problems := readLines(drafts, d.Currency, how)
		if err := errs.Form(problems); err != nil {
			return err
		}
		old, err := tx.DealLines(ctx, id)
		if err != nil {
			return err
		}
		if seen(d, old) != saw {
			return changed(store.ErrConflict)
		}
		if err := known(ctx, tx, rows); err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID, rows[i].CreatedAt = fresh[i], act.at
		}
		if alike(old, rows) {
			return nil
		}
		saved.Undo = act.id
		act := act
		act.contact = d.ContactID
		return act.undoable(ctx, tx, func() error { return changed(tx.SetDealLines(ctx, id, d.Version, rows, act.at)) }, id)
	})
	return saved, err
}

// known forgets products that are not there: a line is what it says.
func known(ctx context.Context, tx *store.Tx, rows []store.DealLine) error {
	for i, row := range rows {
		if row.ProductID == "" {
			continue
		}
		_, err := tx.Product(ctx, row.ProductID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			rows[i].ProductID = ""
		case err != nil:
			return err
		}
	}
	return nil
}

func alike(old, rows []store.DealLine) bool {
	if len(old) != len(rows) {
		return false
	}
	for i, was := range old {
		is := rows[i]
		is.ID, is.DealID, is.Position, is.CreatedAt = was.ID, was.DealID, was.Position, was.CreatedAt
		if was != is {
			return false
		}
	}
	return true
}

// complete gives a line that names a product, by its name or its code and without
// a price, what the product says: as choosing it from the list does.
func (s *Service) complete(ctx context.Context, d LineDraft, currency string, how custom.How) (LineDraft, error) {
	name := strings.TrimSpace(d.Name)
	if name == "" || d.ProductID != "" || strings.TrimSpace(d.Price) != "" {
		return d, nil
	}
	found, err := s.Store.Products(ctx, name, 20)
	if err != nil {
		return d, err
	}
	for _, p := range found {
		if store.Fold(p.Name) != store.Fold(name) && !strings.EqualFold(p.Code, name) {
			continue
		}
		d.ProductID, d.Name = p.ID, p.Name
		if p.Currency == currency { // nothing is converted
			d.Price = lines.TypedPrice(p.Price, p.Currency, how)
		}
		if strings.TrimSpace(d.Unit) == "" {
			d.Unit = p.Unit
		}
		if strings.TrimSpace(d.Tax) == "" {
			d.Tax = lines.TypedPercent(p.Tax, how)
		}
		return d, nil
	}
	return d, nil
}

// draftsOf are lines as somebody would have typed them.
func draftsOf(rows []store.DealLine, currency string, how custom.How) []LineDraft {
	out := make([]LineDraft, len(rows))
	for i, l := range rows {
		out[i] = LineDraft{
			ProductID: l.ProductID, Name: l.Name, Unit: l.Unit, Quantity: lines.TypedQuantity(l.Quantity, how),
			Price: lines.TypedPrice(l.Price, currency, how), Discount: lines.TypedPercent(l.Discount, how), Tax: lines.TypedPercent(l.Tax, how),
		}
	}
	return out
}
