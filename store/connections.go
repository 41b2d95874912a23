package store

import (
	"context"
	"database/sql"
	"strings"
)

var connectionTables = []Table{
	{Name: "connections", Purpose: "running", Retain: Rule{Keep: "head row: one row a provider, replaced in place"}, Columns: []Columns{
		{Names: "provider account service state error_code error_at success_at hook_at tested_at caught_up_at created_at updated_at", Category: Plain},
	}},
	{Name: "lines", Purpose: "running", Retain: Rule{Keep: "parent:connections"}, Columns: []Columns{
		{Names: "id provider number created_at", Category: Plain},
		{Names: "forward_to", Category: Staff},
	}},
}

// The states of a connection. A failing one is refused by the provider: its
// queue waits until somebody has put it right.
const (
	Connected    = "connected"
	Failing      = "failing"
	Disconnected = "disconnected"
)

// Connection is an account at a provider. Its secrets are in the vault. Zero
// times mean "never".
type Connection struct {
	Provider, Account, Service, State, ErrorCode     string
	ErrorAt, SuccessAt, HookAt, TestedAt, CaughtUpAt int64
	CreatedAt, UpdatedAt                             int64
}

const connectionColumns = `provider, account, service, state, error_code, COALESCE(error_at, 0), COALESCE(success_at, 0),
	COALESCE(hook_at, 0), COALESCE(tested_at, 0), COALESCE(caught_up_at, 0), created_at, updated_at`

// Connection returns the connection to a provider, or ErrNotFound when there
// never was one.
func (r *Reader) Connection(ctx context.Context, provider string) (Connection, error) {
	var c Connection
	err := r.q.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections WHERE provider = $1`, provider).
		Scan(&c.Provider, &c.Account, &c.Service, &c.State, &c.ErrorCode, &c.ErrorAt, &c.SuccessAt,
			&c.HookAt, &c.TestedAt, &c.CaughtUpAt, &c.CreatedAt, &c.UpdatedAt)
	return c, r.fault("store.Connection", err)
}

// PutConnection connects an account: a new row, or the old one with its
// troubles forgotten. What was fetched stays fetched only for the same account.
func (tx *Tx) PutConnection(ctx context.Context, c Connection) error {
	tx.reconnects()
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO connections (provider, account, service, state, error_code, success_at, caught_up_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, '', $5, $6, $7, $7)
		ON CONFLICT (provider) DO UPDATE SET service = excluded.service, state = excluded.state, error_code = '', error_at = NULL,
			success_at = excluded.success_at,
			hook_at = CASE WHEN connections.account = excluded.account THEN connections.hook_at END,
			tested_at = NULL,
			caught_up_at = CASE WHEN connections.account = excluded.account AND connections.state <> 'disconnected'
				THEN connections.caught_up_at ELSE excluded.caught_up_at END,
			account = excluded.account, updated_at = excluded.updated_at`,
		c.Provider, c.Account, c.Service, c.State, nilIfZero(c.SuccessAt), nilIfZero(c.CaughtUpAt), c.UpdatedAt)
	return tx.fault("store.PutConnection", err)
}

// Disconnect ends a connection: ErrNotFound when there is none. Its lines stay
// known as numbers of the business.
func (tx *Tx) Disconnect(ctx context.Context, provider string, at int64) error {
	tx.reconnects()
	err := tx.q.QueryRowContext(ctx, `
		UPDATE connections SET state = 'disconnected', tested_at = NULL, updated_at = $2
		WHERE provider = $1 AND state <> 'disconnected' RETURNING provider`, provider, at).Scan(&provider)
	return tx.fault("store.Disconnect", err)
}

// FailConnection says that the provider refuses the account: work for it waits.
func (tx *Tx) FailConnection(ctx context.Context, provider, code string, at int64) error {
	return tx.noteConnection(ctx, "store.FailConnection",
		`state = 'failing', error_code = $3, error_at = $2, updated_at = $2`, provider, at, code)
}

// NoteConnectionError remembers the last thing that went wrong, while work goes on.
func (tx *Tx) NoteConnectionError(ctx context.Context, provider, code string, at int64) error {
	return tx.noteConnection(ctx, "store.NoteConnectionError", `error_code = $3, error_at = $2`, provider, at, code)
}

// NoteConnectionSuccess remembers that the provider took something; a failing
// connection works again.
func (tx *Tx) NoteConnectionSuccess(ctx context.Context, provider string, at int64) error {
	return tx.noteConnection(ctx, "store.NoteConnectionSuccess", `state = 'connected', success_at = $2`, provider, at)
}

// NoteHook remembers that a signed callback was accepted.
func (tx *Tx) NoteHook(ctx context.Context, provider string, at int64) error {
	return tx.noteConnection(ctx, "store.NoteHook", `hook_at = $2`, provider, at)
}

// NoteHookTest remembers that a signed test callback came through.
func (tx *Tx) NoteHookTest(ctx context.Context, provider string, at int64) error {
	return tx.noteConnection(ctx, "store.NoteHookTest", `tested_at = $2`, provider, at)
}

// SetCaughtUp says that everything before at was delivered or fetched. It
// never goes back.
func (tx *Tx) SetCaughtUp(ctx context.Context, provider string, at int64) error {
	return tx.noteConnection(ctx, "store.SetCaughtUp",
		`caught_up_at = CASE WHEN COALESCE(caught_up_at, 0) < $2 THEN $2 ELSE caught_up_at END`, provider, at)
}

// noteConnection changes a connection that is not disconnected; none is no error.
func (tx *Tx) noteConnection(ctx context.Context, op, set string, args ...any) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE connections SET `+set+` WHERE provider = $1 AND state <> 'disconnected'`, args...)
	return tx.fault(op, err)
}

// Line is a number of the business and the phones that ring when it is called.
type Line struct {
	ID, Provider, Number string
	ForwardTo            []string // E.164, rung together
	CreatedAt            int64
}

func scanLine(row interface{ Scan(...any) error }, l *Line) error {
	var forward string
	err := row.Scan(&l.ID, &l.Provider, &l.Number, &forward, &l.CreatedAt)
	l.ForwardTo = strings.Fields(forward)
	return err
}

const lineColumns = `id, provider, number, forward_to, created_at`

// Line returns the line with this number, or ErrNotFound.
func (r *Reader) Line(ctx context.Context, number string) (Line, error) {
	var l Line
	err := scanLine(r.q.QueryRowContext(ctx, `SELECT `+lineColumns+` FROM lines WHERE number = $1`, number), &l)
	return l, r.fault("store.Line", err)
}

// Lines lists a provider's lines in the order in which they were entered.
func (r *Reader) Lines(ctx context.Context, provider string) ([]Line, error) {
	return list(ctx, r, "store.Lines", `SELECT `+lineColumns+` FROM lines WHERE provider = $1 ORDER BY id`,
		func(rows *sql.Rows, l *Line) error { return scanLine(rows, l) }, provider)
}

// SetLines replaces a provider's lines: ErrConflict when a number belongs to
// another provider.
func (tx *Tx) SetLines(ctx context.Context, provider string, lines []Line) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM lines WHERE provider = $1`, provider); err != nil {
		return tx.fault("store.SetLines", err)
	}
	for _, l := range lines {
		_, err := tx.q.ExecContext(ctx, `INSERT INTO lines (`+lineColumns+`) VALUES ($1, $2, $3, $4, $5)`,
			l.ID, provider, l.Number, strings.Join(l.ForwardTo, " "), l.CreatedAt)
		if err != nil {
			return tx.fault("store.SetLines", err)
		}
	}
	return nil
}
