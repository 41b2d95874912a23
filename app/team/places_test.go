package team_test

import (
	"slices"
	"testing"

	"stead/app/team"
	"stead/views/ui"
)

func TestCountriesStandWherePeopleLook(t *testing.T) {
	places, _, _ := team.Places()
	at := func(name string) int {
		return slices.IndexFunc(places, func(o ui.Option) bool { return o.Label == name })
	}
	for _, pair := range [][2]string{
		{"Åland Islands", "Albania"},
		{"Costa Rica", "Côte d’Ivoire"},
		{"Côte d’Ivoire", "Croatia"},
		{"Estonia", "Eswatini"},
		{"Nigeria", "North Macedonia"},
		{"Tunisia", "Türkiye"},
		{"Türkiye", "Turkmenistan"},
	} {
		if before, after := at(pair[0]), at(pair[1]); before < 0 || after <= before {
			t.Errorf("%s stands at %d, %s at %d", pair[0], before, pair[1], after)
		}
	}
}
