package ids

import (
	"slices"
	"testing"
)

func TestIDsSortInTheOrderTheyWereMade(t *testing.T) {
	made := make([]string, 5000)
	for i := range made {
		made[i] = New()
	}
	if !slices.IsSorted(made) {
		t.Error("ids are not in order")
	}
	if n := len(slices.Compact(slices.Clone(made))); n != len(made) {
		t.Errorf("%d of %d ids are distinct", n, len(made))
	}
	for _, id := range made[:10] {
		if !Valid(id) || id[14] != '7' {
			t.Errorf("%q is not a UUIDv7", id)
		}
	}
}

func TestValidRefusesWhatIsNoID(t *testing.T) {
	for _, s := range []string{"", "id1", "urn:uuid:0193b5a0-0000-7000-8000-000000000000", "{0193b5a0-0000-7000-8000-00000000000}", "0193b5a0-0000-7000-8000-00000000000g", "0193b5a0_0000_7000_8000_000000000000"} {
		if Valid(s) {
			t.Errorf("%q passes for an id", s)
		}
	}
}
