package imports

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Columns is what somebody says about the columns of a file: where each goes, in
// their order, and how the file is written.
type Columns struct {
	Targets   []string
	Country   string
	DateOrder string
	Header    bool
	Delimiter string
	Sheet     string
}

// SetColumns saves where the columns go. Where the way in which the file is
// written was changed, they are guessed anew. What cannot be is errs.Invalid.
func (s *Service) SetColumns(ctx context.Context, actor access.Actor, id string, in Columns) (store.Import, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return i, err
	}
	settings, err := readSettings(i)
	if err != nil {
		return i, err
	}
	if in.Country = strings.ToUpper(in.Country); in.Country != "" {
		if !s.isCountry(in.Country) {
			return i, errs.Field("country", "Choose the country of the numbers.")
		}
		i.Country = in.Country
	}
	if slices.Contains([]string{"", "dmy", "mdy", "ymd"}, in.DateOrder) {
		settings.DateOrder = in.DateOrder
	}
	if s.rewritten(&settings, in) {
		file, err := s.Store.File(ctx, i.FileID)
		if err != nil {
			return i, err
		}
		if settings, err = s.firstLook(ctx, file, settings); err != nil {
			return i, err
		}
		if i.Preset, settings.Columns, err = s.guess(ctx, settings); err != nil {
			return i, err
		}
	} else if err := s.retarget(ctx, &settings, in.Targets); err != nil {
		return i, err
	}
	i.Settings, i.State = settings.write(), store.ImportDraft
	return i, s.save(ctx, i, store.ImportDraft, store.ImportReady)
}

// rewritten takes over how the file is written, and tells whether that is new.
func (s *Service) rewritten(settings *Settings, in Columns) bool {
	before := settings.Format
	if settings.Kind == "vcard" {
		return false
	}
	settings.Header = in.Header
	if len(in.Delimiter) == 1 && strings.Contains(",;\t|", in.Delimiter) && settings.Kind == "csv" {
		settings.Delimiter = in.Delimiter
	}
	if slices.Contains(settings.Sheets, in.Sheet) {
		settings.Sheet = in.Sheet
	}
	return settings.Format != before
}

func (s *Service) retarget(ctx context.Context, settings *Settings, wanted []string) error {
	if wanted == nil {
		return nil
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return err
	}
	problems, taken := map[string]string{}, map[string]bool{}
	for at := range settings.Columns {
		if at >= len(wanted) {
			break
		}
		c := &settings.Columns[at]
		to := wanted[at]
		switch {
		case !takes(to, fields):
			problems[inputName(at)] = "Choose where this column goes."
		case to != skip && grouped(to) == "" && to != "tags" && !strings.HasPrefix(to, newTarget) && taken[to]:
			problems[inputName(at)] = "Another column goes there already."
		}
		taken[to] = true
		if c.Target != to {
			c.Target, c.Label = to, ""
		}
	}
	regroup(settings.Columns)
	if len(problems) > 0 {
		return &errs.Error{Kind: errs.Invalid, Message: "The columns cannot be matched like this.", Fields: problems}
	}
	return nil
}

// inputName is what the form calls a column, from one.
func inputName(at int) string { return "column" + itoa(at+1) }

// Rules is how an import is to be carried out.
type Rules struct {
	Basis, Evidence string
	Mode, MatchBy   string
	Tags            []string
	Owner           string
}

const maxEvidence = 2000

// SetRules saves how an import is to be carried out: errs.Invalid for what
// cannot be, and while no column tells who somebody is.
func (s *Service) SetRules(ctx context.Context, actor access.Actor, id string, in Rules) (store.Import, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return i, err
	}
	settings, err := readSettings(i)
	if err != nil {
		return i, err
	}
	problems := map[string]string{}
	var ok bool
	if i.Basis, ok = people.BasisOf(cleanText(in.Basis)); !ok || i.Basis == "" {
		problems["basis"] = "Choose why the law lets you keep these people."
	}
	if i.BasisEvidence = strings.TrimSpace(in.Evidence); utf8.RuneCountInString(i.BasisEvidence) > maxEvidence {
		problems["evidence"] = "Use at most 2,000 characters."
	}
	if i.Mode = in.Mode; !slices.Contains([]string{store.ImportAdd, store.ImportFill, store.ImportOverwrite}, in.Mode) {
		problems["mode"] = "Choose what happens to those who are here already."
	}
	if i.MatchBy = in.MatchBy; !slices.Contains([]string{store.MatchPhone, store.MatchEmail, store.MatchBoth}, in.MatchBy) {
		problems["match"] = "Choose what people are recognised by."
	}
	settings.Tags = nil
	for _, tag := range in.Tags {
		if tag = cleanText(tag); tag != "" {
			settings.Tags = append(settings.Tags, tag)
		}
		if utf8.RuneCountInString(tag) > 60 {
			problems["tags"] = "Use at most 60 characters for a tag."
		}
	}
	if settings.Owner, err = s.owner(ctx, actor, in.Owner); err != nil {
		problems["owner"] = errs.Message(err)
	}
	if !usable(settings.Columns) {
		problems["columns"] = "No column tells who somebody is. Match one with a name, a phone or an email."
	}
	if len(problems) > 0 {
		return i, &errs.Error{Kind: errs.Invalid, Message: "The import cannot begin like this.", Fields: problems}
	}
	i.Settings = settings.write()
	return i, s.save(ctx, i, store.ImportDraft, store.ImportReady)
}

// owner is whose the new contacts become: nobody's, or the actor's where they
// could not see them otherwise.
func (s *Service) owner(ctx context.Context, actor access.Actor, id string) (string, error) {
	if id == "" {
		if access.May(actor, access.ContactsRead, access.Object{}) && access.May(actor, access.ContactsWrite, access.Object{}) {
			return "", nil
		}
		return actor.ID, nil
	}
	if id != actor.ID && !access.May(actor, access.ContactsAssign, access.Object{}) {
		return "", errs.Field("owner", "Your role does not let you assign contacts to others.")
	}
	u, err := s.Store.User(ctx, id)
	if err != nil || u.DisabledAt != 0 || u.RemovedAt != 0 {
		return "", errs.Field("owner", "Choose a colleague.")
	}
	return id, nil
}

func (s *Service) isCountry(code string) bool {
	return slices.ContainsFunc(s.Countries(), func(c Country) bool { return c.Code == code })
}

func (s *Service) save(ctx context.Context, i store.Import, from ...string) error {
	i.UpdatedAt = s.Now().UnixMilli()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SaveImport(ctx, i, from...) })
	if errors.Is(err, store.ErrConflict) {
		return errBusy
	}
	return err
}

var errBusy = &errs.Error{Kind: errs.Conflict, Code: "import_busy", Message: "This import has gone on meanwhile. Look at it again."}
