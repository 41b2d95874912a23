package leads

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/app/naming"
	"stead/app/people"
	"stead/store"
)

// Draft is a source as somebody typed it.
type Draft struct {
	Name                             string
	Enabled                          bool
	Line, StageID, Assign            string
	Members                          []string
	Tags, TaskTitle, TaskHours       string
	Intro, Button, Thanks, PolicyURL string
	Origins                          string
	Posts, OptIn                     bool
	OncePath                         string
	Fields                           []FieldDraft
}

// FieldDraft is a question as somebody typed it. One without a label, or a path
// where it is a webhook's, is none.
type FieldDraft struct {
	ID, Label, Hint, Kind, Choices string
	Required                       bool
	Path, Target, Channel, Place   string
}

const (
	maxFields  = 30
	maxLabel   = 300
	maxWords   = 2000
	maxOrigins = 20
)

// Kinds lists what a question of a form can be.
func Kinds() []string {
	return []string{"line", "text", "email", "phone", "number", "date", "choice", "consent"}
}

// facts are what a draft is read by.
type facts struct {
	pipelines []store.Pipeline
	holders   access.People
	targets   []string
}

func (s *Service) facts(ctx context.Context) (facts, error) {
	all, err := s.Store.Pipelines(ctx)
	if err != nil {
		return facts{}, err
	}
	users, err := s.Store.People(ctx)
	if err != nil {
		return facts{}, err
	}
	holders, err := access.People(users).Holders(ctx, &s.Store.Reader, access.DealsRead)
	if err != nil {
		return facts{}, err
	}
	f := facts{pipelines: all, holders: holders, targets: slices.Clone(targets)}
	for record, prefix := range map[string]string{"contact": ofContact, "deal": ofDeal} {
		own, err := s.Store.Fields(ctx, record)
		if err != nil {
			return facts{}, err
		}
		for _, field := range own {
			f.targets = append(f.targets, prefix+field.ID)
		}
	}
	return f, nil
}

// read understands a draft over what a source was.
func (d Draft) read(src store.LeadSource, f facts) (store.LeadSource, error) {
	problems := map[string]string{}
	var problem string
	if src.Name, problem = naming.Read(d.Name); problem != "" {
		problems["name"] = problem
	}
	src.Enabled, src.Line, src.Posts, src.OptIn = d.Enabled, people.Line(d.Line), d.Posts, d.OptIn
	src.PipelineID, src.StageID = "", d.StageID
	for _, p := range f.pipelines {
		for _, st := range p.Stages {
			if st.ID == d.StageID && st.Kind == store.DealOpen && st.DeletedAt == 0 {
				src.PipelineID = p.ID
			}
		}
	}
	if src.PipelineID == "" {
		problems["stage"] = "Choose one of the list."
	}
	d.readAssign(&src, f, problems)
	d.readTask(&src, problems)
	src.Tags = nil
	for _, tag := range strings.Split(d.Tags, ",") {
		if tag = people.Line(tag); tag != "" && !slices.Contains(src.Tags, tag) {
			src.Tags = append(src.Tags, tag)
		}
	}
	if len(src.Tags) > 20 || slices.ContainsFunc(src.Tags, func(t string) bool { return utf8.RuneCountInString(t) > 60 }) {
		problems["tags"] = "Use at most 20 tags of at most 60 characters each."
	}
	if src.Kind == store.LeadCall {
		return src, errs.Form(problems)
	}
	d.readFields(&src, f, problems)
	if src.OncePath = strings.TrimSpace(d.OncePath); len(src.OncePath) > maxKey {
		problems["once"] = "Use at most 200 characters."
	}
	if src.Kind == store.LeadForm {
		d.readPage(&src, problems)
	}
	return src, errs.Form(problems)
}

func (d Draft) readAssign(src *store.LeadSource, f facts, problems map[string]string) {
	if !slices.Contains([]string{store.AssignNobody, store.AssignOne, store.AssignTurns, store.AssignLeast}, d.Assign) {
		problems["assign"] = "Choose one of the list."
	}
	src.Assign, src.Members = d.Assign, nil
	for _, id := range d.Members {
		if slices.ContainsFunc(f.holders, func(u store.User) bool { return u.ID == id }) && !slices.Contains(src.Members, id) {
			src.Members = append(src.Members, id)
		}
	}
	switch {
	case d.Assign == store.AssignNobody:
	case len(src.Members) == 0:
		problems["members"] = "Choose who gets the deals."
	case d.Assign == store.AssignOne && len(src.Members) > 1:
		problems["members"] = "Choose one colleague, or another way to share the deals."
	}
}

func (d Draft) readTask(src *store.LeadSource, problems map[string]string) {
	src.TaskTitle = people.Line(d.TaskTitle)
	if utf8.RuneCountInString(src.TaskTitle) > maxLabel {
		problems["task"] = "Use at most 300 characters."
	}
	hours, err := strconv.ParseInt(strings.TrimSpace(d.TaskHours), 10, 64)
	if src.TaskTitle == "" {
		hours, err = 24, nil
	}
	if src.TaskHours = hours; err != nil || hours < 1 || hours > 720 {
		problems["hours"] = "Enter a whole number from 1 to 720."
	}
}

func (d Draft) readPage(src *store.LeadSource, problems map[string]string) {
	src.Intro, src.Button, src.Thanks = people.Text(d.Intro), people.Line(d.Button), people.Text(d.Thanks)
	for name, text := range map[string]string{"intro": src.Intro, "button": src.Button, "thanks": src.Thanks} {
		if utf8.RuneCountInString(text) > maxWords || name == "button" && utf8.RuneCountInString(text) > 60 {
			problems[name] = "This is too long."
		}
	}
	src.PolicyURL = strings.TrimSpace(d.PolicyURL)
	u, err := url.Parse(src.PolicyURL)
	switch {
	case src.PolicyURL == "" && src.Enabled:
		problems["policy"] = "People have to be able to read what becomes of their data: link your privacy notice before the form is switched on."
	case src.PolicyURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(src.PolicyURL) > 500):
		problems["policy"] = "Enter a whole address, like https://example.com/privacy."
	}
	src.Origins = nil
	for _, typed := range strings.Fields(strings.ReplaceAll(d.Origins, ",", " ")) {
		origin, ok := originOf(typed)
		switch {
		case !ok || len(src.Origins) == maxOrigins:
			problems["origins"] = "Enter addresses like https://www.example.com, at most 20, with spaces between them."
		case !slices.Contains(src.Origins, origin):
			src.Origins = append(src.Origins, origin)
		}
	}
	mails := func(f store.LeadField) bool { return f.Target == ToEmail && f.Required }
	if src.OptIn && !slices.ContainsFunc(src.Fields, mails) {
		problems["optin"] = "To confirm by mail the form has to ask for an email address, and need it."
	}
}

// originOf is scheme, name and port of an address, as a browser compares them.
func originOf(typed string) (string, bool) {
	u, err := url.Parse(strings.ToLower(typed))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, "*;,'\" ") {
		return "", false
	}
	host, port := u.Hostname(), u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65_535) {
		return "", false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return u.Scheme + "://" + u.Host, true
	}
	host, ok := email.Machine(host) // a header is no place for other letters
	if !ok {
		return "", false
	}
	if port != "" {
		port = ":" + port
	}
	return u.Scheme + "://" + host + port, true
}

func (d Draft) readFields(src *store.LeadSource, f facts, problems map[string]string) {
	rows := slices.DeleteFunc(slices.Clone(d.Fields), func(q FieldDraft) bool { return q.none(src.Kind) })
	slices.SortStableFunc(rows, func(a, b FieldDraft) int { return placeOf(a) - placeOf(b) })
	if len(rows) > maxFields {
		problems["fields"] = "There are more than 30 of these. Remove some."
		rows = rows[:maxFields]
	}
	old := src.Fields
	src.Fields = nil
	for i, q := range rows {
		field, problem := q.read(src.Kind, f, i)
		for _, was := range old {
			if was.ID == q.ID {
				field.ID, field.CreatedAt, field.WordingID = was.ID, was.CreatedAt, was.WordingID
				if was.Label != field.Label || was.Channel != field.Channel || field.Kind != "consent" {
					field.WordingID = ""
				}
			}
		}
		if problem != "" {
			problems["fields"] = problem
		}
		src.Fields = append(src.Fields, field)
	}
	reached := func(f store.LeadField) bool { return slices.Contains([]string{ToName, ToEmail, ToPhone}, f.Target) }
	if problems["fields"] == "" && !slices.ContainsFunc(src.Fields, reached) {
		problems["fields"] = "One of them has to be a name, an email address or a phone number."
	}
}

func (q FieldDraft) none(kind string) bool {
	if kind == store.LeadWebhook {
		return strings.TrimSpace(q.Path) == ""
	}
	return people.Line(q.Label) == ""
}

func placeOf(q FieldDraft) int {
	n, err := strconv.Atoi(strings.TrimSpace(q.Place))
	if err != nil || n < 0 || n > 1000 {
		return 1000
	}
	return n
}

// read understands one question; problem says which it is about by its place.
func (q FieldDraft) read(kind string, f facts, at int) (store.LeadField, string) {
	out := store.LeadField{
		Label: people.Line(q.Label), Hint: people.Line(q.Hint), Kind: q.Kind, Required: q.Required, Path: strings.TrimSpace(q.Path), Target: q.Target,
	}
	if kind == store.LeadWebhook {
		if out.Kind = "line"; q.Target == ToMessage {
			out.Kind = "text"
		}
		if q.Kind == "consent" {
			out.Kind = "consent"
		}
	} else {
		out.Path = ""
	}
	for _, line := range strings.Split(people.Text(q.Choices), "\n") {
		if line = people.Line(line); line != "" && !slices.Contains(out.Choices, line) {
			out.Choices = append(out.Choices, line)
		}
	}
	if out.Kind == "consent" {
		out.Target, out.Channel = "", q.Channel
	}
	problem := wrongWith(out, f)
	if problem != "" {
		problem = "Question " + strconv.Itoa(at+1) + ": " + problem
	}
	if out.Kind != "choice" {
		out.Choices = nil
	}
	return out, problem
}

// wrongWith says what is wrong with a question; empty: nothing.
func wrongWith(out store.LeadField, f facts) string {
	most := maxLabel
	if out.Kind == "consent" {
		most = maxWords
	}
	switch {
	case !slices.Contains(Kinds(), out.Kind):
		return "choose what it is."
	case utf8.RuneCountInString(out.Label) > most, utf8.RuneCountInString(out.Hint) > maxLabel, len(out.Path) > maxKey:
		return "it is too long."
	case out.Kind == "consent" && !slices.Contains([]string{"sms", "email", "phone"}, out.Channel):
		return "choose what the consent is for: email, texts or calls."
	case out.Kind == "consent" && out.Label == "":
		return "write down the words that people agree to."
	case out.Kind == "consent" && out.Required:
		return "nobody may have to consent to advertising. Untick that it has to be answered."
	case out.Kind == "choice" && len(out.Choices) < 2:
		return "write at least two choices, one a line."
	case len(out.Choices) > 50:
		return "there are more than 50 choices."
	case out.Target != "" && !slices.Contains(f.targets, out.Target):
		return "choose where the answer goes."
	}
	return ""
}
