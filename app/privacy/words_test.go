package privacy

import (
	"strings"
	"testing"

	"stead/store"
)

// Each table of ours is called by a name that people know.
func TestEveryTableHasATitle(t *testing.T) {
	for _, table := range store.DataMap() {
		if strings.HasPrefix(table.Name, "river_") || strings.HasPrefix(table.Name, "search_") || strings.HasPrefix(table.Name, "goose_") {
			continue
		}
		if titles[table.Name] == "" {
			t.Errorf("%s has no title in words", table.Name)
		}
		if kept := keptOf(table.Name); kept == "1 days" || kept == "" {
			t.Errorf("%s is kept %q", table.Name, kept)
		}
	}
}
