package notes

import (
	"context"
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/mention"
	"stead/app/veil"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Size is how many notes a page of a record holds, beside the pinned ones.
const Size = store.WholeNotes

// List are notes about a record as somebody sees them, the newest first.
type List struct {
	Pinned, Rows []store.Note
	Next         string // After of the older ones
	People       access.People
	May          bool // whoever looks may write, and change what is written
}

// Sight is what somebody may do with the notes of a record.
type Sight struct{ Sees, May bool }

// Look is a list of notes as somebody sees it: cut to Size, and without words for
// who may not see them, who sees that there are some. rows are one more than Size
// when there are older ones.
func Look(pinned, rows []store.Note, staff access.People, as Sight) List {
	out := List{Pinned: pinned, Rows: rows, People: staff, May: as.Sees && as.May}
	if len(out.Rows) > Size {
		out.Rows = out.Rows[:Size]
		out.Next = out.Rows[Size-1].Cursor()
	}
	if !as.Sees {
		for _, list := range [][]store.Note{out.Pinned, out.Rows} {
			for i := range list {
				list[i].Body = veil.Hidden
			}
		}
	}
	return out
}

// Find reads the notes of a record: those that are pinned, and the others.
type Find func(ctx context.Context, id string, pinned bool, page store.Page) ([]store.Note, error)

// List reads a page of the notes of a record, after a place in it.
func (b Book) List(ctx context.Context, find Find, id, after string, as Sight) (List, error) {
	pinned, err := find(ctx, id, true, store.Page{Limit: Size})
	if err != nil {
		return List{}, err
	}
	rows, err := find(ctx, id, false, store.Page{After: after, Limit: Size + 1})
	if err != nil {
		return List{}, err
	}
	staff, err := b.Store.People(ctx)
	return Look(pinned, rows, staff, as), err
}

// Show is the part of a record's page with its notes; in is what was refused.
func (p Pages) Show(r *http.Request, clock ui.Clock, id string, l List, in ui.NoteTyped) ui.Notes {
	out := ui.Notes{Path: p.Path(id) + "/notes", May: l.May, In: in}
	if l.May {
		out.Colleagues = mention.Offered(web.Actor(r), l.People)
	}
	for _, list := range [][]store.Note{l.Pinned, l.Rows} {
		for _, n := range list {
			row := ui.NoteRow{
				Words: mention.Mark(n.Body, l.People), By: l.People.Name(n.Author), At: clock.When(r.Context(), n.CreatedAt),
				Edited: n.UpdatedAt != 0, Pinned: n.PinnedAt != 0,
			}
			if l.May {
				at := out.Path + "/" + url.PathEscape(n.ID)
				row.Pin, row.Edit = at+"/pin", at+"/edit"
			}
			out.Rows = append(out.Rows, row)
		}
	}
	if l.Next != "" {
		out.Older = p.Path(id) + "?notes=" + url.QueryEscape(l.Next) + p.Part
	}
	return out
}
