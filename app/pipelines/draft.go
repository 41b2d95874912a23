package pipelines

import (
	"slices"
	"strconv"
	"strings"

	"stead/app/naming"
	"stead/store"
)

// Draft is a pipeline as somebody typed it. Template counts where it is new.
type Draft struct{ Name, Currency, Template string }

func (d Draft) read(old store.Pipeline, currencies []string) (store.Pipeline, map[string]string) {
	problems := map[string]string{}
	p := old
	name, problem := naming.Read(d.Name)
	if problem != "" {
		problems["name"] = problem
	}
	p.Name, p.Currency = name, d.Currency
	if !slices.Contains(currencies, d.Currency) {
		problems["currency"] = "Choose one of the list."
	}
	return p, problems
}

// StageDraft is a stage as somebody typed it.
type StageDraft struct {
	Name, Kind, Probability, IdleDays string
	Required                          []string
}

// Requirable are what a stage may ask of a deal before it comes there, besides
// the fields of the business's own.
func Requirable() []string {
	return []string{"title", "amount", "closes", "person", "company", "owner", "lines"}
}

func draftOf(s store.Stage) StageDraft {
	d := StageDraft{Name: s.Name, Kind: s.Kind, Probability: strconv.FormatInt(s.Probability, 10), Required: s.Required}
	if s.IdleDays > 0 {
		d.IdleDays = strconv.FormatInt(s.IdleDays, 10)
	}
	return d
}

const maxIdleDays = 3650

// read makes old into what was typed; own are the fields of the business's own
// that deals have.
func (d StageDraft) read(old store.Stage, own []store.Field) (store.Stage, map[string]string) {
	problems := map[string]string{}
	st := old
	name, problem := naming.Read(d.Name)
	if problem != "" {
		problems["name"] = problem
	}
	st.Name, st.Kind, st.IdleDays, st.Required = name, d.Kind, 0, nil
	switch d.Kind {
	case store.DealWon:
		st.Probability = 100
	case store.DealLost:
		st.Probability = 0
	case store.DealOpen:
		st.Probability = whole(d.Probability, 0, 100, "probability", "Enter a whole number from 0 to 100.", problems)
		if strings.TrimSpace(d.IdleDays) != "" {
			st.IdleDays = whole(d.IdleDays, 1, maxIdleDays, "idle", "Enter a number of days from 1 to 3650, or nothing.", problems)
		}
	default:
		problems["kind"] = "Choose one of the list."
	}
	for _, key := range d.Required {
		known := slices.Contains(Requirable(), key) || slices.ContainsFunc(own, func(f store.Field) bool { return store.OwnKey(f.ID) == key })
		if known && !slices.Contains(st.Required, key) {
			st.Required = append(st.Required, key)
		}
	}
	return st, problems
}

func whole(typed string, least, most int64, name, problem string, problems map[string]string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(typed), "%"), 10, 64)
	if err != nil || n < least || n > most {
		problems[name] = problem
		return least
	}
	return n
}
