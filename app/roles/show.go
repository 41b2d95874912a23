package roles

import (
	"net/http"
	"slices"
	"strings"

	"stead/app/access"
	view "stead/views/roles"
	"stead/views/ui"
)

// reachWords are what a cell of the matrix says.
var reachWords = map[access.Reach]string{access.Own: "mine", access.Team: "team", access.All: "all"}

// matrix is what every role may, as one table.
func matrix(list []Entry) view.Matrix {
	var m view.Matrix
	for _, e := range list {
		m.Columns = append(m.Columns, view.Column{Name: e.Name, Own: e.Own, Mine: e.Mine})
	}
	for _, right := range access.Rights() {
		row := view.Row{Label: right.Label, Hint: right.Hint}
		for _, e := range list {
			word := reachWords[e.May[right.Permission]]
			if word != "" && !right.Scoped {
				word = "yes"
			}
			row.Cells = append(row.Cells, word)
		}
		if n := len(m.Groups); n == 0 || m.Groups[n-1].Name != right.Group {
			m.Groups = append(m.Groups, view.Group{Name: right.Group})
		}
		last := &m.Groups[len(m.Groups)-1]
		last.Rows = append(last.Rows, row)
	}
	return m
}

// needs is which page needs which right, by address.
func needs(all []Need) []view.Need {
	var out []view.Need
	for _, n := range all {
		method, path, _ := strings.Cut(n.Pattern, " ")
		row := view.Need{Path: strings.TrimSuffix(path, "{$}"), Change: method != http.MethodGet, Fresh: n.Fresh}
		switch {
		case n.Public != "":
			row.Right = "Anybody, also without signing in"
		case n.Self != "":
			row.Right = "Whoever is signed in"
		default:
			row.Right = label(n.Needs)
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b view.Need) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// draftFrom reads the form.
func draftFrom(r *http.Request) Draft {
	d := Draft{Name: r.PostFormValue("name"), Grants: map[access.Permission]string{}}
	for _, right := range grantable() {
		d.Grants[right.Permission] = r.PostFormValue(field(right.Permission))
	}
	return d
}

// formOf is the only place that knows both a role and its form. Only what the
// actor may hand out is offered.
func formOf(actor access.Actor, in Draft, fields map[string]string) view.Form {
	f := view.Form{Name: ui.Input{Name: "name", Label: "Name", Value: in.Name, Required: true, Autocomplete: "off", Problem: fields["name"]}}
	problem := func(field string) {
		if text := fields[field]; text != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: field, Text: text})
		}
	}
	problem("name")
	for _, right := range grantable() {
		name := field(right.Permission)
		problem(name)
		c := view.Choice{
			Input:   ui.Input{Name: name, Label: right.Label, Hint: right.Hint, Value: in.Grants[right.Permission], Problem: fields[name]},
			Options: options(right, actor.May[right.Permission]),
		}
		if n := len(f.Groups); n == 0 || f.Groups[n-1].Name != right.Group {
			f.Groups = append(f.Groups, view.Choices{Name: right.Group})
		}
		last := &f.Groups[len(f.Groups)-1]
		last.Rights = append(last.Rights, c)
	}
	return f
}

// options are what may be chosen for a right, up to a reach.
func options(right access.Right, most access.Reach) []ui.Option {
	if !right.Scoped {
		out := []ui.Option{{Label: "No"}}
		if most == access.All {
			out = append(out, ui.Option{Value: access.All.Name(), Label: "Yes"})
		}
		return out
	}
	out := []ui.Option{{Label: "None"}}
	for _, o := range []struct {
		reach access.Reach
		label string
	}{{access.Own, "Mine"}, {access.Team, "The team's"}, {access.All, "All"}} {
		if o.reach <= most {
			out = append(out, ui.Option{Value: o.reach.Name(), Label: o.label})
		}
	}
	return out
}

// changes are the fields in which two versions differ.
func changes(theirs, yours Draft) []view.Change {
	var out []view.Change
	if theirs.Name != yours.Name {
		out = append(out, view.Change{Label: "Name", Theirs: theirs.Name, Yours: yours.Name})
	}
	for _, right := range grantable() {
		if a, b := theirs.Grants[right.Permission], yours.Grants[right.Permission]; a != b {
			out = append(out, view.Change{Label: right.Label, Theirs: chosen(right, a), Yours: chosen(right, b)})
		}
	}
	return out
}

// chosen is a choice in the words of the form.
func chosen(right access.Right, value string) string {
	for _, o := range options(right, access.All) {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}
