package store

var fileTables = []Table{{
	Name: "files", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{After: "expires_at", Days: 1, Keep: "parent:contacts"}, // an attachment goes with its person
	Columns: []Columns{
		{Names: "id purpose contact_id company_id content_type size created_at expires_at deleted_at", Category: Plain},
		{Names: "name", Category: Content, Erase: Redact},
		{Names: "sha256", Category: Hash},
		{Names: "sealed_key", Category: Sealed},
		{Names: "created_by", Category: Staff, Erase: Null},
	},
}}
