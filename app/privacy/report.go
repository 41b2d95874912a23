package privacy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"stead/app/access"
	"stead/store"
)

// Report is everything that is held about a person, by kind, with why, from
// where, for how long and who was told.
type Report struct {
	Person     Found
	Source     string // manual, call, sms, demo
	Since      int64
	Restricted bool
	Owner      string // user who looks after the person
	Sections   []Section
	Withheld   []Withheld
	Recipients []store.Processor
}

// Section is what one table holds of the person.
type Section struct {
	Table, Title, Purpose, Kept string
	Rows                        []Row
}

// Row is one record: its values in the order of the data map.
type Row struct {
	Key    string
	Values []Value
}

// Value is one value of a record.
type Value struct{ Column, Text string }

// Withheld is a column that is held and not shown, and why.
type Withheld struct{ Table, Column, Why string }

// Report gathers what is held about a person. It says nothing of reading; a
// page that shows it does.
func (s *Service) Report(ctx context.Context, actor access.Actor, contactID string) (Report, error) {
	return s.report(ctx, actor, access.PrivacyRead, contactID)
}

// report is Report for somebody who may do p to the person.
func (s *Service) report(ctx context.Context, actor access.Actor, p access.Permission, contactID string) (Report, error) {
	c, err := s.bare(ctx, &s.Store.Reader, actor, p, contactID)
	if err != nil {
		return Report{}, err
	}
	held, err := s.Store.Holdings(ctx, contactID)
	if err != nil {
		return Report{}, err
	}
	r := Report{Source: c.Source, Since: c.CreatedAt, Restricted: c.RestrictedAt != 0, Owner: c.OwnerID}
	r.Sections, r.Withheld = sections(held)
	if err := s.nameOwn(ctx, r.Sections); err != nil {
		return Report{}, err
	}
	if r.Person, err = s.found(ctx, contactID); err != nil {
		return Report{}, err
	}
	r.Recipients, err = s.Store.Processors(ctx, contactID, 0)
	return r, err
}

func sections(held []store.Holding) (out []Section, withheld []Withheld) {
	for _, h := range held {
		if h.Withheld != "" {
			w := Withheld{h.Table, h.Column, h.Withheld}
			if !slices.Contains(withheld, w) {
				withheld = append(withheld, w)
			}
			continue
		}
		if len(out) == 0 || out[len(out)-1].Table != h.Table {
			out = append(out, Section{Table: h.Table, Title: titleOf(h.Table), Purpose: h.Purpose, Kept: keptOf(h.Table)})
		}
		section := &out[len(out)-1]
		if n := len(section.Rows); n == 0 || section.Rows[n-1].Key != h.Row {
			section.Rows = append(section.Rows, Row{Key: h.Row})
		}
		row := &section.Rows[len(section.Rows)-1]
		row.Values = append(row.Values, Value{h.Column, valueOf(h.Column, h.Value)})
	}
	return out, withheld
}

// valueOf prints times as times; everything else is what it is.
func valueOf(column, text string) string {
	var ms int64
	if column != "at" && !strings.HasSuffix(column, "_at") {
		return text
	}
	if _, err := fmt.Sscan(text, &ms); err != nil {
		return text
	}
	return stamp(ms)
}

// titles say what the tables are to people.
var titles = map[string]string{
	"contacts": "Contact", "contact_phones": "Phone numbers", "contact_emails": "Email addresses",
	"conversations": "Conversations", "messages": "Texts", "message_media": "Attachments of texts", "calls": "Calls",
	"notes": "Notes", "decisions": "Decisions about texting back", "tasks": "Tasks", "consent_events": "Consents",
	"events": "Activity", "audit": "Audit log", "disclosures": "Disclosures to others", "search_docs": "Search index",
	"inbound_events": "What the provider told us", "sessions": "Sign-ins", "setup_links": "Set-up links",
	"throttles": "Attempts at signing in", "form_keys": "Keys of submitted forms", "secret_uses": "Uses of credentials",
	"erasures": "Receipts of erasures", "erasure_remotes": "Copies at providers", "sweep_runs": "Retention runs",
	"suppressions": "Opt-outs", "users": "People of the business", "river_job": "Finished jobs",
	"invitations": "Invitations of colleagues", "password_resets": "Links for new passwords", "second_factors": "Second factors of signing in",
	"recovery_codes": "Recovery codes", "identities": "Accounts elsewhere that sign people in", "remembered": "Browsers that stay signed in",
	"challenges": "Sign-ins under way", "sign_ins": "History of sign-ins", "mails": "Mail to people of the business", "mail_refusals": "Mail that nobody wants", "mail_contacts": "Mail to people of the business that led to the card",
	"closings": "Closing of the business", "roles": "Roles", "teams": "Teams", "processors": "Providers", "audit_head": "End of the audit log",
	"audit_checkpoints": "Signed heads of the audit log", "business": "The business", "connections": "Connections to providers", "lines": "Phone lines",
	"contact_addresses": "Postal addresses", "provenances": "Where it came from", "companies": "Companies", "company_points": "Numbers and places of companies",
	"contact_companies": "Companies of people", "tags": "Tags", "contact_tags": "Tags of people", "company_tags": "Tags of companies",
	"fields": "Fields of the business's own", "contact_fields": "Own fields of people", "company_fields": "Own fields of companies",
	"views": "Saved lists", "view_choices": "Lists that colleagues pinned", "operations": "Long work", "undos": "Changes that can be taken back",
	"undo_rows": "How it was before a change", "duplicates": "Possible duplicates", "merges": "Contacts that were merged", "imports": "Imports", "import_rows": "Lines of imports",
	"files": "Files", "notifications": "Notices to colleagues", "note_mentions": "Colleagues whom notes mention", "calendar_feeds": "Calendars of colleagues",
	"pipelines": "Pipelines", "stages": "Stages of pipelines", "deal_reasons": "Reasons of winning and losing", "deals": "Deals",
	"deal_contacts": "Others who have to do with deals", "deal_tags": "Tags of deals", "deal_fields": "Own fields of deals", "deal_stays": "Where deals were", "deal_flow": "How deals went, added up",
	"lead_sources": "Where leads come from", "lead_fields": "Questions of web forms", "lead_wordings": "Wordings of consents", "lead_turns": "Whose turn a lead is", "leads": "Leads",
	"deal_outcomes": "Deals that were won or lost", "products": "Products", "deal_lines": "Products of deals",
	"notice_choices": "Which notices colleagues want",
	"secrets":        "Sealed credentials", "vault_keys": "Keys of the vault", "settings": "Settings", "ledger_entries": "Erasure ledger", "fts_dirty": "Unfinished work on the search index",
}

// daysOf is a length of time in words.
func daysOf(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func titleOf(table string) string {
	if title := titles[table]; title != "" {
		return title
	}
	return strings.ReplaceAll(table, "_", " ")
}

// keptOf says how long the rows of a table are kept, from the rule that is
// carried out.
func keptOf(table string) string {
	for _, t := range store.DataMap() {
		if t.Name != table {
			continue
		}
		if t.Name == "contacts" {
			return "two years after the last contact"
		}
		if t.Retain.Days > 0 {
			return daysOf(t.Retain.Days)
		}
		if parent, ok := strings.CutPrefix(t.Retain.Keep, "parent:"); ok {
			return "as long as: " + strings.ToLower(titleOf(parent))
		}
		return strings.TrimPrefix(t.Retain.Keep, "head row: ")
	}
	return ""
}
