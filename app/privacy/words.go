package privacy

import (
	"strings"
	"time"
)

// TitleOf is what a table is to people.
func TitleOf(table string) string { return titleOf(table) }

// PlaceOf is what a place that a proof looked through is to people.
func PlaceOf(store string) string {
	switch {
	case store == "database":
		return "The database"
	case store == "wal":
		return "The database's write-ahead log"
	case store == "shm":
		return "The index of the write-ahead log"
	case strings.HasPrefix(store, "fts:"):
		return "The search index (" + strings.ReplaceAll(strings.TrimPrefix(store, "fts:search_"), "_", " ") + ")"
	case store == "files":
		return "Every other file of the data folder"
	}
	return store
}

// columns say what the columns are to people, where the name alone does not.
var columns = map[string]string{
	"at": "When", "created_at": "Noted", "updated_at": "Changed", "last_activity_at": "Last contact", "started_at": "Began",
	"ended_at": "Ended", "answered_at": "Answered", "sent_at": "Sent", "received_at": "Received", "due_at": "Due", "done_at": "Done",
	"blocked_at": "Blocked", "restricted_at": "Restricted", "last_at": "Last activity", "waiting_since": "Waiting since",
	"typed": "As written", "e164": "Number", "sms_state": "Texts reach it", "phone_state": "Texts reach the number", "peer": "Number",
	"phone": "Number", "about": "About", "created_by": "Noted by", "done_by": "Done by", "author": "Written by", "body": "Words",
	"line": "Our number", "seconds": "Length in seconds", "segments": "Texts it was sent as", "provider_ref": "The provider's reference",
	"provider": "Provider", "error_code": "What went wrong (code)", "act": "What was said", "evidence": "How it is known",
	"wording": "Words that were shown", "processor": "To whom", "fields": "Which facts", "bytes": "Bytes", "result": "Outcome",
	"name": "Name", "email": "Email", "address": "Network address", "device": "Device", "system": "System of the device", "browser": "Browser",
	"time_zone": "Time zone of the device", "method": "How", "outcome": "Outcome", "invited_by": "Invited by", "team_id": "Team", "role": "Role",
	"expires_at": "Ends", "accepted_at": "Accepted", "revoked_at": "Taken back", "used_at": "Used", "confirmed_at": "Confirmed",
	"last_used_at": "Last used", "rotated_at": "Renewed", "asked_at": "Asked", "purge_at": "To be deleted", "issuer": "Where the account is",
	"template": "Which mail", "asked_by": "Asked by", "actor": "Who", "actor_salt": "Seal of who", "contact_id": "Person",
	"object": "Record", "data": "Details", "subject": "Record", "action": "What", "class": "Kind", "cause": "Why",
}

func columnOf(column string) string {
	if words := columns[column]; words != "" {
		return words
	}
	words := strings.ReplaceAll(column, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// value is a value as people read it: times in the zone of the business.
func (sh shower) value(v Value) string {
	if v.Column == "at" || strings.HasSuffix(v.Column, "_at") {
		if at, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return sh.moment(at.UnixMilli())
		}
	}
	switch v.Column + " " + v.Text {
	case "direction in":
		return "from the person"
	case "direction out":
		return "to the person"
	}
	return v.Text
}

// recipientOf is whoever was told, in words.
func recipientOf(name string) string {
	switch name {
	case "twilio":
		return "Twilio (calls and texts)"
	case "smtp":
		return "The mail server (mail to your own people)"
	case "resend":
		return "Resend (mail to your own people)"
	case "package":
		return "Whoever asked for the package"
	case "stead":
		return "This server itself"
	}
	return name
}

// purposeOf is what somebody was told a fact for, in words.
func purposeOf(purpose string) string {
	switch purpose {
	case "reply":
		return "sending a text that answers"
	case "service":
		return "sending a text about an order or a date"
	case "marketing":
		return "sending an advertising text"
	case "staff_mail":
		return "writing to people of the business"
	case "look_up":
		return "finding out what became of a text"
	case "catch_up":
		return "fetching calls and texts that were missed"
	case "check":
		return "checking the connection"
	case "sign_in":
		return "signing people of the business in"
	case "erasure":
		return "deleting copies there"
	case "access":
		return "giving the person their data"
	case certificates:
		return "fetching a certificate for the name of this server; nothing about any person"
	}
	return strings.ReplaceAll(purpose, "_", " ")
}

// certificates is the purpose of asking a certificate authority.
const certificates = "certificate"

// certificateFields is what an authority is told.
func certificateFields(fields string) string {
	if strings.Contains(fields, "email") {
		return "name of this server, email of whoever runs it"
	}
	return "name of this server"
}

// fieldsOf is which facts, in words.
func fieldsOf(fields string) string {
	var out []string
	for field := range strings.FieldsSeq(fields) {
		switch field {
		case "phone":
			field = "number"
		case "body":
			field = "words of the text"
		case "line":
			field = "the business's number"
		case "account":
			field = "the business's account"
		case "reference":
			field = "the provider's own reference"
		case "sign_in_code":
			field = "the code of a sign-in"
		}
		out = append(out, field)
	}
	return strings.Join(out, ", ")
}
