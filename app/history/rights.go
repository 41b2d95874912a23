package history

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

var (
	errNoLonger = &errs.Error{Kind: errs.Denied, Code: "no_longer", Message: "You may not change all of this any more, so nothing was taken back. Ask a colleague who may."}
	errImport   = &errs.Error{Kind: errs.Conflict, Code: "import", Message: "An import is taken back on its own page: open Contacts, then Import, and choose it there."}
	errNothing  = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
)

// rightsFor are what a change of a kind takes of each record that it is about.
// What came out of the bin is asked for by what it is: see restoresWith.
func rightsFor(kind string) []access.Permission {
	switch kind {
	case "contact.deleted", "company.deleted", "company.restored":
		return []access.Permission{access.ContactsRead, access.ContactsDelete}
	case "contact.merged", "company.merged":
		return []access.Permission{access.ContactsRead, access.ContactsWrite, access.ContactsDelete}
	case "contact.assigned", "company.assigned":
		return []access.Permission{access.ContactsRead, access.ContactsAssign}
	}
	switch area, act, _ := strings.Cut(kind, "."); area {
	case "deal":
		return dealRights(act)
	case "task":
		return []access.Permission{access.TasksWrite}
	case "field", "tag", "pipeline", "stage", "reason", "lead":
		return []access.Permission{access.SettingsWrite}
	case "product":
		return []access.Permission{access.ProductsWrite}
	case "import":
		return []access.Permission{access.ContactsImport}
	}
	return []access.Permission{access.ContactsRead, access.ContactsWrite}
}

func dealRights(act string) []access.Permission {
	switch act {
	case "assigned":
		return []access.Permission{access.DealsRead, access.DealsAssign}
	case "deleted", "restored":
		return []access.Permission{access.DealsRead, access.DealsDelete}
	case "changed", "lines": // their amounts come back
		return []access.Permission{access.DealsRead, access.DealsWrite, access.MoneySee, access.PersonalSee}
	}
	return []access.Permission{access.DealsRead, access.DealsWrite}
}

// shown are the tables of which nobody changes what they are not shown.
var shown = []string{"contact_phones", "contact_emails", "contact_addresses", "company_points", "notes", "files"}

// mayTakeBack asks whether somebody may take a change back: whether they might
// make it today, of each record that it touched as it is now. limit is as of
// store.Touched. Whoever made it hears errNoLonger; to anybody else what is out
// of their reach is not there.
func mayTakeBack(ctx context.Context, r *store.Reader, actor access.Actor, u store.Undo, limit int) error {
	err := might(ctx, r, actor, u, limit)
	if kind := errs.KindOf(err); u.Actor == actor.ID && (kind == errs.Denied || kind == errs.NotFound) {
		return errNoLonger
	}
	return err
}

func might(ctx context.Context, r *store.Reader, actor access.Actor, u store.Undo, limit int) error {
	area, _, _ := strings.Cut(u.Kind, ".")
	if area == "view" { // everybody's own
		if actor.Nobody() || u.Actor != actor.ID {
			return errNothing
		}
		return nil
	}
	rights := rightsFor(u.Kind)
	if area == "bin" {
		rights = nil
	}
	for _, p := range rights {
		if err := access.Allow(actor, p, access.Object{Owner: actor.ID}); err != nil {
			return err
		}
	}
	if area != "bin" && everywhere(actor, append(rights, access.PersonalSee)...) || slices.Contains(wholesale, area) {
		return nil
	}
	touched, err := r.Touched(ctx, u.ID, limit)
	switch {
	case err != nil:
		return err
	case len(touched) == 0 && (u.Actor == actor.ID || limit > 0): // taken back already, or to its end
		return nil
	case area == "bin":
		return mayBinAgain(actor, touched)
	}
	some, err := mayEach(actor, u, rights, touched)
	if err == nil && !some && limit == 0 && u.Actor != actor.ID && !everywhere(actor, rights...) {
		err = errNothing
	}
	return err
}

// wholesale are the areas of what is nobody's in particular.
var wholesale = []string{"field", "tag", "import", "pipeline", "stage", "reason", "product", "lead"}

func everywhere(actor access.Actor, rights ...access.Permission) bool {
	return !slices.ContainsFunc(rights, func(p access.Permission) bool { return !access.Scope(actor, p).All() })
}

// mayEach asks of each record that a change is about, and tells whether there is
// any.
func mayEach(actor access.Actor, u store.Undo, rights []access.Permission, touched []store.Touched) (some bool, err error) {
	_, act, _ := strings.Cut(u.Kind, ".")
	for _, t := range touched {
		owner, is := about(u, t)
		if !is {
			continue
		}
		some = true
		needs := rights
		if act == "merged" || slices.Contains(shown, t.Table) {
			needs = append(slices.Clone(rights), access.PersonalSee)
		}
		for _, p := range needs {
			if err := access.Allow(actor, p, access.Object{Owner: owner}); err != nil {
				return some, err
			}
		}
		if act == "assigned" && (t.Of != "" || t.Deal) && access.Gains(actor, owner) { // see access.MayTake
			return some, errNoLonger
		}
	}
	return some, nil
}

// about tells whose the record is that a row hangs on, if the change was asked
// for of such records: what goes along with them was not asked for by itself.
func about(u store.Undo, t store.Touched) (owner string, is bool) {
	area, act, _ := strings.Cut(u.Kind, ".")
	switch {
	case area == "task":
		return t.Holder, t.Table == "tasks"
	case area == "deal":
		return t.Seller, t.Deal
	case act == "merged" && t.Table != "contacts" && t.Table != "companies":
		return "", false
	case area == "contact":
		return t.Owner, t.Of == "contact"
	case area == "company" && u.ContactID == "":
		return t.Owner, t.Of == "company"
	}
	return t.Owner, t.Of != ""
}

// binTables are where what is in the bin stands, a person before what went with them.
var binTables = []struct{ table, kind string }{
	{"contacts", store.BinContact},
	{"companies", store.BinCompany},
	{"deals", store.BinDeal},
	{"notes", store.BinNote},
	{"tasks", store.BinTask},
	{"files", store.BinFile},
	{"fields", store.BinField},
	{"tags", store.BinTag},
}

// mayBinAgain asks whether somebody may put back into the bin what they took out.
func mayBinAgain(actor access.Actor, touched []store.Touched) error {
	for _, b := range binTables {
		found := false
		for _, t := range touched {
			if t.Table != b.table {
				continue
			}
			found = true
			owner := cmp.Or(t.Holder, t.Owner)
			if b.kind == store.BinDeal {
				owner = t.Seller
			}
			if b.kind == store.BinField || b.kind == store.BinTag {
				owner = actor.ID
			}
			if err := access.Allow(actor, restoresWith(b.kind), access.Object{Owner: owner}); err != nil {
				return err
			}
		}
		if found {
			return nil
		}
	}
	return errNothing
}
