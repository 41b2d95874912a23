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

func TestACertificateAuthorityIsNamedAsOne(t *testing.T) {
	h := newHouse(t)
	show, err := h.svc.shower(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := show.recipients([]store.Processor{{Name: "ca.example.com", Purpose: "certificate", Fields: "email host", Times: 2, LastAt: h.ms()}, {Name: "twilio", Purpose: "reply", Fields: "phone"}})
	if got[0].Name != "ca.example.com (gives certificates)" || got[0].Fields != "name of this server, email of whoever runs it" || !strings.Contains(got[0].Purpose, "nothing about any person") {
		t.Errorf("the authority is %+v", got[0])
	}
	if got[1].Fields != "number" {
		t.Errorf("another one is %+v", got[1])
	}
}
