package imports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"stead/app/tabular"
	"stead/store"
)

// Settings is how a file is read.
type Settings struct {
	tabular.Format
	Sheets    []string `json:"sheets,omitempty"`
	Columns   []Column `json:"columns"`
	DateOrder string   `json:"date_order,omitempty"` // dmy, mdy, ymd; empty: as in the country
	Tags      []string `json:"tags,omitempty"`       // put on everybody who comes in
	Owner     string   `json:"owner,omitempty"`
}

// Column is a column of the file and where it goes.
type Column struct {
	Name   string `json:"name"`
	Target string `json:"target"`
	Group  int    `json:"group,omitempty"` // columns of one address, or of one number and its label
	Label  string `json:"label,omitempty"` // of a number or an address
}

func readSettings(i store.Import) (Settings, error) {
	var s Settings
	if err := json.Unmarshal([]byte(i.Settings), &s); err != nil {
		return s, fmt.Errorf("imports: settings: %w", err)
	}
	return s, nil
}

func (s Settings) write() string {
	text, _ := json.Marshal(s) // texts and numbers always can be
	return string(text)
}

// Where a column may go. A field of the business's own is fieldTarget and its id,
// one that is still to be made newTarget and its kind.
const (
	skip        = ""
	fieldTarget = "field:"
	newTarget   = "new:"
)

// Target is a place that a column may go to.
type Target struct{ ID, Label string }

// targets in the order in which they are offered.
var targets = []Target{
	{skip, "Skip this column"},
	{"name", "Full name"},
	{"first", "First name"},
	{"middle", "Middle name"},
	{"last", "Last name"},
	{"prefix", "Title before the name"},
	{"suffix", "Suffix of the name"},
	{"phone", "Phone"},
	{"phone_label", "Kind of phone"},
	{"phone_code", "Country code of the phone"},
	{"email", "Email"},
	{"email_label", "Kind of email"},
	{"company", "Company"},
	{"role", "Role in the company"},
	{"street", "Street"},
	{"city", "Town"},
	{"region", "Region"},
	{"postcode", "Postcode"},
	{"country", "Country"},
	{"address_label", "Kind of address"},
	{"tags", "Tags"},
	{"about", "About"},
	{"language", "Language"},
	{"zone", "Time zone"},
	{"do_not_call", "Do not call"},
}

// newKinds are the kinds of field that a column may become in the same step.
var newKinds = []Target{
	{newTarget + "text", "New field: text"},
	{newTarget + "number", "New field: number"},
	{newTarget + "date", "New field: date"},
	{newTarget + "yesno", "New field: yes or no"},
	{newTarget + "link", "New field: link"},
}

// Targets lists where a column may go, with the business's own fields.
func Targets(fields []store.Field) []Target {
	out := slices.Clone(targets)
	for _, f := range fields {
		out = append(out, Target{fieldTarget + f.ID, f.Name})
	}
	return append(out, newKinds...)
}

// takes tells whether a column may go there.
func takes(target string, fields []store.Field) bool {
	return slices.ContainsFunc(Targets(fields), func(t Target) bool { return t.ID == target })
}

// grouped are the targets of which a file may have several sets.
func grouped(target string) string {
	switch target {
	case "phone", "phone_label", "phone_code":
		return "phone"
	case "email", "email_label":
		return "email"
	case "street", "city", "region", "postcode", "country", "address_label":
		return "address"
	}
	return ""
}

// regroup numbers columns that belong together: the second street begins the
// second address, and a label belongs to the number that follows or precedes it.
func regroup(columns []Column) {
	seen := map[string]int{} // kind and target: how often
	for i := range columns {
		c := &columns[i]
		kind := grouped(c.Target)
		if kind == "" {
			c.Group = 0
			continue
		}
		seen[kind+c.Target]++
		c.Group = seen[kind+c.Target]
	}
}

// usable tells whether somebody could be known by what the columns give.
func usable(columns []Column) bool {
	return slices.ContainsFunc(columns, func(c Column) bool {
		return slices.Contains([]string{"name", "first", "last", "phone", "email"}, c.Target)
	})
}

// fieldOf is the id of the field that a target names.
func fieldOf(target string) (string, bool) { return strings.CutPrefix(target, fieldTarget) }
