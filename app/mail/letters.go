package mail

import "slices"

// templates are all that Stead writes to the people of a business.
var templates = slices.Concat(toThePerson, ofTheTeam, ofTheBusiness, toStrangers)

// toThePerson are about how somebody gets in.
var toThePerson = []template{
	accountMail{letter{
		key: "invitation", title: "Invitation", when: "Somebody invites you to the team", subject: "Your invitation to %s", link: inviteLink,
		write: func(s *sheet) {
			if s.actor == "" {
				s.say("You are invited to work with %s in Stead, where its contacts and conversations are kept.", s.business)
			} else {
				s.say("%s invites you to work with %s in Stead, where its contacts and conversations are kept.", s.actor, s.business)
			}
			s.to("Accept the invitation", s.link)
			s.say("The link works once, for seven days. A newer invitation makes it worthless.")
		},
	}},
	accountMail{letter{
		key: "joined", title: "Welcome", when: "Your account is ready", subject: "Welcome to %s",
		write: func(s *sheet) {
			s.say("Your account at %s is ready. You sign in with this address.", s.business)
			s.fact("Your role", s.what)
			s.to("Open Stead", "/")
			s.say("A second factor keeps the account yours even if somebody learns the password: it is set up under Your account.")
		},
	}},
	accountMail{letter{
		key: "reset", title: "Link for a new password", when: "You, or an owner for you, asked for a new password", subject: "Choose a new password for %s", link: resetLink,
		write: func(s *sheet) {
			if s.actor == "" {
				s.say("Somebody, most likely you, asked for a new password for your account at %s.", s.business)
			} else {
				s.say("%s had this link sent to you, so that you can choose a new password for your account at %s.", s.actor, s.business)
			}
			s.to("Choose a new password", s.link)
			s.say("The link works once, for 30 minutes. If you did not ask for it, do nothing: your password stays as it is.")
		},
	}},
	securityMail{letter{
		key: "new_device", title: "New sign-in", when: "Your account is used from a browser or a network that was not seen for 90 days", subject: "A new sign-in to your account at %s",
		write: func(s *sheet) {
			s.say("Your account at %s was signed in to from a browser or a network that was not seen in the last 90 days.", s.business)
			s.fact("When", s.at)
			s.fact("With", s.device)
			s.to("See where you are signed in", "/account/sessions")
			s.say("If this was you, there is nothing to do. If not, sign that browser out there and change your password.")
		},
	}},
	securityMail{letter{
		key: "password_changed", title: "Password changed", when: "Your password is changed", subject: "Your password at %s was changed",
		write: func(s *sheet) {
			s.say("The password of your account at %s was changed. Every other browser was signed out.", s.business)
			s.done()
			s.notYou("/reset")
		},
	}},
	securityMail{letter{
		key: "second_factor_on", title: "Second factor set up", when: "A second factor is set up", subject: "A second factor was set up for your account at %s",
		write: func(s *sheet) {
			s.say("From now on your account at %s asks for a code as well as for the password.", s.business)
			s.done()
			s.notYou("/account/second-factor")
		},
	}},
	securityMail{letter{
		key: "second_factor_off", title: "Second factor taken away", when: "Your second factor is taken away", subject: "The second factor of your account at %s was taken away",
		write: func(s *sheet) {
			s.say("Your account at %s does not ask for a code any more: the password alone opens it.", s.business)
			s.done()
			s.notYou("/account/second-factor")
		},
	}},
	securityMail{letter{
		key: "recovery_used", title: "Recovery code used", when: "A recovery code is used", subject: "A recovery code of your account at %s was used",
		write: func(s *sheet) {
			s.say("One of the recovery codes of your account at %s was used in the place of a code from your phone. It does not work again.", s.business)
			s.done()
			s.notYou("/account/second-factor")
		},
	}},
	securityMail{letter{
		key: "recovery_renewed", title: "New recovery codes", when: "New recovery codes are made", subject: "New recovery codes for your account at %s",
		write: func(s *sheet) {
			s.say("New recovery codes were made for your account at %s. The old ones do not work any more.", s.business)
			s.done()
			s.notYou("/account/second-factor")
		},
	}},
	securityMail{letter{
		key: "remember_stolen", title: "Copied sign-in", when: "A copy of one of your remembered browsers turns up", subject: "A copy of a browser of yours was refused at %s",
		write: func(s *sheet) {
			s.say("A browser showed a sign-in of your account at %s that had been used before: it was copied. Every browser that was to stay signed in, and every sign-in of yours, was ended.", s.business)
			s.fact("When", s.at)
			s.to("Sign in and change your password", "/account/password")
			s.say("Look for programs on your devices that do not belong there before you sign in again.")
		},
	}},
	securityMail{letter{
		key: "identity_linked", title: "Account connected", when: "An account elsewhere is connected to yours", subject: "An account elsewhere now opens yours at %s",
		write: func(s *sheet) {
			s.say("An account at another provider was connected. From now on it signs you in at %s.", s.business)
			s.done()
			s.notYou("/account/accounts")
		},
	}},
	securityMail{letter{
		key: "identity_unlinked", title: "Account disconnected", when: "An account elsewhere is disconnected from yours", subject: "An account elsewhere no longer opens yours at %s",
		write: func(s *sheet) {
			s.say("An account at another provider was disconnected. It does not sign you in at %s any more.", s.business)
			s.done()
			s.notYou("/account/accounts")
		},
	}},
}

// notYou ends an alert: what to do when somebody else was at work.
func (s *sheet) notYou(where string) {
	s.to("Look at your account", where)
	s.say("If this was not you, change your password at once and tell an owner of %s.", s.business)
}
