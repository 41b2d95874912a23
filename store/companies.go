package store

var companyTables = []Table{
	{Name: "companies", Purpose: "dealing with customers", Retain: Rule{Keep: "what is known of a company, until somebody deletes it"}, Columns: []Columns{
		{Names: "id owner_id source version created_at updated_at last_activity_at deleted_at", Category: Plain},
		{Names: "name name_key website domain industry about", Category: Firm, Indexed: []string{"search_docs"}},
		{Names: "created_by deleted_by", Category: Staff},
	}},
	{Name: "company_points", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{
		{Names: "id company_id kind position created_at", Category: Plain},
		{Names: "label typed match_key", Category: Firm},
	}},
	{
		Name: "contact_companies", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "contact_id company_id former position created_at", Category: Plain},
			{Names: "role", Category: Content, Erase: Redact},
		},
	},
}
