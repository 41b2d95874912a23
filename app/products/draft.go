package products

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/lines"
	"stead/app/people"
	"stead/store"
)

// Draft is a product as somebody typed it.
type Draft struct{ Name, Code, Unit, Price, Currency, Tax, Description string }

// The most characters that are taken of each.
const (
	maxName  = 200
	maxCode  = 60
	maxUnit  = 30
	maxAbout = 2000
)

// read makes old into what was typed by people who write as how says.
func (d Draft) read(old store.Product, currencies []string, how custom.How) (store.Product, map[string]string) {
	problems := map[string]string{}
	p := old
	p.Name = text(d.Name, maxName, "name", problems)
	p.Code = text(d.Code, maxCode, "code", problems)
	p.Unit = text(d.Unit, maxUnit, "unit", problems)
	if p.Name == "" || store.Fold(p.Name) == "" {
		problems["name"] = "Enter what it is called."
	}
	if p.Description = people.Text(d.Description); utf8.RuneCountInString(p.Description) > maxAbout {
		problems["description"] = "Use at most 2,000 characters."
	}
	if p.Currency = d.Currency; slices.Contains(currencies, d.Currency) {
		p.Price = price(d, how, problems)
	} else {
		problems["currency"] = "Choose one of the list."
	}
	tax, err := lines.ReadPercent(d.Tax, how)
	if err != nil {
		problems["tax"] = errs.Message(err)
	}
	p.Tax = tax
	return p, problems
}

func text(typed string, most int, name string, problems map[string]string) string {
	read := people.Line(typed)
	if utf8.RuneCountInString(read) > most {
		problems[name] = "Use at most " + strconv.Itoa(most) + " characters."
	}
	return read
}

func price(d Draft, how custom.How, problems map[string]string) int64 {
	n, err := lines.ReadPrice(d.Price, d.Currency, how)
	switch {
	case err != nil:
		problems["price"] = errs.Message(err)
	case n < 0:
		problems["price"] = "Enter a price of nought or more. For what comes back, give the line of a deal a quantity below nought."
	}
	return n
}

// draftOf is what the form shows of a product.
func draftOf(p store.Product, how custom.How) Draft {
	return Draft{
		Name: p.Name, Code: p.Code, Unit: p.Unit, Price: lines.TypedPrice(p.Price, p.Currency, how), Currency: p.Currency,
		Tax: lines.TypedPercent(p.Tax, how), Description: p.Description,
	}
}

// taken tells what is wrong where another product has the code.
func taken(p store.Product, others []store.Product) error {
	for _, o := range others {
		if o.ID != p.ID && p.Code != "" && strings.EqualFold(o.Code, p.Code) {
			return errs.Form(map[string]string{"code": "Another product has this code. Choose another one."})
		}
	}
	return nil
}
