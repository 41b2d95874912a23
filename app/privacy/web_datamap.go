package privacy

import (
	"net/http"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/privacy"
)

// showDataMap shows what can be stored about anybody, from the map that is
// carried out.
func (s *Service) showDataMap(w http.ResponseWriter, r *http.Request) error {
	if err := allow(web.Actor(r), access.PrivacyRead); err != nil {
		return err
	}
	p := dataMap(s.Store.Engine())
	var err error
	if p.Own, err = s.ownFields(r.Context()); err != nil {
		return err
	}
	return page(w, r, http.StatusOK, "What is stored", web.View{Body: view.DataMapPage(p)})
}

func dataMap(engine string) view.DataMap {
	var p view.DataMap
	tables := store.DataMap()
	slices.SortStableFunc(tables, func(a, b store.Table) int { return strings.Compare(reach(a), reach(b)) })
	for _, table := range tables {
		if table.Engine != "" && table.Engine != engine {
			continue
		}
		row := view.MapTable{
			Title: titleOf(table.Name), Name: table.Name, Purpose: table.Purpose, Kept: keptOf(table.Name), Erased: erasedOf(table),
		}
		for _, group := range table.Columns {
			row.Columns = append(row.Columns, columnsOf(group))
		}
		p.Tables = append(p.Tables, row)
	}
	return p
}

// reach sorts what is about persons before the rest.
func reach(t store.Table) string {
	if t.Subject == "" {
		return "1"
	}
	return "0"
}

func columnsOf(group store.Columns) view.MapColumns {
	var names, told []string
	for name := range strings.FieldsSeq(group.Names) {
		names = append(names, columnOf(name))
	}
	for _, provider := range group.Shared {
		told = append(told, recipientOf(provider))
	}
	return view.MapColumns{Tells: tells[group.Category], Names: strings.Join(names, ", "), Shared: strings.Join(told, ", ")}
}

// tells says what kind of thing a column tells about a person.
var tells = map[store.Category]string{
	store.Plain: "Nothing by itself", store.PersonName: "Names", store.PhoneNumber: "Phone numbers", store.EmailAddress: "Email addresses",
	store.Content: "Free text", store.Firm: "About a company, nobody's own", store.Staff: "Who of the business did it", store.Tech: "Address and device of a browser",
	store.Hash: "Keyed hashes", store.Secret: "Opens something", store.Sealed: "Readable by the vault alone",
}

func erasedOf(t store.Table) string {
	switch {
	case t.Rows == store.DeleteRow:
		return "the records are deleted"
	case t.Rows == store.KeepRow:
		return "the records stay without the person"
	case t.Rows == store.FindRow:
		return "the records that hold the name, a number or an address are deleted"
	case t.Purpose == "search":
		return "the copies go with what they were made of"
	case t.Name == "inbound_events":
		return "what the person sent is cleared"
	}
	return "nothing here names the person"
}
