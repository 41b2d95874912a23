package access

// Permission is one thing a role may allow.
type Permission string

// What concerns records: its reach says whose.
const (
	ContactsRead   Permission = "contacts.read"
	ContactsWrite  Permission = "contacts.write"
	ContactsAssign Permission = "contacts.assign"
	ContactsDelete Permission = "contacts.delete" // into the bin, and back
	ContactsExport Permission = "contacts.export" // a list, as a file
	DealsRead      Permission = "deals.read"
	DealsWrite     Permission = "deals.write"
	DealsAssign    Permission = "deals.assign"
	DealsDelete    Permission = "deals.delete" // into the bin, and back
	DealsExport    Permission = "deals.export"
	ReportsRead    Permission = "reports.read" // of the deals that DealsRead shows
	InboxRead      Permission = "inbox.read"
	InboxWrite     Permission = "inbox.write" // state, notes, opt-outs; a text needs SendSMS too
	InboxAssign    Permission = "inbox.assign"
	SendSMS        Permission = "send.sms"
	TasksWrite     Permission = "tasks.write"
	PersonalSee    Permission = "personal.see" // numbers, addresses, what was said
	MoneySee       Permission = "money.see"    // amounts
	PrivacyExport  Permission = "privacy.export"
	PrivacyErase   Permission = "privacy.erase"
	ActivityRead   Permission = "activity.read" // what colleagues did
)

// What concerns the whole business: it is within reach or it is not.
const (
	ContactsImport Permission = "contacts.import"
	DataExport     Permission = "data.export" // everything there is, as one archive
	ProductsWrite  Permission = "products.write"
	LeadsRead      Permission = "leads.read"  // what came in by forms and webhooks
	LeadsWrite     Permission = "leads.write" // mend, discard; where they come from is a setting
	TeamRead       Permission = "team.read"
	TeamWrite      Permission = "team.write" // invite, change, remove
	RolesWrite     Permission = "roles.write"
	SettingsRead   Permission = "settings.read"
	SettingsWrite  Permission = "settings.write"
	ChannelsWrite  Permission = "channels.write" // credentials of providers, mail, sign-in
	PrivacyRead    Permission = "privacy.read"
	AuditRead      Permission = "audit.read"
	AuditExport    Permission = "audit.export"
	BackupRun      Permission = "backup.run"
	MailRoute      Permission = "mail.route" // which account mail leaves through: links to new passwords do
	BusinessClose  Permission = "business.close"
	DemoRun        Permission = "demo.run"
)

// Right describes a permission to people.
type Right struct {
	Permission Permission
	Scoped     bool   // has a reach; else all or nothing
	Group      string // English, as every text here
	Label      string
	Hint       string
}

// OwnersOnly tells that no role but the owner's can hold p.
func OwnersOnly(p Permission) bool { return p == BusinessClose || p == MailRoute }

// Rights lists every permission in the order in which it is shown.
func Rights() []Right { return rights }

var rights = []Right{
	{ContactsRead, true, "Contacts", "See contacts", "Lists, cards and search."},
	{ContactsWrite, true, "Contacts", "Add and change contacts", "Block and restrict too."},
	{ContactsAssign, true, "Contacts", "Assign contacts", ""},
	{ContactsDelete, true, "Contacts", "Delete and merge contacts", "They wait in the bin for 30 days."},
	{ContactsExport, true, "Contacts", "Export lists of contacts", ""},
	{ContactsImport, false, "Contacts", "Import contacts", ""},
	{DealsRead, true, "Deals", "See deals", "Board, list and forecast. Amounts need the right to see money too."},
	{DealsWrite, true, "Deals", "Add, change and move deals", ""},
	{DealsAssign, true, "Deals", "Assign deals", ""},
	{DealsDelete, true, "Deals", "Delete deals", "They wait in the bin for 30 days."},
	{DealsExport, true, "Deals", "Export lists of deals", ""},
	{LeadsRead, false, "Deals", "See leads", "What came in by forms and webhooks."},
	{LeadsWrite, false, "Deals", "Mend and discard leads", ""},
	{ReportsRead, true, "Deals", "See reports", "Over the deals that they may see."},
	{ProductsWrite, false, "Deals", "Change products and prices", ""},
	{InboxRead, true, "Inbox", "See conversations", ""},
	{InboxWrite, true, "Inbox", "Work on conversations", "Notes, done and open, opt-outs."},
	{InboxAssign, true, "Inbox", "Assign conversations", ""},
	{SendSMS, true, "Inbox", "Send texts", ""},
	{TasksWrite, true, "Tasks", "Finish tasks", ""},
	{PersonalSee, true, "What is shown", "See personal data", "Without it numbers and addresses are shown in part, and what was said is hidden."},
	{MoneySee, true, "What is shown", "See amounts of money", ""},
	{PrivacyRead, false, "Privacy", "See the privacy pages", ""},
	{PrivacyExport, true, "Privacy", "Export a person's data", ""},
	{PrivacyErase, true, "Privacy", "Erase a person", "Also runs the retention sweep."},
	{AuditRead, false, "Privacy", "Read the audit log", ""},
	{AuditExport, false, "Privacy", "Export the audit log", ""},
	{DataExport, false, "Privacy", "Export everything", "People, what was said, files: one archive."},
	{BackupRun, false, "Privacy", "Make and check backups", ""},
	{ActivityRead, true, "Team", "See colleagues' activity", ""},
	{TeamRead, false, "Team", "See the team", ""},
	{TeamWrite, false, "Team", "Invite, change and remove colleagues", ""},
	{RolesWrite, false, "Team", "Change roles", ""},
	{SettingsRead, false, "Settings", "See settings", ""},
	{SettingsWrite, false, "Settings", "Change settings", ""},
	{ChannelsWrite, false, "Settings", "Connect providers", "Their credentials, mail and sign-in."},
	{MailRoute, false, "Settings", "Choose how mail leaves", "Owners alone: links for new passwords leave that way."},
	{BusinessClose, false, "Settings", "Close the business", ""},
}
