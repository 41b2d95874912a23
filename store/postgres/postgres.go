// Package postgres links the driver of PostgreSQL to the store. It stands apart
// so that a program that keeps its own database does not carry the driver. No
// SQL ever lives here.
package postgres

import (
	"context"
	"database/sql"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"stead/store"
)

// Open opens (and migrates) the database behind url.
func Open(ctx context.Context, url string) (*store.Store, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	return store.OpenPostgres(ctx, db, func() riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) })
}
