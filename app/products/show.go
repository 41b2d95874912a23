package products

import (
	"strconv"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/lines"
	"stead/store"
	view "stead/views/products"
	"stead/views/ui"
)

func percent(n int64, how custom.How) string {
	if n == 0 {
		return "0%"
	}
	return lines.TypedPercent(n, how) + "%"
}

// listOf is the only place that knows both the products and their list.
func listOf(actor access.Actor, roll Roll, where spot, how custom.How) view.List {
	out := view.List{
		Query: where.typed, Disabled: where.disabled, Edits: mayWrite(actor) == nil, Money: showsMoney(actor),
		Next: where.page(roll.Next),
	}
	for _, p := range roll.Rows {
		row := view.Row{ID: p.ID, Name: p.Name, Code: p.Code, Unit: p.Unit, Off: p.DisabledAt != 0}
		if out.Money {
			row.Price, row.Tax = custom.Money(p.Price, p.Currency, how), percent(p.Tax, how)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// formOf is the only place that knows both a product and its form.
func (s *Service) formOf(in Draft, problems map[string]string) view.Form {
	f := view.Form{
		Name: ui.Input{Name: "name", Label: "Name", Value: in.Name, Required: true, Max: maxName, Autocomplete: "off", Problem: problems["name"]},
		Code: ui.Input{
			Name: "code", Label: "Code", Value: in.Code, Optional: true, Max: maxCode, Autocomplete: "off", Problem: problems["code"],
			Hint: "What you call it by in a list: a line of a deal finds it.",
		},
		Unit: ui.Input{Name: "unit", Label: "Unit", Value: in.Unit, Optional: true, Max: maxUnit, Autocomplete: "off", Problem: problems["unit"], Placeholder: "piece, hour, kg"},
		Price: ui.Input{
			Name: "price", Label: "Price of one", Value: in.Price, Mode: "decimal", Autocomplete: "off", Problem: problems["price"],
			Hint: "Before tax.",
		},
		Currency: ui.Input{Name: "currency", Label: "Currency", Value: in.Currency, Problem: problems["currency"]},
		Tax:      ui.Input{Name: "tax", Label: "Tax, percent", Value: in.Tax, Mode: "decimal", Optional: true, Autocomplete: "off", Problem: problems["tax"]},
		About:    ui.Input{Name: "description", Label: "Description", Value: in.Description, Optional: true, Max: maxAbout, Problem: problems["description"]},
	}
	for _, c := range s.Currencies {
		f.Money = append(f.Money, ui.Option{Value: c, Label: c})
	}
	for _, field := range []string{"name", "code", "unit", "price", "currency", "tax", "description"} {
		if problems[field] != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: field, Text: problems[field]})
		}
	}
	return f
}

// changes are what somebody else saved of the form meanwhile.
func changes(theirs, ours Draft) []ui.Change {
	return ui.Changes([][3]string{
		{"Name", theirs.Name, ours.Name},
		{"Code", theirs.Code, ours.Code},
		{"Unit", theirs.Unit, ours.Unit},
		{"Price of one", theirs.Price, ours.Price},
		{"Currency", theirs.Currency, ours.Currency},
		{"Tax, percent", theirs.Tax, ours.Tax},
		{"Description", theirs.Description, ours.Description},
	}...)
}

// offers are the products that fit what was typed in a line. One in another
// currency shows its price and does not bring it: nothing is converted.
func offers(actor access.Actor, found []store.Product, currency string, how custom.How) []view.Offer {
	var out []view.Offer
	for i, p := range found {
		o := view.Offer{At: strconv.Itoa(i), ID: p.ID, Name: p.Name, Code: p.Code, Unit: p.Unit, Tax: lines.TypedPercent(p.Tax, how)}
		if showsMoney(actor) {
			o.Shown = custom.Money(p.Price, p.Currency, how)
			if p.Currency == currency {
				o.Price = lines.TypedPrice(p.Price, p.Currency, how)
			}
		}
		out = append(out, o)
	}
	return out
}
