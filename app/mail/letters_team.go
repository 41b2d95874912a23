package mail

import "cmp"

// ofTheTeam are about what others did to somebody's account, or gave them.
var ofTheTeam = []template{
	accountMail{letter{
		key: "role_changed", title: "Role changed", when: "Your role is changed", subject: "Your role at %s was changed",
		write: func(s *sheet) {
			s.say("What you may see and do at %s was changed.", s.business)
			s.fact("Your role now", s.what)
			s.done()
			s.to("Open Stead", "/")
		},
	}},
	accountMail{letter{
		key: "disabled", title: "Account disabled", when: "Your account is disabled", subject: "Your account at %s was disabled",
		write: func(s *sheet) {
			s.say("Your account at %s was disabled: you cannot sign in until an owner enables it again. Nothing was deleted.", s.business)
			s.done()
		},
	}},
	accountMail{letter{
		key: "enabled", title: "Account enabled", when: "Your account is enabled again", subject: "Your account at %s is enabled again",
		write: func(s *sheet) {
			s.say("You can sign in at %s again.", s.business)
			s.done()
			s.to("Open Stead", "/")
		},
	}},
	accountMail{letter{
		key: "removed", title: "Account removed", when: "Your account is removed", subject: "Your account at %s was removed",
		write: func(s *sheet) {
			s.say("Your account at %s was removed. This address was deleted with it; your name stands for 90 days beside what you did, and then goes too.", s.business)
			s.done()
		},
	}},
	accountMail{letter{
		key: "left", title: "Account deleted", when: "You delete your account", subject: "Your account at %s is deleted",
		write: func(s *sheet) {
			s.say("You deleted your account at %s. Your name and this address were deleted with it.", s.business)
			s.fact("When", s.at)
			s.say("If this was not you, tell an owner of %s at once.", s.business)
		},
	}},
	accountMail{letter{
		key: "test", title: "Test", when: "Somebody tests how mail goes out, from the settings", subject: "Test from %s",
		write: func(s *sheet) {
			s.say("Mail from %s arrives. You asked for this test in the settings.", s.business)
			s.fact("When", s.at)
		},
	}},
	noticeMail{letter{
		key: "contact_assigned", title: "Contact assigned", when: "A contact is given to you", subject: "A contact at %s is now yours to look after",
		write: func(s *sheet) {
			s.assigned("A contact was given to you to look after.", "Open the contact", "/contacts/", s.contact, "/contacts")
		},
	}},
	noticeMail{letter{
		key: "contacts_assigned", title: "Contacts assigned", when: "Several contacts are given to you at once", subject: "Contacts at %s are now yours to look after",
		write: func(s *sheet) {
			s.say("Several contacts were given to you to look after.")
			s.done()
			s.to("Open the contacts", "/contacts")
		},
	}},
	noticeMail{letter{
		key: "conversation_assigned", title: "Conversation assigned", when: "A conversation is given to you", subject: "A conversation at %s is now yours to answer",
		write: func(s *sheet) {
			s.assigned("A conversation was given to you to answer.", "Open the conversation", "/inbox/", s.record, "/inbox")
		},
	}},
	noticeMail{letter{
		key: "deal_assigned", title: "Deal assigned", when: "A deal is given to you", subject: "A deal at %s is now yours to look after",
		write: func(s *sheet) {
			s.say("A deal was given to you to look after.")
			s.done()
			s.toDeal()
		},
	}},
	noticeMail{letter{
		key: "deals_assigned", title: "Deals assigned", when: "Several deals are given to you at once", subject: "Deals at %s are now yours to look after",
		write: func(s *sheet) {
			s.say("Several deals were given to you to look after.")
			s.done()
			s.to("Open the deals", "/deals?show=list&who=mine")
		},
	}},
	noticeMail{letter{
		key: "lead_arrived", title: "New lead", when: "A form or a webhook brings a deal that is yours", subject: "A new lead at %s is yours",
		write: func(s *sheet) {
			s.say("Somebody asked for something, and you look after it.")
			s.fact("When", s.at)
			s.toDeal()
		},
	}},
	noticeMail{letter{
		key: reminderTemplate, title: "Reminder", when: "A task reminds you", subject: "A task at %s reminds you",
		write: func(s *sheet) {
			s.say("A task of yours asked to be remembered now.")
			s.fact("Task", s.what)
			id := s.subject
			if s.contact != "" {
				id = s.record
			}
			s.to("Open the task", "/tasks/"+id)
		},
	}},
	noticeMail{letter{
		key: digestTemplate, title: "Mail of the day", when: "A day begins, if you ask for that", subject: "Your day at %s",
		write: func(s *sheet) {
			s.say("This is what waits for you today.")
			s.fact("Tasks that are due", s.what)
			s.fact("Conversations with something new", s.waiting)
			for _, title := range s.titles {
				s.say("· %s", title)
			}
			s.to("Open your day", "/today")
		},
	}},
}

// The templates that are sent by the clock.
const (
	reminderTemplate = "task_reminder"
	digestTemplate   = "digest"
)

// toDeal leads to a deal; one whose person was erased meanwhile is found in the list.
func (s *sheet) toDeal() {
	if id := cmp.Or(s.record, s.subject); id != "" {
		s.to("Open the deal", "/deals/"+id)
		return
	}
	s.to("Open the deals", "/deals")
}

// assigned tells that something came to somebody. Whom it is about stands
// behind the link, not in the mail.
func (s *sheet) assigned(sentence, label, where, id, otherwise string) {
	s.say(sentence)
	s.done()
	if s.contact == "" { // the person was erased meanwhile
		s.to(label, otherwise)
		return
	}
	s.to(label, where+id)
}
