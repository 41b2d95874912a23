package store

var duplicateTables = []Table{
	{Name: "duplicates", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:contacts"}, Columns: []Columns{
		{Names: "contact_id other_id reasons score state at", Category: Plain},
		{Names: "decided_by", Category: Staff, Erase: Null},
	}},
	{Name: "merges", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:contacts"}, Columns: []Columns{
		{Names: "gone_id contact_id undo_id at", Category: Plain},
		{Names: "actor", Category: Staff, Erase: Null},
	}},
}
