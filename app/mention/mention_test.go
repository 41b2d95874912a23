package mention_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/mention"
)

var house = access.People{
	{ID: "ana", Name: "Ana Sousa"},
	{ID: "other", Name: "Ana Marques"},
	{ID: "jorg", Name: "Jörg  Weiß"},
	{ID: "li", Name: "李 明"},
	{ID: "gone", Name: "Rui Costa", RemovedAt: 1},
	{ID: "none", Name: " "},
}

func TestWhomATextNames(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"Ana Sousa":            "",
		"@ana sousa, look":     "ana",
		"@Ana look":            "ana other", // nobody can tell which
		"@ANA MARQUES!":        "other",
		"@jorg and @Jörg Weiß": "jorg",
		"@Jo\u0308rg":          "jorg",
		"(@李 明)":               "li",
		"@Ana\nSousa":          "ana",
		"mail ana@ana.example": "",
		"@Anabela":             "",
		"@Rui Costa":           "",
		"@ @@ana sousa":        "ana",
		"@":                    "",
	} {
		var got []string
		for _, u := range mention.In(text, house) {
			got = append(got, u.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q names %v, want %q", text, got, want)
		}
	}
}

func TestNamesAreMarkedAndNothingIsLost(t *testing.T) {
	var marked []string
	for _, s := range mention.Mark("Ask @Ana Sousa or @Rui: a@b.example, @nobody", house) {
		if s.Name {
			marked = append(marked, s.Text)
		}
	}
	if got := strings.Join(marked, "|"); got != "@Ana Sousa|@Rui" {
		t.Errorf("marked %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(
			rapid.SampledFrom([]string{"@", "@Ana", " Sousa", "@jörg weiß", "\n", "@李 明", "é"}), rapid.StringN(0, 5, -1),
		), 0, 8).Draw(t, "pieces"), "")
		whole := ""
		for _, s := range mention.Mark(text, house) {
			if s.Text == "" || s.Name && s.Text[0] != '@' {
				t.Fatalf("a piece %+v of %q", s, text)
			}
			whole += s.Text
		}
		if whole != text {
			t.Fatalf("%q becomes %q", text, whole)
		}
	})
}
