package companies_test

import (
	"strings"
	"testing"
)

// On a narrow screen each company to merge stands under what it says, as in other
// tables: each choice carries the name of its column.
func TestCompaniesToMergeAreNamedBesideEachChoice(t *testing.T) {
	k := newKit(t)
	kept := k.made("name", "Harbour", "industry", "Shipping", "about", "Old friends")
	goes := k.made("name", "Harbour Roofing", "industry", "Roofs", "about", "New friends")
	_, page := k.get(kept + "/merge/" + id(goes))
	for part, want := range map[string]int{`data-label="Kept"`: 3, `data-label="Goes into it"`: 3, `role="rowheader"`: 3, `class="table cards each"`: 1} {
		if n := strings.Count(page, part); n != want {
			t.Errorf("%s stands there %d times, want %d: %s", part, n, want, page)
		}
	}
}
