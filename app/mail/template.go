package mail

// class says what a mail is for, and with that whether it can be refused.
type class string

// The classes. Only notices can be refused.
const (
	classSecurity class = "security" // a change that somebody should know of who did not make it
	classAccount  class = "account"  // what somebody asked for, or what was done to their account
	classNotice   class = "notice"   // work that came to them
)

// template is what a mail says. Each kind of template has a class of its own,
// and there is no other way to make one.
type template interface {
	class() class
	letter() *letter
}

// link is what token a mail carries.
type link int

const (
	noLink link = iota
	inviteLink
	resetLink
	confirmLink
)

// letter is the text of a template, in English.
type letter struct {
	key     string // of the rows
	title   string // in lists
	when    string // what it tells of, for the page on which people choose
	subject string
	link    link
	write   func(s *sheet)
}

type (
	securityMail struct{ l letter }
	accountMail  struct{ l letter }
	noticeMail   struct{ l letter }
)

// class says that it cannot be refused.
func (securityMail) class() class { return classSecurity }

// class says that it cannot be refused.
func (accountMail) class() class { return classAccount }

// class says that it can be refused.
func (noticeMail) class() class { return classNotice }

func (m securityMail) letter() *letter { return &m.l }
func (m accountMail) letter() *letter  { return &m.l }
func (m noticeMail) letter() *letter   { return &m.l }

// byKey finds a template by what its rows say.
var byKey = func() map[string]template {
	out := map[string]template{}
	for _, t := range templates {
		out[t.letter().key] = t
	}
	return out
}()
