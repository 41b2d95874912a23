package custom

import (
	"stead/app/errs"
	"stead/store"
)

// Question asks for the value of a field in a form; ui.Custom has the same
// parts, so that one becomes the other.
type Question struct {
	Name, Label, Kind string
	Value             string // as typed, or as Plain prints it; the id of a choice
	Currency          string
	Problem           string
	Options           [][2]string // id and name of each choice that is offered
}

// InputName is the name of a field's input.
func InputName(f store.Field) string { return "field-" + f.ID }

// Typed is what a form holds for each field, by the field's id; one that the
// form did not ask for is left out, and so left as it is.
func Typed(fields []store.Field, has func(name string) bool, value func(name string) string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if name := InputName(f); has(name) {
			out[f.ID] = value(name)
		}
	}
	return out
}

// Read parses what was typed for each field: nil for one that was emptied.
// Problems are by the name of the input.
func Read(fields []store.Field, typed map[string]string, how How) (values map[string]*store.Value, problems map[string]string) {
	values, problems = map[string]*store.Value{}, map[string]string{}
	for _, f := range fields {
		text, ok := typed[f.ID]
		if !ok {
			continue
		}
		v, err := Parse(f, text, how)
		if err != nil {
			problems[InputName(f)] = errs.Message(err)
			continue
		}
		values[f.ID] = v
	}
	return values, problems
}

// Shown is what a form shows of the values that a record has.
func Shown(fields []store.Field, values map[string]store.Value) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if v, ok := values[f.ID]; ok {
			out[f.ID] = shown(f, v)
		}
	}
	return out
}

func shown(f store.Field, v store.Value) string {
	if f.Kind == "choice" {
		return v.Words
	}
	return Plain(f, v)
}

// Questions asks for every field: typed is what stands in the inputs, by the
// field's id. A choice that is gone is offered to who has it.
func Questions(fields []store.Field, typed, problems map[string]string) []Question {
	out := make([]Question, 0, len(fields))
	for _, f := range fields {
		q := Question{Name: InputName(f), Label: f.Name, Kind: f.Kind, Value: typed[f.ID], Currency: f.Currency, Problem: problems[InputName(f)]}
		for _, c := range f.Choices {
			if !c.Gone || c.ID == q.Value {
				q.Options = append(q.Options, [2]string{c.ID, c.Name})
			}
		}
		out = append(out, q)
	}
	return out
}
