package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
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
// calls. Of each thing it has what a reader is told, and no more.
func (r *Reader) Story(ctx context.Context, contactID, conversationID string, kinds []string, page Page) ([]StreamItem, error) {
	query, args := r.storyQuery(contactID, conversationID, kinds, page)
	if query == "" {
		return []StreamItem{}, nil
	}
	out, err := fill(ctx, r, "store.Story", make([]StreamItem, 0, page.limit()), query, func(rows *sql.Rows, i *StreamItem) error {
		return scanStory(rows, i, contactID, conversationID)
	}, args...)
	// A decision is newer than its call, be it of the same moment.
	slices.SortStableFunc(out, func(a, b StreamItem) int {
		if a.At != b.At || a.ID != b.ID {
			return 0
		}
		return cmp.Compare(tieOf(a), tieOf(b))
	})
	return out, err
}

func tieOf(i StreamItem) int {
	if i.Decision != nil {
		return 0
	}
	return 1
}

// storyQuery asks for all kinds at once. Each is walked along its index, no
// further than a page goes.
func (r *Reader) storyQuery(contactID, conversationID string, kinds []string, page Page) (string, []any) {
	at, id := before(page)
	args := []any{at, id}
	place := func(of string) string { // each once: PostgreSQL takes none that is not used
		i := slices.Index(args[2:], any(of))
		if i < 0 {
			i, args = len(args)-2, append(args, of)
		}
		return "$" + strconv.Itoa(i+3)
	}
	var query strings.Builder
	order := " ORDER BY at DESC, id DESC" + limitTo(page.limit())
	for _, part := range storyParts {
		of := contactID
		if part.talk {
			of = conversationID
		}
		if of == "" || !slices.Contains(kinds, part.kind) {
			continue
		}
		if query.Len() > 0 {
			query.WriteString("\nUNION ALL ")
		}
		query.WriteString(r.eng.arm(part.head+place(of)+part.tail, order))
	}
	if query.Len() == 0 {
		return "", nil
	}
	query.WriteString(order)
	return query.String(), args
}

// none is a number that there is not; with its type, so that PostgreSQL walks
// through all kinds at once.
const none = `CAST(0 AS BIGINT)`

type storyPart struct {
	kind       string
	talk       bool   // of the conversation, else of the contact
	head, tail string // of the query, before and after whose it is
}

// storyParts are the parts of a conversation, and what there is beside it: when,
// which, codes without spaces, words, two numbers.
var storyParts = []storyPart{
	storyOf(StoryMessages, "conversation_id", "messages", "created_at", "id", `'m ' || direction || ' ' || state || ' ' || COALESCE(author, '') || ' ' || gate`, "body", "media", none),
	storyOf(StoryCalls, "conversation_id", "decisions", "at", "call_id", `'d ' || verdict || ' ' || reason`, "''", none, none),
	storyOf(StoryCalls, "conversation_id", "calls", "started_at", "id", `'c ' || direction || ' ' || outcome`, "''", "seconds", none),
	storyOf(StoryNotes, "contact_id", "notes", "created_at", "id", `'n ' || COALESCE(author, '')`, "body", "COALESCE(updated_at, 0)", "COALESCE(pinned_at, 0)", "deleted_at IS NULL"),
	storyOf(StoryTasks, "contact_id", "tasks", "done_at", "id", `'t ' || kind || ' ' || COALESCE(done_by, '')`, "title", none, none, "done_at IS NOT NULL", "deleted_at IS NULL"),
	storyOf(StoryChanges, "contact_id", "events", "at", "id", `'e ' || kind || ' ' || COALESCE(actor, '')`, "data", none, none, "kind >= 'contact.'", "kind < 'contact/'", "kind <> 'contact.noted'"),
}

func storyOf(kind, whose, table, at, id, codes, words, n, m string, also ...string) storyPart {
	tail := ` AND (` + at + `, ` + id + `) < ($1, $2)`
	for _, c := range also {
		tail += ` AND ` + c
	}
	return storyPart{
		kind: kind, talk: whose == "conversation_id",
		head: `SELECT ` + at + ` AS at, ` + id + ` AS id, ` + codes + ` AS codes, ` + words + ` AS words, ` + n + ` AS n, ` + m + ` AS m FROM ` + table + ` WHERE ` + whose + ` = `,
		tail: tail,
	}
}

func scanStory(rows *sql.Rows, i *StreamItem, contactID, conversationID string) error {
	var codes, words string
	var n, m int64
	if err := rows.Scan(&i.At, &i.ID, &codes, &words, &n, &m); err != nil {
		return err
	}
	next := func() (code string) {
		code, codes, _ = strings.Cut(codes, " ")
		return code
	}
	switch next() {
	case "m":
		i.Message = &Message{
			ID: i.ID, ContactID: contactID, ConversationID: conversationID, CreatedAt: i.At, Body: words, Media: n,
			Direction: next(), State: next(), Author: next(), Gate: next(),
		}
	case "d":
		i.Decision = &Decision{CallID: i.ID, ContactID: contactID, ConversationID: conversationID, At: i.At, Verdict: next(), Reason: next()}
	case "c":
		i.Call = &Call{ID: i.ID, ContactID: contactID, ConversationID: conversationID, StartedAt: i.At, Seconds: n, Direction: next(), Outcome: next()}
	case "n":
		i.Note = &Note{ID: i.ID, ContactID: contactID, CreatedAt: i.At, Body: words, UpdatedAt: n, PinnedAt: m, Author: next()}
	case "t":
		i.Task = &Task{ID: i.ID, ContactID: contactID, DoneAt: i.At, Title: words, Kind: next(), DoneBy: next()}
	default:
		i.Change = &Event{ID: i.ID, ContactID: contactID, At: i.At, Data: words, Kind: next(), Actor: next()}
	}
	return nil
}
