package store

import (
	"context"
	"database/sql"
)

// CalendarFeed is the secret address of a colleague's calendar: its token is
// kept as a hash.
type CalendarFeed struct {
	UserID, TokenHash string
	Named             bool // entries name whom they are about
	CreatedAt         int64
}

const feedColumns = `user_id, token_hash, named, created_at`

func scanFeed(row *sql.Row, f *CalendarFeed) error {
	return row.Scan(&f.UserID, &f.TokenHash, &f.Named, &f.CreatedAt)
}

// CalendarFeed returns a user's, or ErrNotFound while there is none.
func (r *Reader) CalendarFeed(ctx context.Context, userID string) (CalendarFeed, error) {
	return one(ctx, r, "store.CalendarFeed", `SELECT `+feedColumns+` FROM calendar_feeds WHERE user_id = $1`, scanFeed, userID)
}

// CalendarFeedByToken returns the feed with a token of that hash, or ErrNotFound.
func (r *Reader) CalendarFeedByToken(ctx context.Context, hash string) (CalendarFeed, error) {
	return one(ctx, r, "store.CalendarFeedByToken", `SELECT `+feedColumns+` FROM calendar_feeds WHERE token_hash = $1`, scanFeed, hash)
}

// PutCalendarFeed makes a user's feed, or gives it another token: the old one
// opens nothing any more.
func (tx *Tx) PutCalendarFeed(ctx context.Context, f CalendarFeed) error {
	_, err := tx.exec(ctx, "store.PutCalendarFeed", `
		INSERT INTO calendar_feeds (user_id, token_hash, named, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, named = excluded.named, created_at = excluded.created_at`,
		f.UserID, f.TokenHash, flag(f.Named), f.CreatedAt)
	return err
}

// NameInCalendar says whether a feed names people, and tells whether that was new.
func (tx *Tx) NameInCalendar(ctx context.Context, userID string, named bool) (bool, error) {
	n, err := tx.exec(ctx, "store.NameInCalendar", `UPDATE calendar_feeds SET named = $2 WHERE user_id = $1 AND named <> $2`, userID, flag(named))
	return n > 0, err
}

// DropCalendarFeed ends a user's feed, and tells whether there was one.
func (tx *Tx) DropCalendarFeed(ctx context.Context, userID string) (bool, error) {
	n, err := tx.exec(ctx, "store.DropCalendarFeed", `DELETE FROM calendar_feeds WHERE user_id = $1`, userID)
	return n > 0, err
}
