package ui

// Custom asks for the value of a field that the business added: its name and
// the names of its choices are the business's own words and not translated.
type Custom struct {
	Name, Label, Kind string // Kind: text, number, money, date, choice, yesno or link
	Value             string // as typed; the id of a choice
	Currency          string // of money
	Problem           string
	Options           [][2]string // id and name of each choice
}

// input is the question as the other inputs have it. The label stands beside
// it, as it is.
func (c Custom) input() Input {
	in := Input{Name: c.Name, Value: c.Value, Problem: c.Problem, Autocomplete: "off"}
	switch c.Kind {
	case "number", "money":
		in.Mode = "decimal"
	case "date":
		in.Type = "date"
		if c.Problem != "" || !isDay(c.Value) { // an input of days would drop what was typed
			in.Type, in.Hint = "text", "Write year, month and day: 2026-11-21."
		}
	case "link":
		in.Type, in.Mode = "text", "url"
	}
	return in
}

// isDay tells a day as inputs write it, or none at all.
func isDay(s string) bool {
	return s == "" || len(s) == len("2026-11-21") && s[4] == '-' && s[7] == '-'
}

// choices are what a list of answers offers; the first one is none.
func (c Custom) choices(t func(string) string) [][2]string {
	out := [][2]string{{"", t("Not said")}}
	if c.Kind == "yesno" {
		return append(out, [2]string{"yes", t("Yes")}, [2]string{"no", t("No")})
	}
	return append(out, c.Options...)
}
