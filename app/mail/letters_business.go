package mail

// ofTheBusiness go to every owner.
var ofTheBusiness = []template{
	securityMail{letter{
		key: "connected", title: "Provider connected", when: "Credentials of a provider, of mail or of sign-in are put in or changed (to owners)", subject: "Credentials at %s were changed",
		write: func(s *sheet) {
			s.say("Credentials of %s were put in or changed: they say through whose account texts, mail or sign-ins go.", s.business)
			s.fact("Provider", s.what)
			s.done()
			s.unexpected("/settings")
		},
	}},
	securityMail{letter{
		key: "disconnected", title: "Provider disconnected", when: "A provider is disconnected (to owners)", subject: "A provider of %s was disconnected",
		write: func(s *sheet) {
			s.say("A provider of %s was disconnected and its credentials were destroyed.", s.business)
			s.fact("Provider", s.what)
			s.done()
			s.unexpected("/settings")
		},
	}},
	securityMail{letter{
		key: movingTemplate, title: "Mail goes another way", when: "Outgoing mail is about to go another way, or to be turned off (to owners)", subject: "Mail of %s is about to go another way",
		write: func(s *sheet) {
			s.say("Somebody is changing how mail of %s goes out, or turning it off: links for new passwords leave that way. This is the last mail through the account that was in use until now.", s.business)
			s.done()
			s.unexpected("/settings/mail")
		},
	}},
	securityMail{letter{
		key: "exported", title: "Person exported", when: "Everything that is held of a person is exported (to owners)", subject: "A person's data was exported at %s",
		write: func(s *sheet) {
			s.say("Everything that %s holds of one person was exported as a file. Whose data it is stands behind the link, not in this mail.", s.business)
			s.done()
			if s.contact == "" {
				s.to("Open the privacy pages", "/privacy")
				return
			}
			s.to("See whose", "/privacy/people/"+s.contact)
		},
	}},
	securityMail{letter{
		key: "audit_exported", title: "Audit log exported", when: "The audit log is exported (to owners)", subject: "The audit log of %s was exported",
		write: func(s *sheet) {
			s.say("The audit log of %s, who did what and when, was exported as a file.", s.business)
			s.done()
			s.unexpected("/privacy/audit")
		},
	}},
	securityMail{letter{
		key: "erased", title: "Person erased", when: "A person is erased (to owners)", subject: "A person was erased at %s",
		write: func(s *sheet) {
			s.say("Everything readable that %s held of one person was destroyed. The receipt says what remains, why and until when.", s.business)
			s.done()
			s.to("Open the receipt", "/privacy/erasures/"+s.subject)
		},
	}},
	securityMail{letter{
		key: "closing_asked", title: "Closing asked", when: "Somebody asks to close the business (to owners)", subject: "%s is to be closed",
		write: func(s *sheet) {
			s.say("The end of %s was asked for. Everything that Stead holds is destroyed after the days of grace, unless an owner calls it off before.", s.business)
			s.done()
			s.fact("Destroyed after", s.what)
			s.to("Look at it, or call it off", "/settings/closing")
			s.say("No mail follows when it is done: the addresses are destroyed with everything else.")
		},
	}},
	securityMail{letter{
		key: "closing_cancelled", title: "Closing called off", when: "The closing of the business is called off (to owners)", subject: "%s stays open",
		write: func(s *sheet) {
			s.say("The end of %s was called off. Nothing is destroyed.", s.business)
			s.done()
			s.unexpected("/settings")
		},
	}},
}

// leadTemplate asks whoever filled in a form whether it was them.
const leadTemplate = "lead_confirmation"

// toStrangers are to people who asked the business for something.
var toStrangers = []template{
	accountMail{letter{
		key: leadTemplate, title: "Please confirm", when: "Somebody fills in a form that asks for a confirmation (to them)", subject: "Please confirm what you wrote to %s", link: confirmLink,
		write: func(s *sheet) {
			s.say("Somebody, most likely you, wrote to %s by a form and gave this address. Nothing happens until you confirm it.", s.business)
			s.to("Confirm it, or say that it was not you", s.link)
			s.say("The link is good for seven days. If it was not you, do nothing, or say so there and no such mail comes to you again.")
		},
	}},
}

// unexpected ends an alert to an owner.
func (s *sheet) unexpected(where string) {
	s.to("Look at it", where)
	s.say("If you do not know why, ask whoever did it, and look at the audit log of %s.", s.business)
}
