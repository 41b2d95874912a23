package store

var viewTables = []Table{{
	Name: "views", Purpose: "dealing with customers", Rows: FindRow,
	Retain: Rule{After: "used_at", Days: 30, Keep: "parent:users"}, // drafts; one with a name stays as long as somebody uses it
	Columns: []Columns{
		{Names: "id record owner_id shared query_hash version created_at updated_at used_at", Category: Plain},
		{Names: "name query", Category: Content},
	},
}}
