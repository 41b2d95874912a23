package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
)

// postgresPool is how many connections the one pool has, and how many writers
// the gate lets in: some are left for readers and for the queue.
const (
	postgresPool  = 16
	postgresWrite = 8
)

// OpenPostgres migrates a database of PostgreSQL and makes a store of it, which
// closes db. Package postgres opens one: it has the drivers, of db and of the
// queue on it.
func OpenPostgres(ctx context.Context, db *sql.DB, jobs func() riverdriver.Driver[*sql.Tx]) (*Store, error) {
	db.SetMaxOpenConns(postgresPool)
	db.SetMaxIdleConns(postgresPool)
	return open(ctx, db, db, postgresWrite, pgEngine{jobs})
}

type pgEngine struct {
	jobs func() riverdriver.Driver[*sql.Tx]
}

func (pgEngine) name() string                                    { return "postgres" }
func (pgEngine) dialect() goose.Dialect                          { return goose.DialectPostgres }
func (e pgEngine) jobDriver(*sql.DB) riverdriver.Driver[*sql.Tx] { return e.jobs() }

func (pgEngine) txOptions() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelSerializable}
}

// isConflict: a key that is taken, a row that others point at, a failed check.
func (pgEngine) isConflict(err error) bool { return strings.HasPrefix(sqlState(err), "23") }

// isRetryable: serialization failure, deadlock.
func (pgEngine) isRetryable(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

// isLost: the connection went before the server told how the commit ended.
func (pgEngine) isLost(err error) bool {
	return sqlState(err) == "" && !errors.Is(err, sql.ErrTxDone) && !isStopped(err)
}

func (pgEngine) diagnose(err error) error {
	switch sqlState(err) {
	case "53100": // disk full
		return ErrFull
	case "25006": // read-only transaction
		return ErrReadOnly
	}
	return nil
}

// afterFailedCommit has nothing to do: the server ended the transaction.
func (pgEngine) afterFailedCommit(context.Context, *sql.DB) {}

func (pgEngine) columns() string {
	return `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
}

func (pgEngine) primaryKeys() string {
	return `SELECT k.table_name, k.column_name
		FROM information_schema.table_constraints c
		JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema AND k.table_name = c.table_name
		WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = current_schema()
		ORDER BY k.table_name, k.ordinal_position`
}

func (pgEngine) foreignKeys() string {
	return `SELECT t.relname, a.attname, p.relname, CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'NO ACTION' END
		FROM pg_constraint c
		JOIN pg_class t ON t.oid = c.conrelid
		JOIN pg_class p ON p.oid = c.confrelid
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
		ORDER BY t.relname, c.conname`
}

func (pgEngine) oneOf(param string) string { return "= ANY(" + param + ")" }

func (pgEngine) list(texts []string) any { return texts }

// arm is cut where the union will be cut: else all of it would be sorted.
func (pgEngine) arm(query, order string) string { return `SELECT * FROM (` + query + order + `) a` }

func (pgEngine) hasTable() string {
	return `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`
}

// sqlState is PostgreSQL's code of an error, or nothing.
func sqlState(err error) string {
	var e interface {
		error
		SQLState() string
	}
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}
