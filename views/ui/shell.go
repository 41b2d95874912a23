package ui

import "github.com/a-h/templ"

// Shell is what surrounds a page, ready to print.
type Shell struct {
	Title    string // of the page; also the last crumb
	Nav      string // which place of the sidebar it belongs to: today, inbox, contacts, privacy, settings
	Business string
	User     string // name of who is signed in
	Unread   int    // conversations with something new
	Tasks    int    // tasks that are due
	Requests int    // privacy requests that wait
	Banner   string // what everyone must know now, such as a locked vault
	Remedy   string // address of the page that puts the banner's trouble right; may be empty
	Flash    string // what just happened, shown once as a toast
	Path     string // of the page, to come back to
	Theme    string // light, dark or empty: as the system
	Demo     bool   // an invented business: the simulator is a click away
	Problem  bool   // a form on the page was refused: the window title says so
}

type place struct {
	Key, Label, Path, Icon, Letter string
}

// places are the doors of the sidebar, in their order; Letter follows G.
var places = []place{
	{"today", "Today", "/", "house", "T"},
	{"inbox", "Inbox", "/inbox", "inbox", "I"},
	{"contacts", "Contacts", "/contacts", "users", "C"},
	{"privacy", "Privacy", "/privacy", "shield-check", "P"},
	{"settings", "Settings", "/settings", "settings", "S"},
}

func (s Shell) place() place {
	for _, p := range places {
		if p.Key == s.Nav {
			return p
		}
	}
	return place{}
}

func (s Shell) windowTitle(t func(string) string) string {
	title := s.place().Label
	if s.Title != "" {
		title = s.Title
	}
	title = t(title)
	if s.Problem {
		title = t("Error:") + " " + title
	}
	return title + " · Stead"
}

// count is the number beside a place and what it counts.
type count struct {
	N   int
	Of  string
	Hot bool
}

func (s Shell) count(key string) count {
	switch key {
	case "today":
		return count{s.Tasks, "due", false}
	case "inbox":
		return count{s.Unread, "unread", true}
	case "privacy":
		return count{s.Requests, "open", false}
	}
	return count{}
}

// Layout is a whole page for someone signed in.
func Layout(s Shell, body templ.Component) templ.Component { return layout(s, body) }

// Bare is a whole page without the shell: sign-in, set-up, errors before sign-in.
func Bare(title string, body templ.Component) templ.Component { return bare(title, body) }
