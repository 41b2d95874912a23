package store

var fieldTables = []Table{
	{Name: "fields", Purpose: "dealing with customers", Retain: Rule{Keep: "a field of the business, until somebody deletes it"}, Columns: []Columns{
		{Names: "id record kind currency personal position version created_at updated_at deleted_at", Category: Plain},
		{Names: "name name_key choices", Category: Firm},
	}},
	{
		Name: "contact_fields", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "contact_id field_id", Category: Plain},
			{Names: "words", Category: Content, Erase: Redact},
			{Names: "words_key", Category: Content, Erase: Redact, Access: Withhold("a copy of a value that is in the package")},
			{Names: "num", Category: Plain},
		},
	},
	{Name: "company_fields", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{
		{Names: "company_id field_id num", Category: Plain},
		{Names: "words words_key", Category: Firm},
	}},
}
