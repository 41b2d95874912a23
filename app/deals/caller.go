package deals

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

// CodeNamed is the code of the Conflict with which NameCaller refuses somebody who
// is called otherwise by now.
const CodeNamed = "named"

// askCaller asks who somebody is with whom a new deal is to be and whom nobody has
// named yet, if the actor may say so.
func (s *Service) askCaller(ctx context.Context, actor access.Actor, f *view.Form, in typed, input func(name, label, value string) ui.Input) error {
	if s.NameCaller == nil || in.ContactID == "" {
		return nil
	}
	c, err := s.Store.Contact(ctx, in.ContactID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	of := access.Object{Owner: c.OwnerID}
	if err != nil || c.Name != "" || c.DeletedAt != 0 || !access.May(actor, access.ContactsRead, of) || !access.May(actor, access.ContactsWrite, of) || !access.Sees(actor, c.OwnerID) {
		return err
	}
	label, text := "Their name", ""
	if in.Source == "call" {
		label = "Name of the caller"
	}
	if in.callerOf == in.ContactID { // typed for this very person
		text = in.caller
	}
	f.Caller = input("caller", label, text)
	f.Caller.Focus = f.Caller.Problem == ""
	f.Hidden = append(f.Hidden, ui.Option{Value: "caller_of", Label: in.ContactID})
	return nil
}

// nameCaller names whom a new deal is with, where somebody typed that: before the
// deal is made, and only if it can be understood.
func (s *Service) nameCaller(ctx context.Context, actor access.Actor, in *typed) error {
	if s.NameCaller == nil || in.caller == "" || in.ContactID == "" || in.callerOf != in.ContactID {
		return nil
	}
	if _, err := s.read(ctx, in.Draft); err != nil {
		return err
	}
	err := s.NameCaller(ctx, actor, in.ContactID, in.caller)
	if text := errs.Fields(err)["name"]; errs.KindOf(err) == errs.Invalid && text != "" {
		return errs.Form(map[string]string{"caller": text})
	}
	return err
}
