package imports

import (
	"slices"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/app/phone"
	"stead/app/tabular"
	"stead/store"
)

// Why a record is not taken, beside what tabular says; and what needs a look in
// one that is. The number of the column follows, from one: "email:3".
const (
	reasonNobody   = "nobody"           // no name, number or address of mail
	reasonEmail    = "email"            // no address of mail
	reasonLength   = "too_long"         // of a name, a company
	reasonMany     = "too_many"         // numbers, addresses
	reasonField    = "field"            // a value that its field cannot hold
	reasonTwo      = "two_people"       // number and address belong to two people
	reasonSeveral  = "several_people"   // whom of several to change
	reasonTheirs   = "not_yours"        // a colleague's contact, out of reach
	reasonChanged  = "changed"          // somebody saved it in this moment
	reasonOther    = "other"            // whatever else a form would refuse
	reasonErased   = "erased"           // somebody who was erased
	flagText       = "phone_text"       // a number that nobody could understand, kept as text
	flagScientific = "phone_scientific" // a number that a spreadsheet broke: left out
	flagLanguage   = "language"         // left out
	flagZone       = "zone"
	flagJob        = "role_alone" // a role without a company: left out
	flagNamesake   = "same_key_other_name"
)

// reader turns records into people.
type reader struct {
	columns []Column
	rules   people.Rules
	tags    []string
	basis   string
	proof   string
}

func newReader(s Settings, i store.Import, fields []store.Field) reader {
	how := custom.For(i.Country)
	if s.DateOrder != "" {
		how.DateOrder = s.DateOrder
	}
	return reader{
		columns: s.Columns, tags: s.Tags, basis: i.Basis, proof: i.BasisEvidence,
		rules: people.Rules{Country: i.Country, Fields: fields, How: how, KeepText: true},
	}
}

// row is a record that was read: a person, or why it is none.
type row struct {
	line, end int64
	person    people.Person
	given     []string // the parts of the person that the file has something for
	reason    string   // refused for
	flag      string   // taken, and needs a look
	raw       string
}

// parts gathers what a record says, with the column that said it.
type parts struct {
	draft   people.Draft
	name    map[string]string
	numbers map[int]*reach
	mails   map[int]*reach
	places  map[int]*people.Place
	from    map[string]int // input of the draft, as people names it: column
	flag    string
}

// reach are the numbers, or addresses of mail, of one group of columns.
type reach struct {
	values, labels []string
	label, code    string
	column         int
}

// read turns a record into a row.
func (r reader) read(rec tabular.Record) row {
	out := row{line: rec.Line, end: rec.End, reason: rec.Reason, raw: rec.Raw}
	if out.reason != "" {
		return out
	}
	p := &parts{name: map[string]string{}, numbers: map[int]*reach{}, mails: map[int]*reach{}, places: map[int]*people.Place{}, from: map[string]int{}}
	for i, cell := range rec.Cells {
		if i < len(r.columns) && r.columns[i].Target != skip {
			if cell = tidy(cell); cell != "" {
				r.cell(p, i, r.columns[i], cell)
			}
		}
	}
	r.assemble(p)
	out.flag = p.flag
	person, err := p.draft.Read(r.rules)
	if err != nil {
		person, err = r.again(p, &out, err)
	}
	if err != nil {
		out.reason, out.raw = p.reason(err), tabular.Raw(rec.Cells)
		return out
	}
	if person.Unread > 0 && out.flag == "" {
		out.flag = column(flagText, p.from["phone"])
	}
	out.person, out.given = person, p.given()
	return out
}

// tidy takes off what others put before a cell so that no spreadsheet runs it.
func tidy(cell string) string {
	cell = strings.TrimSpace(cell)
	if len(cell) > 1 && cell[0] == '\'' && computes(cell[1:]) {
		return cell[1:]
	}
	return cell
}

// cell notes what one cell says.
func (r reader) cell(p *parts, at int, c Column, cell string) {
	switch c.Target {
	case "name", "first", "middle", "last", "prefix", "suffix":
		p.name[c.Target] = cell
		p.from["name"] = at
	case "phone", "phone_label", "phone_code":
		reached(p.numbers, c, at).take(c, cell, splitNumbers)
	case "email", "email_label":
		reached(p.mails, c, at).take(c, cell, splitMails)
	case "company":
		r.job(p, at).Company = cell
	case "role":
		r.job(p, at).Role = cell
	case "street", "city", "region", "postcode", "country", "address_label":
		place(p, c, at, cell)
	case "tags":
		p.draft.Tags = append(p.draft.Tags, splitTags(cell)...)
	case "about":
		p.draft.About, p.from["about"] = cell, at
	case "language":
		p.draft.Language, p.from["language"] = cell, at
	case "zone":
		p.draft.TimeZone, p.from["zone"] = cell, at
	case "do_not_call":
		p.draft.DoNotCall = isYes(cell)
	default:
		if id, ok := fieldOf(c.Target); ok {
			if p.draft.Fields == nil {
				p.draft.Fields = map[string]string{}
			}
			p.draft.Fields[id], p.from[people.SlotField+id] = cell, at
		}
	}
}

func reached(in map[int]*reach, c Column, at int) *reach {
	if in[c.Group] == nil {
		in[c.Group] = &reach{column: at}
	}
	return in[c.Group]
}

func (x *reach) take(c Column, cell string, split func(string) []string) {
	switch c.Target {
	case "phone_label", "email_label":
		x.labels = strings.Split(cell, strings.TrimSpace(tabular.Between))
	case "phone_code":
		x.code = cell
	default:
		x.values, x.label = split(cell), c.Label
	}
}

func (x *reach) labelAt(i int) string {
	if i < len(x.labels) {
		return strings.TrimLeft(strings.TrimSpace(x.labels[i]), "* ")
	}
	return x.label
}

func (r reader) job(p *parts, at int) *people.Job {
	if len(p.draft.Companies) == 0 {
		p.draft.Companies = []people.Job{{}}
		p.from["company1"] = at
	}
	return &p.draft.Companies[0]
}

// place notes a part of an address. Of several in one cell each goes its own way.
func place(p *parts, c Column, at int, cell string) {
	values := []string{cell}
	if strings.Contains(cell, ":::") {
		values = strings.Split(cell, ":::")
	}
	for i, value := range values {
		n := c.Group*100 + i
		if p.places[n] == nil {
			p.places[n] = &people.Place{}
			p.from["address"] = at
		}
		into := map[string]*string{
			"street": &p.places[n].Street, "city": &p.places[n].City, "region": &p.places[n].Region, "postcode": &p.places[n].Postcode,
			"country": &p.places[n].Country, "address_label": &p.places[n].Label,
		}
		*into[c.Target] = strings.TrimSpace(value)
	}
}

// assemble makes the draft of what was gathered.
func (r reader) assemble(p *parts) {
	d := &p.draft
	d.Tags = append(d.Tags, r.tags...)
	d.Basis, d.Evidence = r.basis, r.proof
	if d.Name = p.name["name"]; d.Name == "" {
		d.Name = join(p.name["prefix"], p.name["first"], p.name["middle"], p.name["last"], p.name["suffix"])
	}
	for _, g := range sorted(p.numbers) {
		x := p.numbers[g]
		for i, value := range x.values {
			if isScientific(value) {
				p.flag = column(flagScientific, x.column)
				continue
			}
			d.Phones = append(d.Phones, people.Point{Label: x.labelAt(i), Typed: r.number(value, x.code)})
			p.from["phone"], p.from["phone"+strconv.Itoa(len(d.Phones))] = x.column, x.column
		}
	}
	for _, g := range sorted(p.mails) {
		x := p.mails[g]
		for i, value := range x.values {
			d.Emails = append(d.Emails, people.Point{Label: x.labelAt(i), Typed: value})
			p.from["email"+strconv.Itoa(len(d.Emails))] = x.column
		}
	}
	for _, n := range sorted(p.places) {
		d.Addresses = append(d.Addresses, *p.places[n])
	}
	if len(d.Companies) == 1 && d.Companies[0].Company == "" {
		d.Companies, p.flag = nil, column(flagJob, p.from["company1"])
	}
	if d.Name == "" && len(d.Phones) == 0 && len(d.Emails) == 0 && len(d.Companies) == 1 {
		d.Name = d.Companies[0].Company // whom nobody named but by the firm
	}
}

// number adds the country code that stood in a column of its own, and the plus
// that a spreadsheet took off.
func (r reader) number(typed, code string) string {
	if digits := onlyDigits(code); digits != "" && !strings.HasPrefix(typed, "+") && !strings.HasPrefix(typed, "00") {
		return "+" + digits + " " + typed
	}
	if len(typed) >= 10 && len(typed) <= 15 && onlyDigits(typed) == typed {
		if _, err := phone.Parse(typed, r.rules.Country); err != nil {
			if n, err := phone.Parse("+"+typed, ""); err == nil && n.Country != "" {
				return "+" + typed
			}
		}
	}
	return typed
}

// again reads a draft without what may be left out, and says so.
func (r reader) again(p *parts, out *row, err error) (people.Person, error) {
	wrong := errs.Fields(err)
	for name, flag := range map[string]string{"language": flagLanguage, "zone": flagZone} {
		if wrong[name] == "" {
			continue
		}
		if out.flag = column(flag, p.from[name]); name == "zone" {
			p.draft.TimeZone = ""
		} else {
			p.draft.Language = ""
		}
	}
	return p.draft.Read(r.rules)
}

// reason says why a draft was refused, by the input that comes first in the file.
func (p *parts) reason(err error) string {
	wrong := errs.Fields(err)
	best, at := reasonOther, -1
	for name := range wrong {
		from, known := p.from[name]
		if !known {
			from = p.from[strings.TrimRight(name, "0123456789")]
		}
		if at < 0 || from < at {
			best, at = kindOf(name, wrong[name]), from
		}
	}
	if best == reasonNobody || at < 0 {
		return best
	}
	return column(best, at)
}

func kindOf(input, problem string) string {
	switch {
	case strings.HasPrefix(problem, "There are too many"):
		return reasonMany
	case strings.HasPrefix(problem, "Use at most"):
		return reasonLength
	case input == "name":
		return reasonNobody
	case strings.HasPrefix(input, "email"):
		return reasonEmail
	case strings.HasPrefix(input, people.SlotField):
		return reasonField
	}
	return reasonOther
}

// column is a reason with the number of a column, from one.
func column(reason string, at int) string { return reason + ":" + strconv.Itoa(at+1) }

// given lists the parts that the file has something for.
func (p *parts) given() (out []string) {
	d := p.draft
	add := func(slot string, is bool) {
		if is {
			out = append(out, slot)
		}
	}
	add(people.SlotName, d.Name != "")
	add(people.SlotPhones, len(d.Phones) > 0)
	add(people.SlotEmails, len(d.Emails) > 0)
	add(people.SlotCompanies, len(d.Companies) > 0)
	add(people.SlotAddresses, len(d.Addresses) > 0)
	add(people.SlotTags, len(d.Tags) > 0)
	add(people.SlotLanguage, d.Language != "")
	add(people.SlotZone, d.TimeZone != "")
	add(people.SlotCalls, d.DoNotCall)
	add(people.SlotAbout, d.About != "")
	ids := make([]string, 0, len(d.Fields))
	for id := range d.Fields {
		ids = append(ids, people.SlotField+id)
	}
	slices.Sort(ids)
	return append(out, ids...)
}
