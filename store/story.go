package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// The kinds of what happened with a contact.
const (
	StoryMessages = "messages"
	StoryCalls    = "calls" // and what was decided about a text in answer
	StoryNotes    = "notes"
	StoryTasks    = "tasks" // that were done
	StoryChanges  = "changes"
)

// StoryKinds lists them all.
func StoryKinds() []string {
	return []string{StoryMessages, StoryCalls, StoryNotes, StoryTasks, StoryChanges}
}

// Story lists what happened with a contact, of some kinds, in one order, the
// newest first: page.After is the Cursor of the last item seen. What was said
// stands in a conversation; where that is empty, it is left out, and so are
// calls.
func (r *Reader) Story(ctx context.Context, contactID, conversationID string, kinds []string, page Page) ([]StreamItem, error) {
	at, id := before(page)
	out := []StreamItem{}
	for _, part := range storyParts {
		of := contactID
		if part.talk {
			of = conversationID
		}
		if of == "" || !slices.Contains(kinds, part.kind) {
			continue
		}
		var err error
		if out, err = fill(ctx, r, "store.Story", out, part.query+limitTo(page.limit()), part.scan, of, at, id); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b StreamItem) int {
		return cmp.Or(cmp.Compare(b.At, a.At), strings.Compare(b.ID, a.ID))
	})
	return out[:min(len(out), page.limit())], nil
}

type storyPart struct {
	kind  string
	talk  bool // of the conversation, else of the contact
	query string
	scan  func(*sql.Rows, *StreamItem) error
}

// storyParts are the parts of a conversation, and what there is beside it.
var storyParts = []storyPart{
	{StoryMessages, true, streamParts[0].query, streamParts[0].scan},
	{StoryCalls, true, streamParts[1].query, streamParts[1].scan},
	{StoryCalls, true, streamParts[2].query, streamParts[2].scan},
	{StoryNotes, false, storyQuery(noteColumns, "notes", "created_at", "deleted_at IS NULL"), streamParts[3].scan},
	{StoryTasks, false, storyQuery(taskColumns, "tasks t", "done_at", "done_at IS NOT NULL AND deleted_at IS NULL"), func(rows *sql.Rows, i *StreamItem) error {
		i.Task = new(Task)
		err := scanTask(rows, i.Task)
		i.At, i.ID = i.Task.DoneAt, i.Task.ID
		return err
	}},
	{StoryChanges, false, storyQuery(eventColumns, "events", "at", "kind >= 'contact.' AND kind < 'contact/' AND kind <> 'contact.noted'"), func(rows *sql.Rows, i *StreamItem) error {
		i.Change = new(Event)
		err := scanEvent(rows, i.Change)
		i.At, i.ID = i.Change.At, i.Change.ID
		return err
	}},
}

const eventColumns = `id, kind, subject, COALESCE(contact_id, ''), COALESCE(actor, ''), at, data`

func scanEvent(rows *sql.Rows, e *Event) error {
	return rows.Scan(&e.ID, &e.Kind, &e.Subject, &e.ContactID, &e.Actor, &e.At, &e.Data)
}

func storyQuery(columns, table, at, also string) string {
	return fmt.Sprintf(`SELECT %s FROM %s WHERE contact_id = $1 AND (%s, id) < ($2, $3) AND %s ORDER BY %s DESC, id DESC`, columns, table, at, also, at)
}
