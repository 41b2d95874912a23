package privacy

import (
	"context"
	"errors"
	"strconv"

	"stead/app/custom"
	"stead/store"
	view "stead/views/privacy"
)

// nameOwn puts names in the places of ids: of the business's own fields, with
// what the person has in them, and of tags.
func (s *Service) nameOwn(ctx context.Context, sections []Section) error {
	for i := range sections {
		for j := range sections[i].Rows {
			row := &sections[i].Rows[j]
			var err error
			switch sections[i].Table {
			case "contact_fields":
				err = s.nameField(ctx, row)
			case "contact_tags":
				err = s.nameTag(ctx, row)
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

func (s *Service) nameField(ctx context.Context, row *Row) error {
	var id string
	var v store.Value
	for _, cell := range row.Values {
		switch cell.Column {
		case "field_id":
			id = cell.Text
		case "words":
			v.Words = cell.Text
		case "num":
			n, err := strconv.ParseInt(cell.Text, 10, 64)
			v.Num, v.IsNum = n, err == nil
		}
	}
	f, err := s.Store.Field(ctx, id)
	if err != nil {
		return err
	}
	row.Values = append(leaving(row.Values, "field_id", "words", "num"), Value{"field", f.Name}, Value{"value", custom.Plain(f, v)})
	return nil
}

func (s *Service) nameTag(ctx context.Context, row *Row) error {
	for i, cell := range row.Values {
		if cell.Column == "tag_id" {
			tag, err := s.Store.Tag(ctx, cell.Text)
			if err != nil {
				return err
			}
			row.Values[i] = Value{"tag", tag.Name}
		}
	}
	return nil
}

func leaving(values []Value, columns ...string) []Value {
	var out []Value
	for _, v := range values {
		keep := true
		for _, c := range columns {
			keep = keep && v.Column != c
		}
		if keep {
			out = append(out, v)
		}
	}
	return out
}

// ownFields lists the business's own fields for the page of what is stored.
func (s *Service) ownFields(ctx context.Context) ([]view.OwnField, error) {
	var out []view.OwnField
	for _, of := range [][2]string{{"contact", "Contacts"}, {"company", "Companies"}, {"deal", "Deals"}} {
		fields, err := s.Store.Fields(ctx, of[0])
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			out = append(out, view.OwnField{Name: f.Name, Of: of[1], Personal: f.Personal})
		}
	}
	return out, nil
}
