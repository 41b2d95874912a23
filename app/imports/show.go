package imports

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/people"
	"stead/app/tabular"
	"stead/store"
	view "stead/views/imports"
	"stead/views/ui"
)

func (s *Service) home(ctx context.Context, list []store.Import) (view.Home, error) {
	var home view.Home
	b, err := s.Store.Business(ctx)
	if err != nil {
		return home, err
	}
	clock := ui.NewClock(s.Now(), b.Location())
	for n := range list {
		i := &list[n]
		state, _, err := s.state(ctx, *i)
		if err != nil {
			return home, err
		}
		past := view.Past{Href: importPath(i.ID), Name: i.FileName, State: StateWords(state), Kind: badgeOf(state), At: clock.When(ctx, i.CreatedAt)}
		if i.Records > 0 {
			past.Counts = ui.Say(ctx, "%s new, %s updated, %s not imported", number(i.Created), number(i.Updated), number(i.Rejected+i.Suppressed))
		}
		home.Rows = append(home.Rows, past)
	}
	return home, nil
}

func badgeOf(state string) string {
	switch state {
	case store.ImportDone:
		return "ok"
	case store.ImportRunning, store.ImportChecking:
		return "info"
	case store.ImportFailed:
		return "bad"
	case store.ImportCancelled:
		return "warn"
	}
	return ""
}

func number(n int64) string { return ui.Number(int(n)) }

// columns draws the form on which columns are matched; typed is what was sent.
func (s *Service) columns(ctx context.Context, actor access.Actor, p Preview, problems map[string]string, typed url.Values) view.Columns {
	out := view.Columns{
		Path: importPath(p.Import.ID), File: p.Import.FileName, About: about(ctx, p),
		Country:   ui.Input{Name: "country", Label: "Country of numbers without a country code", Value: p.Import.Country, Problem: problems["country"]},
		Countries: s.countries(),
		Dates:     ui.Input{Name: "dates", Label: "Dates like 03/04/26", Value: p.Settings.DateOrder},
		DateOrders: []ui.Option{
			{Value: "", Label: "As in that country"}, {Value: "dmy", Label: "Day, month, year"}, {Value: "mdy", Label: "Month, day, year"}, {Value: "ymd", Label: "Year, month, day"},
		},
	}
	out.Sampled = ui.Many(ctx, p.Sample, "The checks are about the first row.", "The checks are about the first %s rows.")
	if p.Whole {
		out.Sampled = ui.Many(ctx, p.Sample, "The checks are about the only row of the file.", "The checks are about all %s rows of the file.")
	}
	s.written(&out, p.Settings)
	options := s.options(actor, p.Fields)
	for at := range p.Columns {
		c := &p.Columns[at]
		in := ui.Input{Name: inputName(at), Label: "Goes into", Hidden: true, Value: c.Target, Problem: problems[inputName(at)]}
		if typed.Has(in.Name) {
			in.Value = typed.Get(in.Name)
		}
		col := view.Column{Input: in, Options: options, Name: c.Name, Sample: c.Sample}
		if c.Name == "" {
			col.Name = ui.Say(ctx, "Column %s", itoa(at+1))
		}
		if c.Target != skip {
			col.Good = ui.Say(ctx, "%s good, %s empty", ui.Number(c.Good), ui.Number(c.Empty))
			if c.Wrong > 0 {
				col.Wrong = ui.Many(ctx, c.Wrong, "%s needs a look", "%s need a look")
			}
		}
		out.Rows = append(out.Rows, col)
	}
	for _, name := range slices.Sorted(keys(problems)) {
		field := name
		if name == "columns" {
			field = inputName(0)
		}
		out.Problems = append(out.Problems, ui.Problem{Field: field, Text: problems[name]})
	}
	for n := range p.Rows {
		r := &p.Rows[n]
		out.Preview = append(out.Preview, view.PreviewRow{
			Line: number(r.Line), Name: r.Name, Phones: r.Phones, Emails: r.Emails, Jobs: r.Jobs, Places: r.Places, Tags: r.Tags, More: r.More,
			Problem: r.Reason, Notice: r.Notice, Column: r.ReasonColumn,
		})
	}
	return out
}

// written asks how the file is written, as far as that may be asked.
func (s *Service) written(out *view.Columns, settings Settings) {
	if settings.Kind == tabular.VCard {
		return
	}
	header := ui.Input{Name: "header", Label: "The first row holds the names of the columns"}
	if settings.Header {
		header.Value = "on"
	}
	out.Header = &header
	if settings.Kind == tabular.CSV {
		out.Delimiter = &ui.Input{Name: "delimiter", Label: "What stands between columns", Value: settings.Delimiter}
		out.Delimiters = []ui.Option{{Value: ",", Label: "Comma"}, {Value: ";", Label: "Semicolon"}, {Value: "\t", Label: "Tab"}, {Value: "|", Label: "Vertical bar"}}
		return
	}
	out.Sheet = &ui.Input{Name: "sheet", Label: "Sheet", Value: settings.Sheet}
	for _, name := range settings.Sheets {
		out.Sheets = append(out.Sheets, ui.Option{Value: name, Label: name})
	}
}

func about(ctx context.Context, p Preview) string {
	var parts []string
	if name := PresetName(p.Import.Preset); name != "" {
		parts = append(parts, name)
	}
	switch p.Settings.Kind {
	case tabular.CSV:
		parts = append(parts, strings.ToUpper(p.Settings.Encoding))
	case tabular.XLSX:
		parts = append(parts, ui.Say(ctx, "sheet %s", p.Settings.Sheet))
	case tabular.VCard:
		parts = append(parts, "vCard")
	}
	return strings.Join(append(parts, ui.Many(ctx, len(p.Columns), "%s column", "%s columns")), ", ")
}

func (s *Service) options(actor access.Actor, fields []store.Field) []ui.Option {
	var out []ui.Option
	for _, t := range Targets(fields) {
		if strings.HasPrefix(t.ID, newTarget) && !actor.Has(access.SettingsWrite) {
			continue
		}
		out = append(out, ui.Option{Value: t.ID, Label: t.Label})
	}
	return out
}

func (s *Service) countries() []ui.Option {
	var out []ui.Option
	for _, c := range s.Countries() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return out
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// rules draws the form that asks how it is to be done.
func (s *Service) rules(ctx context.Context, actor access.Actor, i store.Import, in Rules, problems map[string]string) (view.Rules, error) {
	out := view.Rules{
		Path: importPath(i.ID), File: i.FileName,
		Basis:    ui.Input{Name: "basis", Label: "Why the law lets you keep these people", Value: in.Basis, Problem: problems["basis"], Hint: "You can be asked to prove this later, so choose the one that is true for this list. It is noted on everybody who is new."},
		Bases:    []ui.Option{{Label: "Choose"}},
		Evidence: ui.Input{Name: "evidence", Label: "What shows it", Value: in.Evidence, Problem: problems["evidence"], Optional: true, Hint: "Such as where the list is from, or which form they signed and when."},
		Mode:     ui.Input{Name: "mode", Label: "When somebody is here already", Value: in.Mode, Problem: problems["mode"]},
		Modes: []ui.Option{
			{Value: store.ImportAdd, Label: "Leave them as they are", Hint: "Only those who are new are added."},
			{Value: store.ImportFill, Label: "Fill in blanks", Hint: "What is there stays; what is missing comes from the file."},
			{Value: store.ImportOverwrite, Label: "Take what the file says", Hint: "An empty cell changes nothing. Numbers and emails are added, never removed. Notes, tasks and what you wrote about them stay."},
		},
		Match: ui.Input{Name: "match", Label: "Recognise people by", Value: in.MatchBy, Problem: problems["match"]},
		Matches: []ui.Option{
			{Value: store.MatchBoth, Label: "Phone or email"}, {Value: store.MatchPhone, Label: "Phone alone"}, {Value: store.MatchEmail, Label: "Email alone"},
		},
		Tags: ui.Input{Name: "tags", Label: "Tags for all of them", Value: strings.Join(in.Tags, ", "), Problem: problems["tags"], Optional: true, Hint: "With commas between them.", Autocomplete: "off"},
	}
	for _, b := range people.Bases {
		out.Bases = append(out.Bases, ui.Option{Value: b.Code, Label: b.Name})
	}
	for _, name := range slices.Sorted(keys(problems)) {
		out.Problems = append(out.Problems, ui.Problem{Field: name, Text: problems[name]})
	}
	return out, s.owners(ctx, actor, &out, in, problems)
}

// owners asks whose the new contacts become, where there are others and the
// actor may say so.
func (s *Service) owners(ctx context.Context, actor access.Actor, out *view.Rules, in Rules, problems map[string]string) error {
	all, err := s.Store.People(ctx)
	if err != nil {
		return err
	}
	team := access.People(all)
	if !team.Several() || !access.May(actor, access.ContactsAssign, access.Object{}) {
		return nil
	}
	out.Owner = &ui.Input{Name: "owner", Label: "Assign those who are new to", Value: in.Owner, Problem: problems["owner"]}
	out.Owners = []ui.Option{{Label: "Nobody"}}
	for _, u := range team.Active() {
		out.Owners = append(out.Owners, ui.Option{Value: u.ID, Label: u.Name})
	}
	return nil
}

// lines draws what became of records, with who they became.
func (s *Service) lines(ctx context.Context, actor access.Actor, i store.Import, rows []store.ImportRow, outcome string) (view.Lines, error) {
	at := importPath(i.ID) + "/rows"
	out := view.Lines{Path: importPath(i.ID), File: i.FileName}
	for _, p := range rowParts {
		href := at
		if p.id != "" {
			href += "?outcome=" + p.id
		}
		out.Parts = append(out.Parts, ui.Part{Label: p.label, Href: href, Current: p.id == outcome})
	}
	if len(rows) > rowsPage {
		rows = rows[:rowsPage]
		out.Next = at + "?" + url.Values{"outcome": {outcome}, "after": {strconv.FormatInt(rows[rowsPage-1].Line, 10)}}.Encode()
	}
	var ids []string
	for _, r := range rows {
		if r.ContactID != "" {
			ids = append(ids, r.ContactID)
		}
	}
	names := map[string]string{}
	if len(ids) > 0 {
		found, err := s.Store.ContactRows(ctx, ids)
		if err != nil {
			return out, err
		}
		for n := range found {
			if access.May(actor, access.ContactsRead, access.Object{Owner: found[n].OwnerID}) {
				names[found[n].ID] = found[n].Name
			}
		}
	}
	settings, err := readSettings(i)
	if err != nil {
		return out, err
	}
	for _, r := range rows {
		code, column := reasonParts(r.Reason, settings)
		line := view.Line{Line: number(r.Line), Outcome: outcomeWords[r.Outcome], Kind: outcomeBadge[r.Outcome], Column: column}
		if code != "" {
			line.Reason = ReasonWords(code)
		}
		if name, ok := names[r.ContactID]; ok {
			line.Href, line.Name = "/contacts/"+url.PathEscape(r.ContactID), name
			if name == "" {
				line.Name = ui.Say(ctx, "No name")
			}
		}
		out.Rows = append(out.Rows, line)
	}
	return out, nil
}

var rowParts = []struct{ id, label string }{
	{"", "All"},
	{store.RowCreated, "New"},
	{store.RowUpdated, "Updated"},
	{store.RowUnchanged, "Unchanged"},
	{store.RowRejected, "Not imported"},
	{store.RowSuppressed, "Erased before"},
	{"flagged", "Need a look"},
	{store.RowUndone, "Taken back"},
}

var (
	outcomeWords = map[string]string{
		store.RowCreated: "New", store.RowUpdated: "Updated", store.RowUnchanged: "Unchanged", store.RowRejected: "Not imported",
		store.RowSuppressed: "Erased before", store.RowUndone: "Taken back",
	}
	outcomeBadge = map[string]string{store.RowCreated: "ok", store.RowUpdated: "info", store.RowRejected: "bad", store.RowSuppressed: "warn"}
)
