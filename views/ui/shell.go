package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Shell is what surrounds a page, ready to print.
type Shell struct {
	Title    string // of the page; also the last crumb
	Nav      string // which place of the sidebar it belongs to: today, inbox, contacts, privacy, settings
	Business string
	User     string // name of who is signed in
	Unread   int    // conversations with something new
	Tasks    int    // tasks that are due
	Leads    int    // leads that somebody has to mend
	Notices  int    // what the person has not seen
	Requests int    // privacy requests that wait
	Banner   string // what everyone must know now, such as a locked vault
	Remedy   string // address of the page that puts the banner's trouble right; may be empty
	ClosesOn string // the day on which the business ends, when somebody asked for that
	Flash    string // what just happened, shown once as a toast
	Undo     string // the change that a button of the toast takes back
	Path     string // of the page, to come back to
	Theme    string // light, dark or empty: as the system
	Demo     bool   // an invented business: the simulator is a click away
	Still    bool   // no news reaches the page: who looks may open nothing yet
	Problem  bool   // a form on the page was refused: the window title says so
}

// place is a part of the product. It is open to whoever may open one of its
// pages, and leads to the first of them.
type place struct {
	Key, Label, Icon, Letter string
	Paths                    []string
}

// Pages that are not places of their own.
const (
	contactList = "/contacts"
	newContact  = "/contacts/new"
	newDeal     = "/deals/new"
	taskList    = "/tasks"
	reports     = "/reports"
	account     = "/account"
)

// places are the doors of the sidebar, in their order; Letter follows G.
var places = []place{
	{"today", "Today", "house", "T", []string{"/today"}},
	{"inbox", "Inbox", "inbox", "I", []string{"/inbox"}},
	{"tasks", "Tasks", "list-checks", "K", []string{taskList}},
	{"contacts", "Contacts", "users", "C", []string{contactList}},
	{"companies", "Companies", "building-2", "O", []string{"/companies"}},
	{"deals", "Deals", "square-kanban", "D", pathsOf(dealPages)},
	{"reports", "Reports", "chart-column", "R", []string{reports}},
	{"privacy", "Privacy", "shield-check", "P", []string{"/privacy", "/privacy/audit", "/privacy/backups"}},
	{"settings", "Settings", "settings", "S", append([]string{"/settings"}, pathsOf(settingsPages)...)},
}

// href is where a place leads when path is the first of its pages that opens.
// The front door is Today.
func (p place) href(path string) string {
	if p.Key == "today" {
		return "/"
	}
	return path
}

// settingsPages are the tabs of the settings, whichever capability has them.
var settingsPages = []Option{
	{Value: "/settings/business", Label: "Business"},
	{Value: "/settings/channels", Label: "Channels"},
	{Value: "/settings/text-back", Label: "Text-back"},
	{Value: "/settings/sending", Label: "Sending"},
	{Value: "/settings/team", Label: "Team"},
	{Value: "/settings/roles", Label: "Roles"},
	{Value: "/settings/pipelines", Label: "Pipelines"},
	{Value: "/settings/leads", Label: "Leads"},
	{Value: "/settings/fields", Label: "Fields"},
	{Value: "/settings/tags", Label: "Tags"},
	{Value: "/settings/sign-in", Label: "Sign-in"},
	{Value: "/settings/mail", Label: "Mail"},
}

// dealPages are the tabs of the deals, whichever capability has them.
var dealPages = []Option{
	{Value: "/deals", Label: "Deals"},
	{Value: "/leads", Label: "Leads"},
	{Value: "/products", Label: "Products"},
}

func pathsOf(pages []Option) []string {
	var out []string
	for _, p := range pages {
		out = append(out, p.Value)
	}
	return out
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
	case "deals":
		return count{s.Leads, "to mend", true}
	case "privacy":
		return count{s.Requests, "open", false}
	}
	return count{}
}

// bellCount is how much there is to see, as the bell has room for it.
func bellCount(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}

// Layout is a whole page for someone signed in.
func Layout(s Shell, body templ.Component) templ.Component { return layout(s, body) }

// Bare is a whole page without the shell: sign-in, set-up, errors before sign-in.
func Bare(title string, body templ.Component) templ.Component { return bare(title, body) }
