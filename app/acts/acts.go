// Package acts says in words what events and audit entries name in code: one
// sentence an action, and the groups that people filter by. Who did it, to whom
// and when is never known here.
package acts

import "strings"

// Group is what people filter by. Its ID stands in addresses.
type Group struct{ ID, Label string }

// The groups, in the order in which they are offered.
var groups = []Group{
	{"reading", "Reading"},
	{"contacts", "Contacts"},
	{"deals", "Deals"},
	{"talk", "Conversations"},
	{"privacy", "Export, erasure, retention"},
	{"signin", "Sign-in"},
	{"team", "Team and roles"},
	{"settings", "Settings and channels"},
	{"upkeep", "The machine"},
}

// act is an action of the code, and what somebody did, in English, without who.
type act struct{ action, group, words string }

var all = []act{
	{"contact.read", "reading", "Opened the card"},
	{"contact.read.lost", "reading", "Opened more cards than could be noted"},
	{"conversation.read", "reading", "Read the conversation"},

	{"contact.created", "contacts", "Added the contact"},
	{"contact.changed", "contacts", "Changed the contact"},
	{"contact.noted", "contacts", "Wrote a note"},
	{"contact.note_changed", "contacts", "Changed a note"},
	{"contact.note_pinned", "contacts", "Pinned a note"},
	{"contact.note_unpinned", "contacts", "Unpinned a note"},
	{"contact.note_deleted", "contacts", "Deleted a note"},
	{"contact.blocked", "contacts", "Blocked the contact"},
	{"contact.unblocked", "contacts", "Ended the block"},
	{"contact.restricted", "contacts", "Restricted what may be done with the data"},
	{"contact.unrestricted", "contacts", "Ended the restriction"},
	{"contact.assigned", "contacts", "Assigned the contact"},
	{"contact.merged", "contacts", "Merged two contacts"},
	{"contact.kept_separate", "contacts", "Said that two contacts are two"},
	{"duplicate.sought", "contacts", "Searched all contacts for duplicates"},
	{"contacts.changed", "contacts", "Changed many contacts at once"},
	{"contacts.assigned", "contacts", "Assigned many contacts at once"},
	{"view.saved", "contacts", "Saved a view of the list"},
	{"view.changed", "contacts", "Changed a view of the list"},
	{"view.deleted", "contacts", "Deleted a view of the list"},
	{"view.chosen", "contacts", "Chose how a view of the list is shown"},
	{"task.added", "contacts", "Wrote a task down"},
	{"task.changed", "contacts", "Changed a task"},
	{"task.done", "contacts", "Finished a task"},
	{"file.added", "contacts", "Attached a file"},
	{"file.renamed", "contacts", "Renamed a file"},
	{"file.deleted", "contacts", "Deleted a file"},
	{"task.reopened", "contacts", "Opened a task again"},
	{"task.snoozed", "contacts", "Put a task off"},
	{"task.deleted", "contacts", "Put a task into the bin"},
	{"task.assigned", "contacts", "Gave a task to a colleague"},
	{"task.reminded", "contacts", "Reminded of a task"},
	{"company.created", "contacts", "Added the company"},
	{"company.changed", "contacts", "Changed the company"},
	{"company.assigned", "contacts", "Assigned the company"},
	{"company.joined", "contacts", "Added them to a company"},
	{"company.job", "contacts", "Changed what they are with a company"},
	{"company.left", "contacts", "Took them off a company"},
	{"company.merged", "contacts", "Merged two companies"},
	{"company.deleted", "contacts", "Put the company into the bin"},
	{"company.restored", "contacts", "Took the company out of the bin"},
	{"company.noted", "contacts", "Wrote a note on the company"},
	{"company.note_changed", "contacts", "Changed a note"},
	{"company.note_pinned", "contacts", "Pinned a note"},
	{"company.note_unpinned", "contacts", "Took a note off the top"},
	{"company.note_deleted", "contacts", "Put a note into the bin"},
	{"import.uploaded", "contacts", "Uploaded a file of contacts"},
	{"import.started", "contacts", "Imported contacts"},
	{"import.done", "contacts", "Finished importing contacts"},
	{"import.undone", "contacts", "Took an import back"},
	{"import.discarded", "contacts", "Discarded a file of contacts"},
	{"import.rejects_fetched", "contacts", "Downloaded what was not imported"},
	{"contact.deleted", "contacts", "Moved the contact to the bin"},
	{"change.undone", "contacts", "Took a change back"},
	{"bin.restored", "contacts", "Took something out of the bin"},
	{"bin.emptied", "contacts", "Deleted something in the bin for good"},
	{"operation.stopped", "contacts", "Stopped long work"},
	{"operation.done", "contacts", "Had long work done"},
	{"demo.person_added", "contacts", "Added an invented person"},
	{"demo.deals_added", "deals", "Added invented deals"},

	{"deals.changed", "deals", "Changed many deals at once"},
	{"deals.assigned", "deals", "Assigned many deals at once"},
	{"deal.created", "deals", "Added the deal"},
	{"deal.changed", "deals", "Changed the deal"},
	{"deal.moved", "deals", "Moved the deal"},
	{"deal.won", "deals", "Won the deal"},
	{"deal.lost", "deals", "Lost the deal"},
	{"deal.reopened", "deals", "Opened the deal again"},
	{"deal.assigned", "deals", "Assigned the deal"},
	{"deal.lines", "deals", "Changed what is in the deal"},
	{"deal.noted", "deals", "Wrote a note on the deal"},
	{"deal.note_changed", "deals", "Changed a note on the deal"},
	{"deal.note_pinned", "deals", "Pinned a note on the deal, or took it off the top"},
	{"deal.note_deleted", "deals", "Deleted a note on the deal"},
	{"deal.deleted", "deals", "Put the deal into the bin"},
	{"deal.restored", "deals", "Took the deal out of the bin"},

	{"message.written", "talk", "Wrote a text"},
	{"message.refused", "talk", "Wrote a text that may not be sent"},
	{"message.received", "talk", "Sent us a text"},
	{"message.status", "talk", "Told what became of a text"},
	{"note.added", "talk", "Wrote a note"},
	{"conversation.done", "talk", "Marked the conversation as done"},
	{"conversation.reopened", "talk", "Opened the conversation again"},
	{"conversation.assigned", "talk", "Assigned the conversation"},
	{"consent.withdrawn", "talk", "Noted that no more texts are wanted"},
	{"consent.given", "talk", "Noted that texts are welcome again"},
	{"call.ringing", "talk", "Called"},
	{"call.answered", "talk", "Was put through"},
	{"call.missed", "talk", "Called and reached nobody"},

	{"person.exported", "privacy", "Exported everything that is held of the person"},
	{"person.erase_asked", "privacy", "Asked for the erasure"},
	{"person.erased", "privacy", "Erased the person"},
	{"person.erasure_done", "privacy", "Proved the erasure"},
	{"person.erasure_failed", "privacy", "Could not prove the erasure"},
	{"data.exported", "privacy", "Exported everything as one archive"},
	{"data.imported", "privacy", "Read an archive of everything"},
	{"data.list_exported", "privacy", "Exported a list"},
	{"data.export_fetched", "privacy", "Fetched an export"},
	{"audit.exported", "privacy", "Exported the audit log"},
	{"audit.anonymised", "privacy", "Took names and addresses out of old entries"},
	{"privacy.swept", "privacy", "Ran the retention rules"},

	{"user.signed_in", "signin", "Signed in"},
	{"user.signed_out", "signin", "Signed out"},
	{"user.session_revoked", "signin", "Signed a browser out"},
	{"user.new_device", "signin", "Signed in from a new device or network"},
	{"user.password_changed", "signin", "Changed the password"},
	{"user.email_changed", "signin", "Changed the address to sign in with"},
	{"user.reset_asked", "signin", "Asked for a new password"},
	{"user.reset_link_shown", "signin", "Was shown a link for a new password, to hand over"},
	{"user.second_factor_on", "signin", "Set up the second factor"},
	{"user.second_factor_off", "signin", "Took the second factor away"},
	{"user.recovery_used", "signin", "Signed in with a recovery code"},
	{"user.recovery_renewed", "signin", "Made new recovery codes"},
	{"user.remember_stolen", "signin", "Showed a sign-in cookie that was used before"},
	{"user.identity_linked", "signin", "Connected an account elsewhere"},
	{"user.identity_unlinked", "signin", "Disconnected an account elsewhere"},

	{"user.invited", "team", "Invited a colleague"},
	{"user.invitation_renewed", "team", "Made a new link for the invitation"},
	{"user.invitation_revoked", "team", "Took the invitation back"},
	{"user.joined", "team", "Joined the team"},
	{"user.added", "team", "Added a colleague"},
	{"user.changed", "team", "Changed a colleague"},
	{"user.renamed", "team", "Changed their name"},
	{"user.role_changed", "team", "Changed the role"},
	{"user.disabled", "team", "Disabled the account"},
	{"user.enabled", "team", "Enabled the account"},
	{"user.removed", "team", "Removed the colleague"},
	{"user.left", "team", "Left the team"},
	{"role.created", "team", "Made a role"},
	{"role.changed", "team", "Changed a role"},
	{"role.deleted", "team", "Deleted a role"},
	{"role.second_factor", "team", "Had a role need a second factor"},
	{"role.second_factor_off", "team", "Let a role sign in without a second factor"},
	{"team.created", "team", "Made a team"},
	{"team.renamed", "team", "Renamed a team"},
	{"team.deleted", "team", "Deleted a team"},

	{"settings.business", "settings", "Changed the business"},
	{"settings.textback", "settings", "Changed the text-back"},
	{"settings.sending", "settings", "Stopped or started sending"},
	{"settings.quiet", "settings", "Changed the quiet hours"},
	{"lead.waiting", "deals", "Asked somebody to confirm a lead"},
	{"lead.confirmed", "deals", "Confirmed a lead"},
	{"lead.done", "deals", "Made a deal of a lead"},
	{"lead.failed", "deals", "Could not make a deal of a lead"},
	{"lead.mended", "deals", "Tried a lead again"},
	{"lead.discarded", "deals", "Discarded a lead"},
	{"lead.source_created", "settings", "Made a form, a webhook or a rule for missed calls"},
	{"lead.source_changed", "settings", "Changed how leads come in"},
	{"lead.source_deleted", "settings", "Deleted a form, a webhook or a rule for missed calls"},
	{"lead.source_secret", "settings", "Made a new secret for a webhook"},
	{"pipeline.created", "settings", "Made a pipeline"},
	{"pipeline.changed", "settings", "Changed a pipeline"},
	{"pipeline.moved", "settings", "Moved a pipeline"},
	{"pipeline.deleted", "settings", "Deleted a pipeline"},
	{"stage.created", "settings", "Made a stage"},
	{"stage.changed", "settings", "Changed a stage"},
	{"stage.moved", "settings", "Moved a stage"},
	{"stage.deleted", "settings", "Deleted a stage"},
	{"reason.changed", "settings", "Changed a reason of deals"},
	{"reason.dropped", "settings", "Took away a reason of deals"},
	{"product.created", "settings", "Added a product"},
	{"product.changed", "settings", "Changed a product"},
	{"product.disabled", "settings", "Disabled a product"},
	{"product.enabled", "settings", "Offered a product again"},
	{"field.created", "settings", "Made a field"},
	{"field.changed", "settings", "Changed a field"},
	{"field.moved", "settings", "Moved a field"},
	{"field.deleted", "settings", "Put a field into the bin"},
	{"field.restored", "settings", "Took a field out of the bin"},
	{"tag.created", "settings", "Made a tag"},
	{"tag.changed", "settings", "Changed a tag"},
	{"tag.merged", "settings", "Merged two tags"},
	{"tag.deleted", "settings", "Put a tag into the bin"},
	{"tag.restored", "settings", "Took a tag out of the bin"},
	{"channel.connected", "settings", "Connected a provider"},
	{"channel.disconnected", "settings", "Disconnected a provider"},
	{"channel.tested", "settings", "Tested a provider"},
	{"mail.connected", "settings", "Connected mail"},
	{"mail.disconnected", "settings", "Turned mail off"},
	{"mail.tested", "settings", "Tested mail"},
	{"mail.retried", "settings", "Had a mail sent again"},
	{"mail.status", "settings", "Told what became of a mail"},
	{"mail.wanted", "settings", "Asked for notices by mail"},
	{"notice.read", "settings", "Read what there was to see"},
	{"notice.digest", "settings", "Wrote the mail of the day"},
	{"notice.chosen", "settings", "Chose which reminders come by mail"},
	{"calendar.made", "settings", "Made a secret address for their calendar"},
	{"calendar.named", "settings", "Chose whether their calendar names people"},
	{"calendar.ended", "settings", "Ended their calendar's address"},
	{"mail.unwanted", "settings", "Asked for no more notices by mail"},

	{"business.set_up", "upkeep", "Set the business up"},
	{"business.closing_asked", "upkeep", "Asked to close the business"},
	{"business.closing_cancelled", "upkeep", "Called the closing off"},
	{"business.purge_begun", "upkeep", "Began to delete the data of the closed business"},
	{"business.purged", "upkeep", "Deleted the data of the closed business"},
	{"vault.unlocked", "upkeep", "Opened the vault"},
	{"backup.created", "upkeep", "Made a backup"},
	{"backup.verified", "upkeep", "Checked a backup"},
	{"backup.restored", "upkeep", "Restored a backup"},
	{"figures.mended", "upkeep", "Added the figures of the deals up again"},
	{"certificate.obtained", "upkeep", "Fetched a certificate for this address"},
	{"certificate.refused", "upkeep", "Was refused a certificate"},
}

var words = func() map[string]string {
	out := make(map[string]string, len(all))
	for _, a := range all {
		out[a.action] = a.words
	}
	return out
}()

// Words is what was done, in English: "Opened the card". An action that this
// version does not know is its own name.
func Words(action string) string {
	if w := words[action]; w != "" {
		return w
	}
	return action
}

// Known tells whether an action has words.
func Known(action string) bool { return words[action] != "" }

// OfColleague tells whether the record of an action is a user.
func OfColleague(action string) bool { return strings.HasPrefix(action, "user.") }

// Groups lists what people filter by.
func Groups() []Group { return groups }

// In lists the actions of a group; none when there is no such group.
func In(group string) []string {
	var out []string
	for _, a := range all {
		if a.group == group {
			out = append(out, a.action)
		}
	}
	return out
}
