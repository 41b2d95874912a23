package store

var tagTables = []Table{
	{Name: "tags", Purpose: "dealing with customers", Retain: Rule{Keep: "a word of the business, until somebody deletes it"}, Columns: []Columns{
		{Names: "id colour created_at", Category: Plain},
		{Names: "name name_key", Category: Firm},
	}},
	{
		Name: "contact_tags", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain:  Rule{Keep: "parent:contacts"},
		Columns: []Columns{{Names: "contact_id tag_id", Category: Plain}},
	},
	{Name: "company_tags", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{{Names: "company_id tag_id", Category: Plain}}},
}
