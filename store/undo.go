package store

var undoTables = []Table{
	{Name: "undos", Purpose: "taking changes back", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 30}, Columns: []Columns{
		{Names: "id kind contact_id row_count at undone_at", Category: Plain},
		{Names: "actor", Category: Staff, Erase: Null},
	}},
	{Name: "undo_rows", Purpose: "taking changes back", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 30}, Columns: []Columns{
		{Names: "undo_id seq contact_id tbl row_key at", Category: Plain},
		{Names: "before_row", Category: Content, Erase: Null},
		{Names: "after_hash", Category: Hash},
	}},
}
