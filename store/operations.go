package store

var operationTables = []Table{{
	Name: "operations", Purpose: "running", Rows: FindRow, Retain: Rule{After: "created_at", Days: 30},
	Columns: []Columns{
		{Names: "id kind state total done changed skipped cursor result undo_id error_code created_at updated_at finished_at", Category: Plain},
		{Names: "params", Category: Content},
		{Names: "actor", Category: Staff},
	},
}}
