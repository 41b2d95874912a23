package store

var noticeTables = []Table{
	{Name: "notifications", Purpose: "telling colleagues", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 90}, Columns: []Columns{
		{Names: "id kind subject contact_id at read_at", Category: Plain},
		{Names: "user_id", Category: Staff, Erase: Redact},
	}},
	{Name: "note_mentions", Purpose: "telling colleagues", Subject: "note_id>notes.contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:notes"}, Columns: []Columns{
		{Names: "note_id", Category: Plain},
		{Names: "user_id", Category: Staff, Erase: Redact},
	}},
	{Name: "calendar_feeds", Purpose: "telling colleagues", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "named created_at read_at", Category: Plain},
		{Names: "user_id", Category: Staff},
		{Names: "token_hash", Category: Secret},
	}},
}
