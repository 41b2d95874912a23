package ui_test

import (
	"strings"
	"testing"

	"stead/views/ui"
)

// No field that the business added must be filled in, and each says so as the
// product's own do.
func TestAFieldOfOnesOwnSaysThatItIsOptional(t *testing.T) {
	for _, kind := range []string{"text", "number", "money", "date", "choice", "yesno", "link"} {
		var b strings.Builder
		if err := ui.CustomField(ui.Custom{Name: "field-a", Label: "Boiler", Kind: kind, Currency: "EUR"}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if label, _, _ := strings.Cut(b.String(), "</label>"); !strings.Contains(label, "(optional)") {
			t.Errorf("%s: the label is %s", kind, label)
		}
	}
}
