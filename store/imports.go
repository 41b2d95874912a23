package store

var importTables = []Table{
	{Name: "imports", Purpose: "dealing with customers", Rows: FindRow, Retain: Rule{After: "created_at", Days: 730}, Columns: []Columns{
		{Names: "id operation_id file_id rejects_id format preset country basis mode match_by state line_count records created updated unchanged rejected suppressed undo_id created_at updated_at finished_at", Category: Plain},
		{Names: "file_name settings basis_evidence", Category: Content},
		{Names: "created_by", Category: Staff},
	}},
	{Name: "import_rows", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 730}, Columns: []Columns{
		{Names: "import_id line line_end outcome reason contact_id at", Category: Plain},
	}},
}
