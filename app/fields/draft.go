package fields

import (
	"slices"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/naming"
	"stead/store"
)

// Draft is a field as somebody typed it.
type Draft struct {
	Record, Name, Kind, Currency string
	Personal                     bool
	Choices                      []Choice // those that are there already
	More                         string   // new choices, one a line
}

// Choice is one that is there already: its name as typed, and whether it is
// still offered.
type Choice struct {
	ID, Name string
	Offered  bool
}

// draftOf is what a field is, as a form shows it.
func draftOf(f store.Field) Draft {
	d := Draft{Record: f.Record, Name: f.Name, Kind: f.Kind, Currency: f.Currency, Personal: f.Personal}
	for _, c := range f.Choices {
		d.Choices = append(d.Choices, Choice{c.ID, c.Name, !c.Gone})
	}
	return d
}

// read makes old into what was typed. ids are for new choices.
func (d Draft) read(old store.Field, currencies, ids []string) (store.Field, map[string]string) {
	problems := map[string]string{}
	f := old
	name, problem := naming.Read(d.Name)
	if problem != "" {
		problems["name"] = problem
	}
	f.Name, f.Kind, f.Personal, f.Currency, f.Choices = name, d.Kind, d.Personal, "", nil
	if !slices.Contains(custom.Kinds(), d.Kind) {
		problems["kind"] = "Choose one of the list."
	}
	if recordWords[f.Record] == "" {
		problems["record"] = "Choose one of the list."
	}
	switch d.Kind {
	case "money":
		f.Currency = d.Currency
		if !slices.Contains(currencies, d.Currency) {
			problems["currency"] = "Choose one of the list."
		}
	case "choice":
		f.Choices = d.choices(old.Choices, ids, problems)
	}
	return f, problems
}

// choices renames, retires and adds; none is ever lost, for records may have it.
func (d Draft) choices(old []store.Choice, ids []string, problems map[string]string) []store.Choice {
	out := slices.Clone(old)
	seen := map[string]bool{}
	for i := range out {
		at := slices.IndexFunc(d.Choices, func(c Choice) bool { return c.ID == out[i].ID })
		if at >= 0 {
			name, problem := naming.Read(d.Choices[at].Name)
			if problem == "" && seen[custom.ChoiceKey(name)] {
				problem = "There is a choice of this name already."
			}
			if problem != "" {
				problems["choice-"+out[i].ID] = problem
			}
			out[i].Name, out[i].Gone = name, !d.Choices[at].Offered
		}
		seen[custom.ChoiceKey(out[i].Name)] = true
	}
	for line := range strings.Lines(d.More) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, problem := naming.Read(line)
		if problem != "" {
			problems["more"] = problem
			continue
		}
		key := custom.ChoiceKey(name)
		if !seen[key] {
			seen[key] = true
			if len(ids) > 0 {
				out, ids = append(out, store.Choice{ID: ids[0], Name: name}), ids[1:]
			}
			continue
		}
		at := slices.IndexFunc(out, func(c store.Choice) bool { return custom.ChoiceKey(c.Name) == key })
		out[at].Gone = false // it is offered again
	}
	offered := slices.ContainsFunc(out, func(c store.Choice) bool { return !c.Gone })
	switch {
	case len(out) > maxChoices:
		problems["more"] = "Use at most " + strconv.Itoa(maxChoices) + " choices."
	case !offered && problems["more"] == "":
		problems["more"] = "Enter at least one choice, one a line."
	}
	return out
}

// wanted is how many new ids the choices of a draft may need.
func (d Draft) wanted() int { return min(strings.Count(d.More, "\n")+1, maxChoices+1) }
