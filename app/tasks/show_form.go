package tasks

import (
	"slices"
	"strconv"
	"time"

	"stead/app/access"
	"stead/store"
	view "stead/views/tasks"
	"stead/views/ui"
)

var dayLabels = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// form is the page of a task as somebody typed it, with what is wrong.
func (sh shower) form(in Typed, owners access.People, problems map[string]string) view.Form {
	f := view.Form{
		Back: sh.back, Contact: in.Contact, Company: in.Company, Deal: in.Deal, MayRepeat: true,
		Title:      ui.Input{Name: "title", Label: "What is to be done?", Value: in.Title, Required: true, Autocomplete: "off"},
		Body:       ui.Input{Name: "body", Label: "Details", Value: in.Body, Optional: true, Rows: 3},
		Date:       ui.Input{Name: "date", Label: "Day", Type: "date", Value: in.Date, Required: true},
		Time:       ui.Input{Name: "time", Label: "Time", Type: "time", Value: in.Time, Optional: true},
		Owner:      ui.Input{Name: "owner", Value: in.Owner},
		Remind:     ui.Input{Name: "remind", Label: "Remind me", Value: in.Remind},
		Reminders:  reminders,
		RemindDate: ui.Input{Name: "remind_date", Label: "Day of the reminder", Type: "date", Value: in.RemindDate},
		RemTime:    ui.Input{Name: "remind_time", Label: "Time of the reminder", Type: "time", Value: in.RemindTime},
		Unit:       ui.Input{Name: "unit", Label: "How often", Value: in.Unit},
		Every:      ui.Input{Name: "every", Label: "Every", Value: in.Every, Mode: "numeric", Hint: "1: each, 2: every other, and so on."},
		LastDay:    in.LastDay,
		Ends:       ui.Input{Name: "ends", Label: "Until when", Value: in.Ends},
		Until:      ui.Input{Name: "until", Label: "Last day", Type: "date", Value: in.Until, Optional: true},
		Count:      ui.Input{Name: "count", Label: "Times", Value: in.Count, Mode: "numeric", Optional: true},
		Repeats:    in.Unit != "" || problems["every"]+problems["until"]+problems["count"] != "",
		Reminds:    in.Remind == chosen,
	}
	for _, input := range []*ui.Input{&f.Title, &f.Body, &f.Date, &f.Time, &f.Owner, &f.RemindDate, &f.Every, &f.Until, &f.Count} {
		if input.Problem = problems[input.Name]; input.Problem != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: input.Name, Text: input.Problem})
		}
	}
	for i := range 7 {
		day := (i + 1) % 7
		f.Days = append(f.Days, view.Day{Value: weekdays[day], Label: dayLabels[day], On: slices.Contains(in.Days, weekdays[day])})
	}
	if len(owners) > 1 || len(owners) == 1 && owners[0].ID != in.Owner {
		for _, u := range owners {
			f.Owners = append(f.Owners, ui.Option{Value: u.ID, Label: u.Name})
		}
	}
	return f
}

// place says whom a task is about.
func (sh shower) place(f *view.Form, r Row) {
	row := sh.row(r)
	f.Person, f.Href, f.Firm, f.FirmHref, f.Sale, f.SaleHref = row.Person, row.Href, row.Firm, row.FirmHref, row.Deal, row.DealHref
}

// edit is the form of a task that there is.
func (sh shower) edit(r Row, in Typed, owners access.People, problems map[string]string, names access.People) view.Form {
	f := sh.form(in, owners, problems)
	sh.place(&f, r)
	f.Heading, f.Path, f.Action, f.Version = titleOf(sh.ctx, r.Task), taskPath(r.ID), taskPath(r.ID), strconv.FormatInt(r.Version, 10)
	f.Done, f.MayRepeat = r.DoneAt != 0, r.Kind == store.TaskToDo
	zone := sh.now.Location()
	moment := func(ms int64) string { return time.UnixMilli(ms).In(zone).Format("2 January 2006, 15:04") }
	add := func(label, text string) {
		if text != "" {
			f.Facts = append(f.Facts, view.Fact{Label: label, Text: text})
		}
	}
	if r.RemindAt != 0 {
		add("Reminder", moment(r.RemindAt))
	}
	add("Repeats", sh.repeats(r.Repeats))
	if r.DoneAt != 0 {
		add("Done", moment(r.DoneAt))
		add("Done by", names.Name(r.DoneBy))
	}
	add("Written down", moment(r.CreatedAt))
	add("By", names.Name(r.CreatedBy))
	return f
}

// changes are the fields in which two versions differ.
func (sh shower) changes(theirs, yours Typed, names access.People) []view.Change {
	var out []view.Change
	for _, c := range []view.Change{
		{Label: "Title", Theirs: theirs.Title, Yours: yours.Title},
		{Label: "Details", Theirs: theirs.Body, Yours: yours.Body},
		{Label: "Day", Theirs: theirs.Date, Yours: yours.Date},
		{Label: "Time", Theirs: theirs.Time, Yours: yours.Time},
		{Label: "Who does it", Theirs: names.Name(theirs.Owner), Yours: names.Name(yours.Owner)},
		{Label: "Reminder", Theirs: sh.reminds(theirs), Yours: sh.reminds(yours)},
		{Label: "Repeat", Theirs: sh.often(theirs), Yours: sh.often(yours)},
	} {
		if c.Theirs != c.Yours {
			out = append(out, c)
		}
	}
	return out
}

func (sh shower) reminds(in Typed) string {
	for _, o := range reminders {
		if o.Value == in.Remind && in.Remind != chosen {
			return ui.Words(sh.ctx)(o.Label)
		}
	}
	return in.RemindDate + " " + in.RemindTime
}

func (sh shower) often(in Typed) string {
	due, ok := dayTyped(in.Date, sh.now)
	if !ok {
		due = sh.now
	}
	rule := in.repeat(due, map[string]string{})
	if rule.Unit == "" {
		return ""
	}
	return rule.String()
}
